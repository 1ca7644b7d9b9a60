import { blockOfAddress, block, contains, covers, difference, intersection, type AddressBlock } from './address-set.ts';
import { formatAddress, parseNumericHost, prefixMask, widthOf } from './address.ts';
import type { HostNameEvidence, ServerContext } from './connection.ts';
import type { HbaAddress } from './line.ts';

/** A block of addresses cut by whether a line's address field matches them. */
export type AddressMatch = {
  readonly matching: readonly AddressBlock[];
  readonly unsure: readonly AddressBlock[];
  readonly others: readonly AddressBlock[];
  /** Why for `unsure`. */
  readonly why: string;
};

/** Cuts `part` by a list of blocks, which may overlap. */
function cut(part: AddressBlock, by: readonly AddressBlock[]): { inside: AddressBlock[]; outside: AddressBlock[] } {
  const inside: AddressBlock[] = [];
  let outside = [part];
  for (const taken of by) {
    if (!intersection(part, taken)) continue;
    const rest: AddressBlock[] = [];
    for (const piece of outside) {
      const shared = intersection(piece, taken);
      if (shared) inside.push(shared);
      rest.push(...difference(piece, taken));
    }
    outside = rest;
  }
  return { inside, outside };
}

/** Blocks of the server's interfaces: their addresses, or their networks. */
function interfaceBlocks(
  kind: 'samehost' | 'samenet',
  interfaces: NonNullable<ServerContext['interfaces']>,
): AddressBlock[] {
  return interfaces.flatMap(({ address, prefixLength }) => {
    const parsed = parseNumericHost(address);
    if (!parsed || prefixLength < 0 || prefixLength > widthOf(parsed.family)) return [];
    if (kind === 'samehost') return [blockOfAddress(parsed)];
    return [block(parsed.family, parsed.value, prefixMask(parsed.family, prefixLength))];
  });
}

/** Lower case of ASCII letters alone, as the server compares host names (`pg_strcasecmp`, ASCII part). */
const lowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a client's name is that of the line, and resolves back to the client (hba.c `check_hostname`). */
function hostNameMatches(pattern: string, client: string, evidence: HostNameEvidence): boolean {
  if (evidence.name === null) return false;
  const name = lowerCase(evidence.name);
  const wanted = lowerCase(pattern);
  const named = wanted.startsWith('.') ? name.endsWith(wanted) : name === wanted;
  const back = evidence.addresses.some((address) => {
    const parsed = parseNumericHost(address);
    return parsed !== undefined && formatAddress(parsed) === client;
  });
  return named && back;
}

function matchHostName(pattern: string, part: AddressBlock, hostNames: ServerContext['hostNames']): AddressMatch {
  const known = [...(hostNames ?? [])].flatMap(([address, evidence]) => {
    const parsed = parseNumericHost(address);
    if (!parsed || !contains(part, parsed)) return [];
    return [{ set: blockOfAddress(parsed), matches: hostNameMatches(pattern, formatAddress(parsed), evidence) }];
  });
  const { outside } = cut(
    part,
    known.map(({ set }) => set),
  );
  return {
    matching: known.filter(({ matches }) => matches).map(({ set }) => set),
    others: known.filter(({ matches }) => !matches).map(({ set }) => set),
    unsure: outside,
    why: `whether the server's look-ups lead from the client's address to the host name "${pattern}" and back`,
  };
}

/** Cuts a block of client addresses by a line's address field (hba.c `check_hba`, `check_ip`, `check_same_host_or_net`). */
export function matchAddress(address: HbaAddress, part: AddressBlock, context: ServerContext): AddressMatch {
  const certain = (by: readonly AddressBlock[]): AddressMatch => {
    const { inside, outside } = cut(part, by);
    return { matching: inside, others: outside, unsure: [], why: '' };
  };
  switch (address.kind) {
    case 'all':
      return { matching: [part], others: [], unsure: [], why: '' };
    case 'network':
      if (covers(address.network, part)) return { matching: [part], others: [], unsure: [], why: '' };
      return certain([address.network]);
    case 'samehost':
    case 'samenet':
      if (context.interfaces) return certain(interfaceBlocks(address.kind, context.interfaces));
      return { matching: [], others: [], unsure: [part], why: "the addresses of the server's interfaces" };
    case 'host-name':
      return matchHostName(address.name, part, context.hostNames);
  }
}
