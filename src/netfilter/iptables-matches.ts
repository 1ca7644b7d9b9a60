import { parseRange, after, type Family } from './addresses.ts';
import { addressType } from './address-type.ts';
import { parseIptablesAddress, intersectMasked } from './iptables-address.ts';
import { matchIpset } from './ipset-match.ts';
import { parseMasked, parsePortRange, portsIn } from './match-options.ts';
import { FLAGS, type PortRange, type Protocol } from './packet.ts';
import { doubtful, negate, type Doubt, type Match, type Partly } from './program.ts';
import { intersect, subtract, union, type Ranges } from './ranges.ts';
import { passesReversePath } from './reverse-path.ts';
import type { Module, Option } from './rule-words.ts';

/** Reads one option of a module, or the whole module: a match, or undefined where an argument cannot be read. */
type ReadOption = (option: Option, family: Family) => Match | undefined;
type ReadModule = (module: Module, family: Family) => Match | undefined;
type Reader = { readonly options: Readonly<Record<string, ReadOption>> } | { readonly whole: ReadModule; readonly names: readonly string[] };

/** All of the matches: false as soon as one is false; a doubt where one is in doubt and none is false. */
export function every(matches: readonly Match[]): Match {
  return (packet, set, host) => {
    let yes: Ranges = set;
    let perhaps: Ranges = set;
    let doubted: Doubt | undefined;
    for (const match of matches) {
      const truth = match(packet, set, host);
      if (truth === true) continue;
      if (truth === false) return false;
      if (Array.isArray(truth)) {
        yes = intersect(yes, truth);
        perhaps = intersect(perhaps, truth);
      } else if ('why' in truth) {
        doubted = truth as Doubt;
        yes = [];
      } else {
        const part = truth as Partly;
        doubted = part.doubt;
        yes = intersect(yes, part.yes);
        perhaps = intersect(perhaps, union(intersect(set, part.yes), intersect(set, part.maybe)));
      }
    }
    if (doubted === undefined) return yes === set ? true : yes;
    return { yes, maybe: subtract(perhaps, yes), doubt: doubted };
  };
}

const always: Match = () => true;
const never: Match = () => false;
const doubt = (why: string, kind: Doubt['kind'] = 'unknown'): Doubt => ({ kind, why });

/** The match, or its negation within the set. */
export function inverted(match: Match, not: boolean): Match {
  return not ? negate(match, subtract) : match;
}

/** The packet's source address, by name; `other` is the reading of the fixed one. */
export function addressIs(which: 'source' | 'destination', ranges: Ranges): Match {
  return (packet) => {
    if (packet.varies === which) return ranges;
    return intersect([packet.address, after(packet.address)], ranges).length > 0;
  };
}

/** `-s`/`-d` with any mask. */
export function addressOption(which: 'source' | 'destination', text: string, family: Family): Match | undefined {
  const parsed = parseIptablesAddress(text, family);
  if (parsed === undefined) return undefined;
  if (!('mask' in parsed)) return addressIs(which, parsed);
  return (packet, set) => {
    const subject = packet.varies === which ? set : [packet.address, after(packet.address)];
    const inside = intersectMasked(subject, parsed, family);
    if (inside === undefined) return doubt(`the mask in ${text} has too many parts`);
    return packet.varies === which ? inside : inside.length > 0;
  };
}

/** An interface name of `-i`/`-o`; `+` at the end stands for any rest. */
export function interfaceIs(which: 'inInterface' | 'outInterface', name: string): Match {
  const prefix = name.endsWith('+') ? name.slice(0, -1) : undefined;
  if (prefix === '') return always;
  return (packet) => {
    const own = packet[which];
    if (own === undefined) {
      const never = which === 'inInterface' ? packet.hook === 'output' || packet.hook === 'postrouting' : packet.hook === 'prerouting' || packet.hook === 'input';
      return never ? false : doubt(`which interface the packet ${which === 'inInterface' ? 'comes in by' : 'leaves by'} is not known`);
    }
    return prefix === undefined ? own === name : own.startsWith(prefix);
  };
}

