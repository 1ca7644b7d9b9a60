import type { Code } from '../../src/findings/index.ts';
import type { Layer } from '../../src/layers.ts';
import type { World } from './source.ts';
import { task } from './source.ts';

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
  readonly world?: (world: World) => void;
  /** Sessions that stay open meanwhile: the role and a statement that each sends first. */
  readonly sessions?: readonly { readonly user: string; readonly first?: string }[];
  /** Statements that make it go away, where the finding prints no fix; with one, the printed fix is carried out. */
  readonly mend?: readonly string[];
  /** The same for what DMS and the host say. */
  readonly mendWorld?: (world: World) => void;
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
