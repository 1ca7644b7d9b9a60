import { codesOf, words } from './define.ts';

/** What a restart would hit. */
export const restartCodes = codesOf('restart', {
  RST001: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'Nothing needs a restart',
    summary: () => 'nothing that the migration needs waits for a restart',
    detail: () => 'wal_level, slots and senders are in force as they stand.',
  }),
  RST002: words<{ hits: string; longest: string; also: string }>({
    status: 'warn',
    title: 'A restart is needed, and would hit others',
    summary: ({ hits }) => `a restart is needed; it would hit ${hits}`,
    detail: ({ longest, also }) =>
      `${longest}${also}Clients that hold a session for long may not reconnect by themselves: tell their owners, restart them after it, and see the standby streaming again.`,
  }),
  RST003: words<{ place: string; why: string }>({
    status: 'block',
    title: 'The server would not come back from a restart',
    summary: ({ place, why }) => `the server would not start again: ${place}: ${why}`,
    detail: () => 'It runs on what it read earlier. Mend this before anybody restarts it.',
  }),
  RST004: words<{ what: string }>({
    status: 'warn',
    title: 'Other settings would come with the restart',
    summary: ({ what }) => `pending, and would come with a restart: ${what}`,
    detail: () => 'Somebody changed them earlier; they take effect with the same restart.',
  }),
  RST005: words<{ names: string; kept: string }>({
    status: 'warn',
    title: 'A standby could miss WAL over the restart',
    summary: ({ names, kept }) =>
      `${names} hold${/,| and /.test(names) ? '' : 's'} no slot, and WAL kept beside is ${kept === 'none' ? 'none' : `only ${kept}`}`,
    detail: () =>
      'The server recycles WAL after its checkpoints; a standby that does not reconnect in time no longer finds its place and must be built anew. Keep WAL for it before the restart.',
  }),
  RST006: words<{ names: string; setting: string }>({
    status: 'warn',
    title: 'Commits would wait for a synchronous standby',
    summary: ({ names, setting }) =>
      `synchronous_standby_names = ${setting} (${names}): after the restart commits wait until it is back`,
    detail: () =>
      'The server is up, and every client hangs at its first commit. See the standby connected before you call the restart done.',
  }),
  RST007: words<{ how: string }>({
    status: 'warn',
    title: 'A base backup is under way',
    summary: ({ how }) => how,
    detail: () => 'Wait for it to end before the restart.',
  }),
  RST008: words<{ exe: string; version: string }>({
    status: 'block',
    title: 'The server would come back as another one',
    summary: ({ exe, version }) => `${exe} was replaced since the server (${version}) was started`,
    detail: () =>
      'What runs is the old file, which is only in memory. A restart starts what lies there now: another minor version, or nothing at all. Look before anybody restarts.',
  }),
  RST009: words<{ what: string; names: string; stops: boolean }>({
    status: 'warn',
    title: 'The restart would raise what a standby must have, too',
    summary: ({ what, names }) => `with the restart the primary outgrows ${names}: ${what}`,
    detail: ({ stops }) =>
      `A standby that has less ${stops ? 'shuts down when it reads that the primary has more' : 'pauses its replay, and ends when it is resumed'}. Raise the standbys and restart them first; what they have cannot be seen from the primary. wal_level and max_replication_slots ask nothing of a standby.`,
  }),
});

