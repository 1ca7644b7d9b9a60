import { parseAddress } from './addresses.ts';
import { translateDestination } from './iptables-targets.ts';
import { isObject, readField, readNumber, type Field, type Json, type JsonObject } from './nft-fields.ts';
import type { Packet } from './packet.ts';
import { doubtful, type Effect, type Match, type Operation, type Verdict } from './program.ts';

const HARMLESS_META = new Set(['priority', 'nftrace', 'pkttype', 'secmark']);
const match = (found: Match): Operation[] => [{ kind: 'match', match: found }];
const verdict = (found: Verdict): Operation[] => [{ kind: 'verdict', verdict: found }];

type Worked = number | undefined | 'absent';

/** A number worked out from constants and marks; undefined where it cannot be known, `absent` where the packet has no such field. */
function readExpression(json: Json | undefined): (packet: Packet) => Worked {
  const constant = readNumber(json);
  if (constant !== undefined) return () => constant;
  if (!isObject(json)) return () => undefined;
  const operator = ['&', '|', '^'].find((each) => Array.isArray(json[each]));
  if (operator !== undefined) {
    const [left, right] = (json[operator] as readonly Json[]).map(readExpression);
    return (packet) => {
      const a = left?.(packet);
      const b = right?.(packet);
      if (a === 'absent' || b === 'absent') return 'absent';
      if (a === undefined || b === undefined) return undefined;
      return (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b) >>> 0;
    };
  }
  const field: Field = readField(json);
  if (field.kind !== 'number') return () => undefined;
  return (packet) => {
    const value = field.of(packet);
    return typeof value === 'number' || value === 'absent' ? value : undefined;
  };
}

/** A field that the packet does not have ends the rule (NFT_BREAK of the kernel), before anything is set. */
function setting(
  number: (packet: Packet) => Worked,
  note: string,
  change: (value: number | undefined, packet: Packet) => Partial<Packet>,
): Operation[] {
  const effect: Effect = (packet) => {
    const value = number(packet);
    return value === 'absent' ? {} : change(value, packet);
  };
  return [...match((packet) => number(packet) !== 'absent'), { kind: 'effect', note, effect }];
}

/** `meta mark set …` and the like; what nothing here looks at is passed over. */
export function readMangle({ key, value }: JsonObject): readonly Operation[] | string {
  if (!isObject(key)) return 'a change of the packet that is not understood';
  const number = readExpression(value);
  const { meta, ct } = key;
  if (isObject(meta) && HARMLESS_META.has(String(meta['key']))) return [];
  if ('tcp option' in key || isObject(key['exthdr'])) return [];
  if (isObject(meta) && meta['key'] === 'mark') return setting(number, 'sets the mark', (mark) => ({ mark }));
  if (isObject(ct) && ct['key'] === 'mark') {
    return setting(number, "sets the connection's mark", (connectionMark, { state }) =>
      state === 'UNTRACKED' || state === 'INVALID' ? {} : { connectionMark },
    );
  }
  return isObject(ct) ? [] : `"${JSON.stringify(key)}" is set`;
}

/** In an inet table `dnat ip to …` is for IPv4 packets alone. */
function onlyFamily(addr: string | undefined): Operation[] {
  if (addr === undefined) return [];
  const family = addr.includes(':') ? 6 : 4;
  return match((packet) => packet.family === family);
}

export function readDnat({ addr, port }: JsonObject): readonly Operation[] | string {
  if ((addr !== undefined && typeof addr !== 'string') || (port !== undefined && typeof port !== 'number'))
    return 'dnat to one of several destinations';
  const effect: Effect = (packet) => {
    const to = addr === undefined ? packet.address : parseAddress(addr, packet.family);
    if (to === undefined) return { kind: 'unknown', why: `dnat to ${addr}` };
    return translateDestination(packet, to, port ?? packet.destinationPorts[0]);
  };
  return [
    ...onlyFamily(addr),
    { kind: 'effect', note: `changes the destination to ${addr ?? ''}${port === undefined ? '' : `:${port}`}`, effect },
    ...verdict({ kind: 'accept' }),
  ];
}

/** `redirect [to :PORT]`. */
export function readRedirect({ port }: JsonObject): readonly Operation[] | string {
  if (port !== undefined && typeof port !== 'number') return 'redirect to one of several ports';
  const effect: Effect = (packet, host) => {
    const to = host.primaryAddress(packet.inInterface, packet.family);
    if (to === undefined) return { kind: 'unknown', why: 'which address of this host redirect chooses' };
    return translateDestination(packet, to, port ?? packet.destinationPorts[0]);
  };
  return [
    {
      kind: 'effect',
      note: `changes the destination to this host${port === undefined ? '' : `, port ${port}`}`,
      effect,
    },
    ...verdict({ kind: 'accept' }),
  ];
}

/** `add @set { … }`: the set is no longer what was listed; a limit within it makes it a match. */
export function readSetChange({ set, stmt }: JsonObject): readonly Operation[] {
  const name = String(set);
  const limited =
    Array.isArray(stmt) &&
    stmt.some((each) => isObject(each) && ('limit' in each || 'ct count' in each || 'quota' in each));
  const effect: Effect = (packet) => ({
    changedSets: [...new Set([...packet.changedSets.split(' ').filter(Boolean), name])].sort().join(' '),
  });
  return [
    { kind: 'effect', note: 'changes a set', effect },
    ...(limited ? match(doubtful('rate limit for each client', 'rate-limit')) : []),
  ];
}
