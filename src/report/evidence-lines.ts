import type { EvidenceLine, Finding, Vantage } from '../finding.ts';
import type { Page } from './page.ts';
import { counted } from './page.ts';
import { plain } from './plain.ts';
import { columns, cutMiddle, wrap } from './wrap.ts';

const mostLines = 6;
const mostRows = 3;

const seenFrom: Record<Vantage, string> = {
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

/**
 * The evidence of a finding, each line as `source:line  text`. A long line is wrapped, and cut in its middle where it
 * would take too many rows; `verbose` shows everything, and from where it was seen.
 */
export function evidenceLines(page: Page, { evidence }: Finding, indent: number): string[] {
  const shown = page.verbose ? evidence : evidence.slice(0, mostLines);
  const left = evidence.length - shown.length;
  return [
    ...shown.flatMap((line) => evidenceLine(page, line, indent)),
    ...(left === 0 ? [] : [' '.repeat(indent) + page.style.dim(`${page.marks.cut} and ${counted(left, 'line')} more: --verbose`)]),
  ];
}

function evidenceLine(page: Page, line: EvidenceLine, indent: number): string[] {
  const margin = ' '.repeat(indent);
  const place = placeOf(line);
  const text = plain(line.text).trim();
  const vantage = page.verbose ? `  (${seenFrom[line.vantage]})` : '';
  const head = place + vantage;
  if (indent + columns(head) + 2 + columns(text) <= page.width) {
    return [(margin + page.style.cyan(place) + page.style.dim(vantage) + (text === '' ? '' : `  ${text}`)).trimEnd()];
  }
  const room = page.width - indent - 2;
  const wrapped = columns(text) <= room ? [text] : wrap(text, room);
  const rows = page.verbose ? wrapped : cutMiddle(wrapped, mostRows, page.marks.cut);
  return [
    ...wrap(head, page.width - indent).map((part) => margin + page.style.cyan(part)),
    ...(text === '' ? [] : rows.map((row) => `${margin}  ${row}`)),
  ];
}
