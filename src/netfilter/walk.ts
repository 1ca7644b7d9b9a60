import { choose } from './choose.ts';
import type { HostView } from './host-view.ts';
import type { Base, Chain, Rule, Ruleset, SourceRef, Table } from './model.ts';
import {
  isDoubt,
  type Doubt,
  type FinalVerdict,
  type Operation,
  type Partly,
  type Program,
  type Truth,
  type Verdict,
} from './program.ts';
import type { Packet, Packets } from './packet.ts';
import { intersect, NOTHING, subtract, union, type Ranges } from './ranges.ts';
import { merge, prepend, type Chained, type Condition, type Place, type State } from './state.ts';

/** A base chain in its ruleset. */
export type BaseChain = {
  readonly ruleset: Ruleset;
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
};

/** Where the walk stands: the chains entered, outermost first, each with the rule that it is at. */
export type Frame = { readonly chain: Chain; readonly at: number };

/** How a state's way through one base chain ended. `rule` is missing for the policy. */
export type Ending = {
  readonly state: State;
  readonly verdict: FinalVerdict;
  readonly rule: Rule | undefined;
  readonly frames: readonly Frame[];
};

export type Change = { readonly state: State; readonly rule: Rule; readonly chain: Chain; readonly note: string };

const DEEPEST = 400;
/** Rules looked at in one hook before the walk gives up: chains that call each other in hostile ways grow exponentially. */
const MOST_RULES = 2_000_000;
/** Undecidable matches on one way before the walk gives up; each leaves an outcome of its own. */
const MOST_DOUBTS = 400;

/** Follows states through chains. One for each judgement. */
export class Walker {
  readonly #host: HostView;
  readonly #packets: Packets;
  readonly #noteChange: (change: Change) => State;
  #looked = 0;

  constructor(host: HostView, packets: Packets, noteChange: (change: Change) => State) {
    this.#host = host;
    this.#packets = packets;
    this.#noteChange = noteChange;
  }

  /** Takes the states through a base chain; every one ends. */
  through(base: BaseChain, states: readonly State[]): Ending[] {
    const endings: Ending[] = [];
    const left = this.#chain(base.table, base.chain, states, [], endings);
    for (const { returned, ...state } of left) {
      const at = returned === undefined ? base.chain.rules.length : returned - 1;
      endings.push({
        state,
        verdict: { kind: base.base.policy },
        rule: undefined,
        frames: [{ chain: base.chain, at }],
      });
    }
    return endings;
  }

