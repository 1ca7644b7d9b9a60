/** Names of HTML entities that stand inside error texts; the others are left as they are. */
const named: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: ' ',
  ldquo: '"',
  rdquo: '"',
  lsquo: "'",
  rsquo: "'",
  laquo: '«',
  raquo: '»',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  oacute: 'ó',
  aacute: 'á',
  iacute: 'í',
  uacute: 'ú',
  ntilde: 'ñ',
  ccedil: 'ç',
  ecirc: 'ê',
  atilde: 'ã',
  otilde: 'õ',
};

const terminal =
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)?|[PX^_][^\u001b]{0,4096}(?:\u001b\\)?|[ -/]{0,4}[0-~])?/g;
const entity = /&(?:amp;)?(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,6}));/g;
const escaped = /\\(?:u([0-9a-fA-F]{4})|[nrt]|(["'\\/]))/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Takes terminal sequences, control characters, direction marks, HTML entities and JSON escapes out of a text. Line
 * breaks stay, so that lines can be counted.
 *
 * @param text what was pasted or read
 * @returns the text as it was meant to be read, safe to print on a terminal
 */
export function clean(text: string): string {
  let result = text;
  if (result.includes('\u001b')) result = result.replace(terminal, '');
  if (result.includes('&')) result = result.replace(entity, decodeEntity);
  if (result.includes('\\')) result = result.replace(escaped, decodeEscape);
  return result.replace(controls, '');
}

/** Whether cleaning can change which phrases a text holds; asked of each block of a stream before it is searched. */
export function needsCleaning(block: Buffer): boolean {
  return block.includes(0x1b) || block.includes(0x5c) || block.includes(0x26);
}

function decodeEntity(whole: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return named[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return printable(code) ?? whole;
}

function decodeEscape(_whole: string, hexadecimal?: string, character?: string): string {
  if (hexadecimal !== undefined) return printable(Number.parseInt(hexadecimal, 16)) ?? ' ';
  return character ?? ' ';
}

/** The character of a code point, a space for a control character; undefined where there is none. */
function printable(code: number): string | undefined {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? ' ' : String.fromCodePoint(code);
}
