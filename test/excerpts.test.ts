import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../src/check.ts';
import { excerptsOf } from '../src/excerpts.ts';
import { withoutSecrets } from '../src/evidence/reader.ts';
import { emptyFlow } from '../src/flow.ts';
import { finding, line } from './report/sample.ts';
import { samples } from './report/samples.ts';
import { edited, evidenceFrom, filesOf } from './support/bundles.ts';

const name = 'host/iptables-save.txt';

function evidenceOf(text: string) {
  const items = new Map([[name, { name, text, vantage: 'host' as const, at: '' }]]);
  return { items, flow: emptyFlow, collectedAt: undefined, notes: [], simulated: false };
}

const about = (...numbers: (number | null)[]) => [
  finding('iptables', 'IPT002', 'block', 'x', { evidence: numbers.map((number) => line(name, number, '')) }),
];

test('two lines before and behind each line of evidence, as they stand in the item', () => {
  const text = Array.from({ length: 30 }, (_, index) => `rule ${index + 1}`).join('\n');
  expect(excerptsOf(evidenceOf(`${text}\n`), about(1, 30, 10, 14))).toEqual([
    { source: name, first: 1, lines: ['rule 1', 'rule 2', 'rule 3'] },
    { source: name, first: 8, lines: [8, 9, 10, 11, 12, 13, 14, 15, 16].map((number) => `rule ${number}`) },
    { source: name, first: 28, lines: ['rule 28', 'rule 29', 'rule 30'] },
  ]);
});

test('nothing where there is no line, no item, or no such line', () => {
  expect(excerptsOf(evidenceOf('a\nb\n'), about(null, 9))).toEqual([]);
  expect(
    excerptsOf(evidenceOf('a\n'), [finding('dns', 'DNS001', 'pass', 'x', { evidence: [line('flow', 1, '')] })]),
  ).toEqual([]);
});

test('each line of evidence of the story stands in an excerpt, to the character', () => {
  const { findings, excerpts } = check(evidenceFrom(filesOf('legacy-host')));
  const quoted = findings.flatMap(({ evidence }) => evidence.filter((entry) => entry.line !== null));
  expect(quoted.length).toBeGreaterThan(10);
  for (const { source, line: number, text } of quoted) {
    const excerpt = excerpts.find(
      (one) => one.source === source && one.first <= (number ?? 0) && (number ?? 0) < one.first + one.lines.length,
    );
    expect(excerpt?.lines[(number ?? 0) - (excerpt?.first ?? 0)], `${source}:${number}`).toBe(text);
  }
});

test('no excerpt touches another, and none goes beyond its item', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.integer({ min: 1, max: 40 })), (length, numbers) => {
      const lines = Array.from({ length }, (_, index) => String(index + 1));
      const found = excerptsOf(evidenceOf(lines.join('\n')), about(...numbers));
      let last = -1;
      for (const excerpt of found) {
        expect(excerpt.first).toBeGreaterThan(last + 1);
        expect(excerpt.lines).toEqual(lines.slice(excerpt.first - 1, excerpt.first - 1 + excerpt.lines.length));
        last = excerpt.first + excerpt.lines.length - 1;
      }
      for (const number of numbers.filter((one) => one <= length))
        expect(found.some(({ lines: shown }) => shown.includes(String(number)))).toBe(true);
    }),
    samples(200),
  );
});

test('secrets of a bundle made by hand stand in no excerpt and no evidence', () => {
  const secrets =
    'host all all 172.31.0.0/16 ldap ldapserver=x ldapbinddn="cn=a" ldapbindpasswd="S3cret pass" ldapbasedn="b"';
  const files = edited('legacy-host', {
    'postgres/pg_hba.conf': (text) =>
      `${text.trimEnd()}\n# radiussecrets="S3cret"\n${secrets}\nhost all all 0.0.0.0/0 radius radiusservers=a radiussecrets=S3cret\n`,
  });
  const checked = check(evidenceFrom(files));
  expect(
    checked.excerpts.some(({ lines }) => lines.some((text) => text.includes('ldapbindpasswd=(removed) ldapbasedn'))),
  ).toBe(true);
  expect(JSON.stringify(checked)).not.toContain('S3cret');
  expect(withoutSecrets('host all all 172.31.0.0/16 password')).toBe('host all all 172.31.0.0/16 password');
});
