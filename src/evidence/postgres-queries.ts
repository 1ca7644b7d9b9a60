/**
 * What is asked of the database, as data: for each item of `postgres/` the statement, the versions it is legal on and the
 * rights without which it would be refused. Every statement reads catalogs, statistics and settings only; none opens a
 * user's table (so none waits for a lock on one), and none returns the text of a query. Secrets are blanked in the statement
 * itself, so that they never leave the server.
 *
 * Sources: the chapters "System Catalogs", "System Views", "The Cumulative Statistics System" and "System Administration
 * Functions" of the PostgreSQL documentation, 9.4 to 18, for columns by version and for the rights.
 */

/**
 * The rights that the first round trip asks about; see `rightsQuery`. `wal_functions` (where the WAL stands) and
 * `wal_statistics` are no rights of a role, but what Aurora refuses: it has no pg_stat_wal and pg_stat_wal_receiver, and the
 * functions that give an LSN raise an error there unless wal_level is logical.
 */
export type Right =
  | 'superuser'
  | 'pg_read_all_settings'
  | 'pg_read_all_stats'
  | 'pg_authid'
  | 'pg_control_system'
  | 'pg_file_settings'
  | 'pg_hba_file_rules'
  | 'pg_ls_waldir'
  | 'wal_functions'
  | 'wal_statistics'
  | 'cron.job'
  | 'pglogical.node';

/** What the statements depend on. `version` is server_version_num (90400 to 18xxxx); `dmsRole` the role that DMS logs in as. */
export type Server = { version: number; dmsRole: string };

/** One question. Of several for the same item the first that is legal and permitted is asked, the next where that one fails. */
export type PostgresQuery = {
  /** The item's name in the bundle. */
  item: string;
  /** First server_version_num on which it is legal. */
  from: number;
  /** Rights without which the server refuses it. */
  needs: readonly Right[];
  /** One SELECT; its columns are the keys of the item's rows. */
  sql: (server: Server) => string;
};

/** Settings whose value may be a secret or hold one, by name. */
const secretName = (name: string) =>
  `(${name} ~* '(_command$|conninfo|secret|token|credential|private_key|api_key|passw)' AND ${name} <> 'password_encryption')`;

const blankSetting = (name: string, value: string) =>
  `CASE WHEN ${value} <> '' AND ${secretName(name)} THEN '(removed)' ELSE ${value} END`;

/** A text literal, safe with either value of standard_conforming_strings. */
const literal = (text: string): string =>
  `${text.includes('\\') ? ' E' : ''}'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;

const dmsRole = (server: Server) => `(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ${literal(server.dmsRole)})`;

/** Columns that only some versions have. */
const since = (server: Server, version: number, columns: string) => (server.version >= version ? `, ${columns}` : '');

const currentLsn = (server: Server) =>
  server.version >= 100_000
    ? 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END'
    : 'CASE WHEN pg_is_in_recovery() THEN pg_last_xlog_replay_location() ELSE pg_current_xlog_location() END';
const lsnDifference = (server: Server, from: string) =>
  `${server.version >= 100_000 ? 'pg_wal_lsn_diff' : 'pg_xlog_location_diff'}(${currentLsn(server)}, ${from})`;

/** A setting's value, or null where this session may not see it. */
const visible = (name: string) => `(SELECT setting FROM pg_catalog.pg_settings WHERE name = '${name}') AS ${name}`;

const userSchemas = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`;

/** Aurora's own function is not in pg_proc in every release; its settings are in pg_settings. */
const isAurora = `(to_regprocedure('aurora_version()') IS NOT NULL
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_settings WHERE name LIKE 'apg\\_%' OR name LIKE 'aurora\\_%'))`;

/**
 * The first round trip: version and rights, in one statement that is legal for every role on every version from 9.4.
 * Functions that a version lacks are null; a right that is null is not there.
 */
