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

/** Reads a file as `fgets` does. */
class Reads {
  readonly #text: string;
  #at = 0;
  #lineEnd = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Up to and with the newline, or as much as fits into `bytes`, and of that what is before a NUL byte. */
  next(bytes: number): string {
    if (this.#lineEnd <= this.#at) {
      const newline = this.#text.indexOf('\n', this.#at);
      this.#lineEnd = newline < 0 ? this.#text.length : newline + 1;
    }
    const start = this.#at;
    this.#at = this.#lineEnd;
    if ((this.#lineEnd - start) * 3 > bytes) {
      for (let at = start, used = 0; at < this.#lineEnd; at++) {
        used += utf8Length(this.#text[at]!);
        if (used <= bytes) continue;
        this.#at = at;
        break;
      }
    }
    return untilNul(this.#text.slice(start, this.#at));
  }
}

/** Up to 13: each read fills a buffer of fixed size, and what does not fit is the next line. */
function* fixedBufferLines(text: string, buffer: number): Generator<LogicalLine> {
  const reads = new Reads(text);
  for (let number = 1; !reads.atEnd; number++) {
    const read = reads.next(buffer - 1);
    const tooLong = read.length * 3 >= buffer - 1 && utf8Length(read) === buffer - 1;
    yield { number, text: withoutLineEnd(read), height: 1, tooLong };
  }
}

/**
 * From 14 on: reads lines into a buffer that grows. A NUL byte hides the rest of one read, its newline included, so that the next
 * line is joined to it; how much one read takes depends on the buffer's size (src/common/pg_get_line.c, stringinfo.c).
 */
class GrowingBuffer {
  readonly #reads: Reads;
  #size = 1024;
  #parts: string[] = [];
  #bytes = 0;

  constructor(text: string) {
    this.#reads = new Reads(text);
  }

  get atEnd(): boolean {
    return this.#reads.atEnd;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get text(): string {
    return this.#parts.join('');
  }

  get endsWithBackslash(): boolean {
    return this.#parts.at(-1)?.endsWith('\\') ?? false;
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }

  /** Appends the next line with its end; false at the end of the file. */
  appendLine(): boolean {
    const before = this.#bytes;
    while (!this.#reads.atEnd) {
      const part = this.#reads.next(this.#size - this.#bytes - 1);
      if (part !== '') this.#parts.push(part);
      this.#bytes += utf8Length(part);
      if (this.#bytes > before && this.#parts.at(-1)!.endsWith('\n')) return true;
      while (this.#bytes + 128 + 1 > this.#size) this.#size *= 2;
    }
    return this.#bytes > before;
  }

  /** Takes all carriage returns and newlines from the end, also of what earlier lines left. */
  stripLineEnd(): void {
    for (let last = this.#parts.pop(); last !== undefined; last = this.#parts.pop()) {
      const stripped = withoutLineEnd(last);
      this.#bytes -= last.length - stripped.length;
      if (stripped === '') continue;
      this.#parts.push(stripped);
      return;
    }
  }

  dropLastCharacter(): void {
    this.#parts.push(this.#parts.pop()!.slice(0, -1));
    this.#bytes--;
  }
}

/** From 14 on: a backslash as the very last character joins the next line. */
function* continuedLines(text: string): Generator<LogicalLine> {
  const buffer = new GrowingBuffer(text);
  let number = 1;
  while (!buffer.atEnd) {
    let lastBackslash = 0;
    let height = 1;
    buffer.clear();
    while (buffer.appendLine()) {
      buffer.stripLineEnd();
      if (buffer.bytes <= lastBackslash || !buffer.endsWithBackslash) break;
      buffer.dropLastCharacter();
      lastBackslash = buffer.bytes;
      height++;
    }
    yield { number, text: buffer.text, height, tooLong: false };
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