/** Whether the source has room for the load. */
export const capacityCodes = codesOf('capacity', {
  CAP001: words<{ connections: string; load: string; disk: string }>({
    status: 'pass',
    title: 'The source has headroom',
    summary: ({ connections, load, disk }) => `${connections}; ${load}; ${disk}`,
    detail: () => 'At the time of gathering. A full load reads every table as fast as the sub-tasks let it.',
  }),
  CAP002: words<{ free: number; max: number; needed: number }>({
    status: 'block',
    title: 'Too few connections are free',
    summary: ({ free, max, needed }) => `${free} of ${max} connections free, the task opens about ${needed}`,
    detail: () =>
      'The server answers: remaining connection slots are reserved. Lower MaxFullLoadSubTasks, or free connections.',
  }),
  CAP018: words<{ message: string }>({
    status: 'warn',
    title: 'The server just refused a log-in for lack of connections',
    summary: ({ message }) => `a log-in from here was refused just now: ${message}`,
    detail: () =>
      'The limit is the server’s, so DMS meets it, too, while it lasts; a task opens several connections. Who holds the connections was not seen, since there was no session to ask in.',
  }),
  CAP003: words<{ load: string; processors: number; standby: boolean }>({
    status: 'warn',
    title: 'The processors are busy already',
    summary: ({ load, processors }) => `load ${load} on ${processors} processor${processors === 1 ? '' : 's'}`,
    detail: ({ processors, standby }) =>
      `A full load reads every table; on a busy primary it starves the users. Lower MaxFullLoadSubTasks from 8 to ${Math.max(1, Math.floor(processors / 4))}, ${standby ? 'start when it is quiet, or make a standby the source' : 'and start when it is quiet: up to version 15 a standby can be the source of a full load alone'}.`,
  }),
  CAP004: words<{ mount: string; free: string; percent: number }>({
    status: 'warn',
    title: 'Little disk is free where the data and WAL are',
    summary: ({ mount, free, percent }) => `${free} (${percent} %) free on ${mount}`,
    detail: () => 'While a slot is behind, WAL stays. When this file system is full, the server stops.',
  }),
  CAP005: words<{ count: number; oldest: string }>({
    status: 'warn',
    title: 'Long transactions would hold up the slot',
    summary: ({ count, oldest }) =>
      `${count} transaction${count === 1 ? '' : 's'} open for more than 10 min (since ${oldest})`,
    detail: () => 'Making a logical slot waits until every transaction that ran at its start has ended.',
  }),
  CAP006: words<{ free: number; max: number; needed: number; subTasks: number }>({
    status: 'warn',
    title: 'Fewer connections are free than the tasks open',
    summary: ({ free, max, needed }) => `${free} of ${max} connections free, the tasks open about ${needed}`,
    detail: ({ subTasks }) =>
      `The load takes what is left, and applications are turned away: remaining connection slots are reserved. With MaxFullLoadSubTasks ${subTasks} it fits.`,
  }),
  CAP007: words<{ hours: string; mount: string; free: string; rate: string; keep: string }>({
    status: 'warn',
    title: 'A stopped task would fill the disk within a day',
    summary: ({ hours, mount }) => `if the task stops and its slot stays, ${mount} is full after about ${hours} h`,
    detail: ({ free, rate, keep }) =>
      `${free} free at ${rate}. A slot keeps WAL until the task reads it: watch the task${keep === '' ? '.' : `, or let the server give up the slot before the disk is full: \`${keep}\` and a reload.`}`,
  }),
  CAP008: words<{ count: number; oldest: string; databases: string }>({
    status: 'warn',
    title: 'Prepared transactions would hold up the slot',
    summary: ({ count, oldest, databases }) =>
      `${count} prepared transaction${count === 1 ? '' : 's'} (since ${oldest}, in ${databases})`,
    detail: () =>
      'Making a logical slot waits for every one of them, for ever where its coordinator is gone: the task hangs at its start.',
  }),
  CAP009: words<{ percent: number; standby: boolean }>({
    status: 'warn',
    title: 'The database reads from disk much already',
    summary: ({ percent }) => `${percent} % of the blocks were found in the cache`,
    detail: ({ standby }) =>
      `A full load reads every table once, which pushes out of the cache what the applications use. Fewer sub-tasks${standby ? ', a quiet hour, or a standby as source' : ' and a quiet hour'} spare them.`,
  }),
  CAP010: words<{ count: number; schedules: string }>({
    status: 'warn',
    title: 'pg_cron runs jobs in this server',
    summary: ({ count, schedules }) => `${count} active job${count === 1 ? '' : 's'} of pg_cron (${schedules})`,
    detail: () =>
      'Start the load when none of them runs: a nightly job and a full load starve each other, and a long one holds up the slot.',
  }),
  CAP011: words({
    status: 'warn',
    title: 'The host of an RDS source is not seen',
    summary: () => 'processors, memory and disk of RDS are shown by CloudWatch only',
    detail: () =>
      'Look at CPUUtilization, FreeStorageSpace and ReadIOPS of the last days before you start a full load.',
  }),
  CAP012: words<{
    tables: number;
    bytes: string;
    largest: string;
    dump: string;
    native: boolean;
    keyless: number;
    parts: number;
  }>({
    status: 'pass',
    title: 'What the full load reads',
    summary: ({ tables, bytes, largest }) =>
      `a full load reads ${tables} table${tables === 1 ? '' : 's'}, ${bytes}${largest === '' ? '' : `; the largest is ${largest}`}`,
    detail: ({ dump, native, keyless, parts }) =>
      `${parts > 1 ? `Load the largest in ${parts + 1} parts: row filters on ranges of its key. ` : ''}Between two PostgreSQL servers AWS itself advises native tools: pg_dump would stop writes for about ${dump} (at an assumed 50 MB a second, restore beside it)${native ? `, and a publication with a subscription does what the task does, with less, where the target may subscribe and a superuser or the tables’ owner makes the publication${keyless === 0 ? '' : ` (${keyless} table${keyless === 1 ? '' : 's'} without replica identity could not be updated meanwhile)`}.` : '.'}`,
  }),
  CAP013: words<{ kilobytes: number }>({
    status: 'warn',
    title: 'Decoding has little memory',
    summary: ({ kilobytes }) => `logical_decoding_work_mem = ${kilobytes} kB, below PostgreSQL’s own default of 64 MB`,
    detail: () =>
      'Larger transactions are spilled to disk while they are decoded, which slows the task down and writes beside the WAL.',
  }),
  CAP014: words<{ available: string; total: string }>({
    status: 'warn',
    title: 'Little memory is free on the host',
    summary: ({ available, total }) => `${available} of ${total} of memory available`,
    detail: () =>
      'A full load adds a backend for each sub-task and fills the page cache; where memory runs out the kernel ends the largest process, and with one backend PostgreSQL restarts all.',
  }),
  CAP015: words<{ rate: string; files: number; since: string }>({
    status: 'warn',
    title: 'Queries spill to disk already',
    summary: ({ rate, files }) => `${rate} an hour in temporary files (${files})`,
    detail: ({ since }) =>
      `Since ${since}. The load reads from the same disks, and decoding spills large transactions there, too. Find the queries with log_temp_files, or start when they do not run.`,
  }),
  CAP016: words<{ requested: number; timed: number; size: string; twice: string }>({
    status: 'warn',
    title: 'WAL forces checkpoints before their time',
    summary: ({ requested, timed, size }) =>
      `${requested} checkpoints were requested and ${timed} came by time (max_wal_size ${size})`,
    detail: ({ twice }) =>
      `Each checkpoint writes what is dirty and makes the WAL behind it larger, which decoding then reads. \`ALTER SYSTEM SET max_wal_size = '${twice}'\` and a reload spread them, where the disk has room for it.`,
  }),
  CAP017: words<{ what: string }>({
    status: 'warn',
    title: 'Backups or maintenance run on the source',
    summary: ({ what }) => `jobs that read or rewrite much: ${what}`,
    detail: () =>
      'Start the load when none of them runs: they read the same disks, and a transaction of theirs that is open when the task starts holds up its slot.',
  }),
});

