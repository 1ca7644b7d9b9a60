import { codesOf, words } from './define.ts';

/** What the role may do once it is in. */
export const roleCodes = codesOf('role', {
  ROL001: words<{ user: string; how: string }>({
    status: 'pass',
    title: 'The role has what the migration needs',
    summary: ({ user, how }) => `${user}: ${how}`,
    detail: () => 'REPLICATION (or superuser) to read changes, and SELECT on what is loaded.',
  }),
  ROL002: words<{ user: string; managed: boolean; off: boolean }>({
    status: 'block',
    title: 'The role may not start replication',
    summary: ({ user, managed }) =>
      managed ? `${user} is no member of rds_replication` : `${user} has neither REPLICATION nor superuser`,
    detail: ({ managed, off }) =>
      `The server answers: must be superuser or replication role to use replication slots.${managed ? ' On RDS and Aurora membership of rds_replication stands for the attribute.' : ''}${off ? ' As long as rds.logical_replication is off, a role with every right may get the same answer: change that first.' : ''}`,
  }),
  ROL003: words<{ user: string; count: number; of: number; worst: string }>({
    status: 'warn',
    title: 'The role may not read every table',
    summary: ({ user, count, of }) => `${user} may not SELECT from ${count} of ${of} tables`,
    detail: ({ worst }) => `Among them: ${worst}. A task whose mappings select one of them fails at that table.`,
  }),
  ROL004: words<{ user: string; of: number }>({
    status: 'block',
    title: 'The role may not read any table',
    summary: ({ user, of }) => `${user} may not SELECT from any of the ${of} tables`,
    detail: () => 'The task would find nothing to migrate.',
  }),
  ROL005: words<{ user: string; count: number; worst: string }>({
    status: 'block',
    title: 'The role may read only some columns of tables that a task selects',
    summary: ({ user, count }) =>
      `${user} may read only some columns of ${count} table${count === 1 ? '' : 's'} that a task selects`,
    detail: ({ worst }) =>
      `${worst}. DMS reads every column: with rights on some of them it builds the target table with wrong types, and the task fails.`,
  }),
  ROL006: words<{ user: string; count: number; worst: string }>({
    status: 'warn',
    title: 'The role may read only some columns of tables',
    summary: ({ user, count }) => `${user} may read only some columns of ${count} table${count === 1 ? '' : 's'}`,
    detail: ({ worst }) => `${worst}. A task that selects one of them builds its target with wrong types, and fails.`,
  }),
  ROL007: words<{ user: string; schema: string }>({
    status: 'block',
    title: 'CaptureDdls is on, and the role cannot make its event trigger',
    summary: ({ user }) =>
      `CaptureDdls is on, awsdms_intercept_ddl is not there, and ${user} is no superuser who could make it`,
    detail: ({ schema }) =>
      `The task would fail at its start. Two ways out: set CaptureDdls to false on the endpoint, or have a superuser make the table ${schema}.awsdms_ddl_audit, its function and the event trigger once: \`dms-doctor explain ROL007\` prints them.`,
  }),
  ROL008: words<{ how: string }>({
    status: 'warn',
    title: 'The event trigger for DDL does not fire',
    summary: ({ how }) => `awsdms_intercept_ddl is ${how}`,
    detail: () => 'DDL on the source is not replicated, and nothing says so.',
  }),
  ROL009: words<{ table: string; owner: string }>({
    status: 'warn',
    title: 'Those who run DDL may not write DMS’s audit table',
    summary: ({ table, owner }) => `only ${owner} and superusers may write ${table}`,
    detail: () =>
      'Unless the trigger’s function is SECURITY DEFINER, every CREATE, ALTER and DROP TABLE of anybody else fails with permission denied: the applications’ migrations break, not DMS.',
  }),
  ROL021: words<{ user: string }>({
    status: 'block',
    title: 'The target is a standby: nothing can be written there',
    summary: ({ user }) => `the target is in recovery: ${user} can write nothing`,
    detail: () => 'The endpoint names a standby or a reader. Name the primary, or Aurora’s cluster endpoint.',
  }),
  ROL022: words<{ user: string; schemas: string }>({
    status: 'block',
    title: 'The role may make no table on the target',
    summary: ({ user }) => `${user} may make tables in no schema of the target`,
    detail: ({ schemas }) =>
      `DMS makes the tables, and its own control tables, in the target. From PostgreSQL 15 on nobody has CREATE in public by itself. Schemas there: ${schemas}.`,
  }),
  ROL023: words<{ user: string; count: number; of: number; worst: string }>({
    status: 'warn',
    title: 'The role may not write every table of the target',
    summary: ({ user, count, of, worst }) => `${user} may not write ${count} of ${of} tables (${worst})`,
    detail: () =>
      'INSERT, UPDATE, DELETE and TRUNCATE are asked for, and USAGE of the schema. It is no wall where the task does not load these tables, or drops and makes them anew as their owner.',
  }),
  ROL024: words<{ user: string; how: string }>({
    status: 'pass',
    title: 'The role may write the target',
    summary: ({ user, how }) => `${user}: ${how}`,
    detail: () => 'INSERT, UPDATE, DELETE and TRUNCATE on what is there, and CREATE for what is not.',
  }),
  ROL010: words<{ user: string; schema: string; what: string; why: string }>({
    status: 'warn',
    title: 'The role may not make DMS’s own tables',
    summary: ({ user, schema, what, why }) => `${user} cannot make ${what} in schema ${schema}: ${why}`,
    detail: () =>
      'Version 15 took CREATE on public from everybody. A task that needs the table fails or goes without it: permission denied for schema.',
  }),
});

