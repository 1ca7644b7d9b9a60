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
  /** Whether the printed undo brings it back; it is tried unless this is false. */
  readonly undo?: false;
  /** Statements that leave no trace of the case. */
  readonly tearDown?: readonly string[];
};

const grantBack = 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO dms';

/** Who may log in, where, and what the role may do. */
export const sessionCases: readonly Case[] = [
  { layer: 'login', code: 'LGN003', setUp: ['ALTER ROLE dms NOLOGIN'], tearDown: ['ALTER ROLE dms LOGIN'] },
  { layer: 'login', code: 'LGN004', setUp: ["ALTER ROLE dms VALID UNTIL '2020-01-01'"], tearDown: ["ALTER ROLE dms VALID UNTIL 'infinity'"] },
  { layer: 'login', code: 'LGN006', setUp: ['ALTER ROLE dms CONNECTION LIMIT 0'], tearDown: ['ALTER ROLE dms CONNECTION LIMIT -1'] },
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
    code: 'DBS004',
    setUp: ['REVOKE CONNECT ON DATABASE orders FROM PUBLIC'],
    tearDown: ['GRANT CONNECT ON DATABASE orders TO PUBLIC', 'REVOKE CONNECT ON DATABASE orders FROM dms'],
  },
  { layer: 'database', code: 'DBS005', setUp: ['ALTER DATABASE orders CONNECTION LIMIT 0'], tearDown: ['ALTER DATABASE orders CONNECTION LIMIT -1'] },
  { layer: 'database', code: 'DBS006', setUp: ['ALTER DATABASE orders CONNECTION LIMIT 5'], tearDown: ['ALTER DATABASE orders CONNECTION LIMIT -1'] },
  { layer: 'role', code: 'ROL002', setUp: ['ALTER ROLE dms NOREPLICATION'], tearDown: ['ALTER ROLE dms REPLICATION'] },
  { layer: 'role', code: 'ROL003', says: /1 of 2 tables/, setUp: ['REVOKE SELECT ON lines FROM dms'], tearDown: [grantBack] },
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
  { layer: 'role', code: 'ROL007', world: (world) => delete world.endpoint['CaptureDdls'] },
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
const makeSlots = (count: number) => [`SELECT pg_create_physical_replication_slot('p' || i) FROM generate_series(1, ${count}) AS i`];
const twoTasks = (world: World) => (world.tasks = [task('one'), task('two'), task('runs', { status: 'running' })]);

