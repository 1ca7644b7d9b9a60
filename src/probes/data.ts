import type { Table } from '../evidence/parse/postgres.ts';
import type { ReplicationTask } from '../evidence/parse/aws.ts';
import type { EvidenceLine } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import { selectionOf } from './mappings.ts';
import { pluginAsked } from './plugin.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { columnTypes } from './data-types.ts';
import { hiddenRows } from './data-rows.ts';
import { leftBehind } from './data-left.ts';
import { inFlowsDatabase, ofFlowsRole } from './session-database.ts';
import { defaultLobLimit, isRunning, lobLimitOf, tasksOfSource } from './tasks.ts';
import { someOf } from './wording.ts';

/** What the data probe and its parts read. */
export type DataReader = Reader<
  | 'postgres/tables.json'
  | 'postgres/column-types.json'
  | 'postgres/data.json'
  | 'postgres/roles.json'
  | 'postgres/server.json'
  | 'postgres/settings.json'
  | 'postgres/event-triggers.json',
  'aws/describe-endpoints.json' | 'aws/describe-replication-tasks.json'
>;

/** Whether the tables that the tasks select (all where none is known) can be replicated as they are. */
export const data = probe({
  layer: 'data',
  needs: [
    'postgres/tables.json',
    'postgres/column-types.json',
    'postgres/data.json',
    'postgres/roles.json',
    'postgres/server.json',
    'postgres/settings.json',
    'postgres/event-triggers.json',
  ],
  sharpens: ['aws/describe-endpoints.json', 'aws/describe-replication-tasks.json'],
  *judge(e) {
    inFlowsDatabase(e);
    ofFlowsRole(e);
    const tasks = tasksOfSource(e);
    const selected = e.need('postgres/tables.json').filter(selectionOf(tasks));
    const tables = selected.filter((table) => ['r', 'p'].includes(table.relkind));
    let faults = 0;
    for (const draft of [
      ...(readsChanges(e.flow) ? changes(e, tables) : []),
      ...unmatched(e, tasks ?? []),
      ...kinds(e, selected),
      ...lobs(e, tables, tasks ?? []),
      ...columnTypes(e),
      ...hiddenRows(e, tables),
    ]) {
      faults += 1;
      yield draft;
    }
    if (faults === 0)
      yield {
        code: 'DAT001',
        args: { tables: tables.length },
        evidence: [e.cite('postgres/tables.json', `${tables.length} tables`)],
      };
    yield* leftBehind(e, selected);
  },
});

const nameOf = (table: { nspname: string; relname: string }) => `${table.nspname}.${table.relname}`;
export const namesOf = (tables: readonly Table[]) => someOf(tables.map(nameOf));
const cite = (e: DataReader, what: string, tables: readonly Table[]) =>
  [e.cite('postgres/tables.json', `${what}: ${namesOf(tables)}`)] as const;

/** A mapping that no table fits: a schema in other letters is enough. Views are not seen here, and may be what it means. */
function* unmatched(e: DataReader, tasks: readonly ReplicationTask[]): Generator<Draft, void> {
  const all = e.need('postgres/tables.json');
  for (const task of tasks.filter((one) => !isRunning(one) && !all.some(selectionOf([one])))) {
    const name = task.ReplicationTaskIdentifier;
    const schemas = someOf([...new Set(all.map((table) => table.nspname))]);
    yield {
      code: 'DAT019',
      args: { task: name, schemas: schemas === '' ? 'none' : schemas },
      evidence: [
        e.cite('aws/describe-replication-tasks.json', `${name}: TableMappings`),
        e.cite('postgres/tables.json', `${all.length} tables in ${schemas}`),
      ],
      subject: name,
    };
  }
}

/** d: the primary key, i: an index, f: the whole row, n: nothing (pg_class.relreplident). */
export const isKeyless = (table: Table) =>
  table.relreplident === 'n' || (table.relreplident === 'd' && !table.primary_key);

