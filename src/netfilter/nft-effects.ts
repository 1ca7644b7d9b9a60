import { parseAddress } from './addresses.ts';
import { translateDestination, translateSource } from './iptables-targets.ts';
import { isObject, readField, readNumber, type Field, type Json, type JsonObject } from './nft-fields.ts';
import { readDataMap, type Names } from './nft-maps.ts';
import type { HostView } from './host-view.ts';
import type { Packet } from './packet.ts';
import { doubtful, type Effect, type Match, type Operation, type Verdict } from './program.ts';

const HARMLESS_META = new Set(['priority', 'nftrace', 'pkttype', 'secmark']);
const match = (found: Match): Operation[] => [{ kind: 'match', match: found }];
const verdict = (found: Verdict): Operation[] => [{ kind: 'verdict', verdict: found }];

type Worked = number | undefined | 'absent';

/** A number worked out from constants and marks; undefined where it cannot be known, `absent` where the packet has no such field. */
function readExpression(json: Json | undefined): (packet: Packet, host: HostView) => Worked {
  const constant = readNumber(json);
  if (constant !== undefined) return () => constant;
  if (!isObject(json)) return () => undefined;
  const operator = ['&', '|', '^'].find((each) => Array.isArray(json[each]));
  if (operator !== undefined) {
    const [left, right] = (json[operator] as readonly Json[]).map(readExpression);
    return (packet, host) => {
      const a = left?.(packet, host);
      const b = right?.(packet, host);
      if (a === 'absent' || b === 'absent') return 'absent';
      if (a === undefined || b === undefined) return undefined;
      return (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b) >>> 0;
    };
  }
  const field: Field = readField(json);
  if (field.kind !== 'number') return () => undefined;
  return (packet, host) => {
    const value = field.of(packet, host);
    return typeof value === 'number' || value === 'absent' ? value : undefined;
  };
}

/** A field that the packet does not have ends the rule (NFT_BREAK of the kernel), before anything is set. */
function setting(number: (packet: Packet, host: HostView) => Worked, note: string, change: Change): Operation[] {
  const effect: Effect = (packet, host) => {
    const value = number(packet, host);
    return value === 'absent' ? {} : change(value, packet);
  };
  return [...match((packet, _, host) => number(packet, host) !== 'absent'), { kind: 'effect', note, effect }];
}

type Change = (value: number | undefined, packet: Packet) => Partial<Packet>;

/** How `meta mark` or `ct mark` is set; undefined for another key. */
function markChange({ meta, ct }: JsonObject): Change | undefined {
  if (isObject(meta) && meta['key'] === 'mark') return (mark) => ({ mark });
  if (!isObject(ct) || ct['key'] !== 'mark') return undefined;
  return (connectionMark, { state }) => (state === 'UNTRACKED' || state === 'INVALID' ? {} : { connectionMark });
}

/** `meta mark set …` and the like; what nothing here looks at is passed over. */
export function readMangle({ key, value }: JsonObject, names: Names): readonly Operation[] | string {
  if (!isObject(key)) return 'a change of the packet that is not understood';
  const number = readExpression(value);
  const { meta, ct } = key;
  if (isObject(meta) && HARMLESS_META.has(String(meta['key']))) return [];
  if ('tcp option' in key || isObject(key['exthdr'])) return [];
  const mapped = readDataMap(
    value,
    names,
    (each) => {
      const [found, change] = [readNumber(each), markChange(key)];
      return found === undefined || change === undefined ? undefined : (packet) => change(found, packet);
    },
    'sets a mark',
  );
  if (mapped !== undefined) return mapped;
  const change = markChange(key);
  if (change !== undefined) return setting(number, 'sets a mark', change);
  if (isObject(ct) && ct['key'] === 'zone') return 'a zone of connection tracking';
  return isObject(ct) ? [] : `"${JSON.stringify(key)}" is set`;
}

/** In an inet table `dnat ip to …` is for IPv4 packets alone. */
function onlyFamily(told: Json | undefined, addr: Json | undefined): Operation[] {
  const family = told ?? (typeof addr !== 'string' ? undefined : addr.includes(':') ? 'ip6' : 'ip');
  if (family !== 'ip' && family !== 'ip6') return [];
  return match((packet) => packet.family === (family === 'ip' ? 4 : 6));
}

/** `dnat to ADDRESS[:PORT]`, either of them perhaps in a map. */
export function readDnat({ addr, port, family }: JsonObject, names: Names): readonly Operation[] | string {
  const plain = typeof port === 'number' ? port : undefined;
  const mapped =
    readDataMap(addr, names, (value) => toDestination(value, plain), 'changes the destination') ??
    (addr === undefined || typeof addr === 'string'
      ? readDataMap(port, names, (value) => toDestination(addr, value), 'changes the destination')
      : undefined);
  const only = onlyFamily(family, addr);
  if (mapped !== undefined)
    return typeof mapped === 'string' ? mapped : [...only, ...mapped, ...verdict({ kind: 'accept' })];
  const effect = toDestination(addr, port);
  if (effect === undefined) return 'dnat to one of several destinations';
  return [
    ...only,
    {
      kind: 'effect',
      note: `changes the destination to ${typeof addr === 'string' ? addr : ''}${plain === undefined ? '' : `:${plain}`}`,
      effect,
    },
    ...verdict({ kind: 'accept' }),
  ];
}

/** The change to one destination; undefined where address or port are none. */
function toDestination(addr: Json | undefined, port: Json | undefined): Effect | undefined {
  const pair = isObject(addr) && Array.isArray(addr['concat']) ? (addr['concat'] as readonly Json[]) : undefined;
  const [address, service] = pair ?? [addr, port];
  if (address !== undefined && typeof address !== 'string') return undefined;
  if (service !== undefined && typeof service !== 'number') return undefined;
  return (packet) => {
    const to = address === undefined ? packet.address : parseAddress(address, packet.family);
    if (to === undefined) return { kind: 'unknown', why: `dnat to ${address}` };
    return translateDestination(packet, to, service ?? packet.destinationPorts[0]);
  };
}

/** `snat to ADDRESS`, `masquerade`. */
export function readSnat({ addr, family }: JsonObject): readonly Operation[] {
  const to = addr === undefined ? undefined : typeof addr === 'string' ? addr : '';
  return [
    ...onlyFamily(family, addr),
    { kind: 'effect', note: 'changes the source address', effect: translateSource(to) },
    ...verdict({ kind: 'accept' }),
  ];
}

/** `redirect [to :PORT]`. */
export function readRedirect({ port }: JsonObject, names: Names): readonly Operation[] | string {
  const mapped = readDataMap(port, names, toThisHost, 'changes the destination to this host');
  if (mapped !== undefined) return typeof mapped === 'string' ? mapped : [...mapped, ...verdict({ kind: 'accept' })];
  const effect = toThisHost(port);
  if (effect === undefined) return 'redirect to one of several ports';
  const note = `changes the destination to this host${typeof port === 'number' ? `, port ${port}` : ''}`;
  return [{ kind: 'effect', note, effect }, ...verdict({ kind: 'accept' })];
}

function toThisHost(port: Json | undefined): Effect | undefined {
  if (port !== undefined && typeof port !== 'number') return undefined;
  return (packet, host) => {
    const to = host.primaryAddress(packet.inInterface, packet.family);
    if (to === undefined) return { kind: 'unknown', why: 'which address of this host redirect chooses' };
    return translateDestination(packet, to, port ?? packet.destinationPorts[0]);
  };
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
