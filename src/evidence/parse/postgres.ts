import * as v from 'valibot';
import { json, rows } from './json.ts';

/*
 * Rows keep the view's own column names. Columns that only newer servers have, or that a role may not see, are
 * nullish; columns that a judgement rests on are required, so that a damaged row is not understood rather than guessed.
 */

const text = v.nullish(v.string());
const number = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform(Number),
  v.check((n) => Number.isFinite(n), 'is not a number'),
);
const flag = v.boolean();

/** `postgres/server.json`: one row about the server and the session that asked. */
export const parseServer = (source: string) => {
  const [row] = json(v.tuple([serverRow]))(source);
  return row;
};
const serverRow = v.looseObject({
  server_version: v.string(),
  server_version_num: number,
  system_identifier: v.nullish(v.union([v.string(), v.number()])),
  pg_postmaster_start_time: v.string(),
  pg_conf_load_time: text,
  pg_is_in_recovery: flag,
  data_directory: text,
  hba_file: text,
  config_file: text,
  inet_server_addr: text,
  inet_server_port: v.nullish(number),
  port: v.nullish(number),
  current_user: text,
  current_database: text,
  /** The role whose privileges were asked for. */
  dms_role: text,
  /** Whether this is RDS or Aurora: there is no host of ours, and other words for the same settings. */
  is_rds: v.nullish(flag),
  is_aurora: v.nullish(flag),
  /** When the last checkpoint was made, and the bytes of WAL since its redo point; null on a standby or without the right. */
  checkpoint_time: text,
  checkpoint_distance: v.nullish(number),
  /** An exclusive base backup, up to version 14. */
  pg_is_in_backup: v.nullish(flag),
});

/** `postgres/settings.json`: rows of pg_settings, by name. */
export const parseSettings = (source: string) => {
  const list = rows(settingRow)(source);
  return new Map(list.map((row) => [row.name, row]));
};
const settingRow = v.looseObject({
  name: v.string(),
  setting: v.nullable(v.string()),
  unit: text,
  context: text,
  source: text,
  sourcefile: text,
  sourceline: v.nullish(number),
  boot_val: text,
  pending_restart: v.nullish(flag),
});
/** One row of pg_settings. */
export type Setting = v.InferOutput<typeof settingRow>;

/** `postgres/file-settings.json`: rows of pg_file_settings; `error` is why the server would not apply a line. */
export const parseFileSettings = rows(
  v.looseObject({
    sourcefile: text,
    sourceline: v.nullish(number),
    name: text,
    setting: text,
    applied: v.nullish(flag),
    error: text,
  }),
);

/** `postgres/hba-file-rules.json`: rows of pg_hba_file_rules, which reads the file on disk. */
export const parseHbaFileRules = rows(
  v.looseObject({ file_name: text, line_number: v.nullish(number), auth_method: text, error: text }),
);

/** `postgres/roles.json`, by role name. */
export const parseRoles = (source: string) => {
  const list = rows(roleRow)(source);
  return new Map(list.map((row) => [row.rolname, row]));
};
const roleRow = v.looseObject({
  rolname: v.string(),
  rolsuper: flag,
  rolcanlogin: flag,
  rolreplication: flag,
  rolbypassrls: v.nullish(flag),
  rolconnlimit: number,
  rolvaliduntil: text,
  /** The kind of the password's verifier; null where the session may not know. */
  verifier: v.nullish(v.picklist(['scram-sha-256', 'md5', 'none', 'plain'])),
  memberof: v.array(v.string()),
});
/** One role. */
export type Role = v.InferOutput<typeof roleRow>;

/** `postgres/databases.json`, by database name. */
export const parseDatabases = (source: string) => {
  const list = rows(databaseRow)(source);
  return new Map(list.map((row) => [row.datname, row]));
};
const databaseRow = v.looseObject({
  datname: v.string(),
  datallowconn: flag,
  datconnlimit: number,
  /** Whether the DMS role may CONNECT; null where that was not asked. */
  connect: v.nullish(flag),
  create: v.nullish(flag),
});

/** `postgres/replication.json`: rows of pg_stat_replication, each with the slot that its walsender holds. */
export const parseReplication = rows(
  v.looseObject({
    application_name: text,
    client_addr: text,
    state: text,
    sync_state: text,
    usename: text,
    slot_name: text,
  }),
);

/** `postgres/slots.json`: rows of pg_replication_slots. */
export const parseSlots = (source: string) => rows(slotRow)(source);
const slotRow = v.looseObject({
  slot_name: v.string(),
  plugin: text,
  slot_type: v.string(),
  database: text,
  active: flag,
  wal_status: text,
  retained_bytes: v.nullish(number),
  temporary: v.nullish(flag),
  /** From version 17 on. */
  inactive_since: text,
  invalidation_reason: text,
});
/** One replication slot. */
export type Slot = v.InferOutput<typeof slotRow>;

/** `postgres/activity.json`: client sessions without their queries. */
export const parseActivity = rows(
  v.looseObject({
    pid: number,
    datname: text,
    usename: text,
    application_name: text,
    client_addr: text,
    backend_start: text,
    xact_start: text,
    state: text,
    backend_type: text,
  }),
);