export const rightsQuery = `
SELECT current_setting('server_version_num')::int AS version,
  current_setting('is_superuser') = 'on' AS superuser,
  (SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_settings') AS pg_read_all_settings,
  (SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_stats') AS pg_read_all_stats,
  has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS pg_authid,
  has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()')::oid, 'EXECUTE')
    AND has_function_privilege(to_regprocedure('pg_catalog.pg_control_checkpoint()')::oid, 'EXECUTE') AS pg_control_system,
  has_function_privilege(to_regprocedure('pg_catalog.pg_show_all_file_settings()')::oid, 'EXECUTE')
    AND has_table_privilege(to_regclass('pg_catalog.pg_file_settings')::oid, 'SELECT') AS pg_file_settings,
  has_function_privilege(to_regprocedure('pg_catalog.pg_hba_file_rules()')::oid, 'EXECUTE')
    AND has_table_privilege(to_regclass('pg_catalog.pg_hba_file_rules')::oid, 'SELECT') AS pg_hba_file_rules,
  has_function_privilege(to_regprocedure('pg_catalog.pg_ls_waldir()')::oid, 'EXECUTE') AS pg_ls_waldir,
  ${isAurora} AS aurora,
  NOT ${isAurora} OR current_setting('wal_level') = 'logical' AS wal_functions,
  NOT ${isAurora} AS wal_statistics,
  has_table_privilege(to_regclass('cron.job')::oid, 'SELECT')
    AND (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace WHERE nspname = 'cron') AS "cron.job",
  has_table_privilege(to_regclass('pglogical.node')::oid, 'SELECT')
    AND (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace WHERE nspname = 'pglogical') AS "pglogical.node"`;

const serverColumns = (server: Server) => `
  version(), current_setting('server_version') AS server_version,
  current_setting('server_version_num')::int AS server_version_num,
  now(), pg_postmaster_start_time(), pg_conf_load_time(), pg_is_in_recovery(),
  inet_server_addr(), inet_server_port(), inet_client_addr(), current_setting('port')::int AS port,
  current_user, session_user, current_database(), current_setting('is_superuser') = 'on' AS is_superuser,
  (SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_settings') AS pg_read_all_settings,
  (SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_stats') AS pg_read_all_stats,
  (SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = 'pg_monitor') AS pg_monitor,
  ${literal(server.dmsRole)}::text AS dms_role,
  ${visible('data_directory')}, ${visible('hba_file')}, ${visible('config_file')},
  ${isAurora} AS is_aurora,
  EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'rds_superuser') AS is_rds
  ${since(server, 90_500, '(SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()) AS ssl')}`;

/** The same, where the WAL's position may be asked for. */
const serverColumnsWithWal = (server: Server) => `${serverColumns(server)}, ${currentLsn(server)} AS current_lsn
  ${server.version < 150_000 ? ', pg_is_in_backup()' : ''}`;

