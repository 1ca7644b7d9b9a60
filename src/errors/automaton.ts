/** A set of phrases, searched for in one pass whatever their number. */
export type Automaton = {
  /**
   * Looks through bytes.
   *
   * @param block the bytes
   * @param cuts three places, in order, over which no phrase reaches: the four stretches between them are searched side by
   *   side, because one search alone spends its time waiting for the next state
   * @param found called with the index of a phrase and the index of the byte on which it ends, in no order
   */
  scan(block: Uint8Array, cuts: Cuts, found: Found): void;
};

/** Three places in a block, each at or behind the one before. */
export type Cuts = readonly [number, number, number];

type Found = (which: number, end: number) => void;

/**
 * Columns of a row: 0 for what is skipped, 1 to 26 letters, 27 to 36 digits, and from 37 on, where phrases need them, the
 * bytes of other scripts, of which some share a column: whoever uses the search looks at the text again.
 */
const width = 64;
const shift = 6;
const otherScripts = 37;
const hit = 0x40000000;

/**
 * Builds an Aho-Corasick automaton over letters and digits; case does not matter, and everything else in the text is
 * skipped, so that a phrase is found however it was wrapped, quoted or indented.
 *
 * @param phrases each of lower-case letters and digits alone, in UTF-8
 * @returns the automaton; its search takes the same time for each byte, whatever the text
 */
export function automaton(phrases: readonly string[]): Automaton {
  const bytes = phrases.map((one) => Buffer.from(one, 'utf8'));
  const scripts = bytes.some((one) => one.some((byte) => byte > 127));
  const column = columns(scripts);
  const used = scripts ? width : otherScripts;
  const next = new Int32Array(bytes.reduce((sum, one) => sum + one.length, 1) * width);
  const ends: (number[] | undefined)[] = [];
  let states = 1;
  for (const [index, one] of bytes.entries()) {
    let state = 0;
    for (const byte of one) {
      const cell = (state << shift) + (column[byte] ?? 0);
      if (next[cell] === 0) next[cell] = states++;
      state = next[cell] ?? 0;
    }
    (ends[state] ??= []).push(index);
  }
  const order = follow(next, ends, states, used);
  const { table, reports } = pack(next, ends, order, used);
  const search = { table, column, reports };
  return { scan: (block, cuts, found) => scan(search, block, cuts, found) };
}

type Search = {
  readonly table: Int32Array;
  readonly column: Uint8Array;
  readonly reports: readonly (readonly number[] | undefined)[];
};

/** One look-up a byte in each of four stretches; nothing else happens unless a phrase ends. */
function scan(search: Search, block: Uint8Array, [second, third, fourth]: Cuts, found: Found): void {
  const { table, column } = search;
  const common = Math.min(second, third - second, fourth - third, block.length - fourth);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < common; i += 1) {
    a = table[a + (column[block[i] as number] as number)] as number;
    b = table[b + (column[block[second + i] as number] as number)] as number;
    c = table[c + (column[block[third + i] as number] as number)] as number;
    d = table[d + (column[block[fourth + i] as number] as number)] as number;
    if ((a | b | c | d) >= hit) {
      a = report(search, a, i, found);
      b = report(search, b, second + i, found);
      c = report(search, c, third + i, found);
      d = report(search, d, fourth + i, found);
    }
  }
  finish(search, block, a, common, second, found);
  finish(search, block, b, second + common, third, found);
  finish(search, block, c, third + common, fourth, found);
  finish(search, block, d, fourth + common, block.length, found);
}

/** The rest of one stretch. */
function finish(search: Search, block: Uint8Array, from: number, at: number, to: number, found: Found): void {
  const { table, column } = search;
  let state = from;
  for (let i = at; i < to; i += 1) {
    state = table[state + (column[block[i] as number] as number)] as number;
    if (state >= hit) state = report(search, state, i, found);
  }
}

/** Reports what ends in a state, if anything does, and gives the state back without its mark. */
function report({ reports }: Search, state: number, end: number, found: Found): number {
  if (state < hit) return state;
  const plain = state - hit;
  for (const which of reports[plain >> shift] ?? []) found(which, end);
  return plain;
}

/**
 * Fills in where the search goes on after a mismatch, and what else ends there.
 *
 * @returns the states from the root outwards
 */
function follow(next: Int32Array, ends: (number[] | undefined)[], states: number, used: number): number[] {
  const fail = new Int32Array(states);
  const queue: number[] = [0];
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const back = fail[state] ?? 0;
    for (let kind = 1; kind < used; kind += 1) {
      const cell = (state << shift) + kind;
      const onward = state === 0 ? 0 : (next[(back << shift) + kind] ?? 0);
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
  return queue;
}

/** Numbers the states from the root outwards, so that those in which a search mostly is lie close together. */
function pack(
  next: Int32Array,
  ends: readonly (number[] | undefined)[],
  order: readonly number[],
  used: number,
): { table: Int32Array; reports: (readonly number[] | undefined)[] } {
  const number = new Int32Array(order.length);
  for (const [index, state] of order.entries()) number[state] = index;
  const table = new Int32Array(order.length << shift);
  const reports: (readonly number[] | undefined)[] = [];
  for (const [index, state] of order.entries()) {
    reports[index] = ends[state];
    table[index << shift] = index << shift;
    for (let kind = 1; kind < used; kind += 1) {
      const to = next[(state << shift) + kind] ?? 0;
      table[(index << shift) + kind] = ((number[to] ?? 0) << shift) + (ends[to] === undefined ? 0 : hit);
    }
  }
  return { table, reports };
}

function columns(withOtherScripts: boolean): Uint8Array {
  const column = new Uint8Array(256);
  for (let i = 0; i < 26; i += 1) column[97 + i] = column[65 + i] = 1 + i;
  for (let i = 0; i < 10; i += 1) column[48 + i] = 27 + i;
  if (!withOtherScripts) return column;
  for (let byte = 128; byte < 256; byte += 1) column[byte] = otherScripts + (byte % (width - otherScripts));
  return column;
}
