import {
  plainText,
  Unsure,
  type AdvancedExpression,
  type CharacterSet,
  type ExpressionNode,
} from './expression-syntax.ts';

/** States of the automaton: a step over a character, an assertion, or a fork without a step. */
type State = { set?: CharacterSet; assertion?: 'start' | 'end'; next: number[] };

const mostStates = 2000;

/** Appends the states of a node that lead on to `after`, and returns where they begin; throws {@link Unsure} when it grows too big. */
function build(states: State[], node: ExpressionNode, after: number): number {
  if (states.length > mostStates) throw new Unsure('a regular expression too large to evaluate');
  const add = (state: State): number => states.push(state) - 1;
  switch (node.kind) {
    case 'characters':
      return add({ set: node.set, next: [after] });
    case 'start':
    case 'end':
      return add({ assertion: node.kind, next: [after] });
    case 'sequence':
      return node.nodes.reduceRight((next, part) => build(states, part, next), after);
    case 'choice':
      return add({ next: node.nodes.map((part) => build(states, part, after)) });
    case 'repeat': {
      let entry = after;
      if (node.most === Infinity) {
        const loop: State = { next: [after] };
        entry = add(loop);
        loop.next.push(build(states, node.node, entry));
      } else {
        for (let count = node.least; count < node.most; count++)
          entry = add({ next: [after, build(states, node.node, entry)] });
      }
      for (let count = 0; count < node.least; count++) entry = build(states, node.node, entry);
      return entry;
    }
  }
}

/** Whether the automaton finds a match anywhere in the subject. */
function search(states: readonly State[], first: number, accepting: number, subject: string): boolean {
  let current = new Set<number>();
  for (let at = 0; at <= subject.length; at++) {
    const pending = [first, ...current];
    const reached = new Set<number>();
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      if (index === accepting) return true;
      const state = states[index]!;
      const blocked = (state.assertion === 'start' && at > 0) || (state.assertion === 'end' && at < subject.length);
      if (!state.set && !blocked) pending.push(...state.next);
    }
    current = new Set();
    for (const index of reached) {
      const { set, next } = states[index]!;
      if (set && set.codes.has(subject.charCodeAt(at)) !== set.negated) for (const target of next) current.add(target);
    }
  }
  return false;
}

/**
 * Whether a name matches, anywhere in it unless the expression is anchored, as `pg_regexec` does.
 * @returns why where it cannot be said
 */
export function matchesExpression(expression: AdvancedExpression, name: string): boolean | { unsure: string } {
  if (expression.kind !== 'understood')
    return { unsure: expression.kind === 'unsure' ? expression.why : expression.error };
  if (!plainText.test(name)) return { unsure: 'a name beyond ASCII against a regular expression' };
  try {
    const states: State[] = [{ next: [] }];
    const first = build(states, expression.root, 0);
    return search(states, first, 0, name);
  } catch (error) {
    if (error instanceof Unsure) return { unsure: error.message };
    throw error;
  }
}
