import { describe, expect, it } from 'vitest';
import { causes } from '../../src/errors/catalogue/index.ts';
import { explainText } from '../../src/errors/explainer.ts';
import { phrase } from '../../src/errors/phrase.ts';
import { examples } from './examples.ts';

describe('the catalogue', () => {
  it('names every cause once', () => {
    const ids = causes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(causes.map((cause) => [cause.id, cause] as const))('%s is complete', (_id, cause) => {
    expect(cause.sources.length).toBeGreaterThan(0);
    expect(cause.next.length).toBeGreaterThan(0);
    expect(cause.patterns.length).toBeGreaterThan(0);
    expect(cause.engines.length).toBeGreaterThan(0);
    expect(cause.summary).not.toBe('');
    if (cause.confirmedBy !== undefined) expect(cause.confirmedBy).toMatch(/^[A-Z]{2,3}\d{3}$/);
    expect(cause.summary.length).toBeLessThan(120);
    expect(cause.rank === 'nothing').toBe(cause.layers.length === 0);
    expect(new Set(cause.layers).size).toBe(cause.layers.length);
    if (cause.confidence === 'certain') expect(cause.layers.length, 'certain is one layer').toBeLessThan(2);
  });

  it.each(causes.map((cause) => [cause.id, cause] as const))(
    '%s explains each of its own phrases first',
    (id, cause) => {
      for (const pattern of cause.patterns) {
        const text = `FATAL: SQLSTATE ${pattern.replace(/^[~?]+/, '').replaceAll('…', ' "some name" ')}`;
        expect(explainText(text)[0]?.id, text).toBe(id);
      }
    },
  );

  it.each(causes.map((cause) => [cause.id] as const))('%s has a real text that it explains first', (id) => {
    const text = examples[id];
    expect(text, id).toBeDefined();
    expect(explainText(text ?? '')[0]?.id, text).toBe(id);
  });

  it('searches for nothing so short that it stands in any log', () => {
    const short = causes.flatMap(({ id, patterns }) =>
      patterns
        .map((pattern) => phrase(pattern))
        .filter(({ parts, anchor }) => (parts[anchor] ?? '').length < 6)
        .map(({ parts }) => `${id}: ${parts.join(' ')}`),
    );
    expect(short).toEqual([]);
  });

  it('has no regular expression in it, so none that can run away', () => {
    for (const { patterns } of causes) for (const pattern of patterns) expect(typeof pattern).toBe('string');
  });
});
