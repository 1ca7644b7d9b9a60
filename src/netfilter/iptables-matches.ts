import { mac } from './hardware-address.ts';
import { matchIpset } from './ipset-match.ts';
import { range, typeOption } from './match-addresses.ts';
import { conntrack, CONNTRACK_OPTIONS, ofConnection, states } from './match-conntrack.ts';
import { connlimit, hashlimit, limit, recent } from './match-limits.ts';
import { parseMasked, portsIn } from './match-options.ts';
import type { Reader, ReadModule, ReadOption } from './match-reader.ts';
import {
  flagsAre,
  hasOption,
  icmpType,
  length,
  numberIn,
  onlySyn,
  portList,
  portOption,
  readFlags,
} from './match-tcp.ts';
import { FLAGS, type PortRange } from './packet.ts';
import { doubtful, type Match } from './program.ts';
import { passesReversePath } from './reverse-path.ts';
import { owner } from './socket-owner.ts';
import { always, doubtOf, inverted, never } from './truth.ts';

const markIs =
  (which: 'mark' | 'connectionMark'): ReadOption =>
  ({ args, not }) => {
    const masked = parseMasked(args[0] ?? '');
    if (masked === undefined) return undefined;
    const match: Match = (packet) => {
      const mark = packet[which];
      return mark === undefined
        ? doubtOf("the packet's mark is not known")
        : (mark & masked.mask) >>> 0 === masked.value;
    };
    return which === 'mark' ? inverted(match, not) : ofConnection(inverted(match, not));
  };

const policy: ReadModule = ({ options }) => {
  const wanted = options.find(({ name }) => name === '--pol');
  if (wanted === undefined || !['none', 'ipsec'].includes(wanted.args[0] ?? '')) return undefined;
  return inverted(() => wanted.args[0] === 'none', wanted.not);
};

const physdev: ReadModule = ({ options }) => {
  const allInverted = options.every(({ not }) => not);
  return (packet) =>
    /^(br|virbr|docker|cni|lxcbr|vmbr)/.test(packet.inInterface ?? packet.outInterface ?? '')
      ? doubtOf('which port of the bridge the packet uses')
      : allInverted;
};

const reversePath: ReadModule = ({ options }) => {
  const loose = options.some(({ name }) => name === '--loose');
  const not = options.some(({ name }) => name === '--invert');
  return inverted((packet, set, host) => passesReversePath(packet, set, host, loose), not);
};

const noSuchHeader: ReadModule = () => never;

/** The modules that are understood, by name. What is not here cannot be decided. */
export const MODULES: Readonly<Record<string, Reader>> = {
  tcp: {
    options: {
      '--sport': portOption('sourcePorts'),
      '--source-port': portOption('sourcePorts'),
      '--dport': portOption('destinationPorts'),
      '--destination-port': portOption('destinationPorts'),
      '--syn': ({ not }) => inverted(flagsAre(FLAGS.SYN | FLAGS.RST | FLAGS.ACK | FLAGS.FIN, FLAGS.SYN), not),
      '--tcp-flags': ({ args, not }) => {
        const mask = readFlags(args[0]);
        const comparison = readFlags(args[1]);
        return mask === undefined || comparison === undefined ? undefined : inverted(flagsAre(mask, comparison), not);
      },
      '--tcp-option': ({ args, not }) => inverted(hasOption(Number(args[0] ?? Number.NaN)), not),
    },
  },
  icmp: { options: { '--icmp-type': icmpType(['3', 'destination-unreachable']) } },
  icmp6: { options: { '--icmpv6-type': icmpType(['1', 'destination-unreachable']) } },
  multiport: {
    options: {
      '--dports': portList('destinationPorts'),
      '--destination-ports': portList('destinationPorts'),
      '--sports': portList('sourcePorts'),
      '--source-ports': portList('sourcePorts'),
      '--ports': portList('sourcePorts', 'destinationPorts'),
      '--port': portList('sourcePorts', 'destinationPorts'),
    },
  },
  state: { options: { '--state': states } },
  conntrack: { whole: conntrack, names: CONNTRACK_OPTIONS },
  comment: { options: { '--comment': () => always } },
  iprange: { options: { '--src-range': range('source'), '--dst-range': range('destination') } },
  addrtype: { options: { '--src-type': typeOption('source'), '--dst-type': typeOption('destination') } },
  mark: { options: { '--mark': markIs('mark') } },
  connmark: { options: { '--mark': markIs('connectionMark') } },
  set: { options: { '--match-set': matchIpset, '--set': matchIpset } },
  pkttype: {
    options: {
      '--pkt-type': ({ args, not }) => inverted(['unicast', 'host'].includes(args[0] ?? '') ? always : never, not),
    },
  },
  length: { options: { '--length': length } },
  tcpmss: { options: { '--mss': onlySyn(numberIn([88, 65495], "the client's MSS"), 'the MSS of a later packet') } },
  ttl: {
    options: {
      '--ttl-eq': numberRange('ttl', (n) => [n, n]),
      '--ttl-gt': numberRange('ttl', (n) => [n + 1, 255]),
      '--ttl-lt': numberRange('ttl', (n) => [0, n - 1]),
      '--ttl': numberRange('ttl', (n) => [n, n]),
    },
  },
  limit: { whole: limit, names: ['--limit', '--limit-burst'] },
  hashlimit: { whole: hashlimit, names: [] },
  connlimit: { whole: connlimit, names: [] },
  recent: { whole: recent, names: [] },
  policy: { whole: policy, names: [] },
  physdev: { whole: physdev, names: [] },
  rpfilter: { whole: reversePath, names: [] },
  helper: { options: { '--helper': ({ not }) => inverted(never, not) } },
  nfacct: { options: { '--nfacct-name': () => always } },
  rt: { whole: noSuchHeader, names: [] },
  frag: { whole: noSuchHeader, names: [] },
  hbh: { whole: noSuchHeader, names: [] },
  dst: { whole: noSuchHeader, names: [] },
  mac: { whole: mac, names: ['--mac-source'] },
  owner: { whole: owner, names: ['--uid-owner', '--gid-owner', '--socket-exists', '--suppl-groups'] },
};

function numberRange(what: string, possible: (n: number) => PortRange): ReadOption {
  return ({ args, not }) => {
    const n = Number(args[0] ?? Number.NaN);
    if (!Number.isInteger(n)) return undefined;
    const inside = portsIn([1, 255], [possible(n)]);
    return inverted(inside === undefined ? doubtful(`it depends on the packet's ${what}`) : () => inside, not);
  };
}
