import { ALL, parseAddress, parseRange, type Family } from './addresses.ts';
import { hasHardwareAddress } from './hardware-address.ts';
import type { HostView } from './host-view.ts';
import { intersectMasked } from './iptables-address.ts';
import { parsePort, portsIn } from './match-options.ts';
import { isObject, readNumber, type Field, type Json } from './nft-fields.ts';
import type { Packet, PortRange } from './packet.ts';
import type { Doubt, Match } from './program.ts';
import { both, either } from './truth.ts';
import { canonical, includes, subtract, type Bound, type Ranges } from './ranges.ts';

const NOT_READ: Doubt = { kind: 'unknown', why: 'a value that is not understood' };
const CLIENT_PORT: Doubt = {
  kind: 'unknown',
  why: "it depends on the client's port, which is chosen anew for each connection",
};

/** The address ranges of a value: an address, a prefix or a range; undefined for anything else. */
function addressPattern(json: Json | undefined, family: Family): readonly [Bound, Bound] | undefined {
  if (typeof json === 'string') return parseRange(json, family);
  if (!isObject(json)) return undefined;
  const { prefix, range } = json;
  if (isObject(prefix)) return parseRange(`${String(prefix['addr'])}/${String(prefix['len'])}`, family);
  if (Array.isArray(range)) {
    const first = parseRange(String(range[0]), family);
    const last = parseRange(String(range[1]), family);
    return first && last ? [first[0], last[1]] : undefined;
  }
  return undefined;
}

function portPattern(json: Json | undefined): PortRange | undefined {
  if (typeof json === 'number') return [json, json];
  if (typeof json === 'string') {
    const port = parsePort(json);
    return port === undefined ? undefined : [port, port];
  }
  if (isObject(json) && Array.isArray(json['range'])) {
    const [from, to] = json['range'].map((each) => portPattern(each)?.[0]);
    return from === undefined || to === undefined ? undefined : [from, to];
  }
  return undefined;
}

/** The interface's name; empty where the hook has none (nft_meta of the kernel), undefined where it is not known. */
function nameOf(packet: Packet, which: 'inInterface' | 'outInterface'): string | undefined {
  const name = packet[which];
  if (name !== undefined) return name;
  if (which === 'inInterface') return packet.hook === 'output' || packet.hook === 'postrouting' ? '' : undefined;
  return packet.hook === 'ingress' || packet.hook === 'prerouting' || packet.hook === 'input' ? '' : undefined;
}

/** Whether the packet has the field at all; without it no comparison holds, not even `!=`. */
export function isPresent(field: Field, packet: Packet, host: HostView): boolean {
  switch (field.kind) {
    case 'address':
      return field.of(packet) !== 'absent';
    case 'hardware':
      return field.present(packet);
    case 'port':
      return packet.protocol === 'tcp' || field.header === 'th';
    case 'number':
      return field.of(packet, host) !== 'absent';
    case 'word':
    case 'range':
      return field.of(packet) !== 'absent';
    case 'concat':
      return field.fields.every((each) => isPresent(each, packet, host));
    default:
      return true;
  }
}

/** An element of a set may carry a timeout, a counter or a comment around its value. */
export function bare(json: Json | undefined): Json | undefined {
  return isObject(json) && isObject(json['elem']) ? json['elem']['val'] : json;
}

type Fields<K extends Field['kind']> = Extract<Field, { kind: K }>;

function addressIs(field: Fields<'address'>, ranges: Ranges): Match {
  return (packet) => {
    const address = field.of(packet);
    if (address === 'absent') return false;
    return address === 'the set' ? ranges : includes(ranges, address);
  };
}

/** `ip saddr & 255.0.0.255 == 10.0.0.1`: a mask of any form. */
function maskedAddressIs(field: Fields<'address'>, mask: bigint, pattern: Json | undefined): Match {
  const value = typeof pattern === 'string' ? parseAddress(pattern, field.family) : undefined;
  if (value === undefined) return () => NOT_READ;
  if ((BigInt(value) & ~mask) !== 0n) return () => false;
  return (packet, set) => {
    const address = field.of(packet);
    if (address === 'absent') return false;
    if (address !== 'the set') return (BigInt(address) & mask) === BigInt(value);
    return intersectMasked(set, { value: BigInt(value), mask }, field.family) ?? NOT_READ;
  };
}

function rangeIs(of: (packet: Packet) => PortRange | 'absent', ranges: readonly PortRange[], doubt: Doubt): Match {
  return (packet) => {
    const possible = of(packet);
    return possible === 'absent' ? false : (portsIn(possible, ranges) ?? doubt);
  };
}

const CHECKSUM: Doubt = { kind: 'unknown', why: 'what stands in an ICMP error where TCP has its ports' };

function portIs(field: Fields<'port'>, ranges: readonly PortRange[]): Match {
  return (packet) => {
    if (packet.protocol === 'tcp') return portsIn(packet[field.which], ranges) ?? CLIENT_PORT;
    return field.header === 'th' && (portsIn([0, 65535], ranges) ?? CHECKSUM);
  };
}

