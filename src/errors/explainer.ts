import type { Explanation } from './cause.ts';
import { isAscii } from './ascii.ts';
import { automaton } from './automaton.ts';
import type { Automaton, Cuts } from './automaton.ts';
import { clean, needsCleaning } from './clean.ts';
import { speaksOfDms } from './context.ts';
import { Ledger } from './ledger.ts';
import { anchors } from './match.ts';
import { isBlank, startsEntry } from './record.ts';
import { translatedAnchors } from './translate.ts';

/** Takes a log or a paste in pieces and says at the end what it means. */
export type Explainer = {
  /** Takes the next piece; bytes are read as UTF-8. Memory does not grow with what was pushed. */
  push(chunk: string | Uint8Array): void;
  /** What the text means: the root cause first, an empty list where nothing was recognised. */
  end(): Explanation[];
};

/** A stream is searched block by block; a text that ends within the first is read entry by entry at once. */
const blockSize = 1 << 18;
/** An entry is cut beyond this many bytes, with an overlap that is longer than any phrase. */
const longest = 1 << 14;
const overlap = 1 << 11;

/** Begins an explanation. */
export function createExplainer(): Explainer {
  const ledger = new Ledger();
  let pending = Buffer.allocUnsafe(blockSize + longest);
  let filled = 0;
  let line = 1;
  let streaming = false;
  /** From which byte of what is pending on errors are this block's own: a line that was cut is searched with an overlap. */
  let own = 0;

  /** Searches what is pending; unless it is the last, the unfinished entry at its end stays. */
  function flush(last: boolean): void {
    streaming ||= !last;
    const raw = pending.subarray(0, filled);
    const cut = last ? filled : lastBreak(raw);
    const insideLine = cut < filled && raw[cut - 1] !== 10;
    const taken = insideLine ? raw : raw.subarray(0, cut);
    const bytes = needsCleaning(taken) ? Buffer.from(clean(taken.toString('utf8')), 'utf8') : taken;
    if (streaming) searchBlock(bytes, line, own, insideLine ? bytes.length - overlap / 2 : bytes.length, ledger);
    else readAll(bytes, line, ledger);
    own = insideLine ? overlap / 2 : 0;
    line += countBreaks(raw, cut);
    const rest = Buffer.from(raw.subarray(cut));
    rest.copy(pending);
    filled = rest.length;
  }

  return {
    push(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
      for (let from = 0; from < bytes.length;) {
        const taken = Math.min(bytes.length - from, pending.length - filled);
        pending.set(bytes.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
        if (filled === pending.length) flush(false);
      }
    },
    end() {
      flush(true);
      pending = Buffer.alloc(0);
      return ledger.explanations();
    },
  };
}

/**
 * Explains a text that is at hand as a whole.
 *
 * @param text a code, a message, a paste or a log
 * @returns what it means, the root cause first; an empty list where nothing was recognised
 */
export function explainText(text: string): Explanation[] {
  const explainer = createExplainer();
  explainer.push(text);
  return explainer.end();
}

/** A text that is nothing but an SQLSTATE. */
const bareState = /^[^0-9A-Za-z]{0,40}(\d[0-9A-Z]{4})[^0-9A-Za-z]{0,40}$/;

/** A whole paste: entry by entry, with what the paste as a whole speaks of. */
function readAll(bytes: Buffer, firstLine: number, ledger: Ledger): void {
  const read = bytes.toString('utf8');
  const state = bareState.exec(read)?.[1];
  const text = state === undefined ? read : `SqlState: ${state}`;
  const about = speaksOfDms(text);
  const lines = text.split('\n');
  for (let from = 0; from < lines.length;) {
    let to = from + 1;
    let size = (lines[from] ?? '').length;
    while (to < lines.length && !isBlank(lines[to] ?? '') && !startsEntry(lines[to] ?? '') && size < longest) {
      size += (lines[to] ?? '').length;
      to += 1;
    }
    ledger.enter(lines.slice(from, to).join('\n'), firstLine + from, about);
    from = to;
  }
}

/** So many letters of an anchor are searched for in a stream: enough to be rare, few enough to be built fast. */
const searchedLength = 18;

type Searched = { readonly machine: Automaton; readonly meant: readonly (readonly string[])[] };

let inAscii: Searched | undefined;
let inOtherScripts: Searched | undefined;

/** The automaton over the beginnings of some anchors, and which anchors each of them begins. */
function searcher(names: Iterable<string>): Searched {
  const meant = new Map<string, string[]>();
  for (const anchor of names) {
    const start = anchor.slice(0, searchedLength);
    const others = meant.get(start);
    if (others === undefined) meant.set(start, [anchor]);
    else others.push(anchor);
  }
  return { machine: automaton([...meant.keys()]), meant: [...meant.values()] };
}

/** The automata that a block needs: one more where it holds other letters than those of English. */
function searchers(bytes: Buffer): Searched[] {
  inAscii ??= searcher(allAnchors().filter((one) => english.test(one)));
  if (isAscii(bytes)) return [inAscii];
  inOtherScripts ??= searcher(allAnchors().filter((one) => !english.test(one)));
  return [inAscii, inOtherScripts];
}

const english = /^[a-z0-9]*$/;

function allAnchors(): string[] {
  return [...anchors().keys(), ...translatedAnchors().keys()];
}

/** A block of a stream: only the entries in which the automaton found something from `first` up to `end` are read. */
function searchBlock(bytes: Buffer, firstLine: number, first: number, end: number, ledger: Ledger): void {
  const hits: { at: number; anchors: readonly string[] }[] = [];
  const at4 = cuts(bytes);
  for (const { machine, meant } of searchers(bytes)) {
    machine.scan(bytes, at4, (which, at) => {
      if (at >= first && at < end) hits.push({ at, anchors: meant[which] ?? [] });
    });
  }
  hits.sort((a, b) => a.at - b.at);
  let counted = 0;
  let line = firstLine;
  for (let next = 0; next < hits.length;) {
    const at = hits[next]?.at ?? 0;
    const from = Math.max(counted, entryBefore(bytes, at));
    const to = entryAfter(bytes, at);
    const anchored = new Set<string>();
    for (; next < hits.length && (hits[next]?.at ?? to) < to; next += 1) {
      for (const anchor of hits[next]?.anchors ?? []) anchored.add(anchor);
    }
    line += countBreaks(bytes.subarray(counted, from), from - counted);
    counted = from;
    ledger.enter(bytes.toString('utf8', from, to), line, false, anchored);
  }
}

/** Three places at which entries begin, a quarter of the block apart where that can be. */
function cuts(bytes: Buffer): Cuts {
  const quarter = bytes.length >> 2;
  const second = entryFrom(bytes, quarter);
  const third = entryFrom(bytes, Math.max(second, 2 * quarter));
  return [second, third, entryFrom(bytes, Math.max(third, 3 * quarter))];
}

/** The next place from a byte on at which an entry begins; the end of the block where none is near. */
function entryFrom(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(10, from); at >= 0 && at < from + longest; at = bytes.indexOf(10, at + 1)) {
    if (startsEntry(bytes.toString('latin1', at + 1, at + 161))) return at + 1;
  }
  return bytes.length;
}