const tables = (server: Server) => `
SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident, o.rolname AS owner,
  c.reltuples::bigint AS reltuples, pg_stat_get_live_tuples(c.oid) AS n_live_tup,
  pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins, pg_stat_get_tuples_updated(c.oid) AS n_tup_upd,
  pg_stat_get_tuples_deleted(c.oid) AS n_tup_del,
  (c.relpages::bigint + coalesce(t.relpages, 0)) * current_setting('block_size')::bigint AS bytes,
  coalesce(i.primary_key, false) AS primary_key, coalesce(i.primary_key_valid, false) AS primary_key_valid,
  coalesce(i.unique_index, false) AS unique_index,
  coalesce(a.columns, 0) AS columns, coalesce(a.lob_columns, 0) AS lob_columns, coalesce(a.array_columns, 0) AS array_columns,
  coalesce(a.lob_keys && i.key_columns, false) AS primary_key_lob,
  has_schema_privilege(r.oid, n.oid, 'USAGE') AS schema_usable,
  has_table_privilege(r.oid, c.oid, 'SELECT') AS selectable,
  has_table_privilege(r.oid, c.oid, 'INSERT') AND has_table_privilege(r.oid, c.oid, 'UPDATE')
    AND has_table_privilege(r.oid, c.oid, 'DELETE') AND has_table_privilege(r.oid, c.oid, 'TRUNCATE') AS writable,
  coalesce(i.indexes, 0) AS indexes,
  CASE WHEN has_table_privilege(r.oid, c.oid, 'SELECT') THEN coalesce(a.columns, 0)
    WHEN a.granted_columns IS NULL THEN 0
    ELSE (SELECT count(*) FROM unnest(a.granted_columns) AS k WHERE has_column_privilege(r.oid, c.oid, k, 'SELECT'))
  END AS columns_selectable
  ${since(server, 90_500, 'c.relrowsecurity, c.relforcerowsecurity')}
  ${since(server, 100_000, 'c.relispartition')}
  ${since(server, 120_000, 'coalesce(a.generated_columns, 0) AS generated_columns')}
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid AND c.reltoastrelid <> 0
LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
LEFT JOIN (SELECT ${dmsRole(server)} AS oid) AS r ON true
LEFT JOIN (
  SELECT a.attrelid, count(*) AS columns,
    count(*) FILTER (WHERE y.typname IN ('text', 'bytea', 'json', 'jsonb', 'xml', 'hstore', 'tsvector', 'citext')
      OR (y.typname IN ('varchar', 'bpchar') AND a.atttypmod < 0)) AS lob_columns,
    count(*) FILTER (WHERE y.typcategory = 'A') AS array_columns,
    array_agg(a.attnum) FILTER (WHERE y.typname IN ('bytea', 'json', 'jsonb', 'xml', 'hstore', 'tsvector')) AS lob_keys,
    array_agg(a.attnum) FILTER (WHERE a.attacl IS NOT NULL) AS granted_columns
    ${since(server, 120_000, "count(*) FILTER (WHERE a.attgenerated <> '') AS generated_columns")}
  FROM pg_catalog.pg_class AS of_table
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = of_table.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
  WHERE of_table.relkind IN ('r', 'p', 'f', 'm') GROUP BY a.attrelid
) AS a ON a.attrelid = c.oid
LEFT JOIN (
  SELECT indrelid, count(*) AS indexes, bool_or(indisprimary) AS primary_key, bool_or(indisprimary AND indisvalid) AS primary_key_valid,
    bool_or(indisunique AND NOT indisprimary AND indpred IS NULL AND indisvalid AND indimmediate) AS unique_index,
    string_to_array(max(indkey::text) FILTER (WHERE indisprimary), ' ')::int2[] AS key_columns
  FROM pg_catalog.pg_index GROUP BY indrelid
) AS i ON i.indrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${userSchemas}
ORDER BY n.nspname, c.relname`;

