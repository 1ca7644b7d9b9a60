import { holds, parseAddress, parseBlock } from './address.ts';
import type { NetworkAcl, NetworkAclEntry } from './describe.ts';

/**
 * More entries than EC2 lets an ACL have (40 in each direction of each IP version, at most); a longer list is no ACL.
 */
const mostEntries = 400;

/** Ports from one to another, both included. */
export type Ports = { readonly from: number; readonly to: number };

/** What a network ACL does with some ports of a packet stream: the ports and the entry that decides on them. */
export type Share = {
  readonly ports: Ports;
  readonly action: 'allow' | 'deny' | 'unclear';
  /** Where the entry stands in the ACL's list; undefined when the list has none for these ports. */
  readonly index: number | undefined;
};

/**
 * Splits destination ports by the entry that decides on each, for TCP between the ACL's subnet and an address. Entries
 * count in the order of their numbers, the first that fits decides. An ACL ends with an entry that denies the rest;
 * where that is not listed the list was cut, and the rest is unclear.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 * @param egress whether the packets leave the subnet.
 * @param address the destination of packets that leave, the source of packets that arrive.
 */
export function shares(acl: NetworkAcl, egress: boolean, address: string, ports: Ports): readonly Share[] {
  const parsed = parseAddress(address);
  const all = (acl.Entries ?? []).map((entry, index) => ({ entry, index }));
  if (all.length > mostEntries) return [{ ports, action: 'unclear', index: undefined }];
  const unclear = all.find(({ entry }) => entry.RuleNumber === undefined || entry.Egress === undefined);
  if (parsed === undefined || unclear !== undefined) return [{ ports, action: 'unclear', index: unclear?.index }];
  const ordered = all
    .filter(({ entry }) => entry.Egress === egress)
    .toSorted((a, b) => (a.entry.RuleNumber ?? 0) - (b.entry.RuleNumber ?? 0));
  let left: Ports[] = [ports];
  const decided: Share[] = [];
  for (const { entry, index } of ordered) {
    const fits = fit(entry, address);
    if (fits === 'no') continue;
    const range = fits === 'unclear' ? undefined : portsOf(entry);
    if (range === 'other-protocol') continue;
    const rest: Ports[] = [];
    for (const part of left) {
      const from = Math.max(part.from, range?.from ?? 0);
      const to = Math.min(part.to, range?.to ?? 65_535);
      if (from > to) {
        rest.push(part);
        continue;
      }
      decided.push({ ports: { from, to }, action: range === undefined ? 'unclear' : actionOf(entry), index });
      if (part.from < from) rest.push({ from: part.from, to: from - 1 });
      if (to < part.to) rest.push({ from: to + 1, to: part.to });
    }
    left = rest;
  }
  decided.push(...left.map((part): Share => ({ ports: part, action: 'unclear', index: undefined })));
  return decided.toSorted((a, b) => a.ports.from - b.ports.from);
}

function fit(entry: NetworkAclEntry, address: string): 'yes' | 'no' | 'unclear' {
  const text = entry.CidrBlock ?? entry.Ipv6CidrBlock;
  const block = text === undefined ? undefined : parseBlock(text);
  const parsed = parseAddress(address);
  if (block === undefined || parsed === undefined) return 'unclear';
  return holds(block, parsed) ? 'yes' : 'no';
}

/** The TCP ports of an entry; undefined when it cannot be read. */
function portsOf({ Protocol: protocol, PortRange: range }: NetworkAclEntry): Ports | 'other-protocol' | undefined {
  if (protocol === '-1') return { from: 0, to: 65_535 };
  if (protocol !== '6') return protocol !== undefined && /^\d{1,3}$/.test(protocol) ? 'other-protocol' : undefined;
  return range?.From === undefined || range.To === undefined ? undefined : { from: range.From, to: range.To };
}

function actionOf(entry: NetworkAclEntry): Share['action'] {
  return entry.RuleAction === 'allow' || entry.RuleAction === 'deny' ? entry.RuleAction : 'unclear';
}

/** The entry on one line: `100 allow tcp 5432 172.31.16.0/20`. */
export function entryText(entry: NetworkAclEntry): string {
  const { RuleNumber: number, Protocol: protocol, PortRange: range } = entry;
  const name = protocol === '-1' ? 'all' : protocol === '6' ? 'tcp' : `protocol ${protocol ?? 'unknown'}`;
  const ports = range === undefined ? '' : ` ${range.From === range.To ? '' : `${range.From}-`}${range.To}`;
  const shown = number === 32_767 || number === 32_768 ? '*' : String(number);
  return `${shown} ${entry.RuleAction ?? 'no action'} ${name}${ports} ${entry.CidrBlock ?? entry.Ipv6CidrBlock ?? 'no CIDR block'}`;
}
