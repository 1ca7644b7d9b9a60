/** One probe over the evidence: what it reads is noted, and what it cannot read becomes words. */
import type { Absence, Evidence, Item, ItemSpec } from '../evidence/item.ts';
import { isItem, NotUnderstood, parseOnce } from '../evidence/item.ts';
import type { ItemName, Parsed } from '../evidence/items.ts';
import { items } from '../evidence/items.ts';
import { entryOf, quoteLine } from '../evidence/reader.ts';
import type { Draft, Probe, Reader } from '../probes/probe.ts';
import { absent, absentFile, crashed, lineAbout, notUnderstood, unknownFact } from './missing.ts';

/** Ends a probe: something that it needs is not there. */
class Ended extends Error {
  readonly draft: Draft;
  constructor(draft: Draft) {
    super(draft.code);
    this.draft = draft;
  }
}

/** The result of work that several probes share, and the items that it read. */
export type Shared = Map<
  string,
  ({ readonly value: unknown } | { readonly error: unknown }) & { readonly read: ReadonlySet<string> }
>;

/**
 * Runs a probe.
 *
 * @param read gets the names of the items that it read
 * @param shared work of other probes of this judgement that it may use
 * @returns its drafts, each once; where it could not go on, the last says why
 */
export function run(probe: Probe, evidence: Evidence, read: Set<string>, shared: Shared): Draft[] {
  const drafts: Draft[] = [];
  const own = new Set<string>();
  const reader = readerOf(probe, evidence, own, shared, (draft) => drafts.push(draft));
  try {
    for (const draft of probe.judge(reader)) drafts.push(draft);
  } catch (error) {
    if (error instanceof Ended) drafts.push(error.draft);
    else drafts.push(crashed(error));
  }
  for (const name of own) read.add(name);
  const caveats = caveatsOf(evidence, own);
  return drafts
    .filter((draft, index) => drafts.findIndex((other) => sameAs(draft, other)) === index)
    .map((draft) => (caveats.length === 0 ? draft : { ...draft, caveats: [...(draft.caveats ?? []), ...caveats] }));
}

/** What qualifies every verdict that rests on these items. */
function caveatsOf(evidence: Evidence, read: ReadonlySet<string>): string[] {
  return [...read].flatMap((name) => {
    const entry = evidence.items.get(name);
    return isItem(entry) && entry.caveat !== undefined ? [entry.caveat] : [];
  });
}

function sameAs(a: Draft, b: Draft): boolean {
  return (
    a.code === b.code && (a.subject ?? '') === (b.subject ?? '') && JSON.stringify(a.args) === JSON.stringify(b.args)
  );
}

function readerOf(
  probe: Probe,
  evidence: Evidence,
  read: Set<string>,
  shared: Shared,
  damaged: (draft: Draft) => void,
): Reader<ItemName, ItemName> {
  const entry = (name: ItemName): Item | Absence => {
    for (const known of [name, ...items[name].orElse]) read.add(known);
    return entryOf(evidence, name);
  };
  const named = (name: string): Item | Absence => {
    read.add(name);
    return evidence.items.get(name) ?? { name, why: 'not-gathered', detail: `${probe.layer} reads it` };
  };
  const parse = <N extends ItemName>(name: N, found: Item) => {
    try {
      return parseOnce(found, items[name] as ItemSpec<unknown>) as Parsed<N>;
    } catch (error) {
      if (error instanceof NotUnderstood) throw new Ended(notUnderstood(name, found, error.message, error.line));
      throw error;
    }
  };
  return {
    flow: evidence.flow,
    collectedAt: evidence.collectedAt,
    simulated: evidence.simulated,
    fact: (key) => {
      const value = evidence.flow[key];
      if (value === undefined || (key === 'from' && evidence.flow.from.length === 0))
        throw new Ended(unknownFact(key, evidence));
      return value as never;
    },
    need: (name) => {
      const found = entry(name);
      if (!isItem(found)) throw new Ended(absent(name, found));
      return parse(name, found);
    },
    maybe: (name) => {
      const found = entry(name);
      if (isItem(found)) return parse(name, found);
      if (found.why === 'damaged') damaged(absent(name, found));
      return undefined;
    },
    entry: (name) => {
      const found = entry(name);
      if (!isItem(found) && found.why === 'damaged') damaged(absent(name, found));
      return found;
    },
    notUnderstood: (name, why, line) => {
      throw new Ended(notUnderstood(name, entry(name), why, line ?? null));
    },
    quote: (name, line) => {
      const found = entry(name);
      return isItem(found) ? quoteLine(found, line) : lineAbout(name, found);
    },
    cite: (name, text) => {
      const found = entry(name);
      return { source: isItem(found) ? found.name : name, line: null, text, vantage: items[name].vantage };
    },
    once: (key, work) => {
      let result = shared.get(key);
      if (result === undefined) {
        // From here on until the work is done: what was read before it may be read by it, too.
        const before = [...read];
        read.clear();
        try {
          result = { value: work(), read: new Set(read) };
        } catch (error) {
          result = { error, read: new Set(read) };
        }
        for (const name of before) read.add(name);
        shared.set(key, result);
      }
      for (const name of result.read) read.add(name);
      if ('error' in result) throw result.error;
      return result.value as ReturnType<typeof work>;
    },
    file: (name) => {
      const found = named(name);
      if (!isItem(found) && found.why === 'damaged') damaged(absentFile(name, found));
      return found;
    },
    lacks: (name) => {
      const found = named(name);
      const why = { name, why: 'damaged', detail: 'it is there, and could not be used' } as const;
      throw new Ended(absentFile(name, isItem(found) ? why : found));
    },
    names: () => evidence.items.keys(),
  };
}
