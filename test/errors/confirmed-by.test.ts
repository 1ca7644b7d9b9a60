import { expect, test } from 'vitest';
import { causes } from '../../src/errors/catalogue/index.ts';
import { catalogue } from '../../src/findings/index.ts';

test('every finding that a cause says would confirm it is one, of a layer that the cause names', () => {
  const confirmed = causes.filter(({ confirmedBy }) => confirmedBy !== undefined);
  expect(confirmed.length).toBeGreaterThan(20);
  for (const { id, confirmedBy = '', layers } of confirmed) {
    expect(Object.keys(catalogue), id).toContain(confirmedBy);
    const words = catalogue[confirmedBy as keyof typeof catalogue];
    expect('layer' in words ? layers : [], id).toContain('layer' in words ? words.layer : '');
    expect(words.status, id).not.toBe('pass');
  }
});
