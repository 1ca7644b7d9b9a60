import type { Counters, Hook, Owner, RejectKind, SourceRef } from './model.ts';
import type { Packet } from './packet.ts';
import type { Doubt } from './program.ts';
import { union, type Ranges } from './ranges.ts';

/** What decided: a rule, a base chain's policy, no rule at all (`default`), or the routing between the hooks (`routing`). */
export type Decider = {
  readonly kind: 'rule' | 'policy' | 'default' | 'routing';
  /** The ruleset's source, or the evidence that routing rests on. */
  readonly source: string;
  readonly family?: string;
  readonly table: string;
  readonly chain: string;
  readonly hook?: Hook;
  /** The packet of the connection that it decided on. */
  readonly phase?: Phase;
  /** The service's port as that packet bore it: after a DNAT or REDIRECT another than the client asked for. */
  readonly port?: number;
  /** The address that stood for the client's in that packet, where a rule had translated it. */
  readonly client?: string;
  /** The rule's line; for a policy the line that declares it. */
  readonly rule?: SourceRef;
  /** 1-based place of the rule in its chain. */
  readonly index?: number;
  readonly handle?: number;
  /** For a policy that a RETURN or goto in the base chain leads to: the 1-based place of that rule. */
  readonly returnedBy?: number;
  /** The jumps that led from the base chain to the deciding chain, outermost first. */
  readonly jumps: readonly Place[];
  readonly owner: Owner;
  /** What the rule, or the policy, had counted when the rules were saved, where that was saved. */
  readonly counters?: Counters;
  readonly why?: string;
};

/** A rule's place. */
export type Place = {
  readonly table: string;
  readonly chain: string;
  readonly index: number;
  readonly rule: SourceRef;
};

/** The packet that a step is about: the SYN, the host's answer or refusal, what the client sends after the answer, and the reply to that. */
export type Phase = 'syn' | 'answer' | 'data' | 'reply' | 'refusal';

/** One base chain's verdict, or a change to the packet, on the way. */
export type Step = {
  readonly phase: Phase;
  readonly hook: Hook;
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown' | 'change';
  readonly by: Decider;
  readonly note?: string;
};

export type Condition = Doubt & { readonly at: SourceRef; readonly matched: boolean };

/** A list that grows at its head and shares its tail, so that states are cheap to copy. */
export type Chained<T> = { readonly value: T; readonly rest: Chained<T> | undefined; readonly length: number };

export function prepend<T>(value: T, rest: Chained<T> | undefined): Chained<T> {
  return { value, rest, length: (rest?.length ?? 0) + 1 };
}

/** The list's values, oldest first. */
export function listed<T>(list: Chained<T> | undefined): T[] {
  const result: T[] = [];
  for (let at = list; at !== undefined; at = at.rest) result.push(at.value);
  return result.reverse();
}

/** The longest common tail of two lists. */
function common<T>(a: Chained<T> | undefined, b: Chained<T> | undefined): Chained<T> | undefined {
  let x = a;
  let y = b;
  while (x !== y) {
    if ((x?.length ?? 0) >= (y?.length ?? 0)) x = x?.rest;
    else y = y?.rest;
  }
  return x;
}

/** A verdict against the packet, and what else would have stopped it. */
export type Block = {
  readonly result: 'dropped' | 'rejected';
  readonly with?: RejectKind;
  readonly by: Decider;
  readonly phase: Phase;
  /** The packet that was stopped, as it was then. */
  readonly packet: Packet;
  /** What drops the refusal on its way out, so that the client sees nothing. */
  readonly silencedBy?: Decider;
  readonly alsoBlocks: readonly Decider[];
  readonly shadowed: readonly ShadowedAccept[];
};

/** An ACCEPT that would match the flow, and is never reached. */
export type ShadowedAccept = { readonly rule: SourceRef; readonly place: Place; readonly shadowedBy: Decider };

/** Part of the sources on its way: where all of `set` have the same packet, and the same history. */
export type State = {
  readonly set: Ranges;
  readonly packet: Packet;
  readonly path: Chained<Step> | undefined;
  readonly conditions: Chained<Condition> | undefined;
  /** Set once the packet was stopped; it is followed further only to see what else stands in its way. */
  readonly blocked: Block | undefined;
  /** The clients themselves, while `set` is the one address that theirs was translated to. */
  readonly hidden?: Ranges | undefined;
  /** Within a base chain: the place of the rule whose RETURN or goto leads to the policy; the first, of several. */
  readonly returned?: number | undefined;
};

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

/** Both states' clients. */
export function joined(a: State, b: State): Pick<State, 'set' | 'hidden'> {
  const hidden = a.hidden && b.hidden ? union(a.hidden, b.hidden) : undefined;
  return { set: union(a.set, b.set), ...(hidden && { hidden }) };
}

/** Joins states with the same packet and fate, on the first one's path. The conditions that both share remain: the others decide nothing. */
export function merge(states: readonly State[]): State[] {
  if (states.length < 2) return states as State[];
  const result: State[] = [];
  for (const state of states) {
    const at = result.findIndex((other) => other.packet === state.packet && other.blocked === state.blocked);
    const other = result[at];
    if (other === undefined) result.push(state);
    else {
      result[at] = {
        ...other,
        returned: earliest(other.returned, state.returned),
        ...joined(other, state),
        conditions: common(other.conditions, state.conditions),
      };
    }
  }
  return result;
}
