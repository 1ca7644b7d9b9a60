import { throughHook, type Way } from './hooks.ts';
import type { Hook, SourceRef } from './model.ts';
import { FLAGS, type Packet } from './packet.ts';
import { routeAnswer, routeRequest } from './routing.ts';
import { listed, type Block, type Decider, type Phase, type State } from './state.ts';

/** The request (or a later packet of the client) from the wire to its socket, or out by another interface. */
function inwards(way: Way, phase: Phase, states: readonly State[]): State[] {
  const before = throughHook(way, phase, 'prerouting', throughHook(way, phase, 'ingress', states));
  const routed = routeRequest(way, phase, before);
  const local = routed.filter(({ packet }) => packet.outInterface === undefined);
  const forwarded = routed.filter(({ packet }) => packet.outInterface !== undefined);
  const through =
    forwarded.length === 0 ? [] : throughHook(way, phase, 'postrouting', throughHook(way, phase, 'forward', forwarded));
  return [...(local.length === 0 ? [] : throughHook(way, phase, 'input', local)), ...through];
}

/** What the host, or the container behind it, sends back about what has arrived. */
function outwards(way: Way, phase: Phase, arrived: readonly State[], flags: number): State[] {
  const answers = arrived.map((state) => {
    const { packet } = state;
    const forwarded = packet.outInterface !== undefined;
    const answer: Partial<Packet> = {
      hook: forwarded ? 'prerouting' : 'output',
      inInterface: packet.outInterface,
      outInterface: undefined,
      requestInterface: packet.inInterface,
      varies: 'destination',
      sourcePorts: packet.destinationPorts,
      destinationPorts: packet.sourcePorts,
      flags,
      state: 'INVALID',
      direction: 'reply',
      mark: 0,
      natDone: false,
      finalAddress: packet.address,
      finalPort: packet.destinationPorts[0],
      dataTracked: packet.state === 'NEW' || packet.state === 'ESTABLISHED',
    };
    return { ...state, packet: way.packets.alter(packet, answer) };
  });
  const through = (hook: Hook, states: readonly State[]) => throughHook(way, phase, hook, states);
  const own = answers.filter(({ packet }) => packet.inInterface === undefined);
  const behind = answers.filter(({ packet }) => packet.inInterface !== undefined);
  return [
    ...through('postrouting', through('output', routeAnswer(way, own))),
    ...through('postrouting', through('forward', routeAnswer(way, through('prerouting', behind)))),
  ];
}

/** Follows the SYN in. */
export function requestWay(way: Way, states: readonly State[]): State[] {
  return inwards(way, 'syn', states);
}

/** Follows the answer out, the client's later packets in and the host's out, and notes how each state ended. */
export function answerWay(way: Way, arrived: readonly State[]): void {
  follow(way, outwards(way, 'answer', arrived, FLAGS.SYN | FLAGS.ACK), new Set());
  // A refusal on its way out may add to them; the list is walked as it grows.
  for (const state of way.stopped) end(way, state);
}

/** What an earlier packet of the connection leaves behind for the later ones. */
function memoryOf({ packet }: State): string {
  const { connectionMark, changedSets, synTracked, answerTracked } = packet;
  return [connectionMark, changedSets, synTracked, answerTracked].join(' / ');
}

/** The most exchanges that are followed; a connection's mark that goes on changing after that many is given up. */
const MOST_EXCHANGES = 8;

/** Follows exchanges of the client and the host for as long as each leaves behind something new for the next to meet. */
function follow(way: Way, sent: readonly State[], seen: ReadonlySet<string>): void {
  for (const memory of new Set(sent.map(memoryOf))) {
    const alike = sent.filter((state) => memoryOf(state) === memory);
    const known = new Set([...seen, memory]);
    const later: State[] = [];
    for (const state of onwards(way, alike).map((each) => takenUp(way, each))) {
      // A connection whose origin conntrack takes to be here would be met in its other direction: that is not followed.
      const over = state.blocked !== undefined || state.packet.originIsHost || known.has(memoryOf(state));
      if (over) end(way, state);
      else later.push(state);
    }
    if (known.size < MOST_EXCHANGES) follow(way, later, known);
    else
      for (const state of later)
        giveUp(way, state, 'what becomes of a connection whose mark changes with each of its packets');
  }
}

/** What conntrack took up in its midst is known to it from here on: the client's later packets are no longer the first. */
function takenUp(way: Way, state: State): State {
  const { state: tracked, dataTracked, answerTracked } = state.packet;
  if (tracked !== 'ESTABLISHED' || !dataTracked || answerTracked || state.blocked !== undefined) return state;
  return { ...state, packet: way.packets.alter(state.packet, { synTracked: true, answerTracked: true }) };
}

