/** Ways in which a text is damaged between a console and whoever pastes it. */

/** Breaks a text hard at a column, in the middle of words too, as a terminal does. */
function hardWrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''])
    .join('\n');
}

/** Breaks a text at spaces. */
function softWrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** Puts something before each line. */
function prefixed(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((line) => prefix + line)
    .join('\n');
}

/** Escapes as HTML does. */
function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Straight quotes as word processors and chat clients turn them. */
function smartQuotes(text: string): string {
  return text.replace(/"([^"]*)"/g, '“$1”').replaceAll("'", '’');
}

/** Cuts a part off both ends. */
export function truncated(text: string, part: number): string {
  const cut = Math.floor(text.length * part);
  return text.slice(cut, text.length - cut);
}

/** Every damage by its name. */
export const damages: readonly (readonly [string, (text: string) => string])[] = [
  ...[40, 57, 72, 80, 100, 120].map(
    (columns) => [`hard wrap at ${columns}`, (text: string) => hardWrap(text, columns)] as const,
  ),
  ...[40, 60, 80, 120].map((columns) => [`wrap at ${columns}`, (text: string) => softWrap(text, columns)] as const),
  ['indented', (text) => prefixed(text, '        ')],
  ['quoted', (text) => prefixed(text, '> ')],
  ['quoted and wrapped', (text) => prefixed(hardWrap(text, 64), '> > ')],
  ['framed', (text) => prefixed(hardWrap(text, 76), '│ ')],
  ['HTML', html],
  ['HTML twice', (text) => html(html(text))],
  ['JSON', (text) => JSON.stringify({ LastFailureMessage: text })],
  ['JSON in JSON', (text) => JSON.stringify({ message: JSON.stringify({ text }) })],
  ['smart quotes', smartQuotes],
  ['upper case', (text) => text.toUpperCase()],
  ['lower case', (text) => text.toLowerCase()],
  ['coloured', (text) => text.replace(/\b(\w{4,})\b/g, '\u001b[31m$1\u001b[0m')],
  ['no-break spaces', (text) => text.replaceAll(' ', '\u00a0')],
  ['carriage returns', (text) => text.replaceAll('\n', '\r\n')],
  ['direction marks', (text) => text.replaceAll(' ', ' \u200f\u202e')],
  ['UTF-16', (text) => [...text].join('\u0000')],
];
