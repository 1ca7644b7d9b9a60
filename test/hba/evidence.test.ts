import { describe, expect, test } from 'vitest';
import { decide, parseHba, type ConnectionAttempt, type HbaSettings, type ServerContext } from '../../src/hba/index.ts';
import { memoryFiles } from './memory-files.ts';

const attempt: ConnectionAttempt = {
  from: ['172.31.23.112'],
  database: 'orders',
  user: 'dms',
  tls: false,
  kind: 'sql',
};
const parse = (text: string, version: number, settings?: HbaSettings) =>
  parseHba(memoryFiles('/etc', { 'pg_hba.conf': text, names: 'dms\n' }), version, settings);
const verdicts = (
  text: string,
  version: number,
  known: Partial<ServerContext> = {},
  change: Partial<ConnectionAttempt> = {},
) =>
  decide(parse(text, version), { ...attempt, ...change }, { version, ...known }).map((each) =>
    each.verdict === 'line' ? `line ${each.line.line}` : each.verdict,
  );

/** There are no servers of these versions to ask: from hba.c and auth.c of REL9_4_STABLE to REL9_6_STABLE. */
describe.each([90424, 90524, 90624])('PostgreSQL 9 (%i)', (version) => {
  test('every walsender needs the keyword, and is told of a replication connection', () => {
    expect(verdicts('host replication dms all md5\n', version, {}, { kind: 'logical-walsender' })).toEqual(['line 1']);
    expect(verdicts('host replication dms all md5\n', version, {}, { kind: 'physical-walsender' })).toEqual(['line 1']);
    expect(
      decide(parse('host orders,all dms all md5\n', version), { ...attempt, kind: 'logical-walsender' }, { version }),
    ).toEqual([
      {
        from: ['172.31.23.112'],
        verdict: 'no-entry',
        message: 'no pg_hba.conf entry for replication connection from host "172.31.23.112", user "dms", SSL off',
      },
    ]);
  });

  test('a hostssl line while ssl is off has the whole file refused', () => {
    const text = 'hostssl all all all md5\nhost all all all md5\n';
    expect(parse(text, version, { sslEnabled: false }).problems).toMatchObject([
      { line: 1, why: 'hostssl requires SSL to be turned on' },
    ]);
    expect(parse(text, version, { sslEnabled: true })).toMatchObject({ problems: [], unknowns: [] });
    expect(verdicts(text, version)).toEqual(['unknown']);
  });

  test('a word that is too long is cut, and the rest of its line dropped', () => {
    const { problems } = parse(`host all ${'x'.repeat(300)} all md5\n`, version);
    expect(problems).toMatchObject([{ why: 'end-of-line before IP address specification' }]);
  });

  test('a line that does not fit the buffer ends the server', () => {
    expect(parse(`#${'x'.repeat(8190)}\nhost all all all md5\n`, version).problems).toMatchObject([
      { line: 1, why: 'authentication file line too long', endsServer: true },
    ]);
    expect(parse(`#${'x'.repeat(8189)}\nhost all all all md5\n`, version).problems.length).toBe(1);
    expect(parse(`#${'x'.repeat(8188)}\nhost all all all md5\n`, version).problems).toEqual([]);
  });

  test('an @file that is missing holds no words, so that the field is gone', () => {
    expect(parse('host all @missing all md5\n', version).problems).toMatchObject([
      { why: 'end-of-line before authentication method' },
    ]);
    expect(verdicts('host all app,@missing all md5\nhost all @names all md5\n', version)).toEqual(['line 2']);
  });

  test('methods, types and options that came later are refused', () => {
    const whys = (line: string): string[] => parse(`${line}\n`, version).problems.map(({ why }) => why);
    expect(whys('host all all all scram-sha-256')).toEqual(['invalid authentication method "scram-sha-256"']);
    expect(whys('hostgssenc all all all md5')).toEqual(['invalid connection type "hostgssenc"']);
    expect(whys('host all all all radius radiusserver=127.0.0.1 radiussecret=s')).toEqual([]);
    expect(whys('host all all all radius radiusservers=127.0.0.1 radiussecrets=s')).toEqual([
      'unrecognized authentication option name: "radiusservers"',
    ]);
    const bsd = parse('host all all all bsd\n', version, { methodsNotBuiltIn: [] }).problems.length;
    expect(bsd).toBe(version >= 90600 ? 0 : 1);
  });

  test('neither expressions, includes nor continuations', () => {
    expect(verdicts('host /^ord all all md5\n', version)).toEqual(['no-entry']);
    expect(verdicts('host /^ord all all md5\n', version, {}, { database: '/^ord' })).toEqual(['line 1']);
    expect(parse('include names\n', version).problems).toMatchObject([{ why: 'invalid connection type "include"' }]);
    expect(parse('host all all \\\nall md5\n', version).problems.length).toBe(2);
  });
});

