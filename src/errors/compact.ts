/** A text without everything that terminals, chat clients and line wraps change, and where each character came from. */
export type Compact = {
  /** Letters and digits alone, in lower case. */
  readonly text: string;
  /** For each character of `text`, its index in the original. */
  readonly at: Uint32Array;
};

/**
 * Reduces a text to its letters and digits in lower case, so that wraps, indents, quotes, punctuation and upper case make
 * no difference to what is found in it.
 *
 * @param text any text
 * @returns the reduced text with the original's indexes
 */
export function compact(text: string): Compact {
  const at = new Uint32Array(text.length);
  let kept = '';
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) kept += text[i];
    else if (code >= 65 && code <= 90) kept += String.fromCharCode(code + 32);
    else if (code >= 0xaa && isLetter(code)) kept += lower(text[i] ?? '');
    else continue;
    at[length] = i;
    length += 1;
  }
  return { text: kept, at: at.subarray(0, length) };
}

/** Whether a code unit from 0xAA on belongs to a word rather than to punctuation, spacing or direction. */
function isLetter(code: number): boolean {
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba;
  if (code === 0xd7 || code === 0xf7) return false;
  if (code >= 0x2000 && code < 0x2c00) return false;
  if (code >= 0x3000 && code < 0x3041) return code >= 0x3005 && code <= 0x3007;
  if (code >= 0xe000 && code < 0xf900) return false;
  if (code >= 0xfe00 && code < 0xfe70) return false;
  if (code >= 0xfeff && code < 0xff66) return (code >= 0xff10 && code <= 0xff19) || (code >= 0xff21 && code <= 0xff5a);
  return code < 0xfff0;
}

/** Lower case that never changes the length. */
function lower(character: string): string {
  const folded = character.toLowerCase();
  return folded.length === 1 ? folded : character;
}