const ports = (which: readonly ('sourcePorts' | 'destinationPorts')[], ranges: readonly PortRange[]): Match => {
  return (packet) => {
    if (packet.protocol !== 'tcp') return false;
    let unsure = false;
    for (const each of which) {
      const inside = portsIn(packet[each], ranges);
      if (inside === true) return true;
      if (inside === undefined) unsure = true;
    }
    return unsure ? doubt('it depends on the client\'s port, which is chosen anew for each connection') : false;
  };
};

const portOption = (...which: ('sourcePorts' | 'destinationPorts')[]): ReadOption => ({ args, not }) => {
  const range = args.length === 1 ? parsePortRange(args[0] as string) : undefined;
  return range && inverted(ports(which, [range]), not);
};

const portList = (...which: ('sourcePorts' | 'destinationPorts')[]): ReadOption => ({ args, not }) => {
  const ranges = (args[0] ?? '').split(',').map(parsePortRange);
  if (args.length !== 1 || ranges.includes(undefined)) return undefined;
  return inverted(ports(which, ranges as PortRange[]), not);
};

function readFlags(text: string | undefined): number | undefined {
  let value = 0;
  for (const name of (text ?? '').split(',')) {
    if (name === 'ALL') value |= 63;
    else if (name in FLAGS) value |= FLAGS[name as keyof typeof FLAGS];
    else if (name !== 'NONE') return undefined;
  }
  return value;
}

const flagsAre = (mask: number, comparison: number): Match => (packet) => packet.protocol === 'tcp' && (packet.flags & mask) === comparison;

const states: ReadOption = ({ args, not }) => {
  const wanted = (args[0] ?? '').split(',');
  if (args.length !== 1 || wanted.some((name) => !KNOWN_STATES.has(name))) return undefined;
  return inverted((packet) => {
    if (wanted.includes(packet.state)) return true;
    if (packet.state === 'UNTRACKED' || packet.state === 'INVALID') return false;
    return (wanted.includes('DNAT') && packet.destinationTranslated) || (wanted.includes('SNAT') && packet.sourceTranslated);
  }, not);
};
const KNOWN_STATES = new Set(['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED', 'SNAT', 'DNAT']);

/** A match of the connection's first packet: false where there is no connection, whatever the negation says. */
const ofConnection = (match: Match): Match => (packet, set, host) => {
  if (packet.state === 'UNTRACKED' || packet.state === 'INVALID') return false;
  return match(packet, set, host);
};

const originalSource: ReadOption = ({ args, not }, family) => {
  const ranges = parseIptablesAddress(args[0] ?? '', family);
  if (ranges === undefined || 'mask' in ranges) return undefined;
  return ofConnection(inverted(() => ranges, not));
};
const originalDestination: ReadOption = ({ args, not }, family) => {
  const ranges = parseIptablesAddress(args[0] ?? '', family);
  if (ranges === undefined || 'mask' in ranges) return undefined;
  return ofConnection(inverted((packet) => intersect([packet.originalAddress, after(packet.originalAddress)], ranges).length > 0, not));
};
const originalPort: ReadOption = ({ args, not }) => {
  const range = parsePortRange(args[0] ?? '');
  return range && ofConnection(inverted((packet) => packet.originalPort >= range[0] && packet.originalPort <= range[1], not));
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
  return ofConnection(inverted((packet) => {
    if (packet.state === 'NEW') return false;
    if (wanted.includes('SEEN_REPLY') || wanted.includes('CONFIRMED')) return true;
    return wanted.includes('ASSURED') ? doubt('whether the connection is assured yet') : false;
  }, not));
};

const PROTOCOLS: Readonly<Record<string, Protocol | 'all'>> = {
  '0': 'all', all: 'all', '6': 'tcp', tcp: 'tcp', '1': 'icmp', icmp: 'icmp', '58': 'ipv6-icmp', 'ipv6-icmp': 'ipv6-icmp', icmpv6: 'ipv6-icmp', icmp6: 'ipv6-icmp',
};