/** wal_level. */
export const walLevelCodes = codesOf('wal-level', {
  WAL001: words<{ where: string }>({
    status: 'pass',
    title: 'wal_level is logical',
    summary: ({ where }) => `wal_level = logical (${where})`,
    detail: () => 'The WAL holds what logical decoding needs.',
  }),
  WAL002: words<{ setting: string; where: string; hits: string }>({
    status: 'block',
    title: 'wal_level is not logical',
    summary: ({ setting, hits }) => `wal_level = ${setting}; logical needs a restart, which would hit ${hits}`,
    detail: ({ where }) =>
      `The value comes from ${where}. Without wal_level = logical no logical slot can be made, and a restart is the only way to change it.`,
  }),
  WAL003: words<{ setting: string; hits: string }>({
    status: 'block',
    title: 'wal_level = logical is set, and waits for a restart',
    summary: ({ setting, hits }) => `logical is set but not in force (${setting} is); the restart would hit ${hits}`,
    detail: () => 'Somebody has set it already; the server reads it only when it starts.',
  }),
  WAL004: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A full load needs no WAL level',
    summary: () => 'a full load reads no WAL',
    detail: () => 'The migration type is full-load.',
  }),
  WAL005: words<{ next: string; where: string }>({
    status: 'warn',
    title: 'A restart would take logical away',
    summary: ({ next, where }) => `wal_level is logical now, but ${where} says ${next} for the next start`,
    detail: () =>
      'The slot and the task stop working with the next restart: the server even refuses to start while a logical slot is there.',
  }),
  WAL006: words<{ setting: string; hits: string }>({
    status: 'block',
    title: 'wal_level stands on the server’s command line',
    summary: ({ setting, hits }) =>
      `wal_level = ${setting} is given on the command line; logical needs a restart, which would hit ${hits}`,
    detail: () =>
      'ALTER SYSTEM and the files do not reach it: what starts the server must change (the unit, the container’s command, the options of pg_ctl), and then the server restart.',
  }),
  WAL007: words<{ setting: string; hits: string }>({
    status: 'block',
    title: 'rds.logical_replication is off',
    summary: ({ setting, hits }) =>
      `rds.logical_replication is off (wal_level = ${setting}); it needs a reboot, which would hit ${hits}`,
    detail: () =>
      'On RDS and Aurora wal_level follows this parameter. As long as it is off, a message about a missing role may come instead.',
  }),
});

