import { describe, expect, test } from 'vitest';
import { decide, parseHba, proposeLine, shadowedLines, type ConnectionAttempt } from '../../src/hba/index.ts';

const legacy = `# PostgreSQL Client Authentication Configuration File
local   all             postgres                                peer
local   all             all                                     peer
host    orders          app             172.31.32.0/20          scram-sha-256
host    replication     replicator      172.31.44.9/32          scram-sha-256
`;
const instance = '172.31.23.112';
const attempt = (change: Partial<ConnectionAttempt> = {}): ConnectionAttempt => ({
  from: [instance],
  database: 'orders',
  user: 'dms',
  tls: false,
  kind: 'sql',
  ...change,
});
const parse = (text: string, version = 130023) =>
  parseHba({ main: 'postgres/pg_hba.conf', text, include: () => undefined }, version);

describe('first match', () => {
  test('a replication instance without a line has no entry, and is told so in the words of its version', () => {
    expect(decide(parse(legacy), attempt(), { version: 130023 })).toEqual([
      {
        from: [instance],
        verdict: 'no-entry',
        message: `no pg_hba.conf entry for host "${instance}", user "dms", database "orders", SSL off`,
      },
    ]);
  });

  test.each([
    [90624, 'replication all', 'line'],
    [90624, 'orders all', 'no-entry'],
    [100023, 'replication all', 'no-entry'],
    [100023, 'orders all', 'line'],
    [180004, 'replication all', 'no-entry'],
    [180004, 'all all', 'line'],
  ])('on %i a logical walsender meets "host %s": %s', (version, names, verdict) => {
    const hba = parse(`host ${names} ${instance}/32 md5\n`, version);
    const decisions = decide(hba, attempt({ kind: 'logical-walsender' }), { version });
    expect(decisions.map((decision) => decision.verdict)).toEqual([verdict]);
  });

  test('lines cut the addresses into parts', () => {
    const hba = parse(`host all all 172.31.16.0/21 md5\nhost all all 172.31.16.0/20 reject\n`);
    expect(
      decide(hba, attempt({ from: ['172.31.0.0/19'] }), { version: 130023 }).map(({ from, verdict }) => ({
        from,
        verdict,
      })),
    ).toEqual([
      { from: ['172.31.16.0/21'], verdict: 'line' },
      { from: ['172.31.24.0/21'], verdict: 'line' },
      { from: ['172.31.0.0/20'], verdict: 'no-entry' },
    ]);
  });

  test('a file that the server refuses decides nothing', () => {
    const [decision] = decide(parse(`${legacy}host all all 10.0.0.0/8 scram\n`), attempt(), { version: 130023 });
    expect(decision).toMatchObject({
      verdict: 'unknown',
      why: expect.stringContaining('invalid authentication method "scram"'),
    });
  });
});

describe('the proposed line', () => {
  test('stands at the end where no line matches, and before the one that catches the connection', () => {
    const open = proposeLine(parse(legacy), attempt(), { version: 130023 }, 'scram-sha-256');
    expect(open).toEqual({
      file: 'postgres/pg_hba.conf',
      before: 6,
      lines: ['host    orders          dms             172.31.23.112/32        scram-sha-256'],
    });
    const caught = parse(`local all all peer\nhost all all 0.0.0.0/0 reject\n`);
    expect(proposeLine(caught, attempt(), { version: 130023 }, 'md5')).toMatchObject({ before: 2 });
  });

  test('a line behind the one that decides is shadowed', () => {
    const hba = parse(`host all all 172.31.0.0/16 reject\nhost orders dms ${instance}/32 md5\n`);
    expect(shadowedLines(hba, attempt(), { version: 130023 })).toMatchObject([
      { line: { line: 2 }, by: { line: 1 }, from: [instance] },
    ]);
  });
});
