import { parseAddress, type Family } from './addresses.ts';
import { fibType } from './address-type.ts';
import type { HostView } from './host-view.ts';
import { ct, FAMILY_NUMBERS, PROTOCOLS } from './nft-conntrack.ts';
import { hasOption } from './match-tcp.ts';
import { FLAGS, type Packet, type PortRange } from './packet.ts';
import type { Doubt, Truth } from './program.ts';
import type { Bound, Ranges } from './ranges.ts';
import { passesReversePath } from './reverse-path.ts';
import { socketOwner } from './socket-owner.ts';

/** nft's JSON is read as data of any shape. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** One number, one word, or a doubt; `absent` where the packet has no such thing, so that the rule does not match at all. */
export type Value<T> = T | Doubt | 'absent';

/** What the left side of a comparison is. */
export type Field =
  | {
      readonly kind: 'address';
      readonly of: (packet: Packet) => 'the set' | Bound | 'absent';
      readonly family: Family;
      readonly mask?: bigint;
    }
  | { readonly kind: 'hardware'; readonly present: (packet: Packet) => boolean }
  | {
      readonly kind: 'port';
      readonly which: 'sourcePorts' | 'destinationPorts';
      /** "th" reads the place of the ports whatever the protocol is. */
      readonly header: 'tcp' | 'th';
    }
  | { readonly kind: 'range'; readonly of: (packet: Packet) => PortRange | 'absent'; readonly what: string }
  | { readonly kind: 'interface'; readonly which: 'inInterface' | 'outInterface' }
  | {
      readonly kind: 'number';
      readonly of: (packet: Packet, host: HostView) => Value<number>;
      readonly names?: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: 'word';
      readonly of: (packet: Packet) => Value<string>;
      readonly same?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'type'; readonly of: (word: string, packet: Packet, set: Ranges, host: HostView) => Truth }
  | { readonly kind: 'exists'; readonly of: (packet: Packet, set: Ranges, host: HostView) => Truth }
  | { readonly kind: 'concat'; readonly fields: readonly Field[] }
  | { readonly kind: 'unknown'; readonly why: string };

const FLAG_NAMES = Object.fromEntries(
  Object.entries(FLAGS).map(([name, bit]) => [name === 'ECE' ? 'ecn' : name.toLowerCase(), bit]),
);
const unknown = (why: string): Field => ({ kind: 'unknown', why });
const whenFamily =
  <T>(family: Family, of: (packet: Packet) => Value<T>) =>
  (packet: Packet) =>
    packet.family === family ? of(packet) : ('absent' as const);
const whenTcp =
  <T>(of: (packet: Packet) => Value<T>) =>
  (packet: Packet) =>
    packet.protocol === 'tcp' ? of(packet) : ('absent' as const);

const addressField = (family: Family, which: 'source' | 'destination'): Field => ({
  kind: 'address',
  family,
  of: (packet) => (packet.family !== family ? 'absent' : packet.varies === which ? 'the set' : packet.address),
});

function payload({ protocol, field }: JsonObject): Field {
  const name = `${String(protocol)} ${String(field)}`;
  switch (name) {
    case 'ip saddr':
    case 'ip6 saddr':
      return addressField(protocol === 'ip' ? 4 : 6, 'source');
    case 'ip daddr':
    case 'ip6 daddr':
      return addressField(protocol === 'ip' ? 4 : 6, 'destination');
    case 'ether saddr':
      return { kind: 'hardware', present: ({ inInterface, hook }) => inInterface !== 'lo' && hook !== 'output' };
    case 'ip protocol':
    case 'ip6 nexthdr':
      return { kind: 'word', of: whenFamily(protocol === 'ip' ? 4 : 6, (packet) => packet.protocol), same: PROTOCOLS };
    case 'tcp sport':
    case 'th sport':
      return { kind: 'port', which: 'sourcePorts', header: protocol === 'tcp' ? 'tcp' : 'th' };
    case 'tcp dport':
    case 'th dport':
      return { kind: 'port', which: 'destinationPorts', header: protocol === 'tcp' ? 'tcp' : 'th' };
    case 'tcp flags':
      return { kind: 'number', of: whenTcp((packet) => packet.flags), names: FLAG_NAMES };
    case 'ip version':
      return { kind: 'number', of: whenFamily(4, () => 4) };
    case 'ip length':
      return {
        kind: 'range',
        of: (packet) => (packet.family === 4 ? [40, 80] : 'absent'),
        what: 'the length of the packet',
      };
  }
  if (['udp', 'udplite', 'sctp', 'dccp', 'esp', 'ah', 'arp', 'comp', 'igmp'].includes(String(protocol)))
    return { kind: 'number', of: () => 'absent' };
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const doubt: Doubt = { kind: 'unknown', why: 'the kind of ICMP error that a reject sends' };
    return { kind: 'word', of: (packet) => (packet.protocol === 'tcp' ? 'absent' : doubt) };
  }
  return unknown(`what ${name} of the packet is`);
}

