import { translations } from './catalogue/translations.ts';
import type { Compact } from './compact.ts';
import { compact } from './compact.ts';
import type { Phrase, Span } from './phrase.ts';
import { findParts, phrase } from './phrase.ts';

/** A message in another language, given back in English. */
export type Translated = { readonly english: string; readonly span: Span };

/** One message of a catalogue of translations. */
type Template = {
  readonly english: string;
  readonly phrase: Phrase;
  /** For each value of the translated text: which value of the English one it is, and the part that stands before it (-1: none). */
  readonly values: readonly { readonly of: number; readonly after: number }[];
};

const placeholder = /%(?:(\d)\$)?[sducm]/g;
/** FATAL as the translated servers print it. */
const fatal = /FATAL|ВАЖНО|致命|치명|KATASTROF|ÖLÜMCÜL|ФАТАЛ|ფატალ/i;
const anyPlaceholder = /%[\dsducm]/;

let byAnchor: ReadonlyMap<string, readonly (readonly [string, string])[]> | undefined;
let whole: readonly (readonly [string, string])[] | undefined;

/** The English and the translated messages by the part of the translated one that is searched for first. */
export function translatedAnchors(): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  if (byAnchor !== undefined) return byAnchor;
  const grouped = new Map<string, [string, string][]>();
  for (const [english, texts] of Object.entries(translations())) {
    for (const [anchor, text] of texts) {
      const others = grouped.get(anchor);
      if (others === undefined) grouped.set(anchor, [[english, text]]);
      else others.push([english, text]);
    }
  }
  byAnchor = grouped;
  return grouped;
}

/**
 * Finds PostgreSQL messages in the languages that it ships and gives them back in English.
 *
 * @param reduced the text, reduced
 * @param original the text it was reduced from
 * @param anchored the anchors that are known to stand in it, where a search has found them; else all are tried
 * @returns each message found, in English, with what the program had filled in, and where it stood
 */
export function toEnglish(reduced: Compact, original: string, anchored?: ReadonlySet<string>): Translated[] {
  const found: (Translated & { readonly weight: number })[] = [];
  const all = translatedAnchors();
  for (const anchor of anchored ?? all.keys()) {
    if (!reduced.text.includes(anchor)) continue;
    for (const [english, text] of all.get(anchor) ?? []) {
      const template = compile(english, text);
      const spans = findParts(template.phrase, reduced, original);
      const start = spans?.[0]?.start;
      const end = spans?.at(-1)?.end;
      if (spans === undefined || start === undefined || end === undefined) continue;
      const severity = fatal.test(original.slice(Math.max(0, (reduced.at[start] ?? 0) - 24), reduced.at[start]))
        ? 'FATAL'
        : 'ERROR';
      found.push({
        english: `${severity}: ${fill(template, spans, reduced, original)}`,
        span: { start, end },
        weight: template.phrase.weight,
      });
    }
  }
  return found.filter(
    ({ span, weight }) =>
      !found.some((other) => other.weight > weight && span.start <= other.span.end && other.span.start <= span.end),
  );
}

function compile(english: string, text: string): Template {
  const values: { of: number; after: number }[] = [];
  const pieces: string[] = [];
  let from = 0;
  let parts = 0;
  for (const match of text.matchAll(placeholder)) {
    const piece = text.slice(from, match.index);
    if (compact(piece).text !== '') parts += 1;
    values.push({ of: match[1] === undefined ? values.length : Number(match[1]) - 1, after: parts - 1 });
    pieces.push(piece);
    from = match.index + match[0].length;
  }
  pieces.push(text.slice(from));
  return { english, phrase: phrase(pieces.join('…')), values };
}

/** The English text with the values of the translated one; a value that is itself a known message is translated too. */
function fill(template: Template, spans: readonly Span[], reduced: Compact, original: string): string {
  const values: string[] = [];
  for (const [index, { of, after }] of template.values.entries()) {
    const raw = between(spans[after], spans[after + 1], reduced, original);
    const shared = template.values[index + 1]?.after === after;
    values[of] = shared ? (bare(raw).split(/[:,、]/, 1)[0] ?? '') : (known(raw) ?? bare(raw));
  }
  let next = 0;
  return template.english.replace(placeholder, () => values[next++] ?? '');
}

/** What stands between two parts; before the first, the word before it, and after the last, the rest of the line. */
function between(left: Span | undefined, right: Span | undefined, reduced: Compact, original: string): string {
  const to = right === undefined ? undefined : reduced.at[right.start];
  const from = left === undefined ? Math.max(0, (to ?? 0) - 60) : (reduced.at[left.end] ?? 0) + 1;
  const raw = original.slice(from, to ?? from + 160);
  if (left === undefined) return raw.trim().split(/\s+/).pop() ?? '';
  return to === undefined ? (raw.split('\n', 1)[0] ?? '') : raw;
}

/** A value without the quotes around it. */
function bare(raw: string): string {
  return raw.replace(/[«»„“”"']/g, ' ').trim();
}

/** A value that is, or ends in, a message of its own (an error of the system, the kind of encryption), in English. */
function known(raw: string): string | undefined {
  const { text } = compact(raw);
  whole ??= Object.entries(translations()).flatMap(([english, texts]) =>
    anyPlaceholder.test(english) ? [] : texts.map(([anchor]) => [anchor, english] as const),
  );
  for (const [translated, english] of whole)
    if (text.startsWith(translated) || text.endsWith(translated)) return english;
  return undefined;
}
