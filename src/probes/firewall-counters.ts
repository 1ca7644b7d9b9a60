import type { Decider } from '../netfilter/index.ts';

/** What a counter at zero says against a verdict that rests on this rule or policy. */
export function counterCaveats({ kind, counters }: Decider): readonly string[] {
  if (counters?.packets !== 0) return [];
  return [
    `The counter of this ${kind} is at 0: nothing has met it since it was loaded or zeroed. If DMS has tried since then, its packets do not get this far, or they come from another address.`,
  ];
}
