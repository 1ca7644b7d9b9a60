import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../../src/errors/clean.ts';
import { createExplainer, explainText } from '../../src/errors/explainer.ts';
import { examples } from './examples.ts';

const refusal = 'FATAL: no pg_hba.conf entry for host "10.0.0.1", user "dms", database "app", SSL encryption';

/** How long a text takes, the best of four, in milliseconds. */
function time(text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i += 1) {
    const start = performance.now();
    explainText(text);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const floods: Readonly<Record<string, (size: number) => string>> = {
  'one letter': (size) => 'a'.repeat(size),
  spaces: (size) => ' '.repeat(size),
  'line breaks': (size) => '\n'.repeat(size),
  NULs: (size) => '\u0000'.repeat(size),
  escapes: (size) => '\u001b['.repeat(size / 2),
  'open sequences': (size) => '\u001b]0;'.repeat(size / 4),
  ampersands: (size) => '&'.repeat(size),
  'half entities': (size) => '&#x'.repeat(size / 3),
  backslashes: (size) => '\\'.repeat(size),
  'quote marks': (size) => '> '.repeat(size / 2),
  digits: (size) => '1'.repeat(size),
  dates: (size) => '2024-01-01T00:00:'.repeat(size / 17),
  'the beginning of a phrase': (size) => 'no pg_hba.conf entry for '.repeat(size / 25),
  'an anchor without its other parts': (size) => 'does not exist '.repeat(size / 15),
  'a whole phrase in one line': (size) => `${refusal} `.repeat(size / (refusal.length + 1)),
  'a whole phrase a line': (size) => `${refusal}\n`.repeat(size / (refusal.length + 1)),
  brackets: (size) => '['.repeat(size),
  'direction marks': (size) => '\u202e'.repeat(size / 3),
  'components without end': (size) => '[SOURCE_'.repeat(size / 8),
};

describe('hostile input', () => {
  it.each(Object.entries(floods))('%s: twice the input takes about twice the time', (_name, flood) => {
    const small = time(flood(1_000_000));
    const large = time(flood(4_000_000));
    expect(large).toBeLessThan(Math.max(1000, small * 4 * 3));
  });

  it('finds an error in one line of 100 MB without keeping the line', () => {
    // Other tests of this process may hold buffers of their own; they can only become fewer.
    const others = process.memoryUsage().arrayBuffers;
    const explainer = createExplainer();
    const piece = Buffer.alloc(1 << 20, 'x y ');
    for (let i = 0; i < 50; i += 1) explainer.push(piece);
    explainer.push(` ${refusal} `);
    for (let i = 0; i < 50; i += 1) explainer.push(piece);
    const held = process.memoryUsage().arrayBuffers - others;
    expect(explainer.end()).toMatchObject([{ id: 'pg-hba-no-entry', count: 1 }]);
    expect(held).toBeLessThan(64 << 20);
  });

  it('finds an error wherever it stands in a long line', () => {
    for (let at = 274_000; at < 279_000; at += 52) {
      const text = `${'x y '.repeat(at / 4)} ${refusal} ${'x y '.repeat(20_000)}`;
      expect(explainText(text), String(at)).toMatchObject([{ id: 'pg-hba-no-entry', count: 1 }]);
    }
  });

  it('never fails, and prints nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom(...Object.values(examples)),
            fc.constantFrom('\u001b[2J', '\u001b]0;x\u0007', '\u202e', '\u0000', '&#27;[1m', '\\u001b[1m', '\u009b31m'),
          ),
        ),
        (pieces) => {
          for (const one of explainText(pieces.join('')))
            expect(one.matched.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        },
      ),
      { numRuns: 500 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });

  it('reads bytes that are not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const explainer = createExplainer();
        explainer.push(bytes);
        expect(Array.isArray(explainer.end())).toBe(true);
      }),
      { numRuns: 300 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });

  it('cleans what is escaped twice', () => {
    expect(clean('&amp;quot;a&amp;quot; \\"b\\" \u001b[31mc\u001b[0m')).toBe('"a" "b" c');
  });
});