/** Replication slots. */
export const slotsCodes = codesOf('slots', {
  SLT001: words<{ max: number; used: number }>({
    status: 'pass',
    title: 'A replication slot is free',
    summary: ({ max, used }) => `${max - used} of ${max} replication slots free`,
    detail: () => 'The task makes one slot of its own.',
  }),
  SLT002: words<{ max: number; used: number }>({
    status: 'block',
    title: 'No replication slot is free',
    summary: ({ max, used }) => `all ${max} replication slots are in use (${used})`,
    detail: () =>
      'The server answers: all replication slots are in use. Drop a slot that nobody reads, or raise max_replication_slots, which needs a restart.',
  }),
  SLT003: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A full load needs no slot',
    summary: () => 'a full load makes no slot',
    detail: () => 'The migration type is full-load.',
  }),
  SLT004: words<{ names: string; bytes: string }>({
    status: 'warn',
    title: 'Slots that nobody reads hold WAL',
    summary: ({ names, bytes }) => `inactive: ${names} (${bytes} of WAL held)`,
    detail: () => 'A slot that nobody reads keeps WAL until the disk is full. Find its owner before you drop it.',
  }),
  SLT005: words<{ name: string; why: string }>({
    status: 'block',
    title: 'The endpoint’s SlotName cannot be used',
    summary: ({ name, why }) => `slot ${name}: ${why}`,
    detail: () => 'An endpoint with SlotName uses an existing slot, which must be logical, of this database, and idle.',
  }),
  SLT006: words<{ free: number; max: number; needed: number }>({
    status: 'warn',
    title: 'Fewer replication slots are free than the tasks need',
    summary: ({ free, max, needed }) =>
      `${free} of ${max} replication slots free, the tasks of this source need ${needed}`,
    detail: () =>
      'Each task that reads changes makes a slot of its own. The last ones to start fail: all replication slots are in use.',
  }),
  SLT007: words<{ names: string }>({
    status: 'warn',
    title: 'Slots whose WAL is lost',
    summary: ({ names }) => `invalid: ${names}`,
    detail: () => 'Nobody can read from them any more; a task that used one must start anew. They only take up a slot.',
  }),
  SLT008: words<{ task: string; slot: string }>({
    status: 'warn',
    title: 'A slot is named, and no start position with it',
    summary: ({ task, slot }) => `${task} has no CdcStartPosition, and the endpoint names slot ${slot}`,
    detail: () =>
      'A task on a slot of your own fails without a start position, unless it is given each time the task is started.',
  }),
});

/** WAL senders. */
export const sendersCodes = codesOf('senders', {
  SND001: words<{ max: number; used: number; timeout: string }>({
    status: 'pass',
    title: 'A WAL sender is free',
    summary: ({ max, used, timeout }) => `${max - used} of ${max} WAL senders free, wal_sender_timeout ${timeout}`,
    detail: () => 'The task takes one walsender.',
  }),
  SND002: words<{ max: number; used: number }>({
    status: 'block',
    title: 'No WAL sender is free',
    summary: ({ max, used }) => `all ${max} WAL senders are in use (${used})`,
    detail: () =>
      'The server answers: number of requested standby connections exceeds max_wal_senders. Raising it needs a restart; from version 12 on the standbys first.',
  }),
  SND003: words<{ timeout: string; from: string }>({
    status: 'block',
    title: 'wal_sender_timeout is below what DMS accepts',
    summary: ({ timeout, from }) => `wal_sender_timeout = ${timeout} (${from}); DMS needs 0 or at least 10 s`,
    detail: () => 'The task fails with values between 0 and 10 seconds. A reload is enough to change it.',
  }),
  SND004: words<{ timeout: string; from: string }>({
    status: 'warn',
    title: 'wal_sender_timeout is longer than five minutes',
    summary: ({ timeout, from }) => `wal_sender_timeout = ${timeout} (${from}); AWS advises less than 5 min`,
    detail: () => 'After a failover of a Multi-AZ replication instance the old walsender keeps the slot for that long.',
  }),
  SND005: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A full load needs no WAL sender',
    summary: () => 'a full load takes no walsender',
    detail: () => 'The migration type is full-load.',
  }),
  SND006: words<{ free: number; max: number; needed: number; away: number }>({
    status: 'warn',
    title: 'Fewer WAL senders are free than tasks and standbys need',
    summary: ({ free, max, needed, away }) =>
      `${free} of ${max} WAL senders free, the tasks need ${needed}${away === 0 ? '' : `, standbys that are away ${away}`}`,
    detail: () =>
      'Whoever comes last is refused: number of requested standby connections exceeds max_wal_senders. That may be the standby.',
  }),
  SND007: words<{ name: string; limit: string; from: string }>({
    status: 'warn',
    title: 'A time limit would end DMS’s sessions',
    summary: ({ name, limit, from }) => `${name} = ${limit} for DMS’s role (${from})`,
    detail: () =>
      'A full load reads a table in one statement, in a transaction that stays open: what takes longer than the limit is ended, and the table fails.',
  }),
});

