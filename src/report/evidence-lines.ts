import type { EvidenceLine, Finding, Vantage } from '../finding.ts';
import type { Page } from './page.ts';
import { counted, isNarrow } from './page.ts';
import { plain } from './plain.ts';
import { columns, cutMiddle, hang, pad, wrap } from './wrap.ts';

const mostLines = 6;
const mostRows = { narrow: 6, wide: 3 };

/** From where a line of evidence was seen, in words. */
export const seenFrom: Record<Vantage, string> = {
  configuration: 'configuration',
  here: 'seen from this machine',
  host: 'seen on the source host',
  database: 'seen in the database',
  dms: 'said by DMS',
};

/** Where a line of evidence stands: `file:line`, or the source alone. */
export function placeOf({ source, line }: EvidenceLine): string {
  return plain(line === null ? source : `${source}:${line}`);
}

const longest = 1000;

/** A line for a document, which has room, but not for a file in one line: its middle is cut out. */
export function shortened(text: string): string {
  return text.length <= longest ? text : `${plain(text.slice(0, longest / 2))} … ${plain(text.slice(-longest / 2))}`;
}

/**
 * The evidence of a finding, each line as `source:line  text`. A long line is wrapped, and cut in its middle where it
 * would take too many rows; `verbose` shows everything, and from where it was seen.
 */
export function evidenceLines(page: Page, { evidence }: Finding, indent: number): string[] {
  const shown = page.verbose ? evidence : evidence.slice(0, mostLines);
  const left = evidence.length - shown.length;
  const headWidth = shown.reduce((widest, line) => Math.max(widest, columns(headOf(page, line))), 0) + 2;
  return [
    ...shown.flatMap((line) => evidenceLine(page, line, indent, headWidth)),
    ...(left === 0
      ? []
      : [' '.repeat(indent) + page.style.dim(`${page.marks.cut} and ${counted(left, 'more line')}: --verbose`)]),
  ];
}

function headOf(page: Page, line: EvidenceLine): string {
  return page.verbose ? `${placeOf(line)} (${seenFrom[line.vantage]})` : placeOf(line);
}

/** On one row where it fits, aligned where that fits; else the text below its place. */
function evidenceLine(page: Page, line: EvidenceLine, indent: number, headWidth: number): string[] {
  const margin = ' '.repeat(indent);
  const head = headOf(page, line);
  const text = plain(line.text).trim();
  const room = page.width - indent;
  const aligned = Math.min(headWidth, Math.max(columns(head) + 2, room - columns(text)));
  if (text !== '' && aligned + columns(text) <= room) return [margin + page.style.cyan(pad(head, aligned)) + text];
  const rows = columns(text) <= room - 2 ? [text] : wrap(text, room - 2);
  const kept = page.verbose ? rows : cutMiddle(rows, mostRows[isNarrow(page) ? 'narrow' : 'wide'], page.marks.cut);
  return [
    ...hang(margin, head, page.width).map((row) => page.style.cyan(row)),
    ...(text === '' ? [] : kept.map((row) => `${margin}  ${row}`)),
  ];
}
