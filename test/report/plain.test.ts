import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../src/report/plain.ts';
import { samples } from './samples.ts';

const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Text in which control sequences, broken and whole, stand between ordinary words. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '\u001b',
        '\u001b[',
        '\u001b]0;',
        '\u009b',
        '\u0090',
        '\u0007',
        '\u001b\\',
        '\u009c',
        '31m',
        'ACCEPT',
      ),
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\r',
        '\n',
        '\t',
        '\ud800',
        '\udc00',
        '\u{e0041}',
        '\ufe0f',
      ),
    ),
  )
  .map((parts) => parts.join(''));

test('no control character survives, and what is safe once stays as it is', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = plain(text);
      expect(shown).not.toMatch(controls);
      expect(plain(shown)).toBe(shown);
    }),
    samples(2000),
  );
});

test('visible text is kept to the character', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\u0020-\u007e\u00e4\u4e2d\u{1f512}]*$/u), (text) => {
      expect(plain(text)).toBe(text);
    }),
    samples(500),
  );
});

test.each([
  ['a colour', '\u001b[1;31mDROP\u001b[0m', 'DROP'],
  ['an 8-bit colour', '\u009b31mDROP', 'DROP'],
  ['a title', '\u001b]0;all is well\u0007DROP', 'DROP'],
  ['a link', '\u001b]8;;https://example.org\u001b\\DROP\u001b]8;;\u001b\\', 'DROP'],
  ['a device string', '\u0090q#0\u009cDROP', 'DROP'],
  ['a reset', '\u001bcDROP', 'DROP'],
  ['a character set', '\u001b(0DROP', 'DROP'],
  ['a carriage return over the line', 'DROP\rACCEPT', 'DROP ACCEPT'],
  ['backspaces', 'DROP\b\b\b\bPASS', 'DROPPASS'],
  ['an override of direction', '\u202eTPECCA', 'TPECCA'],
  ['zero-width characters', 'DR\u200bOP\ufeff', 'DROP'],
  ['invisible fillers and tags', 'DR\u3164OP\u{e0020}', 'DROP'],
  ['half a surrogate pair', 'DROP\ud83d', 'DROP\ufffd'],
  ['line ends', 'one\r\ntwo\u2028three', 'one two three'],
])('%s is taken out', (_what, text, shown) => {
  expect(plain(text)).toBe(shown);
});

test('a string that nothing ends does not hide the rest of the line', () => {
  expect(plain('-A INPUT --comment "\u001b]0;" -j DROP')).toBe('-A INPUT --comment "0;" -j DROP');
});

test.each(['\u0090', '\u001b', '\u001b]', '\u001b[', '\u001b[0', '\u009b;', '\u001b]a', ' \u001b', '\u200b\n'])(
  'a megabyte of %j takes no longer than it takes to read it',
  (part) => {
    const text = part.repeat(1_000_000 / part.length);
    const before = performance.now();
    plain(text);
    expect(performance.now() - before).toBeLessThan(2000);
  },
);
