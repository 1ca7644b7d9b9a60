import { readFileSync } from 'node:fs';
import type { Code } from '../../src/findings/index.ts';
import type { Layer } from '../../src/layers.ts';
import type { Server } from '../servers/postgres.ts';
import type { World } from './source.ts';
import { clusterItem, task } from './source.ts';

/** One finding, in both directions: what brings it about, and how it goes away. */
export type Case = {
  readonly layer: Layer;
  readonly code: Code;
  /** What the finding's summary or detail must say. */
  readonly says?: RegExp;
  /** First and last major version on which it can be brought about. */
  readonly from?: number;
  readonly to?: number;
  /** Statements as superuser in the database `orders` that bring it about. */
  readonly setUp?: readonly string[];
  /** Changes of what DMS and the host say. */
  readonly world?: (world: World, server: Server) => void;
  /** Sessions that stay open meanwhile: the role and a statement that each sends first, or the name of a standby that streams. */
  readonly sessions?: readonly { readonly user: string; readonly first?: string; readonly standby?: string }[];
  /** Statements that make it go away, where the finding prints no fix; with one, the printed fix is carried out. */
  readonly mend?: readonly string[];
  /** The same for what DMS and the host say. */
  readonly mendWorld?: (world: World, server: Server) => void;
  /** The fix as printed needs a restart, or a person: it is judged in the simulation, and `mend` takes its place on the server. */
  readonly simulated?: true;
  /** Other findings of the layer are not looked at: what they rest on is not made up here. */
  readonly alone?: true;
  /** Whether the printed undo brings it back; it is tried unless this is false. */
  readonly undo?: false;
  /** Statements that leave no trace of the case. */
  readonly tearDown?: readonly string[];
};

/** The script of the page that has a superuser make what DMS needs to capture DDL. */
const captureScript = (
  /^```\n([^]*?)^```$/m.exec(
    readFileSync(new URL('../../src/findings/pages/ROL007.md', import.meta.url), 'utf8'),
  )?.[1] ?? ''
).replaceAll('DMS_USER', 'dms');
const noCapture = [
  'DROP EVENT TRIGGER IF EXISTS awsdms_intercept_ddl',
  'DROP FUNCTION IF EXISTS awsdms_intercept_ddl()',
  'DROP TABLE IF EXISTS awsdms_ddl_audit',
];
const capturing = (world: World) => delete world.endpoint['CaptureDdls'];

const grantBack = 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO dms';

