import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Layer } from '../../src/layers.ts';
import type { DmsWorld } from './dms-world.ts';
import { dmsWorld } from './dms-world.ts';

type Table = {
  relname?: string;
  writable?: boolean | null;
  schema_usable?: boolean;
  indexes?: number;
  primary_key?: boolean;
};
type Side = {
  recovery?: boolean;
  database?: boolean;
  schema?: { create: boolean; usage: boolean };
  tables?: Table[];
  roleSettings?: object[];
};

const table = ({ relname = 'orders', writable = true, indexes = 1, primary_key = true, ...more }: Table) => ({
  ...more,
  nspname: 'public',
  relname,
  relkind: 'r',
  relpersistence: 'p',
  relreplident: 'd',
  primary_key,
  writable,
  indexes,
});

/** A target endpoint with a SQL session on it. */
const target = (side: Side = {}, world: DmsWorld = {}): DmsWorld => ({
  ...world,
  endpoint: { EndpointType: 'TARGET', ...world.endpoint },
  items: {
    'postgres/server.json': JSON.stringify([
      {
        server_version: '16.4',
        server_version_num: 160_004,
        pg_postmaster_start_time: '2026-11-01T00:00:00Z',
        pg_is_in_recovery: side.recovery ?? false,
        current_database: 'orders',
      },
    ]),
    'postgres/privileges.json': JSON.stringify([
      { object: 'database', name: 'orders', create: side.database ?? false },
      { object: 'schema', name: 'public', ...(side.schema ?? { create: true, usage: true }) },
    ]),
    'postgres/tables.json': JSON.stringify((side.tables ?? [{}]).map(table)),
    'postgres/role-settings.json': JSON.stringify(side.roleSettings ?? []),
    ...world.items,
  },
});
const judged = (world: DmsWorld) => check(dmsWorld(world));
const codes = (world: DmsWorld, layer: Layer) =>
  judged(world)
    .findings.filter((one) => one.layer === layer)
    .map(({ code }) => code);

describe('a target endpoint', () => {
  test('its way is judged as a source’s; what belongs to a source is skipped', () => {
    const { layers, flow } = judged(target());
    expect(flow).toMatchObject({ host: '10.0.2.20', from: ['10.0.1.10'], migrationType: 'full-load' });
    const statuses = Object.fromEntries(layers.map(({ layer, status }) => [layer, status]));
    expect(statuses).toMatchObject({ dns: 'pass', route: 'pass', 'security-group': 'pass', 'network-acl': 'pass' });
    for (const layer of ['wal-level', 'slots', 'senders', 'plugin', 'standby', 'wal-retention', 'restart', 'data'])
      expect(statuses[layer], layer).toBe('skip');
    expect(statuses['role']).toBe('pass');
  });

  test('a source is not taken for one', () => {
    expect(codes({ ...target(), endpoint: { EndpointType: 'SOURCE' } }, 'slots')).not.toContain('EVD013');
  });

  test('pg_hba.conf is asked for SQL connections alone', () => {
    const hba = { 'postgres/pg_hba.conf': 'host orders dms 10.0.1.10/32 md5\n' };
    const found = judged(target({}, { items: hba })).findings.find(({ code }) => code === 'HBA001');
    expect(found?.subject).toMatch(/^SQL connection from/);
  });

  test.each<[string, Side, string[]]>([
    ['may make and write', {}, ['ROL024']],
    ['may make in the database', { database: true, schema: { create: false, usage: false } }, ['ROL024']],
    ['may make nothing', { schema: { create: false, usage: true } }, ['ROL022']],
    ['may use no schema that it may make in', { schema: { create: true, usage: false } }, ['ROL022']],
    ['may not write a table', { tables: [{}, { relname: 'lines', writable: false }] }, ['ROL023']],
    ['may not use the schema of a table', { tables: [{}, { relname: 'lines', schema_usable: false }] }, ['ROL023']],
    ['has a table of which nothing is said', { tables: [{ writable: null }] }, ['EVD005']],
    ['is on a standby', { recovery: true }, ['ROL021', 'ROL024']],
  ])('a role that %s: %j', (_, side, expected) => {
    expect(codes(target(side), 'role')).toEqual(expected);
  });

  test('the fix of a missing CREATE opens the role', () => {
    const evidence = dmsWorld(target({ schema: { create: false, usage: false } }));
    const { plan } = check(evidence, { scope: ['role'] });
    expect(plan).toMatchObject({ opens: true });
    expect(plan.steps.map((step) => ('run' in step ? step.run : ''))).toEqual([
      'GRANT USAGE, CREATE ON SCHEMA public TO dms;',
    ]);
  });

  test.each<[string, Side, object, string[]]>([
    ['tables without anything set', {}, {}, ['TGT007']],
    ['no tables', { tables: [] }, {}, ['TGT009']],
    ['secondary indexes', { tables: [{ indexes: 3 }] }, {}, ['TGT007', 'TGT008']],
    [
      'replica by the script',
      {},
      { PostgreSQLSettings: { AfterConnectScript: "SET session_replication_role='replica'" } },
      ['TGT009'],
    ],
    [
      'replica of the role',
      { roleSettings: [{ role: 'dms', setting: 'session_replication_role=replica' }] },
      {},
      ['TGT009'],
    ],
    [
      'replica of the role in another database',
      { roleSettings: [{ role: 'dms', database: 'other', setting: 'session_replication_role=replica' }] },
      {},
      ['TGT007'],
    ],
    [
      'replica of the database, and the role’s own is another',
      {
        roleSettings: [
          { database: 'orders', setting: 'session_replication_role=replica' },
          { role: 'dms', setting: 'session_replication_role=origin' },
        ],
      },
      {},
      ['TGT007'],
    ],
    [
      'replica of another',
      { roleSettings: [{ role: 'x', setting: 'session_replication_role=replica' }] },
      {},
      ['TGT007'],
    ],
  ])('%s', (_, side, endpoint, expected) => {
    expect(codes(target(side, { endpoint }), 'target')).toEqual(expected);
  });

  test('without a session its tables are not known', () => {
    expect(codes({ endpoint: { EndpointType: 'TARGET' } }, 'target')).toEqual(['TGT006']);
    expect(judged({ endpoint: { EndpointType: 'TARGET' } }).layers.find(({ layer }) => layer === 'role')?.status).toBe(
      'unknown',
    );
  });
});
