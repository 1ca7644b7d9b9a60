import type { Status } from '../finding.ts';
import { plain } from './plain.ts';
import type { Paint, Style } from './style.ts';
import { pad, wrap } from './wrap.ts';

/** What the sections of a terminal report are written on. */
export type Page = {
  readonly style: Style;
  /** Columns that a line may take. */
  readonly width: number;
  /** Also what passes, with its evidence, and evidence without limits. */
  readonly verbose: boolean;
  readonly marks: Marks;
  /** Makes any text safe to print, and writes our own typography in ASCII where the page asks for that. */
  readonly prose: (text: string) => string;
};

/** The signs of a report. */
type Marks = Readonly<Record<Status, string>> & { readonly down: string; readonly cut: string };

const unicodeMarks: Marks = { pass: '✓', warn: '!', block: '✗', unknown: '?', skip: '–', down: '│', cut: '…' };
const asciiMarks: Marks = { pass: '+', warn: '!', block: 'x', unknown: '?', skip: '-', down: '|', cut: '...' };

const asciiFor: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '→': '->',
  '…': '...',
  '·': '-',
  '✓': '+',
  '✗': 'x',
};

/** What of a page may be chosen. */
type PageOptions = { readonly width: number; readonly verbose: boolean; readonly ascii: boolean };

/**
 * A page with its marks chosen.
 *
 * @param options `ascii` writes signs and typography without characters beyond ASCII; evidence and commands stay as they are
 */
export function pageOf(style: Style, { width, verbose, ascii }: PageOptions): Page {
  const prose = ascii
    ? (text: string) => plain(text).replace(/[’‘“”–—→…·✓✗]/g, (sign) => asciiFor[sign] ?? sign)
    : plain;
  return { style, width, verbose, marks: ascii ? asciiMarks : unicodeMarks, prose };
}

/** Prose in lines, each behind the same indentation. */
export function paragraph(page: Page, text: string, indent: number): string[] {
  return wrap(page.prose(text), page.width - indent).map((line) => ' '.repeat(indent) + line);
}

/**
 * Prose behind a label: the label once, further lines below the text.
 *
 * @param labelWidth columns of the label with its gap; where the page is narrow the text goes below the label instead
 */
export function labelled(
  page: Page,
  label: string,
  text: string,
  { indent, labelWidth, keepCode = false, look = (line) => line }: LabelOptions,
): string[] {
  const margin = ' '.repeat(indent);
  const beside = isNarrow(page) ? 2 : labelWidth;
  const lines = wrap(page.prose(text), page.width - indent - beside, { keepCode });
  const rows = lines.map((line) => margin + ' '.repeat(beside) + look(line));
  if (isNarrow(page)) return [margin + page.style.dim(label), ...rows];
  return rows.with(0, margin + page.style.dim(pad(label, labelWidth)) + look(lines[0] ?? ''));
}

/** Where labelled prose stands, and how it looks. */
type LabelOptions = { indent: number; labelWidth: number; keepCode?: boolean; look?: Paint };

/** Whether text no longer fits beside its labels. */
export function isNarrow(page: Page): boolean {
  return page.width < 60;
}

/** A list in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A number with its noun: `1 wall`, `3 walls`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