/** A packet of the client in, and the host's answer to it out. */
function onwards(way: Way, sent: readonly State[]): State[] {
  const next = sent.map((state) => {
    const { packet } = state;
    const data: Partial<Packet> = {
      hook: 'prerouting',
      inInterface: packet.requestInterface,
      outInterface: undefined,
      varies: 'source',
      address: packet.originalAddress,
      sourcePorts: packet.destinationPorts,
      destinationPorts: [packet.originalPort, packet.originalPort],
      flags: FLAGS.ACK,
      state: 'INVALID',
      direction: 'original',
      mark: 0,
      natDone: false,
    };
    return { ...state, packet: way.packets.alter(packet, data) };
  });
  return outwards(way, 'reply', inwards(way, 'data', next), FLAGS.ACK | FLAGS.PSH);
}

/** An ICMP error about a packet for another host comes from the interface that it leaves by (icmp_send of the kernel). */
function withErrorSource(way: Way, state: State): State {
  const { outInterface, family } = state.packet;
  const address = way.host.primaryAddress(outInterface, family);
  return address === undefined ? state : { ...state, packet: way.packets.alter(state.packet, { address }) };
}

/** A REJECT's own packet leaves through OUTPUT, RELATED to the connection: a drop there makes the refusal a silence. */
function refusal(way: Way, state: State, block: Block): void {
  const { packet } = state;
  const reset = block.with === 'tcp-reset';
  const error = packet.family === 4 ? ('icmp' as const) : ('ipv6-icmp' as const);
  const answer: Partial<Packet> = {
    protocol: reset ? 'tcp' : error,
    hook: 'output',
    inInterface: undefined,
    outInterface: undefined,
    varies: 'destination',
    address: block.packet.address,
    sourcePorts: block.packet.destinationPorts,
    destinationPorts: block.packet.sourcePorts,
    flags: FLAGS.RST | FLAGS.ACK,
    state: block.packet.state === 'UNTRACKED' || block.packet.state === 'INVALID' ? 'INVALID' : 'RELATED',
    direction: 'reply',
    mark: 0,
    natDone: false,
    connectionMark: block.packet.connectionMark,
  };
  const start: State = { ...state, blocked: undefined, packet: way.packets.alter(packet, answer) };
  const routed = routeAnswer(way, [start]);
  const ofAnother = !reset && !way.host.isLocal(block.packet.address);
  const leaving = ofAnother ? routed.map((each) => withErrorSource(way, each)) : routed;
  for (const sent of throughHook(way, 'refusal', 'postrouting', throughHook(way, 'refusal', 'output', leaving))) {
    const by = sent.blocked?.by;
    const { set, conditions } = sent;
    const silent: Block = by === undefined ? block : { ...block, result: 'dropped', silencedBy: by };
    way.outcomes.push({ kind: 'blocked', set, path: state.path, conditions, block: silent });
  }
}

function end(way: Way, state: State): void {
  const { set, path, conditions, packet, blocked } = state;
  if (blocked !== undefined) {
    if (blocked.result === 'rejected' && blocked.phase === 'syn') return refusal(way, state, blocked);
    if (blocked.phase === 'reply' && !(packet.synTracked && packet.answerTracked)) {
      const why = 'whether conntrack takes up a connection in its midst, whose first packets it did not follow';
      giveUp(way, state, why, blocked.by.rule ?? nowhere(blocked.by.source));
      return;
    }
    way.outcomes.push({ kind: 'blocked', set, path, conditions, block: blocked });
    return;
  }
  const steps = listed(path);
  const decisive = steps.filter(
    ({ phase, hook, verdict }) => phase === 'syn' && (hook === 'input' || hook === 'forward') && verdict === 'accept',
  );
  const plain = decisive.filter(({ by }) => !['mangle', 'raw', 'nat', 'security'].includes(by.table));
  const by = plain.findLast((step) => step.by.kind === 'rule')?.by ?? plain.at(-1)?.by ?? NO_RULES;
  const delivery = {
    kind: packet.inInterface === undefined ? ('local' as const) : ('forwarded' as const),
    address: packet.finalAddress,
    port: packet.finalPort,
    interface: packet.inInterface,
    arrivesBy: packet.requestInterface,
    answersBy: packet.outInterface,
  };
  way.outcomes.push({ kind: 'accepted', set, path, conditions, by, delivery });
}

function giveUp(way: Way, { set, path, conditions }: State, why: string, at: SourceRef = nowhere('')): void {
  way.outcomes.push({ kind: 'unknown', set, path, conditions, why, at });
}

const nowhere = (source: string) => ({ source, line: 0, text: '' });

const NO_RULES: Decider = {
  kind: 'default',
  source: '',
  table: '',
  chain: '',
  jumps: [],
  owner: 'hand',
  why: 'no base chain stands in the way',
};