/** Who may log in, where, and what the role may do. */
export const sessionCases: readonly Case[] = [
  { layer: 'login', code: 'LGN003', setUp: ['ALTER ROLE dms NOLOGIN'], tearDown: ['ALTER ROLE dms LOGIN'] },
  {
    layer: 'login',
    code: 'LGN004',
    setUp: ["ALTER ROLE dms VALID UNTIL '2020-01-01'"],
    tearDown: ["ALTER ROLE dms VALID UNTIL 'infinity'"],
  },
  {
    layer: 'login',
    code: 'LGN002',
    world: (world) => (world.flow = { user: 'Dms' }),
    mendWorld: (world) => (world.flow = {}),
  },
  {
    layer: 'login',
    code: 'LGN005',
    setUp: ['ALTER ROLE dms PASSWORD NULL'],
    world: (world) => (world.items['postgres/pg_hba.conf'] = 'host orders dms 127.0.0.1/32 scram-sha-256\n'),
    mend: ["ALTER ROLE dms PASSWORD 'x'"],
  },
  {
    layer: 'login',
    code: 'LGN005',
    setUp: ['ALTER ROLE dms PASSWORD NULL'],
    world: (world) => (world.items['postgres/pg_hba.conf'] = 'host all all all md5\n'),
    mendWorld: (world) =>
      (world.items['postgres/pg_hba.conf'] = 'host orders dms 127.0.0.1/32 pam\nhost all all all md5\n'),
    tearDown: ["ALTER ROLE dms PASSWORD 'x'"],
  },
  {
    layer: 'login',
    code: 'LGN008',
    setUp: ['ALTER ROLE dms PASSWORD NULL'],
    mendWorld: (world) => (world.items['postgres/pg_hba.conf'] = 'host all all all trust\n'),
    tearDown: ["ALTER ROLE dms PASSWORD 'x'"],
  },
  {
    layer: 'login',
    code: 'LGN006',
    setUp: ['ALTER ROLE dms CONNECTION LIMIT 0'],
    tearDown: ['ALTER ROLE dms CONNECTION LIMIT -1'],
  },
  {
    layer: 'login',
    code: 'LGN007',
    says: /may hold 9 connections, 1 are open; a task opens about 11/,
    setUp: ['ALTER ROLE dms CONNECTION LIMIT 9'],
    sessions: [{ user: 'dms' }],
    tearDown: ['ALTER ROLE dms CONNECTION LIMIT -1'],
  },
  {
    layer: 'login',
    code: 'LGN007',
    says: /a task opens about 23/,
    setUp: ['ALTER ROLE dms CONNECTION LIMIT 22'],
    world: (world) => (world.tasks = [task('big', { settings: { FullLoadSettings: { MaxFullLoadSubTasks: 20 } } })]),
    tearDown: ['ALTER ROLE dms CONNECTION LIMIT -1'],
  },
  {
    layer: 'database',
    code: 'DBS002',
    world: (world) => (world.flow = { database: 'Orders' }),
    mendWorld: (world) => (world.flow = {}),
  },
  {
    layer: 'database',
    code: 'DBS003',
    setUp: ['CREATE DATABASE closed ALLOW_CONNECTIONS false'],
    world: (world) => (world.flow = { database: 'closed' }),
    tearDown: ['DROP DATABASE closed'],
  },
  {
    layer: 'database',
    code: 'DBS007',
    setUp: ['CREATE DATABASE closed', "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'closed'"],
    world: (world) => (world.flow = { database: 'closed' }),
    mend: ['DROP DATABASE closed', 'CREATE DATABASE closed'],
    tearDown: ['DROP DATABASE closed'],
  },
  {
    layer: 'database',
    code: 'DBS004',
    setUp: ['REVOKE CONNECT ON DATABASE orders FROM PUBLIC'],
    tearDown: ['GRANT CONNECT ON DATABASE orders TO PUBLIC', 'REVOKE CONNECT ON DATABASE orders FROM dms'],
  },
  {
    layer: 'database',
    code: 'DBS005',
    setUp: ['ALTER DATABASE orders CONNECTION LIMIT 0'],
    tearDown: ['ALTER DATABASE orders CONNECTION LIMIT -1'],
  },
  {
    layer: 'database',
    code: 'DBS006',
    setUp: ['ALTER DATABASE orders CONNECTION LIMIT 5'],
    tearDown: ['ALTER DATABASE orders CONNECTION LIMIT -1'],
  },
  { layer: 'role', code: 'ROL002', setUp: ['ALTER ROLE dms NOREPLICATION'], tearDown: ['ALTER ROLE dms REPLICATION'] },
  {
    layer: 'role',
    code: 'ROL003',
    says: /1 of 2 tables/,
    setUp: ['REVOKE SELECT ON lines FROM dms'],
    tearDown: [grantBack],
  },
  {
    layer: 'role',
    code: 'ROL003',
    says: /Shop "2"\.Order/,
    setUp: ['CREATE SCHEMA "Shop ""2"""', 'CREATE TABLE "Shop ""2"""."Order" (id int PRIMARY KEY)'],
    tearDown: ['DROP SCHEMA "Shop ""2""" CASCADE'],
  },
  {
    layer: 'role',
    code: 'ROL004',
    says: /any of the 2 tables/,
    setUp: ['REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM dms', 'REVOKE USAGE ON SCHEMA public FROM PUBLIC'],
    tearDown: ['GRANT USAGE ON SCHEMA public TO PUBLIC', grantBack],
  },
  {
    layer: 'role',
    code: 'ROL003',
    says: /12 of 14 tables/,
    setUp: [
      'CREATE SCHEMA wide',
      ...Array.from({ length: 12 }, (_, i) => `CREATE TABLE wide.t${i} (id int PRIMARY KEY)`),
    ],
    tearDown: ['DROP SCHEMA wide CASCADE'],
  },
  {
    layer: 'role',
    code: 'ROL003',
    says: /25 of 27 tables/,
    setUp: Array.from({ length: 25 }, (_, i) => [
      `CREATE SCHEMA tenant${i}`,
      `CREATE TABLE tenant${i}.t (id int PRIMARY KEY)`,
    ]).flat(),
    tearDown: Array.from({ length: 25 }, (_, i) => `DROP SCHEMA tenant${i} CASCADE`),
  },
  {
    layer: 'role',
    code: 'ROL006',
    says: /public\.lines \(1 of 3 columns\)/,
    setUp: ['REVOKE SELECT ON lines FROM dms', 'GRANT SELECT (id) ON lines TO dms'],
    undo: false,
    tearDown: [grantBack],
  },
  {
    layer: 'role',
    code: 'ROL005',
    setUp: ['REVOKE SELECT ON lines FROM dms', 'GRANT SELECT (id) ON lines TO dms'],
    world: (world) => (world.tasks = [task('lines', { tables: 'li%' })]),
    undo: false,
    tearDown: [grantBack],
  },
  { layer: 'role', code: 'ROL007', world: capturing },
  {
    layer: 'role',
    code: 'ROL007',
    setUp: ['GRANT CREATE ON SCHEMA public TO app'],
    world: capturing,
    simulated: true,
    mend: [captureScript, 'SET ROLE app', 'CREATE TABLE made_by_app (id int)', 'DROP TABLE made_by_app'],
    tearDown: ['REVOKE CREATE ON SCHEMA public FROM app', ...noCapture],
  },
  {
    layer: 'role',
    code: 'ROL008',
    says: /is disabled/,
    setUp: [captureScript, 'ALTER EVENT TRIGGER awsdms_intercept_ddl DISABLE'],
    world: capturing,
    tearDown: noCapture,
  },
  {
    layer: 'role',
    code: 'ROL009',
    says: /only dms|only postgres/,
    setUp: [captureScript],
    world: capturing,
    tearDown: noCapture,
  },
  {
    layer: 'role',
    code: 'ROL010',
    says: /awsdms_heartbeat in schema shop/,
    world: (world) => Object.assign(world.endpoint, { HeartbeatEnable: true, HeartbeatSchema: 'shop' }),
    setUp: [],
    tearDown: ['DROP SCHEMA IF EXISTS shop'],
  },
  {
    layer: 'role',
    code: 'ROL010',
    says: /no CREATE there/,
    from: 15,
    world: (world) => Object.assign(world.endpoint, { HeartbeatEnable: true }),
  },
];