/** The tables themselves. */
export const dataCodes = codesOf('data', {
  DAT001: words<{ tables: number }>({
    status: 'pass',
    title: 'The tables can be replicated',
    summary: ({ tables }) => `${tables} table${tables === 1 ? '' : 's'}, each with a primary key or replica identity`,
    detail: () =>
      'Keys, kinds of tables, types and LOB columns were looked at; for a full load alone, keys do not matter.',
  }),
  DAT002: words<{ count: number; of: number; worst: string }>({
    status: 'warn',
    title: 'Tables without primary key or replica identity',
    summary: ({ count, of }) => `${count} of ${of} tables have neither primary key nor replica identity`,
    detail: ({ worst }) => `DMS ignores their UPDATE and DELETE. Among them: ${worst}.`,
  }),
  DAT003: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Unlogged tables write no WAL',
    summary: ({ count }) => `${count} unlogged table${count === 1 ? '' : 's'}: changes are not replicated`,
    detail: ({ worst }) => `Among them: ${worst}.`,
  }),
  DAT004: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Foreign tables are not migrated',
    summary: ({ count }) => `${count} foreign table${count === 1 ? '' : 's'}: the rows behind are not moved`,
    detail: ({ worst }) => `Among them: ${worst}.`,
  }),
  DAT005: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Partitioned tables arrive as plain tables',
    summary: ({ count }) => `${count} partitioned table${count === 1 ? '' : 's'}`,
    detail: ({ worst }) =>
      `DMS moves the partitions as tables of their own, and does not replicate the DDL of partitions: make the target’s partitioning beforehand. Among them: ${worst}.`,
  }),
  DAT006: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Generated columns',
    summary: ({ count }) => `${count} table${count === 1 ? ' has' : 's have'} generated columns`,
    detail: ({ worst }) =>
      `A target table that DMS makes has them as ordinary columns; one that you made with the expression refuses the values: cannot insert a non-DEFAULT value. Among them: ${worst}.`,
  }),
  DAT007: words<{ columns: number; worst: string }>({
    status: 'warn',
    title: 'Types that DMS does not move as they are',
    summary: ({ columns }) =>
      `${columns} column${columns === 1 ? '' : 's'} of types that DMS does not move as they are`,
    detail: ({ worst }) => `They arrive as text, or not at all: ${worst}.`,
  }),
  DAT008: words<{ task: string; limit: number; columns: number; count: number; worst: string }>({
    status: 'warn',
    title: 'Long values would be cut',
    summary: ({ task, limit, columns, count }) =>
      `${task} ${limit === 0 ? 'moves no LOB' : `cuts LOBs at ${limit} KB`}: ${columns} LOB column${columns === 1 ? '' : 's'} in ${count} table${count === 1 ? '' : 's'}`,
    detail: ({ worst }) =>
      `For DMS text, json, xml and bytea are LOBs. What is longer than the limit is cut, and only the task’s log says so: see how long values get with \`SELECT max(octet_length(COLUMN::text)) FROM TABLE\`. Among them: ${worst}.`,
  }),
  DAT009: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'LOB columns in tables without key',
    summary: ({ count }) =>
      `${count} table${count === 1 ? '' : 's'} with LOB columns and neither primary key nor unique index`,
    detail: ({ worst }) =>
      `DMS looks up a LOB by the key of its row: without one it is not replicated. Among them: ${worst}.`,
  }),
  DAT010: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'A primary key that is a LOB',
    summary: ({ count }) => `${count} table${count === 1 ? ' has' : 's have'} a LOB column in the primary key`,
    detail: ({ worst }) => `DMS cannot use it as a key. Among them: ${worst}.`,
  }),
  DAT011: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Arrays in tables without primary key',
    summary: ({ count }) => `${count} table${count === 1 ? '' : 's'} with array columns and no primary key`,
    detail: ({ worst }) =>
      `DMS treats an array as a LOB: the table is suspended in the full load. Among them: ${worst}.`,
  }),
  DAT012: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'A primary key whose index is not valid',
    summary: ({ count }) => `${count} table${count === 1 ? ' has' : 's have'} a primary key that is not valid`,
    detail: ({ worst }) => `Validation and replica identity do not use it. Among them: ${worst}.`,
  }),
  DAT013: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'Table names that differ only in case',
    summary: ({ count }) => `${count} tables have names that differ only in case`,
    detail: ({ worst }) => `DMS does not tell them apart. Among them: ${worst}.`,
  }),
  DAT014: words<{ user: string; count: number; worst: string }>({
    status: 'warn',
    title: 'Row-level security may hide rows from the DMS role',
    summary: ({ user, count }) => `row-level security holds for ${user} on ${count} table${count === 1 ? '' : 's'}`,
    detail: ({ worst }) =>
      `The full load reads the rows that a policy lets it see, and says nothing of the others. Among them: ${worst}.`,
  }),
  DAT015: words<{ columns: number; worst: string }>({
    status: 'warn',
    title: 'PostGIS columns move between PostGIS ends only',
    summary: ({ columns }) => `${columns} column${columns === 1 ? '' : 's'} of PostGIS types`,
    detail: ({ worst }) => `The target must have the extension, made before the load. Among them: ${worst}.`,
  }),
  DAT016: words<{ columns: number; worst: string }>({
    status: 'warn',
    title: 'numeric without precision is cut to six digits',
    summary: ({ columns }) => `${columns} numeric column${columns === 1 ? '' : 's'} without precision`,
    detail: ({ worst }) =>
      `DMS takes such a column for numeric(28,6): digits behind the sixth are lost. Set MapUnboundedNumericAsString on both endpoints to keep them. ${worst}.`,
  }),
  DAT017: words<{ what: string }>({
    status: 'warn',
    title: 'Objects that DMS does not carry over',
    summary: ({ what }) => `DMS does not carry over: ${what}`,
    detail: () =>
      'Bring them by hand. A sequence that starts at 1 on the target makes the first inserts after the switch fail: duplicate key.',
  }),
  DAT018: words({
    status: 'warn',
    title: 'Large objects are not migrated',
    summary: () => 'the database holds large objects',
    detail: () => 'DMS moves the number (oid) that a column holds, and not the object behind it.',
  }),
  DAT019: words<{ task: string; schemas: string }>({
    status: 'warn',
    title: 'A task selects no table',
    summary: ({ task }) => `no table fits the selection rules of ${task}`,
    detail: ({ schemas }) =>
      `The task ends at its start: No tables were found at task initialization. Names are compared as written; the tables stand in the schemas ${schemas}. Views are not looked at here.`,
  }),
  DAT020: words<{ count: number; worst: string }>({
    status: 'warn',
    title: 'REPLICA IDENTITY FULL does not work with pglogical',
    summary: ({ count }) =>
      `${count} table${count === 1 ? ' has' : 's have'} REPLICA IDENTITY FULL, and the plugin is pglogical`,
    detail: ({ worst }) =>
      `Their UPDATE and DELETE do not arrive. test_decoding knows them: name it as the endpoint’s PluginName, or give the tables a key. Among them: ${worst}.`,
  }),
});