/** Where the entry begins in which a byte stands. */
function entryBefore(bytes: Buffer, at: number): number {
  const earliest = Math.max(0, at - longest / 2);
  let start = at;
  for (;;) {
    const before = start === 0 ? -1 : bytes.lastIndexOf(10, start - 1);
    if (before < earliest) return before < 0 ? Math.max(0, earliest) : earliest;
    const line = bytes.toString('latin1', before + 1, Math.min(start + 160, before + 161));
    if (startsEntry(line)) return before + 1;
    const previous = bytes.lastIndexOf(10, before - 1);
    if (before > 0 && isBlank(bytes.toString('latin1', previous + 1, before))) return before + 1;
    start = before;
  }
}

/** Where the entry ends in which a byte stands. */
function entryAfter(bytes: Buffer, at: number): number {
  const latest = Math.min(bytes.length, at + longest / 2);
  let end = bytes.indexOf(10, at);
  while (end >= 0 && end < latest) {
    const after = bytes.indexOf(10, end + 1);
    const line = bytes.toString('latin1', end + 1, Math.min(after < 0 ? bytes.length : after, end + 161));
    if (startsEntry(line) || isBlank(line)) return end;
    end = after;
  }
  return latest;
}

/** Up to where a block can be searched without cutting an entry: the last line that begins one, else a line, else bytes. */
function lastBreak(bytes: Buffer): number {
  const earliest = bytes.length - longest;
  for (let at = bytes.lastIndexOf(10); at >= earliest; at = bytes.lastIndexOf(10, at - 1)) {
    if (startsEntry(bytes.toString('latin1', at + 1, at + 161))) return at + 1;
    if (at === 0) break;
  }
  const line = bytes.lastIndexOf(10);
  return line >= earliest ? line + 1 : bytes.length - overlap;
}

function countBreaks(bytes: Buffer, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
