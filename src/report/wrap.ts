import stringWidth from 'fast-string-width';

/**
 * Columns that text takes in a terminal: wide characters and emoji take two.
 *
 * @param text plain text, or text with escape sequences, which take no room
 */
export function columns(text: string): number {
  return stringWidth(text);
}

/** Fills text with spaces up to a width in columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** How text is wrapped. */
type WrapOptions = {
  /** Words between backticks stand on one line even where they are wider than `width`: commands are never cut. */
  readonly keepCode?: boolean;
};

/**
 * Breaks text into lines at spaces. What stands between backticks stays together where a line can hold it; a word that
 * no line can hold is cut at the edge.
 *
 * @param text one line of plain text, without escape sequences
 * @param width in columns; below 8 counts as 8
 * @returns at least one line, none wider than `width` (but see `keepCode`), without spaces at the ends
 */
export function wrap(text: string, width: number, { keepCode = false }: WrapOptions = {}): string[] {
  const room = Math.max(8, width);
  const lines: string[] = [];
  let line = '';
  const place = (piece: string) => {
    const joined = line === '' ? piece : `${line} ${piece}`;
    if (columns(joined) <= room) {
      line = joined;
      return;
    }
    if (line !== '') lines.push(line);
    line = piece;
  };
  for (const piece of pieces(text)) {
    if (columns(piece) <= room || (keepCode && piece.includes('`'))) place(piece);
    else for (const word of piece.split(' ')) for (const part of hardCut(word, room)) place(part);
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** Words, with those between two backticks joined into one. A lone backtick joins nothing. */
function pieces(text: string): string[] {
  const words = text.split(' ').filter((word) => word !== '');
  let ticksLeft = words.reduce((sum, word) => sum + ticksIn(word), 0);
  const found: string[] = [];
  let open: string[] | undefined;
  for (const word of words) {
    const odd = ticksIn(word) % 2 === 1;
    ticksLeft -= ticksIn(word);
    if (open === undefined && odd && ticksLeft > 0) open = [word];
    else if (open === undefined) found.push(word);
    else {
      open.push(word);
      if (odd) {
        found.push(open.join(' '));
        open = undefined;
      }
    }
  }
  return open === undefined ? found : [...found, ...open];
}

function ticksIn(word: string): number {
  return word.split('`').length - 1;
}

function hardCut(word: string, width: number): string[] {
  if (columns(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const character of word) {
    const wide = columns(character);
    if (part !== '' && used + wide > width) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += character;
    used += wide;
  }
  return [...parts, part];
}

/**
 * Text behind a first margin, its further lines behind another of the same width.
 *
 * @param first what stands before the first line; it may hold escape sequences
 * @param text one line of plain text
 * @param width in columns, of the whole line
 */
export function hang(first: string, text: string, width: number, options: WrapOptions = {}): string[] {
  const indent = columns(first);
  return wrap(text, width - indent, options).map((line, index) => (index === 0 ? first : ' '.repeat(indent)) + line);
}

/**
 * Shortens wrapped lines from their middle: the beginning of a rule names its chain, the end of it decides.
 *
 * @param lines as `wrap` made them
 * @param most how many lines may stay, the mark's line among them; below 3 counts as 3
 * @param mark what stands for the lines that were taken out
 */
export function cutMiddle(lines: readonly string[], most: number, mark: string): string[] {
  const kept = Math.max(3, most) - 1;
  if (lines.length <= kept + 1) return [...lines];
  const head = Math.ceil(kept / 2);
  return [...lines.slice(0, head), mark, ...lines.slice(lines.length - (kept - head))];
}