/** A protocol's name or number: one that a packet here may have, `all`, `other`, or undefined where it is no protocol. */
export function protocolOf(text: string): Protocol | 'all' | 'other' | undefined {
  const known = Object.hasOwn(PROTOCOLS, text.toLowerCase()) ? PROTOCOLS[text.toLowerCase()] : undefined;
  if (known !== undefined) return known;
  return /^(\d{1,3}|[A-Za-z][A-Za-z0-9.+-]*)$/.test(text) ? 'other' : undefined;
}

const range = (which: 'source' | 'destination'): ReadOption => ({ args, not }, family) => {
  const read = parseRange(args[0] ?? '', family);
  return read && inverted(addressIs(which, read), not);
};

const typeOption = (which: 'source' | 'destination'): ReadOption => ({ args, not }, family) => {
  const types = (args[0] ?? '').split(',');
  return args.length === 1 ? inverted(addressType(which, types, family), not) : undefined;
};

const markIs = (which: 'mark' | 'connectionMark'): ReadOption => ({ args, not }) => {
  const masked = parseMasked(args[0] ?? '');
  if (masked === undefined) return undefined;
  const match: Match = (packet) => {
    const mark = packet[which];
    return mark === undefined ? doubt('the packet\'s mark is not known') : (mark & masked.mask) >>> 0 === masked.value;
  };
  return which === 'mark' ? inverted(match, not) : ofConnection(inverted(match, not));
};

/** True or false where the whole possible range agrees. */
const numberIn = (possible: PortRange, what: string): ReadOption => ({ args, not }) => {
  const wanted = parsePortRange(args[0] ?? '');
  if (wanted === undefined) return undefined;
  const inside = portsIn(possible, [wanted]);
  return inverted(inside === undefined ? doubtful(`it depends on ${what}`) : () => inside, not);
};

/** A SYN's length on the wire: headers with as few or as many options as TCP allows, no data. */
const length: ReadOption = (option, family) =>
  numberIn(family === 4 ? [40, 80] : [60, 100], 'the length of the packet')(option, family);