const reload = ['SELECT pg_reload_conf()', 'SELECT pg_sleep(0.2)'];
const system = (setting: string) => [`ALTER SYSTEM ${setting}`, ...reload];
const dropSlots = ['SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots'];
const makeSlots = (count: number) => [
  `SELECT pg_create_physical_replication_slot('p' || i) FROM generate_series(1, ${count}) AS i`,
];
const twoTasks = (world: World) => (world.tasks = [task('one'), task('two'), task('runs', { status: 'running' })]);

/** RDS and Aurora are told by the roles that they bring. */
const asRds = ['CREATE ROLE rds_superuser', 'CREATE ROLE rds_replication'];
const noRds = ['DROP ROLE rds_superuser', 'DROP ROLE rds_replication'];

/** What RDS has in place of attributes, and what of it cannot be seen. */
export const managedCases: readonly Case[] = [
  {
    layer: 'role',
    code: 'ROL002',
    setUp: [...asRds, 'ALTER ROLE dms NOREPLICATION'],
    tearDown: [...noRds, 'ALTER ROLE dms REPLICATION'],
  },
  {
    layer: 'capacity',
    code: 'CAP018',
    world: (world, { port }) => {
      const refusal = {
        phase: 'login',
        way: `127.0.0.1:${port}`,
        code: '53300',
        message: 'sorry, too many clients already',
      };
      const here = { host: '127.0.0.1', port, user: 'bare', database: 'orders', addresses: [], way: null };
      world.items['here/session.json'] = JSON.stringify({ ...here, refusals: [refusal] });
    },
    mendWorld: (world) => delete world.items['here/session.json'],
  },
  {
    layer: 'capacity',
    code: 'CAP011',
    setUp: asRds,
    mend: noRds,
    tearDown: ['DROP ROLE IF EXISTS rds_superuser', 'DROP ROLE IF EXISTS rds_replication'],
  },
];

