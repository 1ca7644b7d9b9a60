import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../src/report/plain.ts';
import { columns, cutMiddle, hang, pad, wrap } from '../../src/report/wrap.ts';
import { samples } from './samples.ts';

const words = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('漢字', '🔒', '👩‍👩‍👧', 'e\u0301', '`', '`a b`', '  ')))
  .map((parts) => plain(parts.join(' ')));

test('no line is wider than asked for, and no character but spaces is lost', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 8, max: 60 }), (text, width) => {
      const lines = wrap(text, width);
      for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      expect(lines.every((line) => line === line.replace(/^ +| +$/g, ''))).toBe(true);
    }),
    samples(1000),
  );
});

test('lines are as full as words allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }),
      fc.integer({ min: 8, max: 40 }),
      (parts, width) => {
        const lines = wrap(parts.join(' '), width);
        for (const [index, line] of lines.slice(0, -1).entries()) {
          const [next = ''] = (lines[index + 1] ?? '').split(' ');
          expect(line.length + 1 + next.length).toBeGreaterThan(width);
        }
      },
    ),
    samples(300),
  );
});

test('what stands between backticks stays together where a line can hold it', () => {
  expect(wrap('run `iptables -S net-fw` first', 20)).toEqual(['run', '`iptables -S net-fw`', 'first']);
  expect(wrap('run `iptables -S net-fw` first', 12)).toEqual(['run', '`iptables -S', 'net-fw`', 'first']);
});

test('a command between backticks is never broken where commands are kept', () => {
  expect(wrap('see `iptables -S net-fw | grep 172`.', 12, { keepCode: true })).toEqual([
    'see',
    '`iptables -S net-fw | grep 172`.',
  ]);
});

test('a lone backtick joins nothing', () => {
  expect(wrap('a `b c d e f', 8)).toEqual(['a `b c d', 'e f']);
});

test('wide characters count as two columns', () => {
  expect(pad('漢字', 6)).toBe('漢字  ');
  expect(wrap('漢字漢字漢字', 8)).toEqual(['漢字漢字', '漢字']);
  expect(hang('  ', '漢字 漢字 漢字', 11)).toEqual(['  漢字 漢字', '  漢字']);
});

test('what is cut stays readable at both ends', () => {
  expect(cutMiddle(['1', '2', '3', '4', '5'], 3, '…')).toEqual(['1', '…', '5']);
  expect(cutMiddle(['1', '2', '3', '4', '5', '6'], 5, '…')).toEqual(['1', '2', '…', '5', '6']);
  expect(cutMiddle(['1', '2', '3'], 3, '…')).toEqual(['1', '2', '3']);
});

test.each(['a', 'a ', '`', '` ', '漢'])('a megabyte of %j takes no longer than it takes to read it', (part) => {
  const before = performance.now();
  wrap(part.repeat(1_000_000 / part.length), 80);
  expect(performance.now() - before).toBeLessThan(5000);
});
