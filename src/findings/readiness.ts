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
    summary: ({ names, kept }) => `${names} hold${/,| and /.test(names) ? '' : 's'} no slot, and WAL kept beside is ${kept === 'none' ? 'none' : `only ${kept}`}`,
    detail: () => 'The server recycles WAL after its checkpoints; a standby that does not reconnect in time no longer finds its place and must be built anew. Keep WAL for it before the restart.',
  }),
  RST006: words<{ names: string; setting: string }>({
    status: 'warn',
    title: 'Commits would wait for a synchronous standby',
    summary: ({ names, setting }) => `synchronous_standby_names = ${setting} (${names}): after the restart commits wait until it is back`,
    detail: () => 'The server is up, and every client hangs at its first commit. See the standby connected before you call the restart done.',
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
    detail: () => 'What runs is the old file, which is only in memory. A restart starts what lies there now: another minor version, or nothing at all. Look before anybody restarts.',
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
    detail: () => 'The server answers: remaining connection slots are reserved. Lower MaxFullLoadSubTasks, or free connections.',
  }),
  CAP003: words<{ load: string; processors: number }>({
    status: 'warn',
    title: 'The processors are busy already',
    summary: ({ load, processors }) => `load ${load} on ${processors} processor${processors === 1 ? '' : 's'}`,
    detail: () => 'A full load reads every table; on a busy primary it starves the users. Lower MaxFullLoadSubTasks, start when it is quiet, or load from a standby.',
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
    summary: ({ count, oldest }) => `${count} transaction${count === 1 ? '' : 's'} open for more than 10 min (since ${oldest})`,
    detail: () => 'Making a logical slot waits until every transaction that ran at its start has ended.',
  }),
});

/** The tables themselves. */
export const dataCodes = codesOf('data', {
  DAT001: words<{ tables: number }>({
    status: 'pass',
    title: 'The tables can be replicated',
    summary: ({ tables }) => `${tables} table${tables === 1 ? '' : 's'}, each with a primary key or replica identity`,
    detail: () => 'Types and LOB columns are judged in a later release.',
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
