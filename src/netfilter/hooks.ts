import { single } from './addresses.ts';
import { baseChains } from './base-chains.ts';
import { endingStates, type Passage } from './endings.ts';
import type { HostView } from './host-view.ts';
import type { Hook } from './model.ts';
import { ownerOf } from './owners.ts';
import type { Packet, Packets } from './packet.ts';
import type { Ended } from './partition.ts';
import { NOTHING, sameRanges, union, type Ranges } from './ranges.ts';
import { routingDecider, stop } from './routing.ts';
import { merge, prepend, type Condition, type Decider, type Phase, type State, type Step } from './state.ts';
import { Walker, type BaseChain } from './walk.ts';

/** One judgement under way: what it stands on, and the outcomes found so far. */
export type Way = {
  readonly host: HostView;
  readonly packets: Packets;
  readonly outcomes: Ended[];
  /** States that were stopped, and are not followed further. */
  readonly stopped: State[];
};

const CONNTRACK = -200;
const MOST_STATES = 64;
/** Blocks in one hook for which shadowed ACCEPT rules are looked for; more blocks than that come of doubts, not of a plain flow. */
const MOST_SEARCHES = 32;

/** The state that connection tracking gives the packet (nf_conntrack_proto_tcp: a SYN-ACK without its SYN is INVALID, a lone ACK is NEW). */
function conntrackState(phase: Phase, packet: Packet): Partial<Packet> {
  const tracked = packet.state !== 'UNTRACKED';
  if (phase === 'refusal') return {};
  if (phase === 'syn') return tracked ? { state: 'NEW', synTracked: true } : { synTracked: false };
  if (phase === 'answer') {
    if (!tracked) return { answerTracked: false };
    return { state: packet.synTracked ? 'ESTABLISHED' : 'INVALID', answerTracked: packet.synTracked };
  }
  if (!tracked) return {};
  if (phase === 'reply') {
    if (packet.synTracked) return { state: packet.answerTracked ? 'ESTABLISHED' : 'INVALID' };
    return packet.dataTracked ? { state: 'ESTABLISHED' } : { state: 'NEW', direction: 'original', originIsHost: true };
  }
  if (!packet.synTracked) return { state: 'NEW' };
  return { state: packet.answerTracked ? 'ESTABLISHED' : 'INVALID' };
}

/** What the connection's translations do to a packet of it that is not the first. */
function translate(hook: Hook, packet: Packet): Partial<Packet> {
  if (!packet.destinationTranslated || packet.state !== 'ESTABLISHED') return {};
  if (packet.direction === 'original' && hook === 'prerouting') {
    return { address: packet.finalAddress, destinationPorts: [packet.finalPort, packet.finalPort] };
  }
  if (packet.direction === 'reply' && hook === 'postrouting') {
    return { address: packet.originalAddress, sourcePorts: [packet.originalPort, packet.originalPort] };
  }
  return {};
}

/** A translated connection whose later packets escape connection tracking: they keep the wrong address or port. */
function losesTranslation(phase: Phase, hook: Hook, packet: Packet): boolean {
  if (packet.state === 'ESTABLISHED') return false;
  if (packet.sourceTranslated && packet.direction === 'reply' && hook === 'prerouting') return true;
  return (
    packet.destinationTranslated &&
    (((phase === 'answer' || phase === 'reply') && hook === 'postrouting') ||
      (phase === 'data' && hook === 'prerouting'))
  );
}

const UNTRANSLATED = routingDecider(
  'conntrack',
  'the connection is translated, but this packet of it is taken out of connection tracking, and so is not translated',
);

const TAKEN_UP = routingDecider(
  'conntrack',
  'conntrack did not follow the connection from its first packet, takes a later one for the first, and nat rules then translate that one',
);

/** Until the translation of the client's address is undone, what comes back is addressed to what it was translated to. */
function disguised(phase: Phase, hook: Hook, state: State): State {
  const { sourceTranslated, translatedSource } = state.packet;
  const comesBack = hook === 'prerouting' && (phase === 'answer' || phase === 'reply');
  if (!comesBack || !sourceTranslated || translatedSource === undefined) return state;
  return { ...state, set: single(translatedSource), hidden: state.set };
}

function undisguised(state: State): State {
  if (state.hidden === undefined) return state;
  const { hidden, ...rest } = state;
  return { ...rest, set: hidden };
}

/** A packet that a nat chain has changed. */
const isTranslated = ({ packet: before }: State, { packet: after }: State): boolean =>
  before.address !== after.address ||
  before.destinationPorts[0] !== after.destinationPorts[0] ||
  before.sourceTranslated !== after.sourceTranslated;

