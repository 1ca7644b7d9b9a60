import type { Family } from './addresses.ts';
import type { Field, JsonObject, Value } from './nft-fields.ts';
import type { Packet } from './packet.ts';

/** Protocols, and families, by what nft prints for them. */
export const PROTOCOLS = { '6': 'tcp', '1': 'icmp', '58': 'ipv6-icmp', icmpv6: 'ipv6-icmp' };
export const FAMILY_NUMBERS = { '2': 'ipv4', '10': 'ipv6' };

const connected = (packet: Packet) => packet.state !== 'UNTRACKED' && packet.state !== 'INVALID';

function originalPort(packet: Packet): Value<number> {
  if (!connected(packet)) return 'absent';
  if (!packet.originIsHost) return packet.originalPort;
  const [first, last] = packet.destinationPorts;
  return first === last
    ? first
    : { kind: 'unknown', why: "the client's port, which is chosen anew for each connection" };
}

/** The addresses that the connection's first packet came with. */
const originalAddress = (family: Family, which: 'source' | 'destination'): Field => ({
  kind: 'address',
  family,
  of: (packet) => {
    if (packet.family !== family || !connected(packet)) return 'absent';
    if (packet.originIsHost) return which === 'source' ? packet.address : 'the set';
    return which === 'source' ? 'the set' : packet.originalAddress;
  },
});

const STATUS: Readonly<Record<string, number>> = {
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
};

/** Before the second packet has come, a connection has no status but what was done to its addresses. */
function statusOf(packet: Packet): Value<number> {
  if (!connected(packet)) return 'absent';
  const translated = (packet.sourceTranslated ? 16 : 0) | (packet.destinationTranslated ? 32 : 0);
  if (packet.state === 'NEW' || packet.state === 'RELATED') return translated;
  return translated | 2 | 8;
}

/** What `ct KEY` is. */
export function ct({ key, dir }: JsonObject): Field {
  switch (key) {
    case 'state':
      return { kind: 'word', of: (packet) => packet.state.toLowerCase() };
    case 'direction':
      return { kind: 'word', of: (packet) => (connected(packet) ? packet.direction : 'absent') };
    case 'status':
      return { kind: 'number', of: statusOf, names: STATUS };
    case 'mark':
      return {
        kind: 'number',
        of: (packet) =>
          connected(packet)
            ? (packet.connectionMark ?? { kind: 'unknown', why: "the connection's mark is not known" })
            : 'absent',
      };
    case 'proto-dst':
      if (dir === 'original') return { kind: 'number', of: originalPort };
      break;
    case 'ip saddr':
    case 'ip6 saddr':
    case 'ip daddr':
    case 'ip6 daddr':
      if (dir === 'original')
        return originalAddress(key.startsWith('ip6') ? 6 : 4, key.endsWith('saddr') ? 'source' : 'destination');
      break;
    case 'protocol':
      return { kind: 'word', of: (packet) => (connected(packet) ? 'tcp' : 'absent'), same: PROTOCOLS };
    case 'l3proto':
      return {
        kind: 'word',
        of: (packet) => (connected(packet) ? (packet.family === 4 ? 'ipv4' : 'ipv6') : 'absent'),
        same: FAMILY_NUMBERS,
      };
    case 'helper':
      return { kind: 'word', of: () => 'absent' };
  }
  return { kind: 'unknown', why: `what "ct ${dir === undefined ? '' : `${String(dir)} `}${String(key)}" is` };
}
