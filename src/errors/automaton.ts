/** A set of phrases, searched for in one pass whatever their number. */
export type Automaton = {
  /**
   * Looks through bytes.
   *
   * @param block the bytes
   * @param from first byte
   * @param to one past the last byte
   * @param found called with the index of a phrase and the index of the byte on which it ends
   */
  scan(block: Uint8Array, from: number, to: number, found: (which: number, end: number) => void): void;
};

/** Columns of a row: 0 for what is skipped, 1 to 26 letters, 27 to 36 digits. */
const width = 64;
const shift = 6;
const hit = 0x40000000;

/**
 * Builds an Aho-Corasick automaton over letters and digits; case does not matter, and everything else in the text is
 * skipped, so that a phrase is found however it was wrapped, quoted or indented.
 *
 * @param phrases each of lower-case ASCII letters and digits alone
 * @returns the automaton; its search takes the same time for each byte, whatever the text
 */
export function automaton(phrases: readonly string[]): Automaton {
  const column = columns();
  const size = phrases.reduce((sum, one) => sum + one.length, 1);
  const next = new Int32Array(size * width);
  const ends: (number[] | undefined)[] = [];
  let states = 1;
  for (const [index, one] of phrases.entries()) {
    let state = 0;
    for (let i = 0; i < one.length; i += 1) {
      const cell = (state << shift) + (column[one.charCodeAt(i)] ?? 0);
      if (next[cell] === 0) next[cell] = states++;
      state = next[cell] ?? 0;
    }
    (ends[state] ??= []).push(index);
  }
  follow(next, ends, states);
  const table = next.slice(0, states << shift);
  for (let cell = 0; cell < table.length; cell += 1) {
    const state = table[cell] ?? 0;
    table[cell] = (state << shift) | (ends[state] === undefined ? 0 : hit);
  }
  return { scan: (block, from, to, found) => scan(table, column, ends, block, from, to, found) };
}

function scan(
  table: Int32Array,
  column: Uint8Array,
  ends: readonly (number[] | undefined)[],
  block: Uint8Array,
  from: number,
  to: number,
  found: (which: number, end: number) => void,
): void {
  let state = 0;
  for (let i = from; i < to; i += 1) {
    const kind = column[block[i] as number] as number;
    if (kind === 0) continue;
    state = table[state + kind] as number;
    if (state >= hit) {
      state &= hit - 1;
      for (const which of ends[state >> shift] ?? []) found(which, i);
    }
  }
}

/** Fills in where the search goes on after a mismatch, and what else ends there. */
function follow(next: Int32Array, ends: (number[] | undefined)[], states: number): void {
  const fail = new Int32Array(states);
  const queue: number[] = [];
  for (let kind = 1; kind < 37; kind += 1) {
    const state = next[kind] ?? 0;
    if (state !== 0) queue.push(state);
  }
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const back = fail[state] ?? 0;
    for (let kind = 1; kind < 37; kind += 1) {
      const cell = (state << shift) + kind;
      const onward = next[(back << shift) + kind] ?? 0;
      const child = next[cell] ?? 0;
      if (child === 0) {
        next[cell] = onward;
        continue;
      }
      fail[child] = onward;
      const inherited = ends[onward];
      if (inherited !== undefined) ends[child] = [...(ends[child] ?? []), ...inherited];
      queue.push(child);
    }
  }
}

function columns(): Uint8Array {
  const column = new Uint8Array(256);
  for (let i = 0; i < 26; i += 1) column[97 + i] = column[65 + i] = 1 + i;
  for (let i = 0; i < 10; i += 1) column[48 + i] = 27 + i;
  return column;
}
