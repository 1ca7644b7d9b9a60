import { parsePortRange, portsIn } from './match-options.ts';
import type { ReadOption } from './match-reader.ts';
import { FLAGS, type PortRange, type Protocol } from './packet.ts';
import { doubtful, type Match } from './program.ts';
import { doubtOf, inverted } from './truth.ts';

const ports = (which: readonly ('sourcePorts' | 'destinationPorts')[], ranges: readonly PortRange[]): Match => {
  return (packet) => {
    if (packet.protocol !== 'tcp') return false;
    let unsure = false;
    for (const each of which) {
      const inside = portsIn(packet[each], ranges);
      if (inside === true) return true;
      if (inside === undefined) unsure = true;
    }
    return unsure ? doubtOf("it depends on the client's port, which is chosen anew for each connection") : false;
  };
};

/** One port or range of `-m tcp`. */
export const portOption =
  (...which: ('sourcePorts' | 'destinationPorts')[]): ReadOption =>
  ({ args, not }) => {
    const range = args.length === 1 ? parsePortRange(args[0] as string) : undefined;
    return range && inverted(ports(which, [range]), not);
  };

/** A list of `-m multiport`. */
export const portList =
  (...which: ('sourcePorts' | 'destinationPorts')[]): ReadOption =>
  ({ args, not }) => {
    const ranges = (args[0] ?? '').split(',').map(parsePortRange);
    if (args.length !== 1 || ranges.includes(undefined)) return undefined;
    return inverted(ports(which, ranges as PortRange[]), not);
  };

/** Flags by name, as in `--tcp-flags`; undefined for a name that is none. */
export function readFlags(text: string | undefined): number | undefined {
  let value = 0;
  for (const name of (text ?? '').split(',')) {
    if (name === 'ALL') value |= 63;
    else if (name in FLAGS) value |= FLAGS[name as keyof typeof FLAGS];
    else if (name !== 'NONE') return undefined;
  }
  return value;
}

/** Whether the flags under the mask are just these. */
export const flagsAre =
  (mask: number, comparison: number): Match =>
  (packet) =>
    packet.protocol === 'tcp' && (packet.flags & mask) === comparison;

/** Every handshake's packets name their maximum segment size (option 2), and no other packets do; a rule's reset has no options at all. */
export const hasOption =
  (kind: number): Match =>
  (packet) => {
    if (packet.protocol !== 'tcp' || (packet.flags & FLAGS.RST) !== 0) return false;
    if (kind === 2) return (packet.flags & FLAGS.SYN) !== 0;
    return doubtOf(`whether the client sends TCP option ${kind}`);
  };

const PROTOCOLS: Readonly<Record<string, Protocol | 'all'>> = {
  '0': 'all',
  all: 'all',
  '6': 'tcp',
  tcp: 'tcp',
  '1': 'icmp',
  icmp: 'icmp',
  '58': 'ipv6-icmp',
  'ipv6-icmp': 'ipv6-icmp',
  icmpv6: 'ipv6-icmp',
  icmp6: 'ipv6-icmp',
};

/** A protocol's name or number: one that a packet here may have, `all`, `other`, or undefined where it is no protocol. */
export function protocolOf(text: string): Protocol | 'all' | 'other' | undefined {
  const known = Object.hasOwn(PROTOCOLS, text.toLowerCase()) ? PROTOCOLS[text.toLowerCase()] : undefined;
  if (known !== undefined) return known;
  return /^(\d{1,3}|[A-Za-z][A-Za-z0-9.+-]*)$/.test(text) ? 'other' : undefined;
}

/** True or false where the whole possible range agrees. */
export const numberIn =
  (possible: PortRange, what: string): ReadOption =>
  ({ args, not }) => {
    const wanted = parsePortRange(args[0] ?? '');
    if (wanted === undefined) return undefined;
    const inside = portsIn(possible, [wanted]);
    return inverted(inside === undefined ? doubtful(`it depends on ${what}`) : () => inside, not);
  };

/** The length of a packet without data: headers with as few or as many options as TCP allows; with data anything from there. */
export const length: ReadOption = (option, family) => {
  const least = family === 4 ? 40 : 60;
  const handshake = numberIn([least, least + 40], 'the length of the packet')(option, family);
  const data = numberIn([least, 65_535], 'the length of the packet')(option, family);
  if (handshake === undefined || data === undefined) return undefined;
  return (packet, set, host) =>
    (packet.protocol === 'tcp' && (packet.flags & FLAGS.PSH) === 0 ? handshake : data)(packet, set, host);
};

/** What is known of the SYN's form alone. */
export const onlySyn =
  (read: ReadOption, what: string): ReadOption =>
  (option, family) => {
    const match = read(option, family);
    return (
      match &&
      ((packet, set, host) =>
        packet.protocol === 'tcp' && (packet.flags & FLAGS.SYN) !== 0 ? match(packet, set, host) : doubtOf(what))
    );
  };

/** Only the errors that a REJECT sends are ever asked: destination unreachable. */
export const icmpType =
  (numbers: readonly string[]): ReadOption =>
  ({ args, not }) => {
    const [type = '', code] = (args[0] ?? '').split('/');
    if (type === '' || !/^[a-z0-9-]+$/.test(type)) return undefined;
    const match: Match = (packet) => {
      if (packet.protocol === 'tcp') return false;
      if (type === 'any') return true;
      if (/^\d+$/.test(type) && !numbers.includes(type)) return false;
      return numbers.includes(type) && code === undefined
        ? true
        : doubtOf('the kind of ICMP error that a REJECT sends');
    };
    return (packet, set, host) => (packet.protocol === 'tcp' ? false : inverted(match, not)(packet, set, host));
  };