const onlySyn = (read: ReadOption, what: string): ReadOption => (option, family) => {
  const match = read(option, family);
  return match && ((packet, set, host) => (packet.protocol === 'tcp' && (packet.flags & FLAGS.SYN) !== 0 ? match(packet, set, host) : doubt(what)));
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

/** A packet without a connection is asked for its state alone, whatever else the rule asks (xt_conntrack of the kernel). */
const conntrack: ReadModule = ({ options }, family) => {
  const asked = options.map((option) => ({
    state: option.name === '--ctstate',
    match: (Object.hasOwn(CONNTRACK, option.name) ? CONNTRACK[option.name] : undefined)?.(option, family) ?? doubtful(`"${option.name} ${option.args.join(' ')}" of conntrack`),
  }));
  const ofState = asked.filter(({ state }) => state).map(({ match }) => match);
  const all = every(asked.map(({ match }) => match));
  return (packet, set, host) => {
    if (packet.state !== 'UNTRACKED' && packet.state !== 'INVALID') return all(packet, set, host);
    return ofState.length > 0 && every(ofState)(packet, set, host);
  };
};

const limit: ReadModule = ({ options }) => {
  const rate = options.find(({ name }) => name === '--limit')?.args[0] ?? '3/hour';
  const burst = options.find(({ name }) => name === '--limit-burst')?.args[0] ?? '5';
  return doubtful(`rate limit of ${rate} with a burst of ${burst}`, 'rate-limit');
};

const hashlimit: ReadModule = ({ options }) => {
  const rate = options.find(({ name }) => name.startsWith('--hashlimit-upto') || name.startsWith('--hashlimit-above') || name === '--hashlimit');
  const burst = options.find(({ name }) => name === '--hashlimit-burst')?.args[0] ?? '5';
  if (rate === undefined) return undefined;
  return doubtful(`rate limit of ${rate.args[0] ?? '?'} with a burst of ${burst}`, 'rate-limit');
};

const connlimit: ReadModule = ({ options }) => {
  const above = options.find(({ name }) => name === '--connlimit-above');
  const upto = options.find(({ name }) => name === '--connlimit-upto');
  const bound = above ?? upto;
  const count = Number(bound?.args[0] ?? Number.NaN);
  if (bound === undefined || !Number.isInteger(count)) return undefined;
  const isAbove = (above !== undefined) !== bound.not;
  if (count === 0) return () => isAbove;
  return doubtful(`limit of ${count} connections at once`, 'rate-limit');
};

const recent: ReadModule = ({ options }) => {
  const has = (name: string) => options.find((option) => option.name === name);
  const list = has('--name')?.args[0] ?? 'DEFAULT';
  const set = has('--set');
  if (set !== undefined) return () => !set.not;
  const check = has('--rcheck') ?? has('--update') ?? has('--remove');
  if (check === undefined) return undefined;
  const hits = has('--hitcount') ? ', seen too often' : '';
  return doubtful(`whether the address is on the list "${list}"${hits} at that moment`, has('--hitcount') ? 'rate-limit' : 'unknown');
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
      ? doubt('which port of the bridge the packet uses')
      : allInverted;
};

const reversePath: ReadModule = ({ options }) => {
  const loose = options.some(({ name }) => name === '--loose');
  const not = options.some(({ name }) => name === '--invert');
  return inverted((packet, set, host) => passesReversePath(packet, set, host, loose), not);
};

/** Only the errors that a REJECT sends are ever asked: destination unreachable. */
const icmpType = (numbers: readonly string[]): ReadOption => ({ args, not }) => {
  const [type = '', code] = (args[0] ?? '').split('/');
  if (type === '' || !/^[a-z0-9-]+$/.test(type)) return undefined;
  const match: Match = (packet) => {
    if (packet.protocol === 'tcp') return false;
    if (type === 'any') return true;
    if (/^\d+$/.test(type) && !numbers.includes(type)) return false;
    return numbers.includes(type) && code === undefined ? true : doubt('the kind of ICMP error that a REJECT sends');
  };
  return (packet, set, host) => (packet.protocol === 'tcp' ? false : inverted(match, not)(packet, set, host));
};

const noSuchHeader: ReadModule = () => never;
const unknownModule = (why: string): Reader => ({ whole: () => doubtful(why), names: [] });

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
      '--tcp-option': ({ args, not }) =>
        onlySyn(() => inverted(args[0] === '2' ? always : doubtful(`whether the client sends TCP option ${args[0]}`), not), 'the options of a later packet')({ name: '', not, args }, 4),
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
  conntrack: { whole: conntrack, names: Object.keys(CONNTRACK) },
  comment: { options: { '--comment': () => always } },
  iprange: { options: { '--src-range': range('source'), '--dst-range': range('destination') } },
  addrtype: { options: { '--src-type': typeOption('source'), '--dst-type': typeOption('destination') } },
  mark: { options: { '--mark': markIs('mark') } },
  connmark: { options: { '--mark': markIs('connectionMark') } },
  set: { options: { '--match-set': matchIpset, '--set': matchIpset } },
  pkttype: {
    options: { '--pkt-type': ({ args, not }) => inverted(['unicast', 'host'].includes(args[0] ?? '') ? always : never, not) },
  },
  length: { options: { '--length': onlySyn(length, 'the length of the packet') } },
  tcpmss: { options: { '--mss': onlySyn(numberIn([88, 65495], 'the client\'s MSS'), 'the MSS of a later packet') } },
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
  mac: unknownModule('the sender\'s hardware address'),
  owner: unknownModule('the user whose socket answers'),
};

function numberRange(what: string, possible: (n: number) => PortRange): ReadOption {
  return ({ args, not }) => {
    const n = Number(args[0] ?? Number.NaN);
    if (!Number.isInteger(n)) return undefined;
    const inside = portsIn([1, 255], [possible(n)]);
    return inverted(inside === undefined ? doubtful(`it depends on the packet's ${what}`) : () => inside, not);
  };
}