  /** Takes the states through one chain; returns those that come out at its end, or by RETURN. */
  #chain(
    table: Table,
    chain: Chain,
    states: readonly State[],
    above: readonly Frame[],
    endings: Ending[],
  ): readonly State[] {
    let live = states;
    const out: State[] = [];
    const { rules } = chain;
    for (let at = 0; at < rules.length && live.length > 0; at++) {
      const rule = rules[at] as Rule;
      const { program } = rule;
      this.#looked++;
      if (program.length === 0) continue;
      let next: State[] | undefined;
      for (let i = 0; i < live.length; i++) {
        const state = live[i] as State;
        if (state.conditions !== undefined && state.conditions.length > MOST_DOUBTS) {
          endings.push({
            state,
            verdict: { kind: 'unknown', why: `more than ${MOST_DOUBTS} rules cannot be decided` },
            rule,
            frames: [...above, { chain, at }],
          });
          next ??= live.slice(0, i);
          continue;
        }
        const ran = this.#rule(program, rule, state, chain);
        if (ran === undefined) {
          next?.push(state);
          continue;
        }
        next ??= live.slice(0, i);
        next.push(...ran.on);
        for (const { state: taken, verdict } of ran.taken) {
          this.#follow(verdict, taken, table, { chain, at }, above, rule, { next, out, endings });
        }
      }
      if (next !== undefined) live = merge(next);
    }
    out.push(...live);
    return merge(out);
  }

  #follow(
    verdict: Verdict,
    state: State,
    table: Table,
    frame: Frame,
    above: readonly Frame[],
    rule: Rule,
    { next, out, endings }: { next: State[]; out: State[]; endings: Ending[] },
  ): void {
    const frames = [...above, frame];
    switch (verdict.kind) {
      case 'continue':
        next.push(state);
        return;
      case 'return':
        out.push(above.length > 0 ? state : { ...state, returned: state.returned ?? rule.index });
        return;
      case 'jump':
      case 'goto': {
        const target = table.chains.get(verdict.chain);
        const why = this.#impassable(target, verdict.chain, frames);
        if (target === undefined || why !== undefined) {
          endings.push({ state, verdict: { kind: 'unknown', why: why ?? '' }, rule, frames });
          return;
        }
        const left = this.#chain(table, target, [state], frames, endings);
        if (verdict.kind === 'jump') next.push(...left);
        else
          out.push(
            ...(above.length > 0 ? left : left.map((each) => ({ ...each, returned: each.returned ?? rule.index }))),
          );
        return;
      }
      default:
        endings.push({ state, verdict, rule, frames });
    }
  }

  #impassable(target: Chain | undefined, name: string, frames: readonly Frame[]): string | undefined {
    if (target === undefined) return `there is no chain ${name}`;
    if (frames.some(({ chain }) => chain === target)) return `chain ${name} is called from within itself`;
    if (frames.length >= DEEPEST) return 'chains call each other too deeply';
    return this.#looked > MOST_RULES ? 'chains call each other too often' : undefined;
  }

  /** The first operation that is not a match which holds for all of the state; -1 where one holds for nothing. The hot path: most rules end here. */
  #holds(program: Program, { packet, set }: State): number {
    let at = 0;
    for (; at < program.length; at++) {
      const operation = program[at] as Operation;
      if (operation.kind !== 'match') return at;
      const truth = operation.match(packet, set, this.#host);
      if (truth === true) continue;
      if (truth === false) return -1;
      if (!Array.isArray(truth)) return at;
      const inside = intersect(set, truth);
      if (inside.length === 0) return -1;
      if (inside !== set) return at;
    }
    return at;
  }

  /**
   * One rule for one state.
   * @returns undefined where nothing happens; else the states that go on with the next rule, and those with a verdict.
   */
  #rule(
    program: Program,
    rule: Rule,
    start: State,
    chain: Chain,
  ): { on: State[]; taken: { state: State; verdict: Verdict }[] } | undefined {
    const first = this.#holds(program, start);
    if (first < 0) return undefined;
    let current: Running[] = [{ state: start, doubted: undefined }];
    const on: State[] = [];
    const taken: { state: State; verdict: Verdict }[] = [];
    for (let at = first; at < program.length && current.length > 0; at++) {
      const operation = program[at] as Operation;
      const following: Running[] = [];
      for (const running of current) {
        const { state, doubted } = running;
        if (operation.kind === 'match') {
          const truth = operation.match(state.packet, state.set, this.#host);
          if (truth === true) following.push(running);
          else if (truth !== false) this.#split(running, truth, rule, following, on);
          else if (doubted !== state.packet) on.push(state);
        } else if (operation.kind === 'effect') {
          const changes = operation.effect(state.packet, this.#host);
          if (isDoubt(changes)) taken.push({ state, verdict: { kind: 'unknown', why: changes.why } });
          else following.push({ state: this.#change(state, changes, rule, chain, operation.note), doubted });
        } else if (operation.kind === 'choose') {
          const { chosen, left } = choose(operation.choices, state.packet, state.set, this.#host);
          for (const { set, changes } of chosen) {
            const part = set === state.set ? state : { ...state, set };
            if (isDoubt(changes)) taken.push({ state: part, verdict: { kind: 'unknown', why: changes.why } });
            else following.push({ state: this.#change(part, changes, rule, chain, operation.note), doubted });
          }
          if (left.length > 0 && doubted !== state.packet)
            on.push(left === state.set ? state : { ...state, set: left });
        } else if (operation.kind === 'verdict') taken.push({ state, verdict: operation.verdict });
        else {
          let left = state.set;
          for (const { set, verdict, doubt } of operation.map(state.packet, state.set, this.#host)) {
            const inside = intersect(state.set, set);
            if (inside.length === 0) continue;
            const conditions = doubt ? note(state, doubt, rule.ref, true) : state.conditions;
            taken.push({ state: { ...state, set: inside, conditions }, verdict });
            if (doubt) on.push({ ...state, set: inside, conditions: note(state, doubt, rule.ref, false) });
            left = subtract(left, inside);
          }
          if (left.length > 0) on.push(left === state.set ? state : { ...state, set: left });
        }
      }
      current = following;
    }
    on.push(...current.map(({ state }) => state));
    if (taken.length === 0 && on.length === 1 && on[0] === start) return undefined;
    return { on, taken };
  }

  #change(state: State, changes: object, rule: Rule, chain: Chain, what: string): State {
    const packet = this.#packets.alter(state.packet, changes);
    return packet === state.packet ? state : this.#noteChange({ state: { ...state, packet }, rule, chain, note: what });
  }

  /** Parts a state by a match. What was in doubt already in this rule goes on to the next one already, and not a second time. */
  #split(
    { state, doubted }: Running,
    truth: Exclude<Truth, boolean>,
    rule: Rule,
    matched: Running[],
    others: State[],
  ): void {
    const already = doubted === state.packet;
    const part = (set: Ranges): State => (set === state.set ? state : { ...state, set });
    if (Array.isArray(truth)) {
      const inside = intersect(state.set, truth);
      if (inside.length > 0) matched.push({ state: part(inside), doubted });
      if (inside !== state.set && !already) others.push(part(subtract(state.set, inside)));
      return;
    }
    const wholly = isDoubt(truth);
    const doubt = wholly ? truth : (truth as Partly).doubt;
    const yes = wholly ? NOTHING : intersect(state.set, (truth as Partly).yes);
    const maybe = wholly ? state.set : subtract(intersect(state.set, (truth as Partly).maybe), yes);
    if (yes.length > 0) matched.push({ state: part(yes), doubted });
    if (maybe.length > 0) {
      const { ref } = rule;
      matched.push({
        state: { ...state, set: maybe, conditions: note(state, doubt, ref, true) },
        doubted: state.packet,
      });
      if (!already) others.push({ ...state, set: maybe, conditions: note(state, doubt, ref, false) });
    }
    const no = wholly ? NOTHING : subtract(state.set, union(yes, maybe));
    if (no.length > 0 && !already) others.push(part(no));
  }
}

/** A state within a rule; `doubted` is the packet with which it already went on to the next rule, in case a match did not hold. */
type Running = { readonly state: State; readonly doubted: Packet | undefined };

function note(state: State, doubt: Doubt, at: SourceRef, matched: boolean): Chained<Condition> {
  return prepend({ ...doubt, at, matched }, state.conditions);
}

/** The jumps that led to where the frames stand, outermost first. */
export function jumpsOf(frames: readonly Frame[], table: Table): Place[] {
  return frames.slice(0, -1).map(({ chain, at }) => {
    const rule = chain.rules[at] as Rule;
    return { table: table.name, chain: chain.name, index: rule.index, rule: rule.ref };
  });
}
