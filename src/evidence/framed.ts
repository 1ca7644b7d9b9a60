/**
 * The one file that `host-facts.sh` prints and `--save-bundle` writes: `dms-doctor-bundle 1`, for each item
 * `item NAME BYTES TIME`, that many bytes and a line feed, and at last `end COUNT`. The byte counts and the end mark are what
 * proves a document whole; so damage that can be undone (line ends turned into CR LF by a terminal or an editor, UTF-16 by
 * PowerShell's `>`) is undone, and the counts say whether that was right.
 */

/** One item as it was gathered: its text, and when it was read (ISO 8601, by the source's clock). */
export type FramedItem = { text: string; at: string };

/**
 * What a framed document holds. `complete` is true only when every item and the end mark are there; else `problem` says in
 * one sentence what is wrong, and `items` holds those that came whole before it.
 */
export type Unframed = { items: Map<string, FramedItem>; complete: boolean; problem?: string };

const firstLine = 'dms-doctor-bundle ';
const lineFeed = 10;
const carriageReturn = 13;
const longestLine = 2048;

/**
 * Reads a framed document.
 * @param bytes the document as it arrived, a banner before it and a prompt behind it included
 * @returns its items by name; never throws, whatever the bytes are
 */
export function unframe(bytes: Uint8Array): Unframed {
  const narrow = fromUtf16(bytes);
  const asItIs = read(narrow);
  if (asItIs.complete || !narrow.includes(carriageReturn)) return asItIs;
  const restored = read(withoutCarriageReturns(narrow));
  if (restored.complete) return restored;
  if (!hasCarriageReturnInFrame(narrow)) return asItIs;
  return {
    ...restored,
    problem: `line ends were changed to CR LF on the way, and not only these: ${restored.problem}`,
  };
}

/**
 * Writes a framed document, as `host-facts.sh` does.
 * @param items name, text and time of each item, in order; names must be such as `isItemName` accepts
 * @returns the document's bytes (UTF-8)
 */
export function frame(items: Iterable<readonly [string, FramedItem]>): Uint8Array {
  const parts = [Buffer.from(`${firstLine}1\n`)];
  let count = 0;
  for (const [name, { text, at }] of items) {
    const content = Buffer.from(text);
    parts.push(Buffer.from(`item ${name} ${content.length} ${at}\n`), content, Buffer.from('\n'));
    count += 1;
  }
  parts.push(Buffer.from(`end ${count}\n`));
  return Buffer.concat(parts);
}

/**
 * Says whether a name may stand in a bundle: `bundle.json`, or a relative path below one of a bundle's folders without `.` or
 * `..` as a part, control characters or backslashes.
 */
export function isItemName(name: string): boolean {
  if (name === 'bundle.json' || name === 'bundle.error') return true;
  if (name.length > 1024 || !/^(?:aws|host|postgres|here|dms)\//.test(name) || /[\p{Cc}\\]/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function read(bytes: Uint8Array): Unframed {
  const items = new Map<string, FramedItem>();
  const stop = (problem: string): Unframed => ({ items, complete: false, problem });

  const start = findStart(bytes);
  if (start === undefined) return stop('this is not a document of host-facts.sh: its first line is missing');
  let { line, next } = lineAt(bytes, start);
  if (line !== `${firstLine}1`)
    return stop(`this is a document of a version that is not known here: ${printable(line)}`);

  for (let last = 'the first line'; ;) {
    if (next >= bytes.length) return stop(`the document ends behind ${last}; the rest is missing`);
    ({ line, next } = lineAt(bytes, next));
    const end = /^end ([0-9]{1,9})$/.exec(line);
    if (end) {
      if (bytes[next - 1] !== lineFeed) return stop('the document ends inside its last line');
      if (Number(end[1]) === items.size) return { items, complete: true };
      return stop(`the end mark counts ${end[1]} items, and there are ${items.size}`);
    }
    const head = /^item (.+) ([0-9]{1,12}) ([0-9A-Z:.+-]{1,40})$/.exec(line);
    if (!head) return stop(`behind ${last} stands neither an item nor the end mark: ${printable(line)}`);
    const [, name = '', size = '', at = ''] = head;
    if (!isItemName(name)) return stop(`an item has a name that is not allowed: ${printable(name)}`);
    if (items.has(name)) return stop(`the item ${name} stands there twice`);
    const contentEnd = next + Number(size);
    if (contentEnd >= bytes.length) return stop(`the document ends inside ${name}; it and the rest are missing`);
    if (bytes[contentEnd] !== lineFeed) return stop(`${name} is not as long as its head says`);
    items.set(name, { text: decode(bytes.subarray(next, contentEnd)), at });
    last = name;
    next = contentEnd + 1;
  }
}

/** Where the document begins: at the start of a line, behind whatever banner a log-in shell printed. */
function findStart(bytes: Uint8Array): number | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = view.indexOf(firstLine); at >= 0; at = view.indexOf(firstLine, at + 1)) {
    const isBehindByteOrderMark = at === 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    if (at === 0 || bytes[at - 1] === lineFeed || isBehindByteOrderMark) return at;
  }
  return undefined;
}

/** The line that starts at an offset, without its line feed, and where the next one starts. */
function lineAt(bytes: Uint8Array, offset: number): { line: string; next: number } {
  const feed = bytes.subarray(offset, offset + longestLine).indexOf(lineFeed);
  const end = feed < 0 ? Math.min(bytes.length, offset + longestLine) : offset + feed;
  return { line: decode(bytes.subarray(offset, end)), next: feed < 0 ? end : end + 1 };
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** UTF-16 with its mark, as PowerShell's redirection writes it, turned into UTF-8; anything else stays. */
function fromUtf16(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return bytes;
  return Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset + 2, bytes.byteLength - 2).toString('utf16le'), 'utf8');
}

/** Every CR LF as LF. */
function withoutCarriageReturns(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === carriageReturn && bytes[i + 1] === lineFeed) continue;
    kept[length] = byte;
    length += 1;
  }
  return kept.subarray(0, length);
}

/** Whether the document's own first line ends in CR LF, which the script never writes. */
function hasCarriageReturnInFrame(bytes: Uint8Array): boolean {
  const start = findStart(bytes);
  return start !== undefined && lineAt(bytes, start).line.endsWith('\r');
}

function printable(text: string): string {
  return text.slice(0, 80).replaceAll(/[^\x20-\x7e]/gu, '?');
}