/** A match for one value of the field. `flags`: it is enough that one of the value's bits is set. */
export function equals(field: Field, json: Json | undefined, flags = false): Match {
  const pattern = bare(json);
  if (pattern === '*') return () => true;
  switch (field.kind) {
    case 'hardware':
      return typeof pattern === 'string'
        ? (packet, set, host) => field.present(packet) && hasHardwareAddress(packet, set, host, pattern)
        : () => NOT_READ;
    case 'address': {
      if (field.mask !== undefined) return maskedAddressIs(field, field.mask, pattern);
      const range = addressPattern(pattern, field.family);
      return range === undefined ? () => NOT_READ : addressIs(field, range);
    }
    case 'port':
    case 'range': {
      const range = portPattern(pattern);
      if (range === undefined) return () => NOT_READ;
      if (field.kind === 'range')
        return rangeIs(field.of, [range], { kind: 'unknown', why: `it depends on ${field.what}` });
      return portIs(field, [range]);
    }
    case 'interface': {
      if (typeof pattern !== 'string') return () => NOT_READ;
      const prefix = pattern.endsWith('*') && !pattern.endsWith('\\*') ? pattern.slice(0, -1) : undefined;
      return (packet) => {
        const name = nameOf(packet, field.which);
        if (name === undefined) return { kind: 'unknown', why: 'which interface the packet uses is not known' };
        return prefix === undefined ? name === pattern : name.startsWith(prefix);
      };
    }
    case 'number':
      return numberIs(field, pattern, flags);
    case 'word': {
      if (typeof pattern !== 'string' && typeof pattern !== 'number') return () => NOT_READ;
      const same = (word: string) =>
        field.same && Object.hasOwn(field.same, word) ? (field.same[word] as string) : word;
      const wanted = same(String(pattern));
      return (packet) => {
        const value = field.of(packet);
        return typeof value === 'string' ? value !== 'absent' && same(value) === wanted : value;
      };
    }
    case 'type':
      return typeof pattern === 'string' ? (packet, set, host) => field.of(pattern, packet, set, host) : () => NOT_READ;
    case 'exists': {
      if (typeof pattern !== 'boolean') return () => NOT_READ;
      return (packet, set, host) => {
        const truth = field.of(packet, set, host);
        if (pattern) return truth;
        if (typeof truth === 'boolean') return !truth;
        return Array.isArray(truth) ? subtract(set, truth) : truth;
      };
    }
    case 'concat': {
      const parts = isObject(pattern) && Array.isArray(pattern['concat']) ? pattern['concat'] : undefined;
      if (parts === undefined || parts.length !== field.fields.length) return () => NOT_READ;
      const matches = field.fields.map((each, at) => equals(each, parts[at]));
      return (packet, set, host) =>
        both(
          set,
          matches.map((match) => match(packet, set, host)),
        );
    }
    case 'unknown': {
      const doubt: Doubt = { kind: 'unknown', why: field.why };
      return () => doubt;
    }
  }
}

function numberIs(field: Fields<'number'>, pattern: Json | undefined, flags: boolean): Match {
  if (isObject(pattern) && Array.isArray(pattern['range'])) {
    const [from, to] = pattern['range'].map((each) => readNumber(each, field.names));
    if (from === undefined || to === undefined) return () => NOT_READ;
    return (packet, _, host) => {
      const value = field.of(packet, host);
      return typeof value === 'number' ? from <= value && value <= to : value === 'absent' ? false : value;
    };
  }
  const wanted = readNumber(pattern, field.names);
  if (wanted === undefined) return () => NOT_READ;
  return (packet, _, host) => {
    const value = field.of(packet, host);
    if (typeof value !== 'number') return value === 'absent' ? false : value;
    return flags ? (value & wanted) !== 0 : value === wanted;
  };
}

/** A match for any of the values; sets of addresses and ports are joined once, so that a lookup is one intersection. */
export function anyOf(field: Field, values: readonly Json[]): Match {
  if (field.kind === 'address' && field.mask === undefined) {
    const ranges = values.map((value) => addressPattern(bare(value), field.family));
    if (!ranges.includes(undefined)) return addressIs(field, canonical(ranges as (readonly [Bound, Bound])[]));
  }
  if (field.kind === 'port') {
    const ranges = values.map((value) => portPattern(bare(value)));
    if (!ranges.includes(undefined)) {
      return portIs(field, ranges as PortRange[]);
    }
  }
  const matches = values.map((value) => equals(field, value));
  return (packet, set, host) =>
    either(
      set,
      matches.map((match) => match(packet, set, host)),
    );
}

/** A match for `<`, `>`, `<=` or `>=`. */
export function compares(field: Field, operator: string, json: Json | undefined): Match | undefined {
  const most = 0xffffffff;
  const bounds = (n: number): PortRange | undefined =>
    operator === '<'
      ? [0, n - 1]
      : operator === '<='
        ? [0, n]
        : operator === '>'
          ? [n + 1, most]
          : operator === '>='
            ? [n, most]
            : undefined;
  if (field.kind === 'number') {
    const n = readNumber(json, field.names);
    const range = n === undefined ? undefined : bounds(n);
    return range && numberIs(field, { range: [range[0], range[1]] }, false);
  }
  if (field.kind === 'address') {
    const range = typeof json === 'string' && field.mask === undefined ? parseRange(json, field.family) : undefined;
    if (range === undefined) return undefined;
    const [least, end] = ALL[field.family] as readonly [Bound, Bound];
    const [from, to] = range;
    const wanted =
      operator === '<' ? [least, from] : operator === '<=' ? [least, to] : operator === '>' ? [to, end] : [from, end];
    return addressIs(field, canonical([wanted as [Bound, Bound]]));
  }
  if (field.kind !== 'port' && field.kind !== 'range') return undefined;
  const n = portPattern(json)?.[0];
  const range = n === undefined ? undefined : bounds(n);
  if (range === undefined) return undefined;
  if (field.kind === 'range')
    return rangeIs(field.of, [range], { kind: 'unknown', why: `it depends on ${field.what}` });
  return portIs(field, [range]);
}
