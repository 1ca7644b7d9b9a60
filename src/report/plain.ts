const escape = '\u001b';
const bell = '\u0007';

/**
 * OSC, DCS, SOS, PM and APC, with what they carry up to their terminator. One that nothing terminates loses only its
 * introducer: else a single byte in a log could hide all that follows it.
 */
const strings = `(?:${escape}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])(?:\\P{Cc}*(?:${bell}|${escape}\\\\|\u009c))?`;
/** CSI: colours, cursor movements, erasures. */
const controlSequences = `(?:${escape}\\[|\u009b)[0-?]*[ -\\/]*[@-~]?`;
/** The rest that begins with ESC: resets, character sets. */
const shortEscapes = `${escape}[ #%()*+.\\/\\-]?[0-~]?`;

/**
 * Whole control sequences after ECMA-48, in their 7-bit form (ESC and a letter) and their 8-bit form (C1). What one
 * repetition takes can begin no other match, so each character is looked at a fixed number of times.
 */
const sequences = new RegExp(`${strings}|${controlSequences}|${shortEscapes}`, 'gu');

const spaces = /[\t-\r\u0085\u2028\u2029]+/g;

/** What is left of controls, and whatever cannot be seen or turns the direction of writing: formats, fillers, selectors. */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

const loneSurrogate = /\p{Cs}/gu;

/**
 * Makes text that came from a host, a log or a catalogue safe to print: one line, without control sequences, control
 * characters, bidirectional overrides or zero-width characters. Line ends and tabs become a space.
 *
 * @param text anything; evidence is hostile
 * @returns the visible characters, in linear time; the same again when given its own answer
 */
export function plain(text: string): string {
  return text.replace(loneSurrogate, '\ufffd').replace(sequences, '').replace(spaces, ' ').replace(invisible, '');
}