/** Every question, in the order in which the items are asked for. */
export const postgresQueries: readonly PostgresQuery[] = [
  {
    item: 'postgres/server.json',
    from: 90_600,
    needs: ['pg_control_system', 'wal_functions'],
    sql: (server) => `
SELECT s.system_identifier::text AS system_identifier, c.timeline_id, c.checkpoint_time, c.redo_${lsnName(server)} AS redo_lsn,
  CASE WHEN NOT pg_is_in_recovery() THEN ${lsnDifference(server, `c.redo_${lsnName(server)}`)} END AS checkpoint_distance,
  ${serverColumnsWithWal(server)}
FROM pg_control_system() AS s, pg_control_checkpoint() AS c`,
  },
  {
    item: 'postgres/server.json',
    from: 90_400,
    needs: ['wal_functions'],
    sql: (server) => `SELECT ${serverColumnsWithWal(server)}`,
  },
  { item: 'postgres/server.json', from: 90_400, needs: [], sql: (server) => `SELECT ${serverColumns(server)}` },
  {
    item: 'postgres/settings.json',
    from: 90_400,
    needs: [],
    sql: (server) => `
SELECT name, ${blankSetting('name', 'setting')} AS setting, unit, context, vartype, source, sourcefile, sourceline,
  ${blankSetting('name', 'boot_val')} AS boot_val, ${blankSetting('name', 'reset_val')} AS reset_val
  ${since(server, 90_500, 'pending_restart')}
FROM pg_catalog.pg_settings ORDER BY name`,
  },
  {
    item: 'postgres/file-settings.json',
    from: 90_500,
    needs: ['pg_file_settings'],
    sql: () => `
SELECT f.sourcefile, f.sourceline, f.seqno, f.name,
  CASE WHEN f.setting <> '' AND (${secretName('f.name')}
      OR (f.name LIKE '%.%' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_settings AS k WHERE k.name = f.name)))
    THEN '(removed)' ELSE f.setting END AS setting,
  f.applied, CASE WHEN ${secretName('f.name')} THEN substring(f.error from '^[^"]*') ELSE f.error END AS error
FROM pg_catalog.pg_file_settings AS f ORDER BY f.seqno`,
  },
  {
    item: 'postgres/role-settings.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT d.datname AS database, r.rolname AS role,
  CASE WHEN ${secretName("split_part(c, '=', 1)")}
      OR (split_part(c, '=', 1) LIKE '%.%'
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_settings WHERE name = split_part(c, '=', 1)))
    THEN split_part(c, '=', 1) || '=(removed)' ELSE c END AS setting
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL unnest(s.setconfig) AS c
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
ORDER BY 1, 2, 3`,
  },
  {
    item: 'postgres/hba-file-rules.json',
    from: 100_000,
    needs: ['pg_hba_file_rules'],
    sql: (server) => `
SELECT ${server.version >= 160_000 ? 'rule_number, file_name, ' : ''}line_number, type, database, user_name, address, netmask,
  auth_method,
  (SELECT array_agg(CASE WHEN o ~* '^(ldapbindpasswd|radiussecrets|[^=]*(passw|secret)[^=]*)='
    THEN split_part(o, '=', 1) || '=(removed)' ELSE o END) FROM unnest(options) AS o) AS options,
  CASE WHEN error ~* 'secret|passw' THEN substring(error from '^[^"]*') ELSE error END AS error
FROM pg_catalog.pg_hba_file_rules ORDER BY ${server.version >= 160_000 ? 'rule_number NULLS LAST, file_name, ' : ''}line_number`,
  },
  ...(['pg_authid', 'pg_roles'] as const).map((catalog): PostgresQuery => ({
    item: 'postgres/roles.json',
    from: 90_400,
    needs: catalog === 'pg_authid' ? ['pg_authid'] : [],
    sql: (server) => `
WITH RECURSIVE membership AS (
  SELECT member, roleid FROM pg_catalog.pg_auth_members
  UNION SELECT m.member, a.roleid FROM membership AS m JOIN pg_catalog.pg_auth_members AS a ON a.member = m.roleid
), memberof AS (
  SELECT m.member, array_agg(g.rolname ORDER BY g.rolname) AS names
  FROM membership AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid GROUP BY m.member
)
SELECT r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication
  ${since(server, 90_500, 'r.rolbypassrls')}, r.rolconnlimit, r.rolvaliduntil,
  ${
    catalog === 'pg_roles'
      ? 'NULL::text'
      : `CASE WHEN r.rolpassword IS NULL THEN 'none' WHEN r.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
    WHEN r.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5' ELSE 'plain' END`
  } AS verifier,
  coalesce(m.names, ARRAY[]::name[]) AS memberof
FROM pg_catalog.${catalog} AS r LEFT JOIN memberof AS m ON m.member = r.oid ORDER BY r.rolname`,
  })),
  {
    item: 'postgres/databases.json',
    from: 90_400,
    needs: [],
    sql: (server) => `
SELECT d.datname, o.rolname AS owner, d.datistemplate, d.datallowconn, d.datconnlimit,
  pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, d.datctype,
  has_database_privilege(${dmsRole(server)}, d.oid, 'CONNECT') AS connect,
  has_database_privilege(${dmsRole(server)}, d.oid, 'CREATE') AS "create",
  has_database_privilege(${dmsRole(server)}, d.oid, 'TEMPORARY') AS temporary
FROM pg_catalog.pg_database AS d LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = d.datdba ORDER BY d.datname`,
  },
  {
    item: 'postgres/replication.json',
    from: 90_500,
    needs: [],
    sql: () => `
SELECT r.*, s.slot_name FROM pg_catalog.pg_stat_replication AS r
LEFT JOIN pg_catalog.pg_replication_slots AS s ON s.active_pid = r.pid ORDER BY r.application_name, r.pid`,
  },
  {
    item: 'postgres/replication.json',
    from: 90_400,
    needs: [],
    sql: () => 'SELECT r.* FROM pg_catalog.pg_stat_replication AS r ORDER BY r.application_name, r.pid',
  },
  {
    item: 'postgres/slots.json',
    from: 90_400,
    needs: ['wal_functions'],
    sql: (server) => `
SELECT s.*, ${lsnDifference(server, 's.restart_lsn')} AS retained_bytes
FROM pg_catalog.pg_replication_slots AS s ORDER BY s.slot_name`,
  },
  {
    item: 'postgres/slots.json',
    from: 90_400,
    needs: [],
    sql: () => 'SELECT s.* FROM pg_catalog.pg_replication_slots AS s ORDER BY s.slot_name',
  },
  {
    item: 'postgres/wal-receiver.json',
    from: 90_600,
    needs: ['wal_statistics'],
    sql: (server) => `
SELECT pid, status, received_tli, last_msg_receipt_time, latest_end_lsn, latest_end_time, slot_name
  ${since(server, 110_000, 'sender_host, sender_port')}
FROM pg_catalog.pg_stat_wal_receiver`,
  },
  {
    item: 'postgres/activity.json',
    from: 90_400,
    needs: [],
    sql: (server) => `
SELECT pid, datname, usename, application_name, client_addr, client_hostname, backend_start, xact_start, state_change, state,
  backend_xid::text AS backend_xid, age(backend_xmin) AS backend_xmin_age
  ${server.version < 90_600 ? ', waiting' : ', wait_event_type, wait_event'}
  ${since(server, 100_000, 'backend_type')}
FROM pg_catalog.pg_stat_activity
WHERE pid <> pg_backend_pid() ${server.version >= 100_000 ? "AND (backend_type = 'client backend' OR backend_type IS NULL)" : ''}
ORDER BY backend_start, pid`,
  },
  {
    item: 'postgres/prepared-xacts.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT transaction::text AS transaction, prepared, owner, database FROM pg_catalog.pg_prepared_xacts ORDER BY prepared`,
  },
  { item: 'postgres/tables.json', from: 90_400, needs: [], sql: tables },
  {
    item: 'postgres/column-types.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT tn.nspname AS type_schema, y.typname, y.typtype, y.typcategory, a.unbounded, a.columns, a.tables,
  a.example::regclass::text AS example
FROM (
  SELECT atttypid, unbounded, sum(columns)::bigint AS columns, count(*) AS tables, min(attrelid) AS example
  FROM (
    SELECT a.attrelid, a.atttypid, count(*) AS columns,
      a.atttypmod < 0 AND a.atttypid IN (
        'pg_catalog.numeric'::regtype, 'pg_catalog.varchar'::regtype, 'pg_catalog.bpchar'::regtype) AS unbounded
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${userSchemas}
    GROUP BY 1, 2, 4
  ) AS of_table GROUP BY 1, 2
) AS a
JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = y.typnamespace
ORDER BY 1, 2, 5`,
  },
  {
    item: 'postgres/privileges.json',
    from: 90_400,
    needs: [],
    sql: (server) => `
SELECT 'database' AS object, current_database() AS name, NULL::text AS owner,
  has_database_privilege(r.oid, current_database(), 'CONNECT') AS connect,
  has_database_privilege(r.oid, current_database(), 'CREATE') AS "create", NULL::boolean AS usage, NULL::text[] AS acl
FROM (SELECT ${dmsRole(server)} AS oid) AS r
UNION ALL
SELECT 'schema', n.nspname, o.rolname, NULL, has_schema_privilege(r.oid, n.oid, 'CREATE'),
  has_schema_privilege(r.oid, n.oid, 'USAGE'), NULL
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner CROSS JOIN (SELECT ${dmsRole(server)} AS oid) AS r
WHERE ${userSchemas}
UNION ALL
SELECT 'relation', n.nspname || '.' || c.relname, o.rolname, NULL, NULL, NULL, c.relacl::text[]
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
WHERE c.relname LIKE 'awsdms%' AND c.relkind IN ('r', 'S')`,
  },
  {
    item: 'postgres/event-triggers.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT e.evtname, e.evtevent, o.rolname AS owner, e.evtenabled, e.evttags, n.nspname || '.' || p.proname AS function
FROM pg_catalog.pg_event_trigger AS e
LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = e.evtowner
LEFT JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace ORDER BY e.evtname`,
  },
  {
    item: 'postgres/extensions.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT e.extname, e.extversion, n.nspname FROM pg_catalog.pg_extension AS e
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace ORDER BY e.extname`,
  },
  {
    item: 'postgres/available-extensions.json',
    from: 90_400,
    needs: [],
    sql: () => 'SELECT name, default_version, installed_version FROM pg_catalog.pg_available_extensions ORDER BY name',
  },
  {
    item: 'postgres/publications.json',
    from: 100_000,
    needs: [],
    sql: () => 'SELECT p.pubname, p.puballtables FROM pg_catalog.pg_publication AS p ORDER BY p.pubname',
  },
  {
    item: 'postgres/subscriptions.json',
    from: 100_000,
    needs: [],
    sql: () => `
SELECT d.datname AS database, s.subname, s.subenabled FROM pg_catalog.pg_subscription AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid ORDER BY 1, 2`,
  },
  {
    item: 'postgres/base-backups.json',
    from: 130_000,
    needs: [],
    sql: () => 'SELECT pid, phase, backup_total, backup_streamed FROM pg_catalog.pg_stat_progress_basebackup',
  },
  {
    item: 'postgres/data.json',
    from: 90_400,
    needs: [],
    sql: (server) => `
SELECT (SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND ${userSchemas}) AS sequences,
  EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata) AS large_objects,
  (SELECT reltuples::bigint FROM pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_largeobject_metadata'::regclass)
    AS large_objects_estimated
  ${since(server, 90_500, '(SELECT count(*) FROM pg_catalog.pg_policy) AS policies')}`,
  },
  {
    item: 'postgres/wal.json',
    from: 140_000,
    needs: ['wal_functions', 'wal_statistics'],
    sql: (server) => `SELECT now(), ${currentLsn(server)} AS current_lsn, w.* FROM pg_catalog.pg_stat_wal AS w`,
  },
  {
    item: 'postgres/wal.json',
    from: 90_400,
    needs: ['wal_functions'],
    sql: (server) => `SELECT now(), ${currentLsn(server)} AS current_lsn`,
  },
  {
    item: 'postgres/wal-files.json',
    from: 100_000,
    needs: ['pg_ls_waldir'],
    sql: () => 'SELECT count(*) AS files, sum(size)::bigint AS bytes, min(modification) AS oldest FROM pg_ls_waldir()',
  },
  {
    item: 'postgres/archiver.json',
    from: 90_400,
    needs: [],
    sql: () => 'SELECT * FROM pg_catalog.pg_stat_archiver',
  },
  {
    item: 'postgres/locks.json',
    from: 90_400,
    needs: [],
    sql: () => `
SELECT locktype, mode, granted, count(*) AS locks FROM pg_catalog.pg_locks
WHERE pid <> pg_backend_pid() GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  },
  {
    item: 'postgres/database-stats.json',
    from: 90_400,
    needs: [],
    sql: () => 'SELECT s.* FROM pg_catalog.pg_stat_database AS s WHERE s.datname IS NOT NULL ORDER BY s.datname',
  },
  { item: 'postgres/bgwriter.json', from: 90_400, needs: [], sql: () => 'SELECT * FROM pg_catalog.pg_stat_bgwriter' },
  {
    item: 'postgres/checkpointer.json',
    from: 170_000,
    needs: [],
    sql: () => 'SELECT * FROM pg_catalog.pg_stat_checkpointer',
  },
  {
    item: 'postgres/cron-jobs.json',
    from: 90_400,
    needs: ['cron.job'],
    sql: () => 'SELECT jobid, schedule, database, username, active FROM cron.job ORDER BY jobid',
  },
  {
    item: 'postgres/pglogical-nodes.json',
    from: 90_400,
    needs: ['pglogical.node'],
    sql: () => 'SELECT node_id, node_name FROM pglogical.node ORDER BY node_name',
  },
];

/** The suffix of LSN columns of pg_control_checkpoint(): renamed with version 10. */
function lsnName(server: Server): string {
  return server.version >= 100_000 ? 'lsn' : 'location';
}
