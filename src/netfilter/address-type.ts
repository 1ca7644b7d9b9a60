import { after, type Family } from './addresses.ts';
import type { HostView } from './host-view.ts';
import type { Packet } from './packet.ts';
import type { Match, Truth } from './program.ts';
import { NOTHING, intersect, subtract, union, type Ranges } from './ranges.ts';

const MULTICAST: Readonly<Record<Family, Ranges>> = { 4: [0xe0000000, 0xf0000000], 6: [0xffn << 120n, 0x100n << 120n] };

/** The addresses of `set` that have the type, as the local routing table says; undefined for a type that only routes know. */
function ofType(type: string, set: Ranges, family: Family, host: HostView): Ranges | undefined {
  const local = host.local[family];
  const broadcast = family === 4 ? subtract(host.broadcast, local) : NOTHING;
  switch (type.toUpperCase()) {
    case 'LOCAL':
      return intersect(set, subtract(local, broadcast));
    case 'BROADCAST':
      return intersect(set, broadcast);
    case 'MULTICAST':
      return intersect(set, MULTICAST[family]);
    case 'UNICAST':
      return subtract(subtract(subtract(set, local), broadcast), MULTICAST[family]);
    case 'ANYCAST':
    case 'UNSPEC':
    case 'BLACKHOLE':
    case 'UNREACHABLE':
    case 'PROHIBIT':
    case 'THROW':
    case 'NAT':
    case 'XRESOLVE':
      return NOTHING;
    default:
      return undefined;
  }
}

/** IPv6 joins the types differently: what the address's own bits tell must all hold, and one of those that the routes tell (xt_addrtype of the kernel). */
function ofTypes6(types: readonly string[], set: Ranges, host: HostView): Ranges | undefined {
  const wanted = new Set(types.map((type) => type.toUpperCase()));
  let result = set;
  if (wanted.has('MULTICAST')) result = intersect(result, MULTICAST[6]);
  if (wanted.has('UNICAST')) result = subtract(subtract(result, MULTICAST[6]), [0n, 1n]);
  if (wanted.has('UNSPEC')) result = intersect(result, [0n, 1n]);
  if (wanted.has('UNREACHABLE') || wanted.has('ANYCAST')) return undefined;
  return wanted.has('LOCAL') ? intersect(result, host.local[6]) : result;
}

/** Matches addresses of one of the types of iptables-extensions(8), addrtype. */
export function addressType(which: 'source' | 'destination', types: readonly string[], family: Family): Match {
  return (packet, set, host): Truth => {
    const varies = packet.varies === which;
    const subject: Ranges = varies ? set : [packet.address, after(packet.address)];
    if (host.host.interfaces.length === 0 && types.some((type) => /^(local|broadcast|unicast)$/i.test(type))) {
      return { kind: 'unknown', why: 'the addresses of this host are not known' };
    }
    if (family === 6) {
      const found = ofTypes6(types, subject, host);
      if (found === undefined) return { kind: 'unknown', why: `address types ${types.join(',')}` };
      return varies ? found : found.length > 0;
    }
    let result: Ranges = NOTHING;
    for (const type of types) {
      const some = ofType(type, subject, family, host);
      if (some === undefined) return { kind: 'unknown', why: `address type ${type}` };
      result = union(result, some);
    }
    return varies ? result : result.length > 0;
  };
}

/** nft's `fib saddr|daddr [. iif] type`: the type of an address, asked of all interfaces or of the incoming one. */
export function fibType(
  which: 'source' | 'destination',
  word: string,
  ofInterface: boolean,
  packet: Packet,
  set: Ranges,
  host: HostView,
): Truth {
  const varies = packet.varies === which;
  const subject: Ranges = varies ? set : [packet.address, after(packet.address)];
  if (host.host.interfaces.length === 0) return { kind: 'unknown', why: 'the addresses of this host are not known' };
  let own = host;
  if (ofInterface) {
    if (packet.inInterface === undefined)
      return { kind: 'unknown', why: 'which interface the packet came in by is not known' };
    own = host.ofInterface(packet.inInterface);
  }
  const found = ofType(word, subject, packet.family, own);
  if (found === undefined) return { kind: 'unknown', why: `address type ${word}` };
  return varies ? found : found.length > 0;
}
