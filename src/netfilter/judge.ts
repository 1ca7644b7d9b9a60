import { ALL, formatRanges, parseAddress, parseAddressSet, type Family } from './addresses.ts';
import { viewOf, type Host, type HostView } from './host-view.ts';
import type { Way } from './hooks.ts';
import { answerWay, requestWay } from './way.ts';
import { FLAGS, Packets, type PortRange } from './packet.ts';
import { partition, type Part } from './partition.ts';
import { missingRules } from './base-chains.ts';
import { intersect, subtract, type Ranges } from './ranges.ts';
import { prepend, type Condition, type State } from './state.ts';

/** One attempt to connect: a TCP SYN that conntrack has not seen before. */
export type Attempt = {
  /** The client's addresses and CIDRs, as the host sees them. */
  readonly from: readonly string[];
  /** The address that the packet is sent to: one of the host's own, or one that its nat rules translate. */
  readonly to: string;
  readonly port: number;
  /**
   * The interface that it comes in by. By default the one that holds `to`; where that is the loopback, or no interface does, each by which
   * a route leads back to the client.
   */
  readonly interface?: string;
  /** The ports that the client may send from; by default Linux's own range, 32768 to 60999. */
  readonly sourcePorts?: PortRange;
};

/**
 * What the host's packet filters do with a connection attempt: each part of the clients' addresses with every possible
 * outcome. Follows the SYN in, the host's answer out, and the client's next packet in.
 * @throws {RangeError} for an attempt whose addresses or ports cannot be read.
 */
export function judge(host: Host, attempt: Attempt): { readonly parts: readonly Part[] } {
  const family: Family = attempt.to.includes(':') ? 6 : 4;
  const to = parseAddress(attempt.to, family);
  if (to === undefined) throw new RangeError(`not an address: ${JSON.stringify(attempt.to)}`);
  if (!Number.isInteger(attempt.port) || attempt.port < 1 || attempt.port > 65535)
    throw new RangeError(`not a port: ${attempt.port}`);
  const from = parseAddressSet(attempt.from);
  const view = viewOf(host);
  const packets = new Packets();
  const asked = intersect(family === 4 ? from.ipv4 : from.ipv6, ALL[family]);
  const set = clientsAmong(asked, view, family);
  const packet = packets.intern({
    family,
    protocol: 'tcp',
    hook: 'prerouting',
    inInterface: undefined,
    outInterface: undefined,
    varies: 'source',
    address: to,
    sourcePorts: attempt.sourcePorts ?? [32768, 60999],
    destinationPorts: [attempt.port, attempt.port],
    flags: FLAGS.SYN,
    state: 'INVALID',
    direction: 'original',
    originalAddress: to,
    originalPort: attempt.port,
    finalAddress: to,
    finalPort: attempt.port,
    synTracked: false,
    answerTracked: false,
    dataTracked: false,
    originIsHost: false,
    requestInterface: undefined,
    destinationTranslated: false,
    sourceTranslated: false,
    translatedSource: undefined,
    natDone: false,
    mark: 0,
    connectionMark: 0,
    changedSets: '',
  });
  const way: Way = { host: view, packets, outcomes: [], stopped: [] };
  if (set.length > 0) {
    const start: State = { set, packet, path: undefined, conditions: undefined, blocked: undefined };
    answerWay(way, requestWay(way, arrivals(way, start, attempt.interface ?? view.interfaceOf(to))));
  }
  const missing = missingRules(host.rulesets, family);
  const parts = partition(way.outcomes, missing);
  return { parts: [...parts, ...otherFamily(family === 4 ? from.ipv6 : from.ipv4, attempt.to)] };
}

/** The clients by the interface that their packets come in by; where it may be one of several, by each of them. */
function arrivals({ host, packets }: Way, start: State, inside: string | undefined): State[] {
  const by = (set: Ranges, inInterface: string): State => ({
    ...start,
    set,
    packet: packets.alter(start.packet, { inInterface }),
  });
  const clientIsHost = intersect(start.set, host.local[start.packet.family]).length > 0;
  if (inside !== undefined && (inside !== 'lo' || clientIsHost)) return [by(start.set, inside)];
  return host.arrivals(start.packet.family, start.set).flatMap(({ set, interfaces }) => {
    const [only, ...more] = interfaces;
    if (only === undefined) return [{ ...start, set }];
    if (more.length === 0) return [by(set, only)];
    const at = { source: 'host/ip-route.json', line: 0, text: '' };
    const why = `which of ${interfaces.join(', ')} the packet comes in by`;
    const conditions = prepend<Condition>({ kind: 'unknown', why, at, matched: true }, undefined);
    return interfaces.map((name) => ({ ...by(set, name), conditions }));
  });
}

/** A network holds addresses that no client can have: the host's own, and broadcast ones. They count only where nothing else is asked. */
function clientsAmong(asked: Ranges, view: HostView, family: Family): Ranges {
  const others = subtract(subtract(asked, view.local[family]), family === 4 ? view.broadcast : []);
  return others.length > 0 ? others : asked;
}

/** Clients whose addresses are of the other family than the host's address. */
function otherFamily(set: Ranges, to: string): Part[] {
  if (set.length === 0) return [];
  const why = `they are not of the address family of ${to}`;
  const at = { source: 'the attempt', line: 0, text: '' };
  return [
    {
      from: formatRanges(set),
      outcomes: [{ result: 'unknown', why, at, path: [] }],
      conditions: [],
      hookVerdicts: [],
      shadowedAccepts: [],
      alsoBlocks: [],
    },
  ];
}
