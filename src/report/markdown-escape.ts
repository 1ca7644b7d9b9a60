import { codeSpans } from './code-spans.ts';
import { plain } from './plain.ts';

/**
 * Text for a paragraph or a heading: what stands between two backticks becomes code, all else is shown as it is,
 * whatever Markdown would make of it.
 *
 * @param text anything; it becomes one line
 */
export function escaped(text: string): string {
  return codeSpans(plain(text))
    .map(({ code, text: part }, index) => {
      if (code) return part.trim() === '' ? part : `\`${part}\``;
      return words(part, index === 0);
    })
    .join('');
}

/** Text for a cell of a table, where a bar ends the cell also in code. */
export function cell(text: string): string {
  return escaped(text).replaceAll('|', '\\|');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '@': '&#64;',
  '#': '&#35;',
};

function words(text: string, first: boolean): string {
  const shown = text
    .replace(/[\\*_~[\]!`]/g, (sign) => `\\${sign}`)
    .replace(/[&<>@#]/g, (sign) => entities[sign] ?? sign)
    .replaceAll('://', ':&#47;&#47;')
    .replace(/www\./gi, (sign) => `${sign.slice(0, 3)}&#46;`);
  return first ? shown.replace(listMark, (_all, space: string, sign: string) => space + marked(sign)) : shown;
}

/** What begins a list, underlines a heading or rules a line off. */
const listMark = /^( *)([-+](?= |$)|\d{1,9}(?=[.)](?: |$))|[-=]+ *$)/;

/** The first character of a sign as its entity. */
function marked(sign: string): string {
  return `&#${sign.codePointAt(0)};${sign.slice(1)}`;
}

/** Lines as a block of code, behind a fence that none of them can end. */
export function fenced(lines: readonly string[]): string[] {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(runs.reduce((longest, run) => Math.max(longest, run.length), 2) + 1);
  return [fence, ...lines, fence];
}
