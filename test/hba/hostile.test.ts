import { describe, expect, test } from 'vitest';
import { decide, parseHba, type ConnectionAttempt, type HbaFiles } from '../../src/hba/index.ts';

const versions = [90624, 130023, 180004];
const attempt: ConnectionAttempt = { from: ['10.0.0.1'], database: 'orders', user: 'dms', tls: false, kind: 'sql' };

const files = (text: string, include: HbaFiles['include'] = () => undefined): HbaFiles => ({
  main: '/etc/pg_hba.conf',
  text,
  include,
});

/** Parses and decides, and returns how long that took in milliseconds. */
function judge(version: number, hba: HbaFiles): { verdict: string; problems: number; unknowns: number; took: number } {
  const start = performance.now();
  const parsed = parseHba(hba, version);
  const [decision] = decide(parsed, attempt, { version });
  const took = performance.now() - start;
  return { verdict: decision!.verdict, problems: parsed.problems.length, unknowns: parsed.unknowns.length, took };
}

const megabytes = 1024 * 1024;

describe.each(versions)('a hostile file on %i', (version) => {
  test.each([
    ['50 MB', 'host all all all md5\n'.repeat((50 * megabytes) / 21)],
    ['3 MB of one letter', 'x'.repeat(3 * megabytes)],
    ['3 MB of words without a newline', 'host all '.repeat((3 * megabytes) / 9)],
    ['3 MB of commas', `host all${','.repeat(3 * megabytes)}`],
    ['3 MB of quotes', '"'.repeat(3 * megabytes)],
    ['3 MB of NUL bytes', '\0'.repeat(3 * megabytes)],
    ['3 MB of NUL bytes in lines', 'a\0b\n'.repeat((3 * megabytes) / 4)],
    ['3 MB of continuations', 'ab\\\n'.repeat((3 * megabytes) / 4)],
    ['3 MB of newlines', '\n'.repeat(3 * megabytes)],
  ])('of %s ends soon and decides nothing', (_, text) => {
    const { verdict, took } = judge(version, files(text));
    expect(verdict).toBe('unknown');
    expect(took).toBeLessThan(10_000);
  });

  test('with a comment of 3 MB is a comment where lines have no limit, and an error where they have', () => {
    const { verdict, problems } = judge(version, files(`#${'x'.repeat(3 * megabytes)}\nhost all all all md5\n`));
    expect([verdict, problems > 0]).toEqual(version >= 140000 ? ['line', false] : ['unknown', true]);
  });

  test.each([
    ['@file', 'host all @loop all md5\n', (_path: string) => '@loop\n'],
    ['two @files, each twice', 'host all @a all md5\n', (path: string) => (path === 'a' ? '@b @b\n' : '@a @a\n')],
    ['include', 'include loop\nhost all all all md5\n', (_path: string) => 'include loop\n'],
    ['include, ten times', 'include loop\nhost all all all md5\n', (_path: string) => 'include loop\n'.repeat(10)],
  ])('a loop of %s ends and decides nothing', (_, text, contentOf) => {
    const { verdict, took } = judge(
      version,
      files(text, (path) => ({ name: `/etc/${path}`, text: contentOf(path) })),
    );
    expect(verdict).toBe('unknown');
    expect(took).toBeLessThan(10_000);
  });

  test('a loop of @file ends a server that has no limit of depth', () => {
    const { problems } = parseHba(
      files('host all @loop all md5\n', (path) => ({ name: `/etc/${path}`, text: '@loop\n' })),
      version,
    );
    expect(problems.map(({ endsServer }) => endsServer)).toEqual([version < 160000 ? true : undefined]);
  });

  test('ten thousand nested includes end and decide nothing', () => {
    const next = (path: string): string => String(Number(path) + 1);
    const nested = (path: string) => ({
      name: `/etc/${path}`,
      text: Number(path) < 10_000 ? `@${next(path)}\n` : 'dms\n',
    });
    expect(judge(version, files('host all @1 all md5\n', nested)).verdict).toBe('unknown');
    const included = (path: string) => ({ name: `/etc/${path}`, text: `include ${next(path)}\n` });
    expect(judge(version, files('include 1\nhost all all all md5\n', included)).verdict).toBe('unknown');
  });

  test('more lines than are judged decide nothing', () => {
    const { verdict, unknowns, took } = judge(version, files('host all all 10.9.0.0/16 md5\n'.repeat(80_000)));
    expect([verdict, unknowns]).toEqual(['unknown', 1]);
    expect(took).toBeLessThan(10_000);
  });

  test('lines that cut addresses into very many parts decide nothing', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `host all all 10.0.${index >> 8}.${index & 255} 255.85.170.${index & 255} md5\n`,
    );
    const start = performance.now();
    const decisions = decide(
      parseHba(files(lines.join('')), version),
      { ...attempt, from: ['0.0.0.0/0'] },
      { version },
    );
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(decisions.some(({ verdict }) => verdict === 'unknown')).toBe(true);
  });

  test('bytes that are not UTF-8 leave unknown what they name, and nothing else', () => {
    const decode = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
    const hba = parseHba(files(decode('# caf\xe9\nhost caf\xe9 all all reject\nhost orders dms all md5\n')), version);
    expect(decide(hba, attempt, { version })).toMatchObject([{ verdict: 'unknown', line: { line: 2 } }]);
    const comment = parseHba(
      files(decode('# caf\xe9\nhost caf\xe9 other all reject\nhost orders dms all md5\n')),
      version,
    );
    expect(decide(comment, attempt, { version })).toMatchObject([{ verdict: 'line', line: { line: 3 } }]);
  });
});

describe('catastrophic regular expressions', () => {
  test.each([
    '(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '((a*)*)*b',
    '(.*)*x',
    '([a-z]+)*[0-9]',
    'a{255}{255}',
    '((a{9}){9}){9}',
    '('.repeat(5000),
  ])('/%s ends soon', (expression) => {
    const user = 'a'.repeat(62) + '!';
    const hba = parseHba(files(`host all "/${expression}" all md5\n`.repeat(50)), 180004);
    const start = performance.now();
    decide(hba, { ...attempt, user }, { version: 180004 });
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
