import type { Explanation } from '../errors/cause.ts';
import { drawnPath } from './explanation-path.ts';
import type { Mark } from './explanation-path.ts';

const signs: Readonly<Record<Mark, string>> = { open: '✅', blocked: '❌', suspect: '❓', unknown: '▫️' };

/**
 * Explanations as Markdown for a ticket.
 *
 * @param explanations the root cause first
 * @returns Markdown in which nothing of the explained text is read as markup
 */
export function explanationMarkdown(explanations: readonly Explanation[]): string {
  if (explanations.length === 0) return '# dms-doctor explain\n\nNothing in this text was recognised.\n';
  return `# dms-doctor explain\n\n${explanations.map(section).join('\n')}`;
}

function section(one: Explanation): string {
  const others = one.layers.slice(1);
  const layer =
    one.layer === null
      ? 'none: this text says nothing about it'
      : `**${one.layer}** (${one.confidence}${others.length > 0 ? `; or ${others.join(', ')}` : ''})`;
  const path = drawnPath(one).map(({ name, mark }) => `${signs[mark]} ${name}`);
  const seen =
    one.firstSeen === null
      ? ''
      : `, ${escape(one.firstSeen)}${one.lastSeen === one.firstSeen ? '' : ` to ${escape(one.lastSeen ?? '')}`}`;
  return [
    `## ${escape(one.summary)}`,
    '',
    `- Layer: ${layer}`,
    ...(path.length > 0 ? [`- Path: ${path.join(' → ')}`] : []),
    `- Seen: line ${one.matched.line}, ${one.count === 1 ? 'once' : `${one.count} times`}${seen}`,
    '',
    fenced(one.matched.text),
    '',
    escape(one.cause),
    '',
    '**Next**',
    '',
    ...one.next.map((step) => `- ${escape(step)}`),
    '',
  ].join('\n');
}

/** A code block whose fence is longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, String.raw`\$&`);
}