/** What keeps changes from being replicated. */
function* changes(e: DataReader, tables: readonly Table[]): Generator<Draft, void> {
  // A partitioned table's changes are those of its partitions, which carry the identity.
  const keyless = tables.filter((table) => table.relkind === 'r' && isKeyless(table));
  if (keyless.length > 0)
    yield {
      code: 'DAT002',
      args: { count: keyless.length, of: tables.length, worst: namesOf(keyless) },
      evidence: cite(e, 'no key', keyless),
    };
  const unlogged = tables.filter((table) => table.relpersistence === 'u');
  if (unlogged.length > 0)
    yield {
      code: 'DAT003',
      args: { count: unlogged.length, worst: namesOf(unlogged) },
      evidence: cite(e, 'unlogged', unlogged),
    };
  const whole = tables.filter((table) => table.relreplident === 'f');
  if (whole.length > 0 && pluginAsked(e) === 'pglogical')
    yield {
      code: 'DAT020',
      args: { count: whole.length, worst: namesOf(whole) },
      evidence: cite(e, 'relreplident = f', whole),
    };
  const broken = tables.filter((table) => table.primary_key && table.primary_key_valid === false);
  if (broken.length > 0)
    yield {
      code: 'DAT012',
      args: { count: broken.length, worst: namesOf(broken) },
      evidence: cite(e, 'primary_key_valid = false', broken),
    };
}

/** Kinds of tables, and names, that do not arrive as they are. */
function* kinds(e: DataReader, all: readonly Table[]): Generator<Draft, void> {
  const foreign = all.filter((table) => table.relkind === 'f');
  if (foreign.length > 0)
    yield {
      code: 'DAT004',
      args: { count: foreign.length, worst: namesOf(foreign) },
      evidence: cite(e, 'relkind = f', foreign),
    };
  const partitioned = all.filter((table) => table.relkind === 'p');
  if (partitioned.length > 0)
    yield {
      code: 'DAT005',
      args: { count: partitioned.length, worst: namesOf(partitioned) },
      evidence: cite(e, 'relkind = p', partitioned),
    };
  const generated = all.filter((table) => (table.generated_columns ?? 0) > 0);
  if (generated.length > 0)
    yield {
      code: 'DAT006',
      args: { count: generated.length, worst: namesOf(generated) },
      evidence: cite(e, 'generated columns', generated),
    };
  const names = new Map<string, Table[]>();
  for (const table of all) {
    const key = nameOf(table).toLowerCase();
    names.set(key, [...(names.get(key) ?? []), table]);
  }
  const twins = [...names.values()].filter((some) => some.length > 1).flat();
  if (twins.length > 0)
    yield {
      code: 'DAT013',
      args: { count: twins.length, worst: namesOf(twins) },
      evidence: cite(e, 'differ only in case', twins),
    };
}

/** Large columns: what a task cuts, and what it needs a key for. */
function* lobs(e: DataReader, tables: readonly Table[], tasks: readonly ReplicationTask[]): Generator<Draft, void> {
  const withLobs = tables.filter((table) => (table.lob_columns ?? 0) > 0);
  const keyless = withLobs.filter((table) => !table.primary_key && !table.unique_index);
  if (keyless.length > 0)
    yield {
      code: 'DAT009',
      args: { count: keyless.length, worst: namesOf(keyless) },
      evidence: cite(e, 'LOB columns, no key', keyless),
    };
  const keyed = tables.filter((table) => table.primary_key_lob);
  if (keyed.length > 0)
    yield {
      code: 'DAT010',
      args: { count: keyed.length, worst: namesOf(keyed) },
      evidence: cite(e, 'primary_key_lob', keyed),
    };
  const arrays = tables.filter((table) => (table.array_columns ?? 0) > 0 && !table.primary_key);
  if (arrays.length > 0)
    yield {
      code: 'DAT011',
      args: { count: arrays.length, worst: namesOf(arrays) },
      evidence: cite(e, 'arrays, no key', arrays),
    };
  for (const task of tasks) {
    const limit = lobLimitOf(task);
    const name = task.ReplicationTaskIdentifier;
    const said = e.cite(
      'aws/describe-replication-tasks.json',
      `${name}: ${limit === 0 ? 'SupportLobs false' : `LobMaxSize ${limit} (KB)`}`,
    );
    if (limit !== undefined) yield* cut(e, withLobs.filter(selectionOf([task])), name, limit, [said]);
  }
  if (tasks.length === 0) yield* cut(e, withLobs, 'a task with DMS’s own settings', defaultLobLimit, []);
}

function* cut(
  e: DataReader,
  tables: readonly Table[],
  task: string,
  limit: number,
  said: readonly EvidenceLine[],
): Generator<Draft, void> {
  if (tables.length === 0) return;
  const columns = tables.reduce((sum, table) => sum + (table.lob_columns ?? 0), 0);
  yield {
    code: 'DAT008',
    args: { task, limit, columns, count: tables.length, worst: namesOf(tables) },
    evidence: [...cite(e, 'LOB columns', tables), ...said],
    subject: task,
  };
}
