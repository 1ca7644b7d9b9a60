import type { Setting, Slot } from '../evidence/parse/postgres.ts';
import type { Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import { settingOf } from './artefacts.ts';
import { pluginAsked } from './plugin.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { restartStep, settingStep } from './restart-step.ts';
import { numberOf, settingText } from './settings.ts';
import { isRunning, seenEndpoint, streamsNeeded, tasksOfSource } from './tasks.ts';
import { bytesWords, command, someOf, sqlLiteral } from './wording.ts';

type SlotReader = Reader<
  'postgres/settings.json' | 'postgres/slots.json',
  | 'aws/describe-endpoints.json'
  | 'aws/describe-replication-tasks.json'
  | 'postgres/replication.json'
  | 'postgres/activity.json'
  | 'postgres/server.json'
  | 'host/clusters.json'
>;

/** Whether replication slots are free for the tasks, and what becomes of those that nobody reads. */
export const slots = probe({
  layer: 'slots',
  needs: ['postgres/settings.json', 'postgres/slots.json'],
  sharpens: [
    'aws/describe-endpoints.json',
    'aws/describe-replication-tasks.json',
    'postgres/replication.json',
    'postgres/activity.json',
    'postgres/server.json',
    'host/clusters.json',
  ],
  *judge(e) {
    const setting = e.need('postgres/settings.json').get('max_replication_slots');
    const max = numberOf(setting);
    if (setting === undefined || max === undefined)
      return e.notUnderstood('postgres/settings.json', 'it has no row for max_replication_slots');
    const rows = e.need('postgres/slots.json');
    const evidence = [
      e.cite('postgres/settings.json', settingText(setting)),
      e.cite('postgres/slots.json', `${rows.length} row${rows.length === 1 ? '' : 's'}`),
    ] as const;
    if (!readsChanges(e.flow)) {
      yield { code: 'SLT003', args: {}, evidence };
      return;
    }
    const endpoint = seenEndpoint(e);
    const name = endpoint && settingOf(endpoint, 'SlotName');
    if (name) {
      yield* given(e, name, rows, { max, used: rows.length });
      yield* withoutStart(e, name);
    } else yield* free(e, setting, max, rows.length, evidence);
    yield* leftBehind(
      e,
      rows.filter((row) => row.slot_name !== name),
    );
  },
});

function* free(
  e: SlotReader,
  setting: Setting,
  max: number,
  used: number,
  evidence: readonly [ReturnType<SlotReader['cite']>, ...ReturnType<SlotReader['cite']>[]],
): Generator<Draft, void> {
  const tasks = tasksOfSource(e);
  const needed = streamsNeeded(tasks);
  // A task that runs holds its slot already; where all do, nothing more is needed.
  if (max - used >= needed) yield { code: 'SLT001', args: { max, used }, evidence };
  else if (used >= max)
    yield { code: 'SLT002', args: { max, used }, evidence, fix: raise(e, setting, used + needed + 1) };
  else
    yield {
      code: 'SLT006',
      args: { free: max - used, max, needed },
      evidence,
      fix: raise(e, setting, used + needed + 1),
    };
}

function raise(e: SlotReader, setting: Setting, to: number): Fix {
  return {
    steps: [
      settingStep(e, setting, String(to), 'A little shared memory. Standbys need no change of their own for it.'),
      restartStep(e),
    ],
    patches: [
      {
        item: 'postgres/settings.json',
        row: { name: setting.name },
        set: { setting: String(to), pending_restart: false },
      },
    ],
  };
}

/** A slot that the endpoint names must be there and be usable: DMS does not make it. */
function* given(
  e: SlotReader,
  name: string,
  rows: readonly Slot[],
  counts: { max: number; used: number },
): Generator<Draft, void> {
  const slot = rows.find((row) => row.slot_name === name);
  const plugin = pluginAsked(e);
  const evidence = [
    e.cite(
      'postgres/slots.json',
      slot === undefined ? `no slot ${name}` : JSON.stringify({ ...slot, catalog_xmin: undefined }),
    ),
  ] as const;
  const why =
    slot === undefined
      ? 'it does not exist'
      : unusable(slot, e.flow.database, plugin, tasksOfSource(e)?.some(isRunning) ?? false);
  if (why === undefined) {
    yield { code: 'SLT001', args: counts, evidence };
    return;
  }
  const drop = `SELECT pg_drop_replication_slot(${sqlLiteral(name)});`;
  const fix: Fix = {
    steps: [
      {
        where: 'database',
        run: `SELECT pg_create_logical_replication_slot(${sqlLiteral(name)}, ${sqlLiteral(plugin)});`,
        effect: 'none',
        risk: 'From now on WAL is kept until the task reads it. The task needs a CdcStartPosition that is not older than the slot.',
        undo: command(drop),
        verify: `\`SELECT slot_name, plugin, database FROM pg_replication_slots WHERE slot_name = ${sqlLiteral(name)};\``,
      },
    ],
    patches: [
      {
        item: 'postgres/slots.json',
        path: [],
        push: { slot_name: name, slot_type: 'logical', plugin, database: e.flow.database ?? null, active: false },
      },
    ],
  };
  yield { code: 'SLT005', args: { name, why }, evidence, ...(slot === undefined ? { fix } : {}) };
}

/** A slot of one's own goes with a start position; it is given with the task, or each time that it is started. */
function* withoutStart(e: SlotReader, slot: string): Generator<Draft, void> {
  for (const task of tasksOfSource(e) ?? []) {
    if (task.MigrationType === 'full-load' || isRunning(task) || task['CdcStartPosition']) continue;
    const name = task.ReplicationTaskIdentifier;
    yield {
      code: 'SLT008',
      args: { task: name, slot },
      evidence: [e.cite('aws/describe-replication-tasks.json', `${name}: no CdcStartPosition`)],
      subject: name,
    };
  }
}

function unusable(slot: Slot, database: string | undefined, plugin: string, running: boolean): string | undefined {
  if (slot.slot_type !== 'logical') return `it is ${slot.slot_type}, not logical`;
  if (database !== undefined && slot.database !== database)
    return `it belongs to database ${slot.database ?? '(none)'}`;
  if (slot.wal_status === 'lost' || slot.invalidation_reason)
    return `its WAL is lost${slot.invalidation_reason ? ` (${slot.invalidation_reason})` : ''}`;
  if (slot.plugin && !slot.plugin.startsWith(plugin))
    return `its plugin is ${slot.plugin}, the endpoint asks for ${plugin}`;
  return slot.active && !running ? 'somebody reads from it now' : undefined;
}

function* leftBehind(e: SlotReader, rows: readonly Slot[]): Generator<Draft, void> {
  const lost = rows.filter((row) => row.wal_status === 'lost' || row.invalidation_reason);
  const idle = rows.filter((row) => !row.active && !row.temporary && !lost.includes(row));
  const show = (row: Slot) =>
    e.cite(
      'postgres/slots.json',
      `${row.slot_name}: ${row.slot_type}, active = ${row.active}, retained_bytes = ${row.retained_bytes ?? 'null'}, wal_status = ${row.wal_status ?? 'null'}`,
    );
  const worst = idle.toSorted((a, b) => (b.retained_bytes ?? 0) - (a.retained_bytes ?? 0));
  const [first, ...others] = worst;
  if (first !== undefined) {
    const bytes = bytesWords(idle.reduce((sum, row) => sum + Math.max(0, row.retained_bytes ?? 0), 0));
    const words = worst.map((row) =>
      row.inactive_since ? `${row.slot_name} since ${row.inactive_since}` : row.slot_name,
    );
    yield { code: 'SLT004', args: { names: someOf(words), bytes }, evidence: [show(first), ...others.map(show)] };
  }
  const [gone, ...more] = lost;
  if (gone !== undefined)
    yield {
      code: 'SLT007',
      args: { names: someOf(lost.map((row) => row.slot_name)) },
      evidence: [show(gone), ...more.map(show)],
    };
}
