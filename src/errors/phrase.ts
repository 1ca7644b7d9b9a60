import type { Compact } from './compact.ts';
import { compact } from './compact.ts';

/** A pattern of the catalogue, taken apart for the search. */
export type Phrase = {
  /** Runs of letters and digits that must follow each other. */
  readonly parts: readonly string[];
  /** Which part is searched for first: the longest. */
  readonly anchor: number;
  /** How much of the phrase is literal: where two phrases overlap, the longer says more. */
  readonly weight: number;
  /** The phrase is so general that it counts only near something that speaks of a database. */
  readonly general: boolean;
  /** Only a state or a number: it counts where no text says more. */
  readonly hint: boolean;
};

/** Where a phrase was found: the first and last index in the reduced text. */
export type Span = { readonly start: number; readonly end: number };

/** How many letters and digits may stand between two parts: a name, an address or a number fits. */
const gap = 140;
/** From this length on a run of letters is found inside longer words too: times and names are glued on in pastes. */
const standsAlone = 9;

/**
 * Takes a pattern of the catalogue apart.
 *
 * @param pattern a phrase, with `…` for anything, a leading `~` where it is a general one, a leading `?` where it is a hint
 * @returns its parts, ready for {@link find}
 */
export function phrase(pattern: string): Phrase {
  const parts = pattern
    .split('…')
    .map(letters)
    .filter((part) => part !== '');
  return {
    parts,
    anchor: longest(parts),
    weight: parts.reduce((sum, part) => sum + part.length, 0),
    general: /^\??~/.test(pattern),
    hint: pattern.startsWith('?'),
  };
}

/**
 * The part of a pattern that is searched for first, without taking the pattern apart: of a thousand patterns few are ever
 * needed whole.
 */
export function anchorOf(pattern: string): string {
  if (!pattern.includes('…')) return letters(pattern);
  const parts = pattern.split('…').map(letters);
  return parts[longest(parts)] ?? '';
}

/** The letters and digits of a phrase, as {@link compact} would keep them. */
function letters(piece: string): string {
  return /^[ -~]*$/.test(piece) ? piece.toLowerCase().replace(/[^a-z0-9]+/g, '') : compact(piece).text;
}

function longest(parts: readonly string[]): number {
  let best = 0;
  for (let i = 1; i < parts.length; i += 1) if ((parts[i] ?? '').length > (parts[best] ?? '').length) best = i;
  return best;
}

/**
 * Looks for a phrase.
 *
 * @param wanted the phrase
 * @param where the reduced text
 * @param original the text it was reduced from, for the borders of words and numbers
 * @returns the first place where all parts follow each other, or undefined. Linear in the length of the text.
 */
export function find(wanted: Phrase, where: Compact, original: string): Span | undefined {
  const spans = findParts(wanted, where, original);
  const [first] = spans ?? [];
  const last = spans?.at(-1);
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
}

/** As {@link find}, with the place of each part. */
export function findParts(wanted: Phrase, where: Compact, original: string): Span[] | undefined {
  const anchor = wanted.parts[wanted.anchor] ?? '';
  if (anchor === '') return undefined;
  let tries = 64;
  for (let at = where.text.indexOf(anchor); at >= 0 && tries > 0; at = where.text.indexOf(anchor, at + 1), tries -= 1) {
    const spans = around(wanted, where, original, at);
    if (spans !== undefined) return spans;
  }
  return undefined;
}

/** The places of all parts around one place of the anchor; undefined where one of them is missing. */
function around(wanted: Phrase, where: Compact, original: string, anchorAt: number): Span[] | undefined {
  const anchor = wanted.parts[wanted.anchor] ?? '';
  if (!bordered(anchor, where, original, anchorAt)) return undefined;
  const spans: Span[] = [{ start: anchorAt, end: anchorAt + anchor.length - 1 }];
  for (let i = wanted.anchor - 1, at = anchorAt; i >= 0; i -= 1) {
    const part = wanted.parts[i] ?? '';
    const from = Math.max(0, at - gap - part.length);
    const window = where.text.slice(from, at);
    let found = window.lastIndexOf(part);
    while (found > 0 && !bordered(part, where, original, from + found)) found = window.lastIndexOf(part, found - 1);
    if (found < 0 || !bordered(part, where, original, from + found)) return undefined;
    at = from + found;
    spans.unshift({ start: at, end: at + part.length - 1 });
  }
  for (let i = wanted.anchor + 1, end = anchorAt + anchor.length; i < wanted.parts.length; i += 1) {
    const part = wanted.parts[i] ?? '';
    const window = where.text.slice(end, end + gap + part.length);
    let found = window.indexOf(part);
    while (found >= 0 && !bordered(part, where, original, end + found)) found = window.indexOf(part, found + 1);
    if (found < 0) return undefined;
    spans.push({ start: end + found, end: end + found + part.length - 1 });
    end += found + part.length;
  }
  return spans;
}

/** Numbers are whole numbers, and short words are whole words. */
function bordered(part: string, where: Compact, original: string, at: number): boolean {
  const first = where.at[at] ?? 0;
  const last = where.at[at + part.length - 1] ?? 0;
  const before = original.charCodeAt(first - 1);
  const after = original.charCodeAt(last + 1);
  const begins = part.charCodeAt(0);
  const ends = part.charCodeAt(part.length - 1);
  const short = part.length < standsAlone;
  if (digit(begins) ? digit(before) || (short && letter(before)) : short && letter(begins) && letter(before))
    return false;
  return digit(ends) ? !digit(after) && !(short && letter(after)) : !(short && letter(ends) && letter(after));
}

function digit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function letter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}