function meta(key: string): Field {
  switch (key) {
    case 'iifname':
    case 'iif':
      return { kind: 'interface', which: 'inInterface' };
    case 'oifname':
    case 'oif':
      return { kind: 'interface', which: 'outInterface' };
    case 'l4proto':
      return { kind: 'word', of: (packet) => packet.protocol, same: PROTOCOLS };
    case 'nfproto':
      return {
        kind: 'word',
        of: (packet) => (packet.family === 4 ? 'ipv4' : 'ipv6'),
        same: FAMILY_NUMBERS,
      };
    case 'protocol':
      return { kind: 'word', of: (packet) => (packet.family === 4 ? 'ip' : 'ip6') };
    case 'pkttype':
      return { kind: 'word', of: () => 'host', same: { unicast: 'host' } };
    case 'mark':
      return {
        kind: 'number',
        of: (packet) => packet.mark ?? { kind: 'unknown', why: "the packet's mark is not known" },
      };
    case 'skuid':
    case 'skgid': {
      const of = key === 'skuid' ? 'uid' : 'gid';
      return {
        kind: 'number',
        of: (packet, host) => {
          const found = socketOwner(packet, host, of);
          return found === 'none' || found === 'kernel' ? 'absent' : found;
        },
      };
    }
    case 'ipsec':
      return { kind: 'exists', of: () => false };
    case 'length':
      return {
        kind: 'range',
        of: (packet) => (packet.family === 4 ? [40, 80] : [60, 100]),
        what: 'the length of the packet',
      };
    default:
      return unknown(`what "meta ${key}" is`);
  }
}

function fib({ result, flags }: JsonObject): Field {
  const list = Array.isArray(flags) ? flags.map(String) : [String(flags)];
  const which = list.includes('saddr') ? 'source' : 'destination';
  if (result === 'type' && !list.includes('oif')) {
    return {
      kind: 'type',
      of: (word, packet, set, host) => fibType(which, word, list.includes('iif'), packet, set, host),
    };
  }
  if (which === 'source' && (result === 'oif' || result === 'oifname')) {
    return { kind: 'exists', of: (packet, set, host) => passesReversePath(packet, set, host, !list.includes('iif')) };
  }
  return unknown('what the routing table says (fib)');
}

/** Whether the packet has a TCP option; only that of the segment size is known to be there or not. */
function tcpOption({ name, field }: JsonObject): Field {
  if (name !== 'maxseg' || field !== undefined) return unknown(`whether the client sends TCP option ${String(name)}`);
  const asked = hasOption(2);
  return { kind: 'exists', of: (packet, set, host) => asked(packet, set, host) };
}

/** Reads the left side of a comparison, or a map's key. */
export function readField(json: Json | undefined): Field {
  if (!isObject(json)) return unknown('an expression that is not understood');
  if (isObject(json['payload'])) return payload(json['payload']);
  if (isObject(json['meta'])) return meta(String(json['meta']['key']));
  if (isObject(json['ct'])) return ct(json['ct']);
  if (isObject(json['fib'])) return fib(json['fib']);
  if (isObject(json['rt']) && json['rt']['key'] === 'ipsec') return { kind: 'exists', of: () => false };
  if (isObject(json['tcp option'])) return tcpOption(json['tcp option']);
  if (Array.isArray(json['concat'])) return { kind: 'concat', fields: json['concat'].map(readField) };
  if (Array.isArray(json['&'])) return masked(readField(json['&'][0]), json['&'][1]);
  return unknown(`what "${Object.keys(json)[0] ?? ''}" is`);
}

/** A field with some of its bits taken out. */
function masked(field: Field, mask: Json | undefined): Field {
  if (field.kind === 'address') {
    const bits = typeof mask === 'string' ? parseAddress(mask, field.family) : undefined;
    return bits === undefined ? unknown('a mask that is not understood') : { ...field, mask: BigInt(bits) };
  }
  if (field.kind !== 'number') return unknown('a part of a field');
  const bits = readNumber(mask, field.names);
  if (bits === undefined) return unknown('a mask that is not understood');
  const of = (packet: Packet, host: HostView): Value<number> => {
    const value = field.of(packet, host);
    return typeof value === 'number' ? (value & bits) >>> 0 : value;
  };
  return { kind: 'number', of, ...(field.names && { names: field.names }) };
}

/** A number, a name for one, or several joined (a list, or `{"|": …}`). */
export function readNumber(json: Json | undefined, names?: Readonly<Record<string, number>>): number | undefined {
  if (typeof json === 'number') return json >>> 0;
  if (typeof json === 'string') {
    if (names !== undefined && Object.hasOwn(names, json)) return names[json];
    return /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(json) ? Number(json) >>> 0 : undefined;
  }
  const parts = Array.isArray(json) ? json : isObject(json) && Array.isArray(json['|']) ? json['|'] : undefined;
  if (parts === undefined) return undefined;
  let value = 0;
  for (const part of parts as readonly Json[]) {
    const bits = readNumber(part, names);
    if (bits === undefined) return undefined;
    value |= bits;
  }
  return value >>> 0;
}
