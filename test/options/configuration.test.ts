import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OptionSpec } from '../../src/options/configuration.ts';
import { readConfiguration } from '../../src/options/configuration.ts';
import { UsageError } from '../../src/options/usage.ts';

const options = new Map<string, OptionSpec>([
  ['bundle', { type: 'string', array: true }],
  ['port', { type: 'string' }],
  ['tls', { choices: ['none', 'require'] }],
  ['local', { type: 'boolean' }],
  ['report', { type: 'string', array: true }],
  ['plan', { type: 'string' }],
  ['pg-url', { type: 'string' }],
]);
const read = (text: string, file = '/etc/dms/dms-doctor.yaml') => readConfiguration(file, text, options);

describe('a source', () => {
  test('has options as the command line has them; a relative path is meant from the file’s folder', () => {
    const sources = read(`# ours
sources:
  orders-db:
    bundle: facts.txt
    port: 5432
    tls: require
    local: true
    report: [html=out/report.html, junit=/tmp/junit.xml]
    plan: plan.sh
  empty:
  piped: { bundle: ['-', /srv/facts] }
`);
    expect(Object.fromEntries(sources)).toEqual({
      'orders-db': {
        bundle: ['/etc/dms/facts.txt'],
        port: '5432',
        tls: 'require',
        local: true,
        report: ['html=/etc/dms/out/report.html', 'junit=/tmp/junit.xml'],
        plan: '/etc/dms/plan.sh',
      },
      empty: {},
      piped: { bundle: ['-', '/srv/facts'] },
    });
  });
});

describe('what cannot be understood is refused with its line', () => {
  test.each([
    [
      'an unknown option',
      'sources:\n  a:\n    port: 1\n    prot: 2\n',
      /:4: sources\.a\.prot: there is no such option/,
    ],
    ['an unknown key', 'sources: {}\nsource: {}\n', /:2: source: there is no such key \(sources\)/],
    ['a value that is no choice', 'sources:\n  a:\n    tls: maybe\n', /:3: sources\.a\.tls: .* none, require/],
    ['no truth', 'sources:\n  a:\n\n    local: "yes"\n', /:4: sources\.a\.local: .* true or false/],
    ['a list where one is meant', 'sources:\n  a:\n    port: [1, 2]\n', /:3: sources\.a\.port: /],
    ['a map in a list', 'sources:\n  a:\n    bundle:\n      - {}\n', /:3: sources\.a\.bundle/],
    ['one key twice', 'sources:\n  a:\n    port: 1\n    port: 2\n', /:4: .*unique/i],
    ['no YAML', 'sources:\n  a: [\n', /:\d+: /],
    ['no map', '- a\n', /it must begin with `sources:`/],
    ['nothing', '', /it must begin with `sources:`/],
    [
      'too many aliases',
      `a: &a [x]\n${Array.from(
        { length: 9 },
        (_, i) =>
          `b${i}: &b${i} [${Array(9)
            .fill(i ? `*b${i - 1}` : '*a')
            .join()}]`,
      ).join('\n')}\nsources: *b8\n`,
      /dms-doctor\.yaml/,
    ],
  ])('%s', (_, text, why) => {
    expect(() => read(text)).toThrow(why);
    expect(() => read(text)).toThrow(UsageError);
  });
});

test.each([
  ['password: hunter2'],
  ['pg-password: hunter2'],
  ['PGPASSWORD: hunter2'],
  ['aws-secret-access-key: hunter2'],
  ['pg-url: postgres://dms:hunter2@db1/orders'],
  ['pg-url: host=db1 password=hunter2'],
])('a secret is refused, and its value is not repeated: %s', (line) => {
  const text = `sources:\n  a:\n    port: 5432\n    ${line}\n`;
  expect(() => read(text)).toThrow(/:4: .*\.pgpass/);
  expect(() => read(text)).not.toThrow(/hunter2/);
});

test('whatever the file holds, it is read or refused in words', () => {
  const piece = fc.constantFrom(
    'sources:',
    '\n',
    '  ',
    'a:',
    ' port: 1',
    '- ',
    '&x ',
    '*x',
    '[',
    '}',
    '"',
    '|',
    '?',
    '\t',
    '\0',
    '🙂',
    '!!binary x',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 30 }), (pieces) => {
      try {
        expect(read(pieces.join(''))).toBeInstanceOf(Map);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 300 * Number(process.env['SAMPLES'] ?? 1) },
  );
});
