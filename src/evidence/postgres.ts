/**
 * Gathers the database's part of the evidence through a narrow port: one round trip for version and rights, then one
 * statement with every question that is legal and permitted there; only if that one fails are they asked one by one, so that
 * a question that fails loses no more than its own item.
 */
import { postgresQueries, rightsQuery, type PostgresQuery, type Right } from './postgres-queries.ts';

/** A row as the driver returns it; every column that is read here is of type text. */
export type Row = Record<string, unknown>;

/** Runs one statement that returns rows. Read-only mode and time limits are the caller's: they belong to the session. */
export type Query = (sql: string) => Promise<readonly Row[]>;

/**
 * One item of the database: its text (a JSON array, one row a line, as `[\n{…},\n{…}\n]\n`), or why it could not be had
 * (`denied: …`, `timed-out: …`, `not-installed: …`, `not-gathered: …`), and when (ISO 8601, the caller's clock).
 */
export type DatabaseItem = { text: string; at: string } | { error: string; at: string };

/** The items that a SQL session brings. */
export const databaseItems: readonly string[] = [...new Set(postgresQueries.map(({ item }) => item))];

/**
 * Asks one database everything that the probes may want to know.
 * @param query the port to the session
 * @param now the time, ISO 8601
 * @param dmsRole the role that DMS logs in as; its privileges are looked up, and null where there is no such role
 * @returns every item of `postgres/` that comes from the database, by name; never rejects
 */
export async function gatherPostgres(
  query: Query,
  now: () => string,
  dmsRole: string,
): Promise<Map<string, DatabaseItem>> {
  const items = new Map<string, DatabaseItem>();
  let rights: Rights;
  try {
    rights = readRights(await query(asJson(rightsQuery)));
  } catch (error) {
    for (const item of databaseItems) items.set(item, { error: reason(error), at: now() });
    return items;
  }

  const asked: { item: string; statements: string[] }[] = [];
  for (const item of databaseItems) {
    const chosen = choose(item, rights);
    items.set(item, { error: typeof chosen === 'string' ? chosen : 'not-gathered: it was not asked', at: now() });
    if (typeof chosen === 'string') continue;
    asked.push({ item, statements: chosen.map(({ sql }) => asJson(sql({ version: rights.version, dmsRole }), item)) });
  }

  try {
    const rows = await query(asked.map(({ statements }) => statements[0]).join('\nUNION ALL\n'));
    const at = now();
    const byItem = new Map<unknown, Row[]>(asked.map(({ item }) => [item, []]));
    for (const row of rows) byItem.get(row['item'])?.push(row);
    for (const { item } of asked) items.set(item, toItem(byItem.get(item) ?? [], at));
  } catch {
    // One after the other on purpose: it is one session, and the source must not be asked several things at once.
    for (const { item, statements } of asked) items.set(item, await ask(query, now, statements));
  }
  return items;
}

/** The first of the statements that the server answers, else why it refused the last. */
async function ask(query: Query, now: () => string, statements: readonly string[]): Promise<DatabaseItem> {
  let refused: unknown;
  for (const sql of statements) {
    try {
      return toItem(await query(sql), now());
    } catch (error) {
      refused = error;
    }
  }
  return { error: reason(refused), at: now() };
}

type Rights = { version: number; held: ReadonlySet<string> };

/** The questions for an item that are legal and permitted, or the reason why there is none. */
function choose(item: string, rights: Rights): readonly PostgresQuery[] | string {
  const candidates = postgresQueries.filter((question) => question.item === item);
  const legal = candidates.filter(({ from }) => from <= rights.version);
  const permitted = legal.filter(({ needs }) => needs.every((right) => rights.held.has(right)));
  if (permitted.length > 0) return permitted;
  const [first] = legal;
  if (!first) return `not-installed: this server's version (${rights.version}) does not have it`;
  const missing = first.needs.filter((right) => !rights.held.has(right));
  const elsewhere = missing.flatMap((right) => notThere[right] ?? []);
  if (elsewhere.length > 0) return `not-installed: ${elsewhere.join(', ')}`;
  return `denied: this role may not read ${missing.join(', ')}`;
}

/** What is missing for another reason than the role's rights. */
const notThere: Partial<Record<Right, string>> = {
  'cron.job': 'cron.job is not there, or not readable',
  'pglogical.node': 'pglogical.node is not there, or not readable',
  wal_functions: 'Aurora tells where its WAL stands only with wal_level = logical',
  wal_statistics: 'Aurora has no statistics of WAL and its receiver',
};

function readRights(rows: readonly Row[]): Rights {
  const row: unknown = JSON.parse(textOf(rows[0], 'row'));
  if (typeof row !== 'object' || row === null || !('version' in row) || typeof row.version !== 'number') {
    throw new Error('the server did not say its version');
  }
  const held = Object.entries(row).flatMap(([right, value]) => (value === true ? [right] : []));
  return { version: row.version, held: new Set(held) };
}

/** Has the server itself write each row as JSON, so that no driver's idea of a type stands between. */
function asJson(sql: string, item?: string): string {
  const label = item === undefined ? '' : `'${item}'::text AS item, `;
  return `SELECT ${label}row_to_json(q)::text AS row FROM (${sql}\n) AS q`;
}

function toItem(rows: readonly Row[], at: string): DatabaseItem {
  if (rows.length === 0) return { text: '[]\n', at };
  try {
    return { text: `[\n${rows.map((row) => textOf(row, 'row')).join(',\n')}\n]\n`, at };
  } catch (error) {
    return { error: reason(error), at };
  }
}

function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new Error('the server answered with something else than the row asked for');
  return value;
}

/** One line in the words of `.error` items, from the SQLSTATE where there is one (PostgreSQL, Appendix A). */
function reason(error: unknown): string {
  const state = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const message = (error instanceof Error ? error.message : String(error))
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 300);
  if (state === '42501') return `denied: ${message}`;
  if (state === '57014' || state === '55P03' || state === 'ETIMEDOUT') return `timed-out: ${message}`;
  return `not-gathered: ${message}`;
}
