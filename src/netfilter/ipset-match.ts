import { after, network, parseAddress, parseRange, type Family } from './addresses.ts';
import { hasHardwareAddress } from './hardware-address.ts';
import type { HostView } from './host-view.ts';
import type { Ipset } from './ipset.ts';
import { parsePortRange, portsIn } from './match-options.ts';
import type { Packet, PortRange } from './packet.ts';
import { doubtful, negate, type Doubt, type Match, type Truth } from './program.ts';
import { canonical, intersect, NOTHING, subtract, union, unionOf, type Bound, type Ranges } from './ranges.ts';
import type { Option } from './rule-words.ts';
import { doubtOf, either, every } from './truth.ts';

type Flag = 'src' | 'dst';
const DEEPEST = 8;

/** `--match-set NAME FLAGS`: whether the packet's addresses, ports and interface are in the set (ipset(8)). */
export function matchIpset({ args, not }: Option, family: Family): Match | undefined {
  const [name, flags] = args;
  const sides = (flags ?? '').split(',');
  if (name === undefined || !sides.every((side) => side === 'src' || side === 'dst')) return undefined;
  const match: Match = (packet, set, host) => {
    if (packet.changedSets.split(' ').includes(name))
      return doubtOf(`what the set ${name} holds, which an earlier rule changes`);
    return host.remember(`ipset ${name} ${flags} ${family}`, () => compile(name, sides as Flag[], family, host, 0))(
      packet,
      set,
      host,
    );
  };
  return not ? negate(match, subtract) : match;
}

function compile(name: string, sides: readonly Flag[], family: Family, host: HostView, depth: number): Match {
  const ipsets = host.host.ipsets;
  const set = ipsets?.sets.get(name);
  if (ipsets === undefined || set === undefined) return doubtful(`what the set ${name} holds: it was not gathered`);
  if (ipsets.problems.length > 0)
    return doubtful(`what the set ${name} holds: line ${ipsets.problems[0]?.line} of ${ipsets.source} cannot be read`);
  const [method, dimensions = ''] = set.type.split(':');
  if (method === 'list') {
    if (depth > DEEPEST) return doubtful(`what the set ${name} holds: lists within lists`);
    const members = set.members.map(({ text }) => compile(text.split(' ')[0] ?? '', sides, family, host, depth + 1));
    return (packet, addresses, view) =>
      either(
        addresses,
        members.map((member) => member(packet, addresses, view)),
      );
  }
  const at = set.options.indexOf('family');
  const own = at >= 0 && set.options[at + 1] === 'inet6' ? 6 : 4;
  const kinds = dimensions.split(',');
  if (own !== family && kinds.some((kind) => kind === 'ip' || kind === 'net')) return () => false;
  if (sides.length < kinds.length) return () => false;
  return compileMembers(set, kinds, sides, family) ?? doubtful(`what the set ${name} of type ${set.type} holds`);
}

/** A member's dimensions, each as what it asks of the packet. */
type Member = { readonly addresses: (readonly [Bound, Bound])[]; readonly rest: string; readonly nomatch: boolean };

function compileMembers(
  set: Ipset,
  kinds: readonly string[],
  sides: readonly Flag[],
  family: Family,
): Match | undefined {
  if (kinds.some((kind) => !['ip', 'net', 'port', 'iface', 'mac'].includes(kind))) return undefined;
  const netmask = Number(set.options[set.options.indexOf('netmask') + 1]);
  const masked = set.options.includes('netmask') && Number.isInteger(netmask) ? netmask : undefined;
  const addressAt = kinds.flatMap((kind, i) => (kind === 'ip' || kind === 'net' ? [i] : []));
  const others = kinds
    .map((kind, i) => ({ kind, side: sides[i] as Flag, i }))
    .filter(({ kind }) => kind === 'port' || kind === 'iface' || kind === 'mac');
  const groups = new Map<string, Member[]>();
  for (const { text } of set.members) {
    const [entry = '', ...options] = text.split(' ');
    const parts = entry.split(',');
    if (parts.length !== kinds.length) return undefined;
    const addresses = addressAt.map((i) => readAddress(parts[i] as string, family, masked));
    if (addresses.includes(undefined)) return undefined;
    const rest = others.map(({ i }) => parts[i]).join(',');
    const member = { addresses: addresses as (readonly [Bound, Bound])[], rest, nomatch: options.includes('nomatch') };
    const group = groups.get(rest);
    if (group === undefined) groups.set(rest, [member]);
    else group.push(member);
  }
  if (set.type === 'hash:net,iface') return byNetworkFirst([...groups.values()].flat(), sides);
  const tests: Match[] = [];
  for (const [rest, members] of groups) {
    const asks =
      rest === '' && others.length === 0
        ? []
        : others.map(({ kind, side }, i) => {
            const text = rest.split(',')[i] as string;
            if (kind === 'mac') return macIs(text, side);
            return kind === 'port' ? portIs(text, side) : interfaceIs(text, side);
          });
    if (asks.includes(undefined)) return undefined;
    const addresses = addressesOf(
      members,
      addressAt.map((i) => sides[i] as Flag),
    );
    tests.push(every([...(asks as Match[]), addresses]));
  }
  return (packet, addresses, host) =>
    either(
      addresses,
      tests.map((test) => test(packet, addresses, host)),
    );
}

function readAddress(text: string, family: Family, netmask: number | undefined): readonly [Bound, Bound] | undefined {
  const range = parseRange(text, family);
  if (range === undefined || netmask === undefined) return range;
  const address = parseAddress(text, family);
  return address === undefined ? undefined : network(address, netmask);
}

/** A sender's hardware address: of the packet's destination none is known (ip_set_bitmap_ipmac.c of the kernel asks the source alone). */
function macIs(text: string, side: Flag): Match | undefined {
  if (side !== 'src' || text === '') return undefined;
  return (packet, set, host) => hasHardwareAddress(packet, set, host, text);
}