/** Takes the states through one hook: its base chains by priority, conntrack and the nat chains at their fixed places. */
export function throughHook(way: Way, phase: Phase, hook: Hook, states: readonly State[]): State[] {
  const { family, inInterface } = states[0]?.packet ?? { family: 4 as const, inInterface: undefined };
  const chains = baseChains(way.host.host.rulesets, hook, family).filter(
    ({ base: { devices } }) => devices === undefined || inInterface === undefined || devices.includes(inInterface),
  );
  const tracks = hook === 'prerouting' || hook === 'output';
  const natAt = hook === 'prerouting' || hook === 'output' ? -100 : 100;
  const walker = new Walker(way.host, way.packets, ({ state, rule, chain, note }) => {
    const found = chains.find(({ table }) => table.chains.get(chain.name) === chain);
    if (found === undefined) return state;
    const { ruleset, table } = found;
    const by: Decider = {
      kind: 'rule',
      source: ruleset.source,
      family: table.nftFamily,
      table: table.name,
      chain: chain.name,
      hook,
      rule: rule.ref,
      index: rule.index,
      jumps: [],
      owner: ownerOf(ruleset, table, chain, rule),
    };
    return { ...state, path: prepend<Step>({ phase, hook, verdict: 'change', by, note }, state.path) };
  });
  const passage: Passage = { way, phase, hook, walker, searches: { left: MOST_SEARCHES } };
  const alter = (state: State, changes: Partial<Packet>) => ({
    ...state,
    packet: way.packets.alter(state.packet, changes),
  });

  let live = states.map((state) => disguised(phase, hook, alter(state, { hook, natDone: false })));
  let tracked = !tracks;
  let translated = hook === 'forward' || hook === 'ingress';
  const upTo = (priority: number) => {
    if (!tracked && priority >= CONNTRACK) {
      tracked = true;
      live = live.map((state) => alter(state, conntrackState(phase, state.packet)));
    }
    if (!translated && priority >= natAt) {
      translated = true;
      live = throughNat(
        passage,
        live.map(undisguised),
        chains.filter(({ base }) => base.type === 'nat'),
      );
    }
  };
  const filters = chains.filter(({ base }) => base.type !== 'nat');
  for (const priority of new Set(filters.map(({ base }) => base.priority))) {
    upTo(priority);
    const equal = filters.filter(({ base }) => base.priority === priority);
    live = limited(
      way,
      inAnyOrder(equal, live, (order) =>
        order.reduce<State[]>((reached, chain) => endingStates(passage, chain, reached), [...live]),
      ),
    );
  }
  upTo(Infinity);
  return live;
}

/** Only the packet that conntrack takes for a connection's first meets the nat chains, and only until one has translated it. */
function throughNat(passage: Passage, states: readonly State[], chains: readonly BaseChain[]): State[] {
  const { way, phase } = passage;
  const known = states.filter(({ packet }) => packet.state !== 'NEW');
  const first = states.filter(({ packet }) => packet.state === 'NEW');
  const asked =
    phase === 'syn'
      ? throughNatChains(passage, first, chains)
      : first.flatMap((state) =>
          throughNatChains(passage, [state], chains).map((after) =>
            isTranslated(state, after) ? stop(after, after.set, TAKEN_UP, phase) : after,
          ),
        );
  return limited(way, [...asked, ...known.map((state) => asItsFirst(passage, state))]);
}

/** A packet of a connection that is known is translated as its first one was. */
function asItsFirst({ way, phase, hook }: Passage, state: State): State {
  if (losesTranslation(phase, hook, state.packet)) return stop(state, state.set, UNTRANSLATED, phase);
  return { ...state, packet: way.packets.alter(state.packet, translate(hook, state.packet)) };
}

function throughNatChains(passage: Passage, states: readonly State[], chains: readonly BaseChain[]): State[] {
  let live = [...states];
  const done: State[] = [];
  for (const priority of new Set(chains.map(({ base }) => base.priority))) {
    const equal = chains.filter(({ base }) => base.priority === priority);
    const ended = inAnyOrder(equal, live, (order) => throughEqual(passage, live, order));
    live = ended.filter(({ packet }) => !packet.natDone);
    done.push(...ended.filter(({ packet }) => packet.natDone));
  }
  return [...live, ...done];
}

function throughEqual(passage: Passage, states: readonly State[], chains: readonly BaseChain[]): State[] {
  let live = [...states];
  const done: State[] = [];
  for (const chain of chains) {
    const ended = endingStates(passage, chain, live);
    live = ended.filter(({ packet }) => !packet.natDone);
    done.push(...ended.filter(({ packet }) => packet.natDone));
  }
  return [...live, ...done];
}

/** Chains of equal priority run in the order in which they were registered, which no dump shows: each may be the first. */
function inAnyOrder(
  chains: readonly BaseChain[],
  states: readonly State[],
  run: (order: readonly BaseChain[]) => State[],
): State[] {
  if (chains.length < 2 || states.length === 0) return run(chains);
  const results = chains.map((first) => run([first, ...chains.filter((chain) => chain !== first)]));
  const [fate, ...others] = results.map(fatesOf);
  if (fate !== undefined && others.every((other) => sameFates(fate, other))) return results[0] ?? [];
  const at = chains[0]?.chain.declared ?? { source: chains[0]?.ruleset.source ?? '', line: 0, text: '' };
  const names = chains.map(({ table, chain }) => `${table.nftFamily} ${table.name} ${chain.name}`).join(' and ');
  const condition: Condition = {
    kind: 'unknown',
    why: `which of ${names}, hooked at the same priority, was registered last and so comes first`,
    at,
    matched: true,
  };
  return results.flat().map((state) => ({ ...state, conditions: prepend(condition, state.conditions) }));
}

/** What becomes of which sources: by packet and by how it was stopped, whoever did that. */
function fatesOf(states: readonly State[]): Map<string, Ranges> {
  const fates = new Map<string, Ranges>();
  for (const { packet, set, blocked } of states) {
    const key = `${JSON.stringify(packet, plain)} ${blocked?.result ?? ''} ${blocked?.with ?? ''}`;
    fates.set(key, union(fates.get(key) ?? NOTHING, set));
  }
  return fates;
}

const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

function sameFates(a: ReadonlyMap<string, Ranges>, b: ReadonlyMap<string, Ranges>): boolean {
  return a.size === b.size && [...a].every(([key, set]) => sameRanges(set, b.get(key) ?? NOTHING));
}

/** Many states come of many doubts: alike ones are joined, and those already stopped are not followed further. */
function limited(way: Way, states: State[]): State[] {
  if (states.length <= MOST_STATES) return states;
  way.stopped.push(...states.filter(({ blocked }) => blocked !== undefined).map(undisguised));
  return merge(states.filter(({ blocked }) => blocked === undefined));
}
