import { utf8Length } from './token.ts';
import type { VersionRules } from './version-rules.ts';

/** One line as the server takes it: several lines of the file where a backslash joins them. */
export type LogicalLine = {
  /** 1-based number of its first line in the file. */
  readonly number: number;
  /** The text without its end, joined. */
  readonly text: string;
  /** How many lines of the file it takes. */
  readonly height: number;
  /** It did not fit the server's line buffer (up to 13). */
  readonly tooLong: boolean;
};

/** Takes the line end, in whatever number of carriage returns and newlines, from a text. */
function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}

/** A C string ends at its first NUL byte. */
function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Offset after one `fgets` with room for `bytes` bytes: after the newline, or where the room or the file ends. */
function readUntil(text: string, start: number, bytes: number): number {
  const newline = text.indexOf('\n', start);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  if ((lineEnd - start) * 3 <= bytes) return lineEnd;
  let used = 0;
  for (let at = start; at < lineEnd; at++) {
    used += utf8Length(text[at]!);
    if (used > bytes) return at;
  }
  return lineEnd;
}

/** Up to 13: each read fills a buffer of fixed size, and what does not fit is the next line. */
function* fixedBufferLines(text: string, buffer: number): Generator<LogicalLine> {
  let number = 1;
  for (let at = 0; at < text.length; number++) {
    const end = readUntil(text, at, buffer - 1);
    const read = untilNul(text.slice(at, end));
    const tooLong = read.length * 3 >= buffer - 1 && utf8Length(read) === buffer - 1;
    yield { number, text: withoutLineEnd(read), height: 1, tooLong };
    at = end;
  }
}

/**
 * From 14 on: reads a line into a buffer that grows. A NUL byte hides the rest of one read, its newline included, so that the next
 * line is joined to it; how much one read takes depends on the buffer's size (src/common/pg_get_line.c, stringinfo.c).
 */
class GrowingBuffer {
  #size = 1024;
  #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The collected text with the next line appended; undefined at the end of the file. */
  append(collected: string): string | undefined {
    if (this.atEnd) return undefined;
    const newline = this.#text.indexOf('\n', this.#at);
    const end = newline < 0 ? this.#text.length : newline + 1;
    const line = this.#text.slice(this.#at, end);
    if (!line.includes('\0')) {
      this.#at = end;
      this.#grow(utf8Length(collected) + utf8Length(line));
      return collected + line;
    }
    let read = collected;
    let length = utf8Length(collected);
    while (!this.atEnd) {
      const until = readUntil(this.#text, this.#at, this.#size - length - 1);
      const part = untilNul(this.#text.slice(this.#at, until));
      this.#at = until;
      read += part;
      length += utf8Length(part);
      if (part.endsWith('\n') || (part === '' && read.length > collected.length && read.endsWith('\n'))) return read;
      this.#grow(length + 128);
    }
    return read === collected ? undefined : read;
  }

  #grow(needed: number): void {
    while (needed + 1 > this.#size) this.#size *= 2;
  }
}

/** From 14 on: a backslash as the very last character joins the next line. */
function* continuedLines(text: string): Generator<LogicalLine> {
  const buffer = new GrowingBuffer(text);
  let number = 1;
  while (!buffer.atEnd) {
    let collected = '';
    let lastBackslash = 0;
    let height = 1;
    for (let read = buffer.append(collected); read !== undefined; read = buffer.append(collected)) {
      collected = withoutLineEnd(read);
      if (collected.length <= lastBackslash || !collected.endsWith('\\')) break;
      collected = collected.slice(0, -1);
      lastBackslash = collected.length;
      height++;
    }
    yield { number, text: collected, height, tooLong: false };
    number += height;
  }
}

/**
 * The lines of a file as a server of these rules takes them (hba.c `tokenize_file`, `tokenize_auth_file`).
 * @param text the whole file
 */
export function logicalLines(text: string, rules: VersionRules): Generator<LogicalLine> {
  return rules.continuation || rules.lineBuffer === undefined
    ? continuedLines(text)
    : fixedBufferLines(text, rules.lineBuffer);
}