/** WAL, slots, senders, plugin. */
export const replicationCases: readonly Case[] = [
  { layer: 'wal-level', code: 'WAL005', setUp: system('SET wal_level = replica'), tearDown: system('RESET wal_level') },
  { layer: 'slots', code: 'SLT002', setUp: makeSlots(6), simulated: true, mend: dropSlots, tearDown: dropSlots },
  {
    layer: 'slots',
    code: 'SLT006',
    says: /1 of 6 .* need 2/,
    setUp: makeSlots(5),
    world: twoTasks,
    simulated: true,
    mend: dropSlots,
    tearDown: dropSlots,
  },
  {
    layer: 'slots',
    code: 'SLT004',
    says: /inactive: abandoned.* of WAL held/,
    setUp: ["SELECT pg_create_logical_replication_slot('abandoned', 'test_decoding')"],
    mend: dropSlots,
  },
  {
    layer: 'slots',
    code: 'SLT005',
    says: /does not exist/,
    world: (world) => (world.endpoint['SlotName'] = 'dms_slot'),
    tearDown: dropSlots,
  },
  {
    layer: 'slots',
    code: 'SLT005',
    says: /it is physical/,
    setUp: ["SELECT pg_create_physical_replication_slot('dms_slot')"],
    world: (world) => (world.endpoint['SlotName'] = 'dms_slot'),
    mend: [...dropSlots, "SELECT pg_create_logical_replication_slot('dms_slot', 'test_decoding')"],
    tearDown: dropSlots,
  },
  {
    layer: 'slots',
    code: 'SLT008',
    setUp: ["SELECT pg_create_logical_replication_slot('dms_slot', 'test_decoding')"],
    world: (world) => {
      world.endpoint['SlotName'] = 'dms_slot';
      world.tasks = [task('changes', { type: 'cdc' })];
    },
    mendWorld: (world) => (world.tasks = [{ ...task('changes', { type: 'cdc' }), CdcStartPosition: '0/3000028' }]),
    tearDown: dropSlots,
  },
  {
    layer: 'slots',
    code: 'SLT007',
    from: 13,
    setUp: [
      "SELECT pg_create_physical_replication_slot('behind', true)",
      ...system("SET max_slot_wal_keep_size = '1MB'"),
      ...Array.from({ length: 6 }, () => [
        'CREATE TABLE IF NOT EXISTS fill (t text)',
        'INSERT INTO fill VALUES (1)',
        'SELECT pg_switch_wal()',
      ]).flat(),
      'CHECKPOINT',
    ],
    mend: dropSlots,
    tearDown: [...dropSlots, 'DROP TABLE IF EXISTS fill', ...system('RESET max_slot_wal_keep_size')],
  },
  {
    layer: 'senders',
    code: 'SND002',
    sessions: Array.from({ length: 6 }, (_, i) => ({ user: 'postgres', standby: `db${i}` })),
    simulated: true,
  },
  {
    layer: 'senders',
    code: 'SND006',
    says: /1 of 6 .* need 2/,
    sessions: Array.from({ length: 5 }, (_, i) => ({ user: 'postgres', standby: `db${i}` })),
    world: twoTasks,
    simulated: true,
  },
  {
    layer: 'senders',
    code: 'SND006',
    says: /standbys that are away 6/,
    setUp: makeSlots(6),
    simulated: true,
    mend: dropSlots,
    tearDown: dropSlots,
  },
  {
    layer: 'senders',
    code: 'SND003',
    says: /= 5 s/,
    setUp: system("SET wal_sender_timeout = '5s'"),
    tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET wal_sender_timeout')],
  },
  {
    layer: 'senders',
    code: 'SND003',
    from: 12,
    says: /ALTER ROLE dms IN DATABASE orders/,
    setUp: ["ALTER ROLE dms IN DATABASE orders SET wal_sender_timeout = '5s'"],
    tearDown: ['ALTER ROLE dms IN DATABASE orders RESET ALL'],
  },
  {
    layer: 'senders',
    code: 'SND004',
    setUp: system("SET wal_sender_timeout = '10min'"),
    tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET wal_sender_timeout')],
  },
  {
    layer: 'senders',
    code: 'SND007',
    says: /statement_timeout = 5 s for/,
    setUp: system("SET statement_timeout = '5s'"),
    tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET statement_timeout')],
  },
  {
    layer: 'senders',
    code: 'SND007',
    says: /idle_in_transaction_session_timeout = 60 s .*ALTER DATABASE orders/,
    setUp: ["ALTER DATABASE orders SET idle_in_transaction_session_timeout = '1min'"],
    tearDown: ['ALTER DATABASE orders RESET ALL', 'ALTER ROLE dms RESET ALL'],
  },
  {
    layer: 'senders',
    code: 'SND007',
    says: /statement_timeout = 60 s .*ALTER ROLE dms/,
    setUp: ["ALTER ROLE dms SET statement_timeout = '1min'"],
    tearDown: ['ALTER ROLE dms RESET ALL'],
  },
  {
    layer: 'senders',
    code: 'SND007',
    from: 14,
    says: /idle_session_timeout/,
    setUp: ["ALTER ROLE dms IN DATABASE orders SET idle_session_timeout = '1h'"],
    tearDown: ['ALTER ROLE dms IN DATABASE orders RESET ALL'],
  },
  {
    layer: 'senders',
    code: 'SND007',
    from: 17,
    says: /transaction_timeout/,
    setUp: ["ALTER ROLE dms SET transaction_timeout = '1h'"],
    tearDown: ['ALTER ROLE dms RESET ALL'],
  },
  {
    layer: 'plugin',
    code: 'PLG002',
    world: (world, server) =>
      (world.items['host/clusters.json'] = clusterItem(server, { plugins: { test_decoding: null } })),
    mendWorld: (world) => delete world.items['host/clusters.json'],
  },
  {
    layer: 'plugin',
    code: 'PLG003',
    world: (world, server) => (world.items['host/clusters.json'] = clusterItem(server, { pid: 1 })),
    mendWorld: (world) => delete world.items['host/clusters.json'],
  },
  {
    layer: 'plugin',
    code: 'PLG005',
    says: /shared_preload_libraries/,
    world: (world, server) => {
      world.endpoint['PluginName'] = 'pglogical';
      world.items['host/clusters.json'] = clusterItem(server, {
        plugins: { test_decoding: '/lib/test_decoding.so', pglogical: '/lib/pglogical.so' },
      });
    },
    mendWorld: (world) => (world.endpoint['PluginName'] = 'test-decoding'),
  },
  {
    layer: 'wal-retention',
    code: 'RET002',
    from: 13,
    says: /= 1.0 GiB/,
    setUp: system("SET max_slot_wal_keep_size = '1GB'"),
    tearDown: system('RESET max_slot_wal_keep_size'),
  },
  {
    layer: 'wal-retention',
    code: 'RET004',
    from: 18,
    setUp: system("SET idle_replication_slot_timeout = '1h'"),
    tearDown: system('RESET idle_replication_slot_timeout'),
  },
];

