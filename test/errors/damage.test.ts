import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/errors/catalogue/index.ts';
import { explainText } from '../../src/errors/explainer.ts';
import { damages, truncated } from './damage.ts';

const texts = readFileSync(new URL('fixtures/sample.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => (JSON.parse(line) as { text: string }).text);
const phrases = causes.flatMap(({ patterns }) =>
  patterns.filter((one) => !/^[~?]+/.test(one)).map((one) => `ERROR: ${one.replaceAll('…', ' "x1" ')}`),
);

describe.each(damages)('%s', (_name, damage) => {
  it('leaves the first layer of every text as it is', () => {
    const changed: string[] = [];
    for (const text of [...texts, ...phrases]) {
      const before = explainText(text)[0];
      const after = explainText(damage(text))[0];
      if (before?.layer !== after?.layer) changed.push(`${before?.id} became ${after?.id}: ${text.slice(0, 160)}`);
    }
    expect(changed).toEqual([]);
  });
});

/** What the real clients print, alone and inside the message of DMS. */
const recorded = [
  ...new Set(
    readFileSync(new URL('../../fixtures/errors/recorded.jsonl', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { text: string }).text)
      .flatMap((text) => [text, `RetCode: SQL_ERROR SqlState: 08001 NativeError: 101 Message: [unixODBC]${text}`]),
  ),
];

describe('a text cut at both ends', () => {
  it('keeps its layer, or becomes less certain: never another layer with certain', () => {
    const wrong: string[] = [];
    for (const text of [...texts, ...phrases, ...recorded]) {
      const before = explainText(text)[0];
      const after = explainText(truncated(text, 0.2))[0];
      if (
        after !== undefined &&
        after.layer !== before?.layer &&
        after.confidence === 'certain' &&
        after.layer !== null
      ) {
        wrong.push(`${before?.id} became ${after.id}: ${text.slice(0, 160)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('holds for any cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts, ...recorded),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (text, head, tail) => {
          const before = explainText(text);
          const after = explainText(text.slice(Math.floor(text.length * head), Math.ceil(text.length * (1 - tail))))[0];
          if (after === undefined || after.layer === null || after.confidence !== 'certain') return true;
          return before.some(({ layers }) => layers.includes(after.layer ?? 'task'));
        },
      ),
      { numRuns: 2000 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });
});
