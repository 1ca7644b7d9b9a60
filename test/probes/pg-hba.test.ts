import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Finding } from '../../src/finding.ts';
import type { Flow } from '../../src/flow.ts';
import { edited, evidenceFrom } from '../support/bundles.ts';

const file = 'postgres/pg_hba.conf';
type Edit = string | ((text: string) => string) | undefined;

/** The findings of pg-hba with some lines added at the end of the story's file, and other items edited. */
function judged(
  lines: string,
  edits: Record<string, Edit> = {},
  flow: Partial<Flow> = {},
  base = (text: string) => text,
) {
  const checked = check(
    evidenceFrom(
      edited('legacy-host', {
        'postgres/hba-file-rules.json': undefined,
        ...edits,
        [file]: (text) => `${base(text)}${lines}`,
      }),
      flow,
    ),
    { scope: ['pg-hba'] },
  );
  return { own: checked.findings.filter(({ layer }) => layer === 'pg-hba'), checked };
}
const codes = (findings: readonly Finding[]) => findings.map(({ code }) => code);
const serverOf = (version: string, number: number): Record<string, Edit> => ({
  'postgres/server.json': (text) =>
    text.replace('"13.23"', `"${version}"`).replace(/"server_version_num":\d+/, `"server_version_num":${number}`),
});

describe('what the deciding line means for DMS', () => {
  test.each<[string, string, string[]]>([
    ['admits it', 'host orders dms 172.31.23.112/32 scram-sha-256\n', ['HBA001']],
    ['md5 takes a SCRAM password', 'host orders dms 172.31.23.112/32 md5\n', ['HBA001']],
    ['rejects it', 'host all all 172.31.0.0/16 reject\n', ['HBA002']],
    ['asks for a method that DMS cannot do', 'host orders dms 172.31.23.112/32 ident\n', ['HBA004']],
    ['asks for a client certificate', 'hostssl all all 0.0.0.0/0 md5 clientcert=verify-full\n', ['HBA003']],
    ['trusts', 'host orders dms 172.31.23.112/32 trust\n', ['HBA001', 'HBA008']],
    ['lets in every IPv4 address', 'host all all 12.3.4.56/00 md5\n', ['HBA001', 'HBA007']],
    ['only a replication line: from 10 on of no use to DMS', 'host replication dms 172.31.23.112/32 md5\n', ['HBA003']],
    [
      'a reject before the right line',
      'host all all all reject\nhost orders dms 172.31.23.112/32 md5\n',
      ['HBA013', 'HBA011', 'HBA002'],
    ],
    [
      'lines behind it that can never match',
      'host all all 0.0.0.0/0 md5\nhost orders app 10.0.0.0/8 md5\n',
      ['HBA013', 'HBA001', 'HBA007'],
    ],
    ['does not parse', 'host orders dms 172.31.23.112/99 md5\n', ['HBA006']],
  ])('%s', (_, lines, expected) => {
    expect(codes(judged(lines).own)).toEqual(expected);
  });

  test('a SCRAM line with a password stored as md5 blocks, and the fix asks for md5', () => {
    const { own } = judged('host orders dms 172.31.23.112/32 scram-sha-256\n', {
      'postgres/roles.json': (text) => text.replaceAll(/("rolname":"dms".*"verifier":)"scram-sha-256"/g, '$1"md5"'),
    });
    expect(codes(own)).toEqual(['HBA009']);
    expect(JSON.stringify(own[0]?.fix)).toMatch(/172\.31\.23\.112\/32 +md5/);
  });

  test('where only TLS is missing, that way out is named', () => {
    const [finding] = judged('hostssl orders dms 172.31.23.112/32 scram-sha-256\n').own;
    expect(finding?.code).toBe('HBA003');
    expect(finding?.caveats.join(' ')).toContain('With TLS pg_hba.conf:109 would decide');
    expect(codes(judged('hostssl orders dms 172.31.23.112/32 scram-sha-256\n', {}, { tls: 'require' }).own)).toEqual([
      'HBA001',
    ]);
  });
});

/** A 9.6 knows no SCRAM: its own file has none. */
const judged96 = (lines: string, flow: Partial<Flow> = {}) =>
  judged(lines, serverOf('9.6.24', 90_624), flow, (text) => text.replaceAll('scram-sha-256', 'md5'));