/** `postgres/role-settings.json`: settings that a role or a database overrides (pg_db_role_setting). */
export const parseRoleSettings = rows(v.looseObject({ database: text, role: text, setting: v.string() }));

/** `postgres/prepared-xacts.json`: rows of pg_prepared_xacts. */
export const parsePreparedXacts = rows(v.looseObject({ prepared: text, database: text }));

/** `postgres/tables.json`: the tables of the endpoint's database. */
export const parseTables = (source: string) => rows(tableRow)(source);
const tableRow = v.looseObject({
  nspname: v.string(),
  relname: v.string(),
  relkind: v.string(),
  relpersistence: v.string(),
  relreplident: v.string(),
  primary_key: flag,
  primary_key_valid: v.nullish(flag),
  primary_key_lob: v.nullish(flag),
  unique_index: v.nullish(flag),
  owner: text,
  bytes: v.nullish(number),
  reltuples: v.nullish(number),
  n_tup_upd: v.nullish(number),
  n_tup_del: v.nullish(number),
  columns: v.nullish(number),
  lob_columns: v.nullish(number),
  array_columns: v.nullish(number),
  generated_columns: v.nullish(number),
  /** How many of its columns the DMS role may SELECT. */
  columns_selectable: v.nullish(number),
  relrowsecurity: v.nullish(flag),
  relforcerowsecurity: v.nullish(flag),
  relispartition: v.nullish(flag),
  /** Of the DMS role: SELECT on the table, USAGE on its schema; null where there is no such role. */
  selectable: v.nullish(flag),
  /** Of the DMS role: INSERT, UPDATE, DELETE and TRUNCATE; for a target. */
  writable: v.nullish(flag),
  /** Indexes of the table, that of its primary key included. */
  indexes: v.nullish(number),
  schema_usable: v.nullish(flag),
});
/** One table of the endpoint's database. */
export type Table = v.InferOutput<typeof tableRow>;

/** `postgres/privileges.json`: what the DMS role may do to the database and its schemas, and the grants on DMS's own tables. */
export const parsePrivileges = rows(
  v.looseObject({
    object: v.picklist(['database', 'schema', 'relation']),
    name: v.string(),
    owner: text,
    create: v.nullish(flag),
    usage: v.nullish(flag),
    acl: v.nullish(v.array(v.string())),
  }),
);

/** `postgres/event-triggers.json`: rows of pg_event_trigger; `evtenabled` is O (origin), A (always), R (replica) or D (disabled). */
export const parseEventTriggers = rows(v.looseObject({ evtname: v.string(), evtenabled: v.string(), owner: text }));

/** `postgres/extensions.json`: the extensions of the endpoint's database. */
export const parseExtensions = rows(v.looseObject({ extname: v.string(), nspname: text }));

/** `postgres/column-types.json`: the types of the tables' columns, each with the number of columns and an example. */
export const parseColumnTypes = rows(
  v.looseObject({
    type_schema: v.string(),
    typname: v.string(),
    typtype: v.string(),
    typcategory: v.string(),
    /** numeric, varchar or char without a length. */
    unbounded: flag,
    columns: number,
    tables: number,
    example: v.string(),
  }),
);

/** `postgres/data.json`: one row with what belongs to no table. */
export const parseData = (source: string) => json(v.tuple([dataRow]))(source)[0];
const dataRow = v.looseObject({ sequences: number, large_objects: flag, policies: v.nullish(number) });

/** `postgres/wal.json`: one row; from version 14 on with the counters of pg_stat_wal. */
export const parseWal = (source: string) => json(v.tuple([walRow]))(source)[0];
const walRow = v.looseObject({ now: v.string(), wal_bytes: v.nullish(number), stats_reset: text });

/** `postgres/database-stats.json`: rows of pg_stat_database. */
export const parseDatabaseStats = rows(
  v.looseObject({
    datname: v.string(),
    blks_read: v.nullish(number),
    blks_hit: v.nullish(number),
    temp_files: v.nullish(number),
    temp_bytes: v.nullish(number),
    stats_reset: text,
  }),
);

/** `postgres/pglogical-nodes.json`: the nodes of pglogical in this database. */
export const parsePglogicalNodes = rows(v.looseObject({ node_name: v.string() }));

/** `postgres/bgwriter.json`: the row of pg_stat_bgwriter, which counts checkpoints up to version 16. */
export const parseBgwriter = rows(
  v.looseObject({ checkpoints_timed: v.nullish(number), checkpoints_req: v.nullish(number), stats_reset: text }),
);

/** `postgres/checkpointer.json`: the row of pg_stat_checkpointer, from version 17 on. */
export const parseCheckpointer = rows(
  v.looseObject({ num_timed: v.nullish(number), num_requested: v.nullish(number), stats_reset: text }),
);

/** `postgres/cron-jobs.json`: the jobs of pg_cron. */
export const parseCronJobs = rows(v.looseObject({ schedule: v.string(), database: text, active: v.nullish(flag) }));

/** `files.json` of PostgreSQL or of a front end: configuration files with their times (ISO 8601). `item` is the name in the bundle. */
export const parseFiles = rows(
  v.looseObject({
    item: text,
    path: text,
    size: v.nullish(number),
    mtime: text,
    ctime: text,
    /** Of a directory that include_dir names: what stands in it. */
    entries: v.nullish(v.array(v.string())),
  }),
);