test.each([130023, 180004])('many errors in included files on %i are each the same', (version) => {
  const { problems } = parse('host all @missing all md5\n'.repeat(30), version);
  expect(problems.length).toBe(30);
  expect(new Set(problems.map(({ why }) => why)).size).toBe(1);
});

describe('what is not known', () => {
  test('roles, interfaces and names leave every outcome that there can be', () => {
    const version = 130023;
    for (const line of [
      'host all +staff all md5',
      'host samerole all all md5',
      'host all all samenet md5',
      'host all all .internal md5',
    ]) {
      const [decision] = decide(parse(`${line}\nhost all all all reject\n`, version), attempt, { version });
      expect(decision).toMatchObject({
        verdict: 'unknown',
        line: { line: 1 },
        candidates: [
          { verdict: 'line', method: 'md5' },
          { verdict: 'line', method: 'reject' },
        ],
      });
    }
  });

  test('a line that matches for sure before stands', () => {
    expect(verdicts('host all dms all md5\nhost all +staff all md5\n', 130023)).toEqual(['line 1']);
  });

  test('evidence decides', () => {
    const roles = new Map([
      ['dms', { memberOf: ['staff'], superuser: false }],
      ['boss', { memberOf: [], superuser: true }],
      ['staff', { memberOf: [], superuser: false }],
    ]);
    const text = 'host all +staff all md5\n';
    expect(verdicts(text, 130023, { roles })).toEqual(['line 1']);
    expect(verdicts(text, 130023, { roles }, { user: 'boss' })).toEqual(['no-entry']);
    expect(verdicts(text, 130023, { roles }, { user: 'staff' })).toEqual(['line 1']);
    expect(verdicts(text, 130023, { roles }, { user: 'nobody' })).toEqual(['no-entry']);
    const interfaces = [{ address: '172.31.40.17', prefixLength: 20 }];
    expect(verdicts('host all all samenet md5\n', 130023, { interfaces })).toEqual(['no-entry']);
    expect(verdicts('host all all samenet md5\n', 130023, { interfaces }, { from: ['172.31.36.21'] })).toEqual([
      'line 1',
    ]);
    expect(verdicts('host all all samehost md5\n', 130023, { interfaces }, { from: ['172.31.40.16/31'] })).toEqual([
      'line 1',
      'no-entry',
    ]);
  });

  test.each([
    ['ri.internal', ['172.31.23.112'], 'ri.internal', 'line 1'],
    ['ri.internal', ['172.31.23.112'], '.INTERNAL', 'line 1'],
    ['ri.internal', ['172.31.23.113'], 'ri.internal', 'no-entry'],
    [null, [], 'ri.internal', 'no-entry'],
    ['ri.internal', ['172.31.23.112'], 'internal', 'no-entry'],
  ])('a client named %j that resolves to %j meets the host name %j: %s', (name, addresses, pattern, verdict) => {
    const hostNames = new Map([['172.31.23.112', { name, addresses }]]);
    expect(verdicts(`host all all ${pattern} md5\n`, 130023, { hostNames })).toEqual([verdict]);
  });

  test('an include that was not gathered, and methods that the build may lack', () => {
    const notGathered = parseHba(
      { main: '/etc/pg_hba.conf', text: 'include other\nhost all all all md5\n', include: () => undefined },
      160014,
    );
    expect(notGathered.unknowns).toMatchObject([{ line: 1, why: '"/etc/other" was not gathered' }]);
    expect(decide(notGathered, attempt, { version: 160014 })).toMatchObject([{ verdict: 'unknown' }]);
    expect(verdicts('host all all all sspi\n', 160014)).toEqual(['unknown']);
    expect(verdicts('host all all all oauth issuer=i scope=s\n', 180004)).toEqual(['unknown']);
  });

  test('what is no address is said so', () => {
    expect(
      decide(parse('host all all all md5\n', 130023), { ...attempt, from: ['db1'] }, { version: 130023 }),
    ).toMatchObject([{ from: ['db1'], verdict: 'unknown' }]);
  });
});

test('of RADIUS options that are missing the first is named; an empty list is none', () => {
  const whys = (line: string): string[] => parse(`${line}\n`, 100000).problems.map(({ why }) => why);
  const missing = (name: string) => [`authentication method "radius" requires argument "${name}" to be set`];
  expect(whys('host all all all radius radiusservers=""')).toEqual(missing('radiusservers'));
  expect(whys('host all all all radius radiussecrets=s')).toEqual(missing('radiusservers'));
  expect(whys('host all all all radius radiusservers=127.0.0.1')).toEqual(missing('radiussecrets'));
  expect(whys('host all all all radius radiusservers=127.0.0.1 radiussecrets=""')).toEqual(missing('radiussecrets'));
});