describe('versions', () => {
  test('up to 9.6 the walsender needs the keyword, from 10 on the database', () => {
    const database = 'host orders dms 172.31.23.112/32 md5\n';
    const both = `${database}host replication dms 172.31.23.112/32 md5\n`;
    const split = judged96(database).own;
    expect(codes(split)).toEqual(['HBA001', 'HBA003']);
    expect(split[1]?.summary).toContain('logical replication');
    expect(JSON.stringify(split[1]?.fix)).toMatch(/host +replication +dms/);
    expect(codes(judged96(both).own)).toEqual(['HBA001', 'HBA001']);
    expect(codes(judged(database).own)).toEqual(['HBA001']);
  });

  test('from 10 on the missing replication line is no fault, and why the guide asks for it is said', () => {
    const without = (text: string) =>
      text.replaceAll(/^host +replication.*$/gm, '').replaceAll(/^local +replication.*$/gm, '');
    const line = 'host orders dms 172.31.23.112/32 md5\n';
    const [finding] = judged(line, {}, {}, without).own;
    expect(finding).toMatchObject({ code: 'HBA001', status: 'pass' });
    expect(finding?.caveats.join(' ')).toContain('AWS’s guide also asks for a line with the database replication');
    expect(judged(line).own[0]?.caveats.join(' ')).not.toContain('AWS’s guide');
  });

  test('a full load needs no walsender', () => {
    expect(codes(judged96('host orders dms 172.31.23.112/32 md5\n', { migrationType: 'full-load' }).own)).toEqual([
      'HBA001',
    ]);
  });

  test('without any version: judged where every version agrees, unknown where they differ', () => {
    const blind: Record<string, Edit> = { 'postgres/server.json': undefined, 'host/clusters.json': '[]' };
    const agreed = judged('', blind).own;
    expect(codes(agreed)).toEqual(['HBA003']);
    expect(agreed[0]?.caveats.join(' ')).toContain('version is not known');
    const { own } = judged('host orders dms 172.31.23.112/32 md5\n', blind, {}, (text) =>
      text.replaceAll('scram-sha-256', 'md5'),
    );
    expect(own.map(({ status }) => status)).toEqual(['unknown']);
    expect(own[0]?.summary).toContain('postgres/server.json');
  });
});

describe('RDS writes the file itself', () => {
  const rds = (setting: string): Record<string, Edit> => ({
    [file]: undefined,
    'postgres/settings.json': (text) => text.replace('[\n', `[\n{"name":"rds.force_ssl","setting":"${setting}"},\n`),
  });
  const judgedRds = (setting: string, flow: Partial<Flow> = {}) =>
    codes(
      check(evidenceFrom(edited('legacy-host', rds(setting)), flow), { scope: ['pg-hba'] }).findings.filter(
        ({ layer }) => layer === 'pg-hba',
      ),
    );

  test('rds.force_ssl with an endpoint without TLS blocks, as if a line were missing', () => {
    expect(judgedRds('1')).toEqual(['HBA014']);
    expect(judgedRds('1', { tls: 'require' })).toEqual(['HBA015']);
    expect(judgedRds('0')).toEqual(['HBA015']);
  });
});

describe('the file and the server', () => {
  test('edited after the last load: what is in force is not known', () => {
    const later = (text: string) =>
      text.replace(/("item":"postgres\/pg_hba\.conf".*"ctime":)"[^"]*"/, '$1"2030-01-01T00:00:00Z"');
    const { own } = judged('host orders dms 172.31.23.112/32 md5\n', { 'postgres/files.json': later });
    expect(codes(own)).toContain('HBA010');
  });

  test('the server’s own reading is held against ours', () => {
    const { own } = judged('', {
      'postgres/hba-file-rules.json': (text) => text.replace('"auth_method":"md5"', '"auth_method":"trust"'),
    });
    expect(codes(own)).toContain('HBA012');
    expect(codes(judged('', { 'postgres/hba-file-rules.json': (text) => text }).own)).not.toContain('HBA012');
  });

  test('every address of a Multi-AZ instance is judged by itself', () => {
    const { own } = judged('host orders dms 172.31.23.112/32 md5\n', {}, { from: ['172.31.23.112', '172.31.23.113'] });
    expect(own.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      expect.stringMatching(/^HBA001 .*172\.31\.23\.112$/),
      expect.stringMatching(/^HBA003 .*172\.31\.23\.113$/),
    ]);
  });
});

describe('files that pg_hba.conf includes (from 16)', () => {
  const sixteen = serverOf('16.4', 160_004);
  const line = 'host orders dms 172.31.23.112/32 scram-sha-256\n';
  const withDirectory = (text: string) =>
    text.replace(
      /\n\]\s*$/,
      ',\n{"path":"/etc/postgresql/13/main/hba.d","item":"postgres/hba.d","entries":["10-dms.conf","readme.txt"]}\n]\n',
    );

  test('a file, relative or absolute, decides like the main one, and is quoted by its own name', () => {
    const relative = judged('include dms.conf\n', { ...sixteen, 'postgres/dms.conf': line }).own;
    expect(codes(relative)).toEqual(['HBA001']);
    expect(relative[0]?.evidence[0]).toMatchObject({ source: 'postgres/dms.conf', line: 1, text: line.trim() });
    expect(codes(judged('include /srv/dms.conf\n', { ...sixteen, 'postgres/files/srv/dms.conf': line }).own)).toEqual([
      'HBA001',
    ]);
  });

  test('a directory is read by its entries', () => {
    const { own } = judged('include_dir hba.d\n', {
      ...sixteen,
      'postgres/hba.d/10-dms.conf': line,
      'postgres/files.json': withDirectory,
    });
    expect(codes(own)).toEqual(['HBA001']);
  });

  test('what was not gathered is unknown, and named', () => {
    const { own } = judged('include dms.conf\n', sixteen);
    expect(own.map(({ status }) => status)).toEqual(['unknown']);
    expect(own[0]?.summary).toContain('dms.conf');
  });
});

test.each([
  ['no line', ''],
  ['a reject before it', 'host all all all reject\n'],
  ['a method DMS cannot do', 'host all all 172.31.0.0/16 ident\n'],
])('the fix opens it in simulation: %s', (_, lines) => {
  const { checked } = judged(lines);
  expect(checked.blockedAt).toEqual(['pg-hba']);
  expect(checked.plan.opens).toBe(true);
});
