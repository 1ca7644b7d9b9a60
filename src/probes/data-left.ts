import type { Table } from '../evidence/parse/postgres.ts';
import type { DataReader } from './data.ts';
import type { Draft } from './probe.ts';
import { countOf } from './wording.ts';

/** What DMS does not carry over, whatever the mappings say: it is to be brought by hand. */
export function* leftBehind(e: DataReader, tables: readonly Table[]): Generator<Draft, void> {
  const data = e.need('postgres/data.json');
  const triggers = e.need('postgres/event-triggers.json').filter((one) => !one.evtname.startsWith('awsdms_')).length;
  const views = tables.filter((table) => table.relkind === 'm').length;
  const parts = [
    ...(data.sequences > 0 ? [countOf(data.sequences, 'sequence')] : []),
    ...(views > 0 ? [countOf(views, 'materialised view')] : []),
    ...(triggers > 0 ? [countOf(triggers, 'event trigger')] : []),
    ...((data.policies ?? 0) > 0 ? [countOf(data.policies ?? 0, 'row security policy', 'row security policies')] : []),
  ];
  const evidence = [
    e.cite(
      'postgres/data.json',
      `sequences = ${data.sequences}, large_objects = ${data.large_objects}, policies = ${data.policies ?? 'null'}`,
    ),
  ] as const;
  if (parts.length > 0) yield { code: 'DAT017', args: { what: parts.join(', ') }, evidence };
  if (data.large_objects) yield { code: 'DAT018', args: {}, evidence };
}