/** The target endpoint. */
export const targetCodes = codesOf('target', {
  TGT001: words<{ name: string; test: string }>({
    status: 'pass',
    title: 'The target endpoint is defined, and DMS got through to it',
    summary: ({ name, test }) => `${name}: ${test}`,
    detail: () => 'By what DMS says; the target’s own walls are judged with its own endpoint.',
  }),
  TGT002: words<{ name: string; status: string; message: string }>({
    status: 'warn',
    title: 'DMS’s last test of the target failed',
    summary: ({ name, status }) => `DMS’s last test of ${name}: ${status}`,
    detail: ({ message }) => `A task does not start while its target’s last test has failed. DMS’s message: ${message}`,
  }),
  TGT003: words<{ name: string }>({
    status: 'unknown',
    title: 'DMS has no test of the target',
    summary: ({ name }) => `DMS shows no test of ${name} from this replication instance`,
    detail: () => 'A task cannot start before one has succeeded.',
  }),
  TGT005: words<{ name: string }>({
    status: 'skip',
    reason: 'not-on-path',
    title: 'A serverless replication tests its target itself',
    summary: ({ name }) => `${name} is serverless: DMS tests its target when it starts`,
    detail: () => 'DMS keeps no connection test of a serverless replication. Judge the target with its own endpoint.',
  }),
  TGT006: words<{ name: string }>({
    status: 'unknown',
    title: 'The target’s tables were not looked at',
    summary: ({ name }) => `the tables of ${name} were not looked at`,
    detail: () =>
      'Triggers, foreign keys and secondary indexes of tables that are there already decide how a full load goes.',
  }),
  TGT007: words<{ name: string; tables: number }>({
    status: 'warn',
    title: 'Triggers and foreign keys of the target fire during the full load',
    summary: ({ name, tables }) =>
      `${name} does not set session_replication_role to replica, and ${tables} tables are there`,
    detail: () =>
      'DMS loads tables in any order: foreign keys refuse rows whose parents come later, and triggers run again. Set session_replication_role to replica in the endpoint’s AfterConnectScript, or drop the constraints until the load is done.',
  }),
  TGT008: words<{ name: string; count: number; worst: string }>({
    status: 'warn',
    title: 'Secondary indexes on the target slow the full load',
    summary: ({ name, count, worst }) => `${name}: ${count} tables with secondary indexes (${worst})`,
    detail: () =>
      'Each row then also goes into every index. Make them after the full load, before the changes are applied.',
  }),
  TGT009: words<{ name: string; how: string }>({
    status: 'pass',
    title: 'Nothing of the target’s tables stands against a full load',
    summary: ({ name, how }) => `${name}: ${how}`,
    detail: () => 'By the tables that were there when it was looked at.',
  }),
  TGT004: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'No task uses this source yet',
    summary: () => 'no task of this source, so no target',
    detail: () => 'describe-replication-tasks lists none.',
  }),
});

/** The replication task. */
export const taskCodes = codesOf('task', {
  TSK001: words<{ name: string; status: string; type: string }>({
    status: 'pass',
    title: 'The task can be started',
    summary: ({ name, status, type }) => `${name} (${type}) is ${status}`,
    detail: () => 'Its mappings and settings are well-formed.',
  }),
  TSK002: words<{ name: string; status: string; message: string }>({
    status: 'warn',
    title: 'The task failed when it last ran',
    summary: ({ name, status }) => `${name} is ${status}`,
    detail: ({ message }) => `DMS’s message, which carries no date: ${message}`,
  }),
  TSK003: words({
    status: 'skip',
    reason: 'not-on-path',
    title: 'No task uses this source yet',
    summary: () => 'no task uses this source yet',
    detail: () => 'describe-replication-tasks lists none.',
  }),
  TSK004: words<{ name: string; part: string; why: string }>({
    status: 'block',
    title: 'The task’s definition cannot be used',
    summary: ({ name, part, why }) => `${name}: ${part} ${why}`,
    detail: () => 'DMS would refuse to start the task.',
  }),
});
