import { parseIptablesAddress } from './iptables-address.ts';
import { parsePortRange, portsIn } from './match-options.ts';
import type { ReadModule, ReadOption } from './match-reader.ts';
import { protocolOf } from './match-tcp.ts';
import type { PortRange } from './packet.ts';
import { doubtful, type Match } from './program.ts';
import { includes } from './ranges.ts';
import { doubtOf, every, inverted, never } from './truth.ts';

/** `--state` and `--ctstate`. */
export const states: ReadOption = ({ args, not }) => {
  const wanted = (args[0] ?? '').split(',');
  if (args.length !== 1 || wanted.some((name) => !KNOWN_STATES.has(name))) return undefined;
  return inverted((packet) => {
    if (wanted.includes(packet.state)) return true;
    if (packet.state === 'UNTRACKED' || packet.state === 'INVALID') return false;
    return (
      (wanted.includes('DNAT') && packet.destinationTranslated) || (wanted.includes('SNAT') && packet.sourceTranslated)
    );
  }, not);
};
const KNOWN_STATES = new Set(['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED', 'SNAT', 'DNAT']);

/** A match of the connection's first packet: false where there is no connection, whatever the negation says. */
export const ofConnection =
  (match: Match): Match =>
  (packet, set, host) => {
    if (packet.state === 'UNTRACKED' || packet.state === 'INVALID') return false;
    return match(packet, set, host);
  };

const originalSource: ReadOption = ({ args, not }, family) => {
  const ranges = parseIptablesAddress(args[0] ?? '', family);
  if (ranges === undefined || 'mask' in ranges) return undefined;
  return ofConnection(inverted((packet) => (packet.originIsHost ? includes(ranges, packet.address) : ranges), not));
};
const originalDestination: ReadOption = ({ args, not }, family) => {
  const ranges = parseIptablesAddress(args[0] ?? '', family);
  if (ranges === undefined || 'mask' in ranges) return undefined;
  return ofConnection(
    inverted((packet) => (packet.originIsHost ? ranges : includes(ranges, packet.originalAddress)), not),
  );
};
const originalPort: ReadOption = ({ args, not }) => {
  const range = parsePortRange(args[0] ?? '');
  return (
    range &&
    ofConnection(
      inverted((packet) => {
        const ports: PortRange = packet.originIsHost
          ? packet.destinationPorts
          : [packet.originalPort, packet.originalPort];
        return (
          portsIn(ports, [range]) ??
          doubtOf("it depends on the client's port, which is chosen anew for each connection")
        );
      }, not),
    )
  );
};
const direction: ReadOption = ({ args, not }) => {
  const wanted = { ORIGINAL: 'original', REPLY: 'reply' }[args[0] ?? ''];
  return wanted === undefined ? undefined : ofConnection(inverted((packet) => packet.direction === wanted, not));
};
const connectionProtocol: ReadOption = ({ args, not }) => {
  const protocol = protocolOf(args[0] ?? '');
  return protocol === undefined ? undefined : ofConnection(inverted(() => protocol === 'tcp', not));
};
const status: ReadOption = ({ args, not }) => {
  const wanted = (args[0] ?? '').split(',');
  if (wanted.length === 1 && wanted[0] === 'NONE') return ofConnection(inverted(never, not));
  return ofConnection(
    inverted((packet) => {
      // RELATED is the refusal of a connection that is new itself.
      if (packet.state === 'NEW' || packet.state === 'RELATED') return false;
      if (wanted.includes('SEEN_REPLY') || wanted.includes('CONFIRMED')) return true;
      return wanted.includes('ASSURED') ? doubtOf('whether the connection is assured yet') : false;
    }, not),
  );
};

const CONNTRACK: Readonly<Record<string, ReadOption>> = {
  '--ctstate': states,
  '--ctproto': connectionProtocol,
  '--ctorigsrc': originalSource,
  '--ctorigdst': originalDestination,
  '--ctorigdstport': originalPort,
  '--ctdir': direction,
  '--ctstatus': status,
};

export const CONNTRACK_OPTIONS = Object.keys(CONNTRACK);

/** A packet without a connection is asked for its state alone, whatever else the rule asks (xt_conntrack of the kernel). */
export const conntrack: ReadModule = ({ options }, family) => {
  const asked = options.map((option) => ({
    state: option.name === '--ctstate',
    match:
      (Object.hasOwn(CONNTRACK, option.name) ? CONNTRACK[option.name] : undefined)?.(option, family) ??
      doubtful(`"${option.name} ${option.args.join(' ')}" of conntrack`),
  }));
  const ofState = asked.filter(({ state }) => state).map(({ match }) => match);
  const all = every(asked.map(({ match }) => match));
  return (packet, set, host) => {
    if (packet.state !== 'UNTRACKED' && packet.state !== 'INVALID') return all(packet, set, host);
    return ofState.length > 0 && every(ofState)(packet, set, host);
  };
};
