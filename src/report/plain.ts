/**
 * Whole control sequences, in their 7-bit form (ESC and a letter) and their 8-bit form (C1), after ECMA-48:
 * first the strings (OSC, DCS, SOS, PM, APC) with their terminator, then CSI, then the short escapes. A string that
 * nothing terminates loses only its introducer: else one byte in a log could hide all that follows it. No class here
 * holds a character with which another match begins, so each character is looked at a fixed number of times.
 */
const sequences =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])(?:[^\u0000-\u001f\u007f-\u009f]*(?:\u0007|\u001b\\|\u009c))?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ #%()*+./-]?[0-~]?/g;

const spaces = /[\t-\r\u0085\u2028\u2029]+/g;

/** What is left of controls, and whatever is invisible or turns the direction of writing: formats, fillers, variation selectors. */
const invisible =
  /[\p{Cc}\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\u{e0000}-\u{e0fff}]+/gu;

const loneSurrogate = /\p{Cs}/gu;

/**
 * Makes text that came from a host, a log or a catalogue safe to print: one line, without control sequences, control
 * characters, bidirectional overrides or zero-width characters. Line ends and tabs become a space.
 *
 * @param text anything; evidence is hostile
 * @returns the visible characters, in linear time; the same again when given its own answer
 */
export function plain(text: string): string {
  return text
    .replace(loneSurrogate, '\ufffd')
    .replace(sequences, '')
    .replace(spaces, ' ')
    .replace(invisible, '');
}