/** WAL, slots, senders, plugin. */
export const replicationCases: readonly Case[] = [
  { layer: 'wal-level', code: 'WAL005', setUp: system('SET wal_level = replica'), tearDown: system('RESET wal_level') },
  { layer: 'slots', code: 'SLT002', setUp: makeSlots(6), simulated: true, mend: dropSlots, tearDown: dropSlots },
  { layer: 'slots', code: 'SLT006', says: /1 of 6 .* need 2/, setUp: makeSlots(5), world: twoTasks, simulated: true, mend: dropSlots, tearDown: dropSlots },
  { layer: 'slots', code: 'SLT004', says: /inactive: abandoned.* of WAL held/, setUp: ["SELECT pg_create_logical_replication_slot('abandoned', 'test_decoding')"], mend: dropSlots },
  { layer: 'slots', code: 'SLT005', says: /does not exist/, world: (world) => (world.endpoint['SlotName'] = 'dms_slot'), tearDown: dropSlots },
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
    code: 'SLT007',
    from: 13,
    setUp: [
      "SELECT pg_create_physical_replication_slot('behind', true)",
      ...system("SET max_slot_wal_keep_size = '1MB'"),
      ...Array.from({ length: 6 }, () => ['CREATE TABLE IF NOT EXISTS fill (t text)', 'INSERT INTO fill VALUES (1)', 'SELECT pg_switch_wal()']).flat(),
      'CHECKPOINT',
    ],
    mend: dropSlots,
    tearDown: [...dropSlots, 'DROP TABLE IF EXISTS fill', ...system('RESET max_slot_wal_keep_size')],
  },
  { layer: 'senders', code: 'SND002', sessions: Array.from({ length: 6 }, (_, i) => ({ user: 'postgres', standby: `db${i}` })), simulated: true },
  { layer: 'senders', code: 'SND006', says: /1 of 6 .* need 2/, sessions: Array.from({ length: 5 }, (_, i) => ({ user: 'postgres', standby: `db${i}` })), world: twoTasks, simulated: true },
  { layer: 'senders', code: 'SND006', says: /standbys that are away 6/, setUp: makeSlots(6), simulated: true, mend: dropSlots, tearDown: dropSlots },
  { layer: 'senders', code: 'SND003', says: /= 5 s/, setUp: system("SET wal_sender_timeout = '5s'"), tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET wal_sender_timeout')] },
  { layer: 'senders', code: 'SND003', from: 12, says: /ALTER ROLE dms IN DATABASE orders/, setUp: ["ALTER ROLE dms IN DATABASE orders SET wal_sender_timeout = '5s'"], tearDown: ['ALTER ROLE dms IN DATABASE orders RESET ALL'] },
  { layer: 'senders', code: 'SND004', setUp: system("SET wal_sender_timeout = '10min'"), tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET wal_sender_timeout')] },
  { layer: 'senders', code: 'SND007', says: /statement_timeout = 5 s for/, setUp: system("SET statement_timeout = '5s'"), tearDown: ['ALTER ROLE dms RESET ALL', ...system('RESET statement_timeout')] },
  { layer: 'senders', code: 'SND007', says: /idle_in_transaction_session_timeout = 60 s .*ALTER DATABASE orders/, setUp: ["ALTER DATABASE orders SET idle_in_transaction_session_timeout = '1min'"], tearDown: ['ALTER DATABASE orders RESET ALL', 'ALTER ROLE dms RESET ALL'] },
  { layer: 'senders', code: 'SND007', says: /statement_timeout = 60 s .*ALTER ROLE dms/, setUp: ["ALTER ROLE dms SET statement_timeout = '1min'"], tearDown: ['ALTER ROLE dms RESET ALL'] },
  { layer: 'senders', code: 'SND007', from: 14, says: /idle_session_timeout/, setUp: ["ALTER ROLE dms IN DATABASE orders SET idle_session_timeout = '1h'"], tearDown: ['ALTER ROLE dms IN DATABASE orders RESET ALL'] },
  { layer: 'senders', code: 'SND007', from: 17, says: /transaction_timeout/, setUp: ["ALTER ROLE dms SET transaction_timeout = '1h'"], tearDown: ['ALTER ROLE dms RESET ALL'] },
  { layer: 'plugin', code: 'PLG002', world: (world, server) => (world.items['host/clusters.json'] = clusterItem(server, { plugins: { test_decoding: null } })), mendWorld: (world) => delete world.items['host/clusters.json'] },
  {
    layer: 'plugin',
    code: 'PLG005',
    says: /shared_preload_libraries/,
    world: (world, server) => {
      world.endpoint['PluginName'] = 'pglogical';
      world.items['host/clusters.json'] = clusterItem(server, { plugins: { test_decoding: '/lib/test_decoding.so', pglogical: '/lib/pglogical.so' } });
    },
    mendWorld: (world) => (world.endpoint['PluginName'] = 'test-decoding'),
  },
  { layer: 'wal-retention', code: 'RET002', from: 13, says: /= 1.0 GiB/, setUp: system("SET max_slot_wal_keep_size = '1GB'"), tearDown: system('RESET max_slot_wal_keep_size') },
  { layer: 'wal-retention', code: 'RET004', from: 18, setUp: system("SET idle_replication_slot_timeout = '1h'"), tearDown: system('RESET idle_replication_slot_timeout') },
];

const needsRestart = system('SET max_wal_senders = 7');
const restartOver = system('RESET max_wal_senders');

/** What a restart would hit; a pending setting of the migration makes one necessary. */
export const restartCases: readonly Case[] = [
  { layer: 'restart', code: 'RST002', says: /1 standby and 1 client \(1 of app-session\)[^]*1 of app-session from 127\.0\.0\.1, since/, setUp: needsRestart, sessions: [{ user: 'app' }, { user: 'postgres', standby: 'db2' }], mend: restartOver, tearDown: restartOver },
  {
    layer: 'restart',
    code: 'RST002',
    says: /1 prepared transaction would stay/,
    setUp: [...needsRestart, 'BEGIN', 'LOCK TABLE lines', "PREPARE TRANSACTION 'two'"],
    mend: ["ROLLBACK PREPARED 'two'", ...restartOver],
    tearDown: restartOver,
  },
  { layer: 'restart', code: 'RST004', says: /max_connections \(100, then 120\)/, setUp: [...needsRestart, ...system('SET max_connections = 120')], mend: system('RESET max_connections'), tearDown: [...restartOver, ...system('RESET max_connections')] },
  {
    layer: 'restart',
    code: 'RST003',
    says: /pg_hba\.conf:1/,
    setUp: [...needsRestart, "DO $$BEGIN EXECUTE format('COPY (SELECT ''host all all bogus-mask/99 trust'') TO %L', current_setting('hba_file')); END$$"],
    mend: ["DO $$BEGIN EXECUTE format('COPY (VALUES (''local all all trust''), (''host all all all trust''), (''host replication all all trust'')) TO %L', current_setting('hba_file')); END$$"],
    tearDown: restartOver,
  },
  {
    layer: 'restart',
    code: 'RST003',
    says: /postgresql\.auto\.conf:2[^]*no_such_setting|no_such_setting/,
    setUp: [...needsRestart, "DO $$BEGIN EXECUTE format('COPY (VALUES (''max_wal_senders = 7''), (''no_such_setting = 1'')) TO %L', current_setting('data_directory') || '/postgresql.auto.conf'); END$$"],
    mend: ["DO $$BEGIN EXECUTE format('COPY (VALUES (''max_wal_senders = 7'')) TO %L', current_setting('data_directory') || '/postgresql.auto.conf'); END$$"],
    tearDown: restartOver,
  },
  { layer: 'restart', code: 'RST005', says: /db2 holds no slot, and WAL kept beside is none/, setUp: needsRestart, sessions: [{ user: 'postgres', standby: 'db2' }], tearDown: [...restartOver, 'ALTER SYSTEM RESET ALL', ...reload] },
  {
    layer: 'restart',
    code: 'RST006',
    says: /synchronous_standby_names = db2 \(db2\)/,
    setUp: needsRestart,
    sessions: [{ user: 'postgres', standby: 'db2', first: "ALTER SYSTEM SET synchronous_standby_names = 'db2'" }],
    mend: system('RESET synchronous_standby_names'),
    tearDown: [...system('RESET synchronous_standby_names'), ...restartOver],
  },
  { layer: 'restart', code: 'RST007', to: 14, setUp: [...needsRestart, "SELECT pg_start_backup('x', true)"], mend: ['SELECT pg_stop_backup()', ...restartOver], tearDown: restartOver },
  { layer: 'restart', code: 'RST008', setUp: needsRestart, world: (world, server) => (world.items['host/clusters.json'] = clusterItem(server, { exeDeleted: true })), simulated: true, mendWorld: (world) => delete world.items['host/clusters.json'], tearDown: restartOver },
];
