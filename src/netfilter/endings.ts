import { formatAddress } from './addresses.ts';
import type { Hook } from './model.ts';
import { ownerOf } from './owners.ts';
import type { Bound } from './ranges.ts';
import { shadowedAccepts } from './shadow.ts';
import { joined, prepend, type Decider, type Phase, type State, type Step } from './state.ts';
import { jumpsOf, type BaseChain, type Ending, type Walker } from './walk.ts';
import type { Way } from './hooks.ts';

/** A hook being passed, in one phase of the connection. */
export type Passage = {
  readonly way: Way;
  readonly phase: Phase;
  readonly hook: Hook;
  readonly walker: Walker;
  readonly searches: { left: number };
};

function deciderOf({ ruleset, table, chain: base }: BaseChain, ending: Ending, { hook, phase }: Passage): Decider {
  const { rule, frames, state } = ending;
  const { varies, sourcePorts, destinationPorts } = state.packet;
  const port = (varies === 'destination' ? sourcePorts : destinationPorts)[0];
  const chain = frames[frames.length - 1]?.chain ?? base;
  const common = {
    source: ruleset.source,
    family: table.nftFamily,
    table: table.name,
    chain: chain.name,
    hook,
    phase,
    port,
    ...(state.hidden && { client: formatAddress(state.set[0] as Bound) }),
    owner: ownerOf(ruleset, table, chain, rule),
  };
  if (rule === undefined) {
    const at = frames[0]?.at ?? chain.rules.length;
    return {
      kind: 'policy',
      ...common,
      ...(chain.counters && { counters: chain.counters }),
      ...(base.declared && { rule: base.declared }),
      ...(at < chain.rules.length && { returnedBy: at + 1 }),
      jumps: [],
    };
  }
  const { counters } = rule;
  return {
    kind: 'rule',
    ...common,
    ...(counters && { counters }),
    rule: rule.ref,
    index: rule.index,
    ...(rule.handle !== undefined && { handle: rule.handle }),
    jumps: jumpsOf(frames, table),
  };
}

/** Takes states through a base chain; what it stops goes on as stopped, to see what else stands behind it. */
export function endingStates(passage: Passage, base: BaseChain, states: readonly State[]): State[] {
  const { way, phase, hook, walker } = passage;
  const result: State[] = [];
  const accepted = new Map<unknown, number[]>();
  for (const ending of walker.through(base, states)) {
    const { state, verdict, rule, frames } = ending;
    if (verdict.kind === 'accept') {
      const at = accepted
        .get(rule)
        ?.find(
          (known) =>
            result[known]?.packet === state.packet &&
            result[known]?.blocked === state.blocked &&
            result[known]?.conditions === state.conditions,
        );
      if (at !== undefined) {
        const other = result[at] as State;
        result[at] = { ...other, ...joined(other, state) };
        continue;
      }
      const step: Step = { phase, hook, verdict: 'accept', by: deciderOf(base, ending, passage) };
      accepted.set(rule, [...(accepted.get(rule) ?? []), result.length]);
      result.push(state.blocked ? state : { ...state, path: prepend(step, state.path) });
      continue;
    }
    const by = deciderOf(base, ending, passage);
    if (verdict.kind === 'unknown') {
      if (state.blocked === undefined) {
        const path = prepend<Step>({ phase, hook, verdict: 'unknown', by, note: verdict.why }, state.path);
        const at = rule?.ref ?? { source: base.ruleset.source, line: 0, text: '' };
        way.outcomes.push({
          kind: 'unknown',
          set: state.hidden ?? state.set,
          path,
          conditions: state.conditions,
          why: verdict.why,
          at,
        });
      } else result.push(state);
      continue;
    }
    result.push(stopped(passage, base, state, by, verdict, frames));
  }
  return result;
}

function stopped(
  passage: Passage,
  base: BaseChain,
  state: State,
  by: Decider,
  verdict: Ending['verdict'],
  frames: Ending['frames'],
): State {
  const { way, phase, hook } = passage;
  const rejects = verdict.kind === 'reject' && (phase === 'syn' || phase === 'data');
  const kind = rejects ? { result: 'rejected' as const, with: verdict.with } : { result: 'dropped' as const };
  const earlier = state.blocked;
  if (earlier !== undefined) {
    return { ...state, blocked: { ...earlier, alsoBlocks: [...earlier.alsoBlocks, by] } };
  }
  const search = phase === 'syn' && passage.searches.left-- > 0;
  const shadowed = search ? shadowedAccepts(base.table, frames, state.packet, state.set, way.host, by) : [];
  const step: Step = { phase, hook, verdict: rejects ? 'reject' : 'drop', by };
  return {
    ...state,
    path: prepend(step, state.path),
    blocked: {
      ...kind,
      by,
      phase,
      packet: state.packet,
      alsoBlocks: [],
      shadowed,
    },
  };
}