const needsRestart = system('SET max_wal_senders = 7');
const restartOver = system('RESET max_wal_senders');

/** What a restart would hit; a pending setting of the migration makes one necessary. */
export const restartCases: readonly Case[] = [
  {
    layer: 'restart',
    code: 'RST002',
    says: /1 standby and 1 client \(1 of app-session\)[^]*1 of app-session from 127\.0\.0\.1, since/,
    setUp: needsRestart,
    sessions: [{ user: 'app' }, { user: 'postgres', standby: 'db2' }],
    mend: restartOver,
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST002',
    says: /1 prepared transaction would stay/,
    setUp: [...needsRestart, 'BEGIN', 'LOCK TABLE lines', "PREPARE TRANSACTION 'two'"],
    mend: ["ROLLBACK PREPARED 'two'", ...restartOver],
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST004',
    says: /max_connections \(100, then 120\)/,
    setUp: [...needsRestart, ...system('SET max_connections = 120')],
    mend: system('RESET max_connections'),
    tearDown: [...restartOver, ...system('RESET max_connections')],
  },
  {
    layer: 'restart',
    code: 'RST003',
    says: /pg_hba\.conf:1/,
    setUp: [
      ...needsRestart,
      "DO $$BEGIN EXECUTE format('COPY (SELECT ''host all all bogus-mask/99 trust'') TO %L', current_setting('hba_file')); END$$",
    ],
    mend: [
      "DO $$BEGIN EXECUTE format('COPY (VALUES (''local all all trust''), (''host all all all trust''), (''host replication all all trust'')) TO %L', current_setting('hba_file')); END$$",
    ],
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST003',
    says: /postgresql\.auto\.conf:2[^]*no_such_setting|no_such_setting/,
    setUp: [
      ...needsRestart,
      "DO $$BEGIN EXECUTE format('COPY (VALUES (''max_wal_senders = 7''), (''no_such_setting = 1'')) TO %L', current_setting('data_directory') || '/postgresql.auto.conf'); END$$",
    ],
    mend: [
      "DO $$BEGIN EXECUTE format('COPY (VALUES (''max_wal_senders = 7'')) TO %L', current_setting('data_directory') || '/postgresql.auto.conf'); END$$",
    ],
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST003',
    says: /shared_preload_libraries names pglogical, which is not installed/,
    setUp: system("SET shared_preload_libraries = 'pglogical'"),
    mend: system('RESET shared_preload_libraries'),
  },
  {
    layer: 'restart',
    code: 'RST005',
    says: /db2 holds no slot, and WAL kept beside is none/,
    setUp: needsRestart,
    sessions: [{ user: 'postgres', standby: 'db2' }],
    tearDown: [...restartOver, 'ALTER SYSTEM RESET ALL', ...reload],
  },
  {
    layer: 'restart',
    code: 'RST009',
    says: /outgrows db2: max_connections \(100, then 120\), max_locks_per_transaction \(64, then 128\)$/m,
    setUp: [
      ...system('SET max_replication_slots = 7'),
      ...system('SET max_connections = 120'),
      ...system('SET max_locks_per_transaction = 128'),
    ],
    sessions: [{ user: 'postgres', standby: 'db2' }],
    simulated: true,
    mend: [...system('SET max_connections = 90'), ...system('RESET max_locks_per_transaction')],
    tearDown: ['ALTER SYSTEM RESET ALL', ...reload],
  },
  {
    layer: 'restart',
    code: 'RST006',
    says: /synchronous_standby_names = db2 \(db2\)/,
    setUp: needsRestart,
    sessions: [{ user: 'postgres', standby: 'db2', first: "ALTER SYSTEM SET synchronous_standby_names = 'db2'" }],
    mend: system('RESET synchronous_standby_names'),
    tearDown: [...system('RESET synchronous_standby_names'), ...restartOver],
  },
  {
    layer: 'restart',
    code: 'RST007',
    to: 14,
    setUp: [...needsRestart, "SELECT pg_start_backup('x', true)"],
    mend: ['SELECT pg_stop_backup()', ...restartOver],
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST008',
    setUp: needsRestart,
    world: (world, server) => (world.items['host/clusters.json'] = clusterItem(server, { exeDeleted: true })),
    simulated: true,
    mendWorld: (world) => delete world.items['host/clusters.json'],
    tearDown: restartOver,
  },
];