/** The output plugin. */
export const pluginCodes = codesOf('plugin', {
  PLG001: words<{ plugin: string; file: string }>({
    status: 'pass',
    title: 'The output plugin can be loaded',
    summary: ({ plugin, file }) => `${plugin} is there (${file})`,
    detail: () => 'Its library stands in the server’s library directory.',
  }),
  PLG002: words<{ plugin: string }>({
    status: 'block',
    title: 'The output plugin is missing',
    summary: ({ plugin }) => `${plugin} is not in the server’s library directory`,
    detail: () =>
      'The server answers: could not access file. Install the contrib package of the server’s version; no restart is needed for test_decoding.',
  }),
  PLG003: words<{ why: string }>({
    status: 'unknown',
    title: 'Whether the output plugin can be loaded is not known',
    summary: ({ why }) => why,
    detail: () => 'Only the host’s files show test_decoding; it is no extension that a query could list.',
  }),
  PLG004: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A full load needs no output plugin',
    summary: () => 'a full load decodes nothing',
    detail: () => 'The migration type is full-load.',
  }),
  PLG005: words<{ why: string }>({
    status: 'block',
    title: 'pglogical is asked for and is not set up',
    summary: ({ why }) => `pglogical: ${why}`,
    detail: () =>
      'The library must be preloaded, which needs a restart, and the extension made in the database. test_decoding needs neither: name it as the endpoint’s PluginName.',
  }),
});

/** Whether the source is a standby. */
export const standbyCodes = codesOf('standby', {
  STB001: words<{ version: string }>({
    status: 'pass',
    title: 'The source is a primary',
    summary: ({ version }) => `PostgreSQL ${version}, not in recovery`,
    detail: () => 'Slots can be made here.',
  }),
  STB002: words<{ version: string }>({
    status: 'block',
    title: 'The source is a standby that cannot decode',
    summary: ({ version }) =>
      `this PostgreSQL ${version} is in recovery; logical decoding on a standby needs version 16`,
    detail: () =>
      'The server answers: logical decoding cannot be used while in recovery. Point the endpoint at the primary.',
  }),
  STB003: words<{ version: string }>({
    status: 'warn',
    title: 'The source is a standby',
    summary: ({ version }) =>
      `this PostgreSQL ${version} is a standby: DMS 3.6.1 or later, and the slot is made by hand`,
    detail: () => 'DMS makes no slot on a standby, and wal_level must be logical on the primary too.',
  }),
  STB004: words({
    status: 'warn',
    title: 'The standby does not tell its primary what its slots need',
    summary: () => 'hot_standby_feedback is off on this standby: the primary may remove rows that a slot here needs',
    detail: () =>
      'A logical slot on a standby is invalidated when the primary vacuums what it still needs. Turn it on (a reload is enough), and let the standby itself use a slot on the primary.',
  }),
  STB005: words<{ engine: string; minimum: string }>({
    status: 'block',
    title: 'The replication instance cannot read changes from a standby',
    summary: ({ engine, minimum }) => `DMS engine ${engine} cannot read changes from a standby; ${minimum} can`,
    detail: () => 'Upgrade the replication instance, or point the endpoint at the primary.',
  }),
});

/** How long WAL is kept for a slot. */
export const walRetentionCodes = codesOf('wal-retention', {
  RET001: words<{ how: string }>({
    status: 'pass',
    title: 'A slot keeps its WAL',
    summary: ({ how }) => how,
    detail: () => 'A task that stops for a while finds its WAL again; the disk must hold it meanwhile.',
  }),
  RET002: words<{ limit: string }>({
    status: 'warn',
    title: 'A slot that falls behind is invalidated',
    summary: ({ limit }) => `max_slot_wal_keep_size = ${limit}: a slot further behind is lost, and the task with it`,
    detail: () =>
      'It protects the disk. Watch the slot’s lag against it, or raise it for the migration; a reload is enough.',
  }),
  RET003: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A full load keeps no WAL',
    summary: () => 'a full load holds no WAL',
    detail: () => 'The migration type is full-load.',
  }),
  RET004: words<{ limit: string }>({
    status: 'warn',
    title: 'A slot that is idle is given up',
    summary: ({ limit }) =>
      `idle_replication_slot_timeout = ${limit}: a slot that nobody reads for so long is lost, and the task with it`,
    detail: () =>
      'A task that is stopped over a weekend comes back to an invalid slot. Lift it for the migration; a reload is enough.',
  }),
});
