import type { Cause } from './cause.ts';
import { causes } from './catalogue/index.ts';
import type { Compact } from './compact.ts';
import { compact } from './compact.ts';
import { speaksOfDatabase } from './context.ts';
import type { Phrase, Span } from './phrase.ts';
import { anchorOf, find, phrase } from './phrase.ts';
import { toEnglish } from './translate.ts';

/** A cause found in an entry. */
export type Match = {
  readonly cause: Cause;
  /** First and one past the last character of the entry's text that the phrase covers. */
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  /** Whether the phrase speaks for itself: a general one, or a mere number, is never certain. */
  readonly sure: boolean;
  /** Causes stand before symptoms, symptoms before wrappers; a mere number stands behind a text. */
  readonly standing: number;
};

/** So many characters around a general phrase are searched for something that speaks of a database. */
const near = 400;

/** A pattern of the catalogue; it is taken apart when its anchor has been found for the first time. */
class Pattern {
  readonly cause: Cause;
  readonly #text: string;
  #phrase: Phrase | undefined;

  constructor(cause: Cause, text: string) {
    this.cause = cause;
    this.#text = text;
  }

  get phrase(): Phrase {
    this.#phrase ??= phrase(this.#text);
    return this.#phrase;
  }
}

let byAnchor: ReadonlyMap<string, readonly Pattern[]> | undefined;

/** The patterns of the catalogue by the part that is searched for first. */
export function anchors(): ReadonlyMap<string, readonly Pattern[]> {
  if (byAnchor !== undefined) return byAnchor;
  const grouped = new Map<string, Pattern[]>();
  for (const cause of causes) {
    for (const text of cause.patterns) {
      const anchor = anchorOf(text);
      const others = grouped.get(anchor);
      if (others === undefined) grouped.set(anchor, [new Pattern(cause, text)]);
      else others.push(new Pattern(cause, text));
    }
  }
  byAnchor = grouped;
  return grouped;
}

/**
 * Finds the causes in one entry: where two overlap the longer phrase stands, and what merely says that something failed
 * stands only where nothing else does.
 *
 * @param text the entry, cleaned
 * @param aboutDatabases whether what surrounds the entry is plainly about DMS or a database
 * @param anchored the anchors that are known to stand in it, where a search has found them; else all are tried
 * @returns the causes in the order in which they stand in the text
 */
export function matchEntry(text: string, aboutDatabases: boolean, anchored?: ReadonlySet<string>): Match[] {
  const reduced = compact(text);
  const found = search(reduced, text, aboutDatabases, anchored);
  const decided = found.some((match) => match.standing === 0);
  for (const translated of decided ? [] : toEnglish(reduced, text, anchored)) {
    const english = compact(translated.english);
    const span = original(reduced, translated.span);
    const nearlyAll = translated.span.end - translated.span.start + 1 >= reduced.text.length * 0.8;
    const about = aboutDatabases || nearlyAll || speaksOfDatabase(around(text, span));
    for (const match of search(english, translated.english, about, undefined, false)) {
      found.push({ ...match, ...span });
    }
  }
  return settle(found);
}

/** The causes whose phrases stand in a text; `alone`: a general phrase counts where it is nearly all of the text. */
function search(
  reduced: Compact,
  text: string,
  aboutDatabases: boolean,
  anchored?: ReadonlySet<string>,
  alone = true,
): Match[] {
  const found: Match[] = [];
  for (const { cause, phrase: wanted } of candidates(reduced, anchored)) {
    const span = find(wanted, reduced, text);
    if (span === undefined) continue;
    const place = original(reduced, span);
    const nearlyAll = alone && wanted.weight >= reduced.text.length * 0.6;
    if (wanted.general && !aboutDatabases && !nearlyAll && !speaksOfDatabase(around(text, place))) continue;
    const sure = !wanted.general && !wanted.hint;
    found.push({ cause, weight: wanted.weight, sure, standing: standing(cause) + (wanted.hint ? 0.5 : 0), ...place });
  }
  return found;
}

/** A place in a text with what stands near it. */
function around(text: string, { start, end }: { start: number; end: number }): string {
  return text.slice(Math.max(0, start - near), end + near);
}

/** The patterns whose anchors stand in a text. */
function* candidates(reduced: Compact, anchored: ReadonlySet<string> | undefined): Generator<Pattern> {
  const all = anchors();
  for (const anchor of anchored ?? all.keys()) if (reduced.text.includes(anchor)) yield* all.get(anchor) ?? [];
}

function original(reduced: Compact, span: Span): { start: number; end: number } {
  return { start: reduced.at[span.start] ?? 0, end: (reduced.at[span.end] ?? 0) + 1 };
}

const order = { cause: 0, symptom: 1, warning: 1, wrapper: 2, nothing: 3 } as const;

/** How far down the list a cause stands: causes, then symptoms and warnings, then wrappers, then what says nothing. */
export function standing(cause: Cause): 0 | 1 | 2 | 3 {
  return order[cause.rank ?? 'cause'];
}

function settle(all: readonly Match[]): Match[] {
  const found = all.filter(
    (match) =>
      !all.some(
        (other) =>
          other.standing < 2 && other.weight > match.weight && other.start <= match.start && match.end <= other.end,
      ),
  );
  const best = Math.min(...found.map((match) => match.standing));
  const sure = new Set(found.filter((match) => match.sure).map(({ cause }) => cause));
  const kept: Match[] = [];
  for (const match of found.toSorted((a, b) => b.weight - a.weight || a.start - b.start)) {
    if (match.standing !== best) continue;
    if (kept.some((other) => other.cause === match.cause)) continue;
    if (kept.some((other) => match.start < other.end && other.start < match.end)) continue;
    kept.push({ ...match, sure: sure.has(match.cause) });
  }
  return kept.toSorted((a, b) => a.start - b.start);
}