const df = (root: number, wal: number) =>
  `# data directory: /d\nFilesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 104857600 1 ${root} 1% /\n# write-ahead log: /d/pg_wal\nFilesystem 1024-blocks Used Available Capacity Mounted on\n/dev/b 104857600 1 ${wal} 1% /wal\n`;
const hostSays = (name: string, text: string) => ({
  world: (world: World) => (world.items[name] = text),
  mendWorld: (world: World) => delete world.items[name],
});
const hourOfWal = (bytes: number) =>
  JSON.stringify([
    {
      now: '2026-11-22T12:00:00+00:00',
      stats_reset: '2026-11-22T11:00:00+00:00',
      wal_bytes: bytes,
      current_lsn: '0/0',
    },
  ]);

/** Up to version 14 statistics go to a process that writes them twice a second. */
const collected = 'SELECT pg_sleep(0.8)';

/** Room for the load. */
export const capacityCases: readonly Case[] = [
  {
    layer: 'capacity',
    code: 'CAP003',
    ...hostSays('host/load.txt', '==> processors <==\n2\n==> /proc/loadavg <==\n4.00 3.90 3.00 1/1 1\n'),
  },
  {
    layer: 'capacity',
    code: 'CAP014',
    says: /488 MiB of 9\.5 GiB/,
    ...hostSays(
      'host/load.txt',
      '==> processors <==\n2\n==> /proc/loadavg <==\n0.10 0.10 0.10 1/1 1\n==> /proc/meminfo <==\nMemTotal:       10000000 kB\nMemAvailable:     500000 kB\n',
    ),
  },
  { layer: 'capacity', code: 'CAP004', says: /on \/$/m, ...hostSays('host/df.txt', df(1_000_000, 90_000_000)) },
  { layer: 'capacity', code: 'CAP004', says: /on \/wal$/m, ...hostSays('host/df.txt', df(90_000_000, 1_000_000)) },
  {
    layer: 'capacity',
    code: 'CAP007',
    says: /after about 9\.[0-9] h/,
    ...hostSays('postgres/wal.json', hourOfWal(10 * 2 ** 30)),
  },
  {
    layer: 'capacity',
    code: 'CAP002',
    says: /^2 of 100/,
    setUp: [],
    sessions: Array.from({ length: 95 }, () => ({ user: 'app' })),
    simulated: true,
  },
  {
    layer: 'capacity',
    code: 'CAP006',
    says: /With MaxFullLoadSubTasks 45 it fits/,
    world: (world) =>
      (world.tasks = [
        task('wide', { settings: { FullLoadSettings: { MaxFullLoadSubTasks: 49 } } }),
        task('wide2', { settings: { FullLoadSettings: { MaxFullLoadSubTasks: 49 } } }),
      ]),
    mendWorld: (world) =>
      (world.tasks = [task('wide', { settings: { FullLoadSettings: { MaxFullLoadSubTasks: 49 } } })]),
  },
  {
    layer: 'capacity',
    code: 'CAP005',
    says: /^1 transaction open/,
    world: (world) => (world.later = 11),
    sessions: [{ user: 'app', first: 'BEGIN; SELECT 1' }],
    simulated: true,
  },
  {
    layer: 'capacity',
    code: 'CAP008',
    says: /1 prepared transaction \(since .*, in orders\)/,
    setUp: ['BEGIN', 'LOCK TABLE lines', "PREPARE TRANSACTION 'two'"],
    mend: ["ROLLBACK PREPARED 'two'"],
  },
  {
    layer: 'capacity',
    code: 'CAP009',
    says: /^50 %/,
    ...hostSays(
      'postgres/database-stats.json',
      JSON.stringify([{ datname: 'orders', blks_hit: 200_000, blks_read: 200_000 }]),
    ),
  },
  {
    layer: 'capacity',
    code: 'CAP010',
    setUp: [
      'CREATE SCHEMA cron',
      'CREATE TABLE cron.job (jobid int PRIMARY KEY, schedule text, database text, username text, active bool)',
      "INSERT INTO cron.job VALUES (1, '0 2 * * *', 'orders', 'postgres', true)",
    ],
    mend: ['UPDATE cron.job SET active = false'],
    tearDown: ['DROP SCHEMA cron CASCADE'],
  },
  {
    layer: 'capacity',
    code: 'CAP015',
    from: 14,
    says: /an hour in temporary files \([1-9]/,
    setUp: [
      'SELECT pg_stat_reset()',
      "SET work_mem = '64kB'",
      'SELECT count(*) FROM (SELECT i FROM generate_series(1, 2000000) AS i ORDER BY i % 1000, i DESC OFFSET 0) AS q',
      'RESET work_mem',
      collected,
    ],
    world: (world) => (world.later = 2),
    mend: ['SELECT pg_stat_reset()', collected],
  },
  {
    layer: 'capacity',
    code: 'CAP016',
    says: /^1[0-9] checkpoints were requested[^]*max_wal_size = '/,
    to: 16,
    setUp: ["SELECT pg_stat_reset_shared('bgwriter')", ...Array.from({ length: 12 }, () => 'CHECKPOINT'), collected],
    mend: ["SELECT pg_stat_reset_shared('bgwriter')", collected],
  },
  {
    layer: 'capacity',
    code: 'CAP016',
    from: 17,
    setUp: ["SELECT pg_stat_reset_shared('checkpointer')", ...Array.from({ length: 12 }, () => 'CHECKPOINT')],
    mend: ["SELECT pg_stat_reset_shared('checkpointer')"],
  },
  {
    layer: 'capacity',
    code: 'CAP017',
    says: /pg_dump since /,
    sessions: [{ user: 'app', first: "SET application_name = 'pg_dump'" }],
    simulated: true,
  },
  {
    layer: 'capacity',
    code: 'CAP017',
    says: /pg_dump by cron \(0 2 \* \* \*\)/,
    ...hostSays('host/cron.txt', '# /etc/cron.d/backup\n0 2 * * * postgres (program)  # names: pg_dump\n'),
  },
  {
    layer: 'capacity',
    code: 'CAP013',
    from: 13,
    setUp: system("SET logical_decoding_work_mem = '4MB'"),
    tearDown: system('RESET logical_decoding_work_mem'),
  },
];

const table = (columns: string, name = 'odd') => [
  `CREATE TABLE ${name} (${columns})`,
  `GRANT SELECT ON ${name} TO dms`,
];
const dropped = ['DROP TABLE IF EXISTS odd'];
const lobTask = (settings: unknown) => (world: World) =>
  (world.tasks = [task('lobs', { settings: { TargetMetadata: settings } })]);

/** The tables themselves. */
export const dataCases: readonly Case[] = [
  {
    layer: 'data',
    code: 'DAT002',
    says: /1 of 3 tables/,
    setUp: table('id int'),
    mend: ['ALTER TABLE odd REPLICA IDENTITY FULL'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT003',
    setUp: ['CREATE UNLOGGED TABLE odd (id int PRIMARY KEY)'],
    mend: ['ALTER TABLE odd SET LOGGED'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT004',
    setUp: [
      'CREATE FOREIGN DATA WRAPPER nowhere',
      'CREATE SERVER far FOREIGN DATA WRAPPER nowhere',
      'CREATE FOREIGN TABLE odd (id int) SERVER far',
    ],
    mend: ['DROP FOREIGN TABLE odd'],
    tearDown: ['DROP FOREIGN DATA WRAPPER nowhere CASCADE'],
  },
  {
    layer: 'data',
    code: 'DAT005',
    setUp: ['CREATE TABLE odd (id int NOT NULL) PARTITION BY RANGE (id)'],
    mend: dropped,
  },
  {
    layer: 'data',
    code: 'DAT006',
    from: 12,
    setUp: table('id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED'),
    mend: ['ALTER TABLE odd DROP COLUMN twice'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT007',
    says: /3 columns[^]*colour/,
    setUp: ["CREATE TYPE colour AS ENUM ('red')", ...table('id int PRIMARY KEY, c colour, i inet, r int4range')],
    mend: ['ALTER TABLE odd DROP COLUMN c, DROP COLUMN i, DROP COLUMN r'],
    tearDown: [...dropped, 'DROP TYPE colour'],
  },
  {
    layer: 'data',
    code: 'DAT008',
    says: /lobs cuts LOBs at 32 KB: 2 LOB columns in 1 table/,
    setUp: table('id int PRIMARY KEY, note text, doc jsonb'),
    world: lobTask({ SupportLobs: true, FullLobMode: false, LimitedSizeLobMode: true, LobMaxSize: 32 }),
    mendWorld: lobTask({ SupportLobs: true, FullLobMode: true }),
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT009',
    setUp: [...table('id int, note text'), 'ALTER TABLE odd REPLICA IDENTITY FULL'],
    mend: ['ALTER TABLE odd ADD PRIMARY KEY (id)'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT010',
    setUp: table('id bytea PRIMARY KEY, other int'),
    mend: ['ALTER TABLE odd DROP CONSTRAINT odd_pkey, ADD PRIMARY KEY (other)'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT011',
    setUp: table('id int, tags int[]'),
    mend: ['ALTER TABLE odd ADD PRIMARY KEY (id)'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT012',
    from: 11,
    setUp: [
      'CREATE TABLE odd (id int NOT NULL) PARTITION BY RANGE (id)',
      'CREATE TABLE odd1 PARTITION OF odd FOR VALUES FROM (0) TO (9)',
      'ALTER TABLE ONLY odd ADD PRIMARY KEY (id)',
    ],
    mend: ['ALTER TABLE odd1 ADD CONSTRAINT k PRIMARY KEY (id)', 'ALTER INDEX odd_pkey ATTACH PARTITION k'],
    tearDown: dropped,
  },
  { layer: 'data', code: 'DAT013', setUp: table('id int PRIMARY KEY', '"Orders"'), mend: ['DROP TABLE "Orders"'] },
  {
    layer: 'data',
    code: 'DAT014',
    setUp: [...table('id int PRIMARY KEY'), 'ALTER TABLE odd ENABLE ROW LEVEL SECURITY'],
    tearDown: [...dropped, 'ALTER ROLE dms NOBYPASSRLS'],
  },
  {
    layer: 'data',
    code: 'DAT015',
    setUp: ['CREATE DOMAIN geometry AS text', ...table('id int PRIMARY KEY, at geometry')],
    mend: ['ALTER TABLE odd DROP COLUMN at'],
    tearDown: [...dropped, 'DROP DOMAIN geometry'],
  },
  {
    layer: 'data',
    code: 'DAT016',
    setUp: table('id int PRIMARY KEY, price numeric'),
    mend: ['ALTER TABLE odd ALTER COLUMN price TYPE numeric(10, 2)'],
    tearDown: dropped,
  },
  {
    layer: 'data',
    code: 'DAT017',
    says: /1 sequence, 1 materialised view/,
    setUp: ['CREATE SEQUENCE counter', 'CREATE MATERIALIZED VIEW seen AS SELECT 1 AS id'],
    mend: ['DROP SEQUENCE counter', 'DROP MATERIALIZED VIEW seen'],
  },
  {
    layer: 'data',
    code: 'DAT019',
    says: /Public/,
    world: (world) => (world.tasks = [task('Public', { schema: 'Public' })]),
    mendWorld: (world) => (world.tasks = [task('Public')]),
  },
  {
    layer: 'data',
    code: 'DAT020',
    setUp: [...table('id int PRIMARY KEY'), 'ALTER TABLE odd REPLICA IDENTITY FULL'],
    world: (world) => (world.endpoint['PluginName'] = 'pglogical'),
    mend: ['ALTER TABLE odd REPLICA IDENTITY DEFAULT'],
    tearDown: dropped,
  },
  { layer: 'data', code: 'DAT018', setUp: ['SELECT lo_create(4242)'], mend: ['SELECT lo_unlink(4242)'] },
];

/** A replication instance of an engine version, as DMS lists it. */
export const engine = (version: string) =>
  JSON.stringify({
    ReplicationInstances: [
      {
        ReplicationInstanceIdentifier: 'ri',
        ReplicationInstanceArn: 'instance',
        ReplicationInstanceStatus: 'available',
        EngineVersion: version,
      },
    ],
  });

/** The source's version against the replication instance's engine. */
export const endpointCases: readonly Case[] = [
  {
    layer: 'endpoint',
    code: 'END008',
    from: 13,
    alone: true,
    setUp: [],
    world: (world) => {
      world.flow = { replicationInstance: 'ri' };
      world.items['host/ip-addr.json'] = JSON.stringify([
        { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
      ]);
      world.items['aws/describe-replication-instances.json'] = engine('3.4.2');
    },
    mendWorld: (world) => (world.items['aws/describe-replication-instances.json'] = engine('3.6.1')),
  },
];
