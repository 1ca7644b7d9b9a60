import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { codes } from './codes.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reachability.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \| ([a-z ]+) \| ([^|]*) \| ([^|]*) \|$/gm)].map((match) => ({
  code: match[1] ?? '',
  standing: match[2] ?? '',
  reasons: [...(match[3] ?? '').matchAll(/`([a-z-]+)`/g)].map((reason) => reason[1] ?? ''),
  note: (match[4] ?? '').trim(),
}));

describe('docs/reachability.md', () => {
  it('has every code of the analyzer once, in order', () => {
    expect(rows.map((row) => row.code)).toEqual(codes.toSorted());
  });

  it.each(rows.filter((row) => row.standing === 'out of scope'))(
    '$code says why it is out of scope',
    ({ code, reasons, note }) => {
      expect(reasons).toEqual([]);
      expect(note).not.toBe('');
      expect(cases.filter((one) => one.codes.includes(code))).toEqual([]);
    },
  );

  it.each(rows.filter((row) => row.standing !== 'out of scope'))(
    '$code has a wall and its twin',
    ({ code, standing, reasons }) => {
      const shown = cases.filter((one) => one.codes.includes(code));
      expect(shown.length).toBeGreaterThan(0);
      expect(new Set(shown.map((one) => one.what))).toEqual(new Set(reasons));
      expect(['covered', 'unknown']).toContain(standing);
      if (standing === 'unknown') expect(shown.map((one) => one.status)).toEqual(shown.map(() => 'unknown'));
    },
  );

  it('is named by the cases with codes that exist', () => {
    expect(cases.flatMap((one) => one.codes).filter((code) => !codes.includes(code))).toEqual([]);
  });
});
