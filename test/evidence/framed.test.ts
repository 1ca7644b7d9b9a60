import fc from 'fast-check';
import { expect, test } from 'vitest';

import { frame, isItemName, unframe, type FramedItem } from '../../src/evidence/framed.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);
const part = fc.stringMatching(/^[A-Za-z0-9_. -]{0,12}[a-z]$/).filter((text) => text !== '.' && text !== '..');
const name = fc
  .tuple(fc.constantFrom('host', 'postgres'), fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([top, parts]) => [top, ...parts].join('/'));
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((s) => Buffer.from(s).toString()),
  fc.constantFrom(
    '',
    '\n',
    'a\r\nb\n',
    'item host/x 3 2026-11-22T00:00:00Z\nabc\n',
    'end 1\n',
    'dms-doctor-bundle 1\nend 0\n',
  ),
);
const at = fc.constant('2026-11-22T11:00:00Z');
const documents = fc
  .uniqueArray(fc.tuple(name, fc.record({ text, at })), { selector: ([n]) => n, maxLength: 6 })
  .map((items) => new Map<string, FramedItem>(items));
const runs = { numRuns: 300 * samples };

test('a document that was written is read back, whole', () => {
  fc.assert(
    fc.property(documents, (items) => {
      expect(unframe(frame(items))).toEqual({ items, complete: true });
    }),
    runs,
  );
});

test('a document cut anywhere keeps the items that came whole, in order, and is never complete', () => {
  fc.assert(
    fc.property(documents, fc.nat(), (items, seed) => {
      const whole = frame(items);
      const cut = whole.subarray(0, seed % whole.length);
      const result = unframe(cut);
      expect(result.complete).toBe(false);
      expect(result.problem).toBeTruthy();
      expect([...result.items]).toEqual([...items].slice(0, result.items.size));
      // No more items than their bytes had arrived, and no fewer.
      const arrived = [...items.keys()].filter(
        (_, i) => frame([...items].slice(0, i + 1)).length - `end ${i + 1}\n`.length <= cut.length,
      );
      expect(result.items.size).toBe(arrived.length);
    }),
    runs,
  );
});

test('a banner before and a prompt behind change nothing', () => {
  const banner = fc.array(fc.stringMatching(/^[ -~]{0,40}$/)).map((lines) => lines.map((line) => `${line}\n`).join(''));
  fc.assert(
    fc.property(documents, banner, fc.string(), (items, before, behind) => {
      fc.pre(!before.includes('dms-doctor-bundle'));
      const bytes = Buffer.concat([Buffer.from(before), frame(items), Buffer.from(behind)]);
      expect(unframe(bytes)).toEqual({ items, complete: true });
    }),
    runs,
  );
});

test('line ends that a terminal changed to CR LF are restored', () => {
  fc.assert(
    fc.property(documents, (items) => {
      const changed = Buffer.from(Buffer.from(frame(items)).toString().replaceAll('\n', '\r\n'));
      expect(unframe(changed)).toEqual({ items, complete: true });
    }),
    runs,
  );
});

test('line ends that an editor made all alike, where an item held CR LF itself, are named as damage', () => {
  const items = new Map([['host/ss.txt', { text: 'a\r\nb\n', at: '2026-11-22T11:00:00Z' }]]);
  const changed = Buffer.from(Buffer.from(frame(items)).toString().replaceAll(/\r?\n/g, '\r\n'));
  const result = unframe(changed);
  expect(result.complete).toBe(false);
  expect(result.problem).toMatch(/CR LF/);
});

test('UTF-16 as PowerShell writes it is read', () => {
  const items = new Map([['host/ss.txt', { text: 'LISTEN é\n', at: '2026-11-22T11:00:00Z' }]]);
  const changed = Buffer.from(`\ufeff${Buffer.from(frame(items)).toString().replaceAll('\n', '\r\n')}`, 'utf16le');
  expect(unframe(changed)).toEqual({ items, complete: true });
});

test('bytes that are not UTF-8 do not disturb the counting', () => {
  const bytes = Buffer.concat([
    Buffer.from('dms-doctor-bundle 1\nitem host/ps.txt 3 2026-11-22T11:00:00Z\n'),
    Buffer.from([0x61, 0xe9, 0x0a]),
    Buffer.from('\nend 1\n'),
  ]);
  expect(unframe(bytes).items.get('host/ps.txt')?.text).toBe('a\ufffd\n');
  expect(unframe(bytes).complete).toBe(true);
});

test('noise, and a document with bytes changed, never throws; what is complete has every item', () => {
  fc.assert(
    fc.property(documents, fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.nat(40), (items, noise, offset, removed) => {
      expect(unframe(noise).complete).toBe(false);
      const whole = Buffer.from(frame(items));
      const position = offset % (whole.length + 1);
      const damaged = Buffer.concat([whole.subarray(0, position), noise, whole.subarray(position + removed)]);
      const result = unframe(damaged);
      expect(result.complete).toBe(result.problem === undefined);
    }),
    runs,
  );
});

test('names that lead out of the bundle are refused, and what follows them', () => {
  const hostile = [
    '/etc/passwd',
    'host/../../x',
    '../x',
    'host/./x',
    'host//x',
    'host/',
    'etc/x.json',
    'bundle.json/x',
    'host/a\\b',
    'host/a\tb',
  ];
  for (const bad of hostile) {
    expect(isItemName(bad)).toBe(false);
    const result = unframe(frame([[bad, { text: 'x', at: '2026-11-22T11:00:00Z' }]]));
    expect(result).toMatchObject({ complete: false, items: new Map() });
  }
  expect(isItemName('postgres/files/etc/postgresql/13/main/conf.d/a b.conf')).toBe(true);
});

test('what is wrong is said', () => {
  const problem = (document: string) => unframe(Buffer.from(document)).problem;
  expect(problem('')).toMatch(/first line is missing/);
  expect(problem('dms-doctor-bundle 2\nend 0\n')).toMatch(/version/);
  expect(problem('dms-doctor-bundle 1\nend 3\n')).toMatch(/counts 3 items, and there are 0/);
  expect(problem('dms-doctor-bundle 1\nitem host/a 1 Z\nx\nitem host/a 1 Z\nx\nend 2\n')).toMatch(/twice/);
  expect(problem('dms-doctor-bundle 1\nitem host/a 1 Z\nxy\nend 1\n')).toMatch(/not as long/);
  expect(problem('dms-doctor-bundle 1\nitem host/a 999999999999 Z\nxy\nend 1\n')).toMatch(/ends inside host\/a/);
});

test('200 MB are read in a few seconds', () => {
  const big = { text: 'x'.repeat(200_000_000), at: '2026-11-22T11:00:00Z' };
  const started = performance.now();
  const result = unframe(frame([['host/ipset-save.txt', big]]));
  expect(result.complete).toBe(true);
  expect(performance.now() - started).toBeLessThan(10_000);
});
