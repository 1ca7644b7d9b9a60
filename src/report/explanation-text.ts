import type { Explanation } from '../errors/cause.ts';
import { drawnPath } from './explanation-path.ts';
import type { Mark } from './explanation-path.ts';

/** How to emphasise; each function takes and gives back one line's part. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>;

/** Paints nothing. */
export const plain: Paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

const signs: Readonly<Record<Mark, string>> = { open: '✓', blocked: '✗', suspect: '?', unknown: '·' };
const colours: Readonly<Record<Mark, keyof Paint>> = {
  open: 'green',
  blocked: 'red',
  suspect: 'yellow',
  unknown: 'dim',
};

/**
 * Explanations as text for a terminal.
 *
 * @param explanations the root cause first
 * @param width columns; at least 40 are used
 * @param paint how to emphasise
 * @returns the text, ending with a line break
 */
export function explanationText(explanations: readonly Explanation[], width: number, paint: Paint): string {
  if (explanations.length === 0) return `${wrap(nothing, Math.max(40, width), '').join('\n')}\n`;
  return explanations
    .map((one, index) => section(one, index, explanations.length, Math.max(40, width), paint))
    .join('\n');
}

const nothing =
  'Nothing in this text is known to dms-doctor. Paste the whole message, with all that stands after "Application-Detailed-Message:" or, for a task, the first line with ]E: of its log.';

function section(one: Explanation, index: number, of: number, width: number, paint: Paint): string {
  const lines: string[] = [];
  const number = of > 1 ? `${index + 1}. ` : '';
  lines.push(...wrap(`${number}${one.summary}`, width, '').map(paint.bold), '');
  lines.push(`  ${paint.dim('line')} ${one.matched.line}${times(one)}`);
  lines.push(
    ...wrap(one.matched.text, width - 4, '')
      .slice(0, 6)
      .map((line) => paint.dim(`  | ${line}`)),
    '',
  );
  lines.push(...path(one, width, paint));
  lines.push(...wrap(one.cause, width - 2, '').map((line) => `  ${line}`), '');
  lines.push(`  ${paint.bold('Next')}`);
  for (const step of one.next)
    lines.push(...wrap(step, width - 4, '').map((line, at) => (at === 0 ? `  - ${line}` : `    ${line}`)));
  return `${lines.join('\n')}\n`;
}

function path(one: Explanation, width: number, paint: Paint): string[] {
  if (one.layer === null)
    return [...wrap('Layer: this text says nothing about it', width - 2, '').map((line) => `  ${line}`), ''];
  const others = one.layers.slice(1);
  const where = `Layer: ${one.layer} (${one.confidence}${others.length > 0 ? `; or ${others.join(', ')}` : ''})`;
  const lines = wrap(where, width - 2, '         ').map((line, at) => `  ${at === 0 ? paint.red(line) : line}`);
  let row = '  ';
  let columns = 2;
  for (const { name, mark } of drawnPath(one)) {
    const station = `${signs[mark]} ${name}`;
    if (columns + station.length + 3 > width) {
      lines.push(row);
      row = '    ';
      columns = 4;
    }
    row += `${columns > 4 ? ' ─ ' : ''}${paint[colours[mark]](station)}`;
    columns += station.length + (columns > 4 ? 3 : 0);
  }
  lines.push(
    row,
    ...wrap('✓ proved open, ✗ here, ? possible, · not known', width - 2, '').map((line) => paint.dim(`  ${line}`)),
    '',
  );
  return lines;
}

function times({ count, firstSeen, lastSeen }: Explanation): string {
  const often = count > 1 ? `, ${count} times` : '';
  if (firstSeen === null) return often;
  return firstSeen === lastSeen || lastSeen === null
    ? `${often}, ${firstSeen}`
    : `${often}, ${firstSeen} to ${lastSeen}`;
}

/**
 * Breaks a text at spaces; a word that is longer than a line is cut.
 *
 * @param text one paragraph
 * @param width columns of a line
 * @param indent what every line but the first begins with
 * @returns the lines
 */
function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const joined = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      continue;
    }
    if (line.trim() !== '') lines.push(line);
    line = `${lines.length > 0 ? indent : ''}${word}`;
    for (; line.length > width; line = indent + line.slice(width)) lines.push(line.slice(0, width));
  }
  if (line.trim() !== '') lines.push(line);
  return lines;
}

function same(text: string): string {
  return text;
}
