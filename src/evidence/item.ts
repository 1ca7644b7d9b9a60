import type { Vantage } from '../finding.ts';
import type { Flow } from '../flow.ts';

/** One thing that was gathered: raw text, from where, and when (ISO 8601; empty where nobody wrote it down). */
export type Item = {
  readonly name: string;
  readonly text: string;
  readonly vantage: Vantage;
  readonly at: string;
  /** What qualifies every verdict that rests on it: that it was recorded before, because it could not be had now. */
  readonly caveat?: string;
};

/** Why an item is not there. `damaged`: cut, changed or unreadable. */
export type AbsenceReason = 'not-gathered' | 'denied' | 'timed-out' | 'not-installed' | 'damaged';

/** An item that could not be had, and why, in words. */
export type Absence = { readonly name: string; readonly why: AbsenceReason; readonly detail: string };

/**
 * Everything that a run knows. Probes are pure functions of it; a patch makes a new one that shares all other items.
 */
export type Evidence = {
  readonly items: ReadonlyMap<string, Item | Absence>;
  readonly flow: Flow;
  /** When it was gathered (ISO 8601), which is the judgement's "now"; undefined where nothing says so. */
  readonly collectedAt: string | undefined;
  /** What a reader must know of the evidence as a whole. */
  readonly notes: readonly string[];
  /** True for evidence that the plan has patched: what DMS said before then is history. */
  readonly simulated: boolean;
};

/** How a person gets an item: words of the report, of `docs/permissions.md` and of "how to get it". */
export type How = { readonly run: string; readonly root?: true };

/** What an item of one name is: its vantage, how it is parsed, how it is had. */
export type ItemSpec<T> = {
  readonly vantage: Vantage;
  readonly how: How;
  /** Other names under which the same fact may stand, each with the same parsed shape. */
  readonly orElse: readonly string[];
  /** Reads the raw text. Throws {@link NotUnderstood} on what it cannot read. */
  readonly parse: (text: string, name: string) => T;
};

/** Declares an item; `orElse` names its text fallbacks (`ip-addr.txt` where `ip -j` does not exist). */
export function item<T>(spec: Omit<ItemSpec<T>, 'orElse'> & { readonly orElse?: readonly string[] }): ItemSpec<T> {
  return { orElse: [], ...spec };
}

/** An item is there but its text is not what it should be; the layer that needs it is `unknown`. */
export class NotUnderstood extends Error {
  readonly line: number | null;
  readonly text: string;
  constructor(why: string, line: number | null = null, text = '') {
    super(why);
    this.name = 'NotUnderstood';
    this.line = line;
    this.text = text;
  }
}

/** Whether an entry of the evidence is an item that can be read. */
export function isItem(entry: Item | Absence | undefined): entry is Item {
  return entry !== undefined && 'text' in entry;
}

const parses = new WeakMap<Item, { value: unknown } | { error: NotUnderstood }>();

/**
 * Parses an item once for each content: an untouched item keeps its parse when a patch replaces another.
 *
 * @throws NotUnderstood where the text is not what it should be
 */
export function parseOnce<T>(entry: Item, spec: ItemSpec<T>): T {
  let parse = parses.get(entry);
  if (parse === undefined) {
    try {
      parse = { value: spec.parse(entry.text, entry.name) };
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      parse = { error };
    }
    parses.set(entry, parse);
  }
  if ('error' in parse) throw parse.error;
  return parse.value as T;
}