/** `tcp:5432`, `5432`; another protocol's port is never a TCP connection's. */
function portIs(text: string, side: Flag): ((packet: Packet) => boolean | Doubt) | undefined {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? 'tcp' : text.slice(0, colon);
  const ports = parsePortRange(colon < 0 ? text : text.slice(colon + 1));
  if (protocol !== 'tcp' && protocol !== '6') return () => false;
  if (ports === undefined) return undefined;
  return (packet) => {
    if (packet.protocol !== 'tcp') return false;
    const own: PortRange = side === 'src' ? packet.sourcePorts : packet.destinationPorts;
    return (
      portsIn(own, [ports]) ?? doubtOf("it depends on the client's port, which is chosen anew for each connection")
    );
  };
}

function interfaceIs(text: string, side: Flag): ((packet: Packet) => boolean | Doubt) | undefined {
  if (text.startsWith('physdev:')) return undefined;
  const prefix = text.endsWith('+') ? text.slice(0, -1) : undefined;
  return (packet) => {
    const name = side === 'src' ? packet.inInterface : packet.outInterface;
    if (name === undefined)
      return packet.hook === 'prerouting' && side === 'src'
        ? doubtOf('which interface the packet comes in by is not known')
        : false;
    return prefix === undefined ? name === text : name.startsWith(prefix);
  };
}

/**
 * The addresses that members with the same ports and interfaces cover. The most specific network decides, so `nomatch` ones
 * are taken out in the order of their length.
 */
function addressesOf(members: readonly Member[], sides: readonly Flag[]): Match {
  if (sides.length === 0) return () => members.some(({ nomatch }) => !nomatch);
  if (sides.length === 1) {
    const ranges = bySpecificity(members);
    return (packet) => inOne(packet, sides[0] as Flag, ranges);
  }
  const covered = (packet: Packet, set: Ranges, { addresses }: Member): Ranges => {
    let part: Ranges = set;
    for (const [i, range] of addresses.entries()) {
      const truth = inOne(packet, sides[i] as Flag, range);
      part = truth === true ? part : truth === false ? NOTHING : intersect(part, truth as Ranges);
    }
    return part;
  };
  return (packet, set): Truth => {
    if (members.every(({ nomatch }) => !nomatch)) return unionOf(members.map((each) => covered(packet, set, each)));
    let result: Ranges = NOTHING;
    for (const member of members) {
      const part = covered(packet, set, member);
      result = member.nomatch ? subtract(result, part) : union(result, part);
    }
    return result;
  };
}

function inOne(packet: Packet, side: Flag, ranges: Ranges): Truth {
  if ((packet.varies === 'source') === (side === 'src')) return ranges;
  return intersect([packet.address, after(packet.address)], ranges).length > 0;
}

function bySpecificity(members: readonly Member[]): Ranges {
  if (members.every(({ nomatch }) => !nomatch))
    return canonical(members.map(({ addresses }) => addresses[0] as readonly [Bound, Bound]));
  let result: Ranges = NOTHING;
  for (const alike of bySize(members, ({ addresses: [range] }) => range as readonly [Bound, Bound])) {
    const parts = (nomatch: boolean) =>
      canonical(
        alike
          .filter((each) => each.nomatch === nomatch)
          .map(({ addresses: [range] }) => range as readonly [Bound, Bound]),
      );
    result = union(subtract(result, parts(true)), parts(false));
  }
  return result;
}

/** Groups of networks of one size, the widest first: those of one size do not overlap, so that a group is joined at once. */
function bySize<T>(values: readonly T[], rangeOf: (value: T) => readonly [Bound, Bound]): readonly (readonly T[])[] {
  const groups = new Map<number, T[]>();
  for (const value of values) {
    const [start, end] = rangeOf(value);
    const size = Number(end) - Number(start);
    const group = groups.get(size);
    if (group === undefined) groups.set(size, [value]);
    else group.push(value);
  }
  return [...groups].sort(([a], [b]) => b - a).map(([, group]) => group);
}

/**
 * hash:net,iface: the most specific network that covers the address decides, and of its members those with the interface; wider
 * networks are then no longer asked (the `multi` counter of the kernel's ip_set_hash_netiface.c).
 */
function byNetworkFirst(members: readonly Member[], sides: readonly Flag[]): Match | undefined {
  const [addressSide, interfaceSide] = sides as [Flag, Flag];
  const networks = new Map<
    string,
    { range: readonly [Bound, Bound]; asks: { ask: (packet: Packet) => boolean | Doubt; nomatch: boolean }[] }
  >();
  for (const { addresses, rest, nomatch } of members) {
    const range = addresses[0] as readonly [Bound, Bound];
    const ask = interfaceIs(rest, interfaceSide);
    if (ask === undefined) return undefined;
    const key = range.join('-');
    const known = networks.get(key);
    if (known === undefined) networks.set(key, { range, asks: [{ ask, nomatch }] });
    else known.asks.push({ ask, nomatch });
  }
  const wideFirst = bySize([...networks.values()], ({ range }) => range);
  return (packet) => {
    let inside: Ranges = NOTHING;
    for (const alike of wideFirst) {
      const matching: (readonly [Bound, Bound])[] = [];
      for (const { range, asks } of alike) {
        for (const { ask, nomatch } of asks) {
          const truth = ask(packet);
          if (typeof truth !== 'boolean') return truth;
          if (truth && !nomatch) matching.push(range);
          if (truth) break;
        }
      }
      inside = union(subtract(inside, canonical(alike.map(({ range }) => range))), canonical(matching));
    }
    return inOne(packet, addressSide, inside);
  };
}
