import type { AdvancedExpression } from './expression-syntax.ts';

/** One word of a field. A quote before its first character takes the meaning of keywords, `+` and `@` from it. */
export type HbaToken = {
  readonly text: string;
  readonly quoted: boolean;
  /** From 16 on: the regular expression after the slash, where the word is one. */
  readonly expression?: AdvancedExpression;
};

/** What {@link nextToken} found, and where the line goes on. */
export type TokenRead = {
  readonly token: HbaToken | undefined;
  /** Offset of the first character after the word; a comma that ends it is not passed. */
  readonly end: number;
  /** A comma ended the word: the field goes on. */
  readonly comma: boolean;
  /** The word did not fit the server's buffer; `token` then holds what did. */
  readonly tooLong: boolean;
};

/** Space, tab and carriage return; nothing else separates words (hba.c `pg_isblank`). */
const isBlank = (character: string): boolean => character === ' ' || character === '\t' || character === '\r';

/** Bytes of one UTF-16 unit in UTF-8; a surrogate counts as half of its pair's four bytes. */
function utf8Bytes(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) return 2;
  return 3;
}

/** Length of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) bytes += utf8Bytes(text.charCodeAt(at));
  return bytes;
}

/**
 * Reads the next word of a line (hba.c `next_token`).
 *
 * Blanks and commas before it are passed; it ends at a blank or comma outside quotes, or where a comment begins, which may be in
 * the middle of a word. `""` within quotes is one quote, and a quote that is never closed runs to the end of the line.
 * @param line the line without its end
 * @param start offset to read from
 * @param buffer the server's buffer in bytes, undefined where there is no limit
 */
export function nextToken(line: string, start: number, buffer: number | undefined): TokenRead {
  let at = start;
  while (at < line.length && (isBlank(line[at]!) || line[at] === ',')) at++;

  const parts: string[] = [];
  let runStart = at;
  let bytes = 0;
  let inQuotes = false;
  let afterQuoteInQuotes = false;
  let anyQuote = false;
  let quotedFirst = false;
  let comma = false;
  let tooLong = false;
  let end = line.length;

  for (; at < line.length; at++) {
    const character = line[at]!;
    if (!inQuotes && isBlank(character)) {
      end = at;
      break;
    }
    if (!inQuotes && character === '#') break;
    if (buffer !== undefined && bytes >= buffer - 1) {
      tooLong = true;
      break;
    }
    if (!inQuotes && character === ',') {
      comma = true;
      end = at;
      break;
    }
    if (character !== '"') {
      bytes += utf8Bytes(line.charCodeAt(at));
      afterQuoteInQuotes = false;
      continue;
    }
    if (afterQuoteInQuotes) {
      bytes++;
      parts.push(line.slice(runStart, at), '"');
    } else {
      parts.push(line.slice(runStart, at));
    }
    runStart = at + 1;
    afterQuoteInQuotes = inQuotes ? !afterQuoteInQuotes : false;
    inQuotes = !inQuotes;
    anyQuote = true;
    if (bytes === 0) quotedFirst = true;
  }
  parts.push(line.slice(runStart, at));
  const text = parts.join('');
  if (!anyQuote && text === '') return { token: undefined, end, comma, tooLong };
  return { token: { text, quoted: quotedFirst }, end, comma, tooLong };
}
