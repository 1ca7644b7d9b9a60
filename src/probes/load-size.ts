import type { CapacityReader } from './capacity.ts';
import { isKeyless } from './data.ts';
import { selectionOf } from './mappings.ts';
import type { Draft } from './probe.ts';
import { tasksOfSource } from './tasks.ts';
import { bytesWords } from './wording.ts';

/** A table from this size on is better loaded in parts: row filters on its key, each a task or a sub-task of its own. */
const oneLoad = 10 * 1_073_741_824;

/** What one pg_dump writes in a second, cautiously: the words say that it is assumed. */
const dumpBytesPerSecond = 50 * 1_048_576;

/**
 * What the full load would read, and the native alternatives in numbers. AWS itself advises PostgreSQL's own tools where
 * both ends are PostgreSQL.
 */
export function* loadSize(e: CapacityReader): Generator<Draft, void> {
  const selected = selectionOf(tasksOfSource(e));
  const tables = e.need('postgres/tables.json').filter((table) => table.relkind === 'r' && selected(table));
  const bytes = tables.reduce((sum, table) => sum + (table.bytes ?? 0), 0);
  const [largest] = tables.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  const version = e.need('postgres/server.json').server_version_num;
  const minutes = Math.ceil(bytes / dumpBytesPerSecond / 60);
  yield {
    code: 'CAP012',
    args: {
      tables: tables.length,
      bytes: bytesWords(bytes),
      largest: largest === undefined ? '' : `${largest.nspname}.${largest.relname} (${bytesWords(largest.bytes ?? 0)})`,
      dump: minutes >= 120 ? `${Math.round(minutes / 60)} hours` : `${Math.max(1, minutes)} min`,
      native: version >= 100_000,
      keyless: tables.filter(isKeyless).length,
      parts: largest === undefined ? 0 : Math.floor((largest.bytes ?? 0) / oneLoad),
    },
    evidence: [e.cite('postgres/tables.json', `${tables.length} tables, ${bytes} bytes`)],
  };
}
