import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Evidence } from '../../src/evidence/item.ts';
import type { Layer } from '../../src/layers.ts';
import type { DmsWorld } from './dms-world.ts';
import { dmsWorld } from './dms-world.ts';

const of = (evidence: Evidence, layer: Layer) =>
  check(evidence, { scope: [layer] }).findings.filter((one) => one.layer === layer);
const codes = (world: DmsWorld, layer: Layer = 'endpoint') => of(dmsWorld(world), layer).map(({ code }) => code);

describe('the endpoint’s definition', () => {
  test.each([' 10.0.2.20', '10.0.2.20\n', '"10.0.2.20"', 'postgres://10.0.2.20', '10.0.2.20/orders'])(
    'a server name with something around it blocks: %j',
    (host) => expect(codes({ host })).toContain('END014'),
  );

  test.each(['10.0.2.20', 'db1.example', 'db_1.example', '2001:db8::1'])('a plain one does not: %s', (host) =>
    expect(codes({ host })).not.toContain('END014'),
  );

  test('the fix gives every field again, and opens what it was made for', () => {
    const evidence = dmsWorld({ host: ' 10.0.2.20 ' });
    expect(evidence.flow).toMatchObject({ host: '10.0.2.20', from: ['10.0.1.10'] });
    const { plan, blockedAt } = check(evidence, { scope: ['endpoint'] });
    expect(blockedAt).toEqual(['endpoint']);
    expect(plan.steps.map((step) => ('run' in step ? step.run : ''))).toEqual([
      'aws dms modify-endpoint --endpoint-arn arn:aws:dms:eu-west-1:111122223333:endpoint:SOURCE --server-name 10.0.2.20 --port 5432 --database-name orders --username dms',
    ]);
    expect(plan.stuck).toBeUndefined();
    expect(codes({ host: ' 10.0.2.20 ' })).not.toContain('END007');
  });

  test.each<[object, string[]]>([
    [{ DatabaseName: '"orders"' }, ['END015']],
    [{ Username: 'dms ' }, ['END015']],
    [{ DatabaseName: 'or"ders' }, []],
    [{ PostgreSQLSettings: { SecretsManagerSecretId: 'arn:aws:secretsmanager:x' } }, ['END017']],
    [{ Status: 'deleting' }, ['END005']],
  ])('%j is found as %j', (endpoint, expected) => {
    const found = codes({ endpoint }).filter((code) => /^END0(?:05|14|15|17)$/.test(code));
    expect(found).toEqual(expected);
  });

  test.each(['incompatible-network', 'storage-full', 'failed'])('an instance that is %s blocks', (state) => {
    expect(codes({ instance: { ReplicationInstanceStatus: state } })).toContain('END005');
  });
});

describe('the endpoint’s certificate', () => {
  const world = (SslMode: string, ValidToDate: string): DmsWorld => ({
    endpoint: { SslMode, CertificateArn: 'arn:cert' },
    items: {
      'aws/describe-certificates.json': JSON.stringify({
        Certificates: [{ CertificateArn: 'arn:cert', CertificateIdentifier: 'ca', ValidToDate }],
      }),
    },
  });

  test.each<[string, string, string[]]>([
    ['verify-full', '2026-11-22T11:59:59Z', ['TLS006']],
    ['verify-ca', '2026-12-01T00:00:00Z', ['TLS007']],
    ['verify-ca', '2027-12-01T00:00:00Z', []],
    ['verify-ca', 'never', []],
    ['require', '2020-01-01T00:00:00Z', []],
  ])('%s, valid until %s: %j', (mode, until, expected) => {
    expect(codes(world(mode, until), 'tls').filter((code) => /^TLS00[67]$/.test(code))).toEqual(expected);
  });
});

describe('a serverless replication', () => {
  const replications = (Status: string) => ({
    'aws/describe-replications.json': JSON.stringify({
      Replications: [
        {
          ReplicationConfigArn: 'arn:aws:dms:eu-west-1:111122223333:replication-config:LESS',
          Status,
          FailureMessages: ['timeout expired'],
        },
      ],
    }),
  });

  test('has no instance to ask of; its own last failure is said', () => {
    expect(codes({ serverless: {}, items: replications('running') })).not.toContain('EVD007');
    expect(codes({ serverless: {}, items: replications('failed') })).toContain('END018');
    expect(codes({ serverless: {} }, 'task')).toEqual(['TSK001']);
    expect(codes({ serverless: {} }, 'target')).toEqual(['TGT005']);
  });
});

describe('the SQL session on RDS', () => {
  const host = 'orders.c1.eu-west-1.rds.amazonaws.com';
  const server = (inet: string | null, port: number) => ({
    'postgres/server.json': JSON.stringify([
      {
        server_version: '16.4',
        server_version_num: 160_004,
        pg_postmaster_start_time: '2026-11-01T00:00:00Z',
        pg_is_in_recovery: false,
        is_rds: true,
        inet_server_addr: inet,
        inet_server_port: port,
      },
    ]),
    'here/dns.json': JSON.stringify({ [host]: ['10.0.2.20'] }),
  });

  test('on the address and port of the endpoint it is of the endpoint’s server', () => {
    expect(codes({ host, items: server('10.0.2.20', 5432) })).toContain('END001');
  });

  test.each([
    ['10.0.2.21', 5432],
    ['10.0.2.20', 5433],
    [null, 5432],
  ])('on %s:%i that is not proved', (inet, port) => {
    const found = codes({ host, items: server(inet, port) });
    expect(found).toContain('END003');
    expect(found).not.toContain('END001');
  });
});
