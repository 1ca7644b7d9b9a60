/**
 * The whole database part on a generated database of 20,000 tables and 200,000 columns, beside `pg_dump --schema-only` of
 * the same database: server time (planning and execution, by pg_stat_statements), statements, connections, and the locks
 * that were held to the end. Runs in the lab's overlay, which has pg_dump; without it, without the ratio.
 *
 *   node bench/database.mjs [MAJOR]     15 unless another one is named; pg_dump of the lab must not be older
 *
 * Prints; gates nothing but the locks: one stronger than ACCESS SHARE makes it fail.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import pg from 'pg';
import { prepareLab, runInLab } from '../scripts/lab-overlay.mjs';

const aim = 2000;
const [schemas, tablesOfSchema, rounds] = [20, 1000, 5];
const root = fileURLToPath(new URL('..', import.meta.url));
const inside = process.argv.includes('--inside');
const major = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 15);

const reason = inside ? undefined : await prepareLab((line) => console.error(line));
if (inside || reason !== undefined) {
  if (reason !== undefined) console.log(`no lab, so no ratio to pg_dump: ${reason}`);
  await measure();
} else {
  const child = runInLab([process.execPath, 'bench/database.mjs', String(major), '--inside']);
  process.exitCode = await new Promise((done) => child.on('close', (code) => done(code ?? 1)));
}

/** The project's own parts as a module; it lies three levels below the root, where the servers are looked for. */
async function parts() {
  mkdirSync(`${root}/.cache/bench`, { recursive: true });
  const outfile = `${root}/.cache/bench/database-parts.mjs`;
  await build({
    stdin: {
      contents: `export { startServer } from './test/servers/postgres.ts';
        export { gatherPostgres } from './src/evidence/postgres.ts';`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg'],
    outfile,
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

async function measure() {
  const { startServer, gatherPostgres } = await parts();
  const server = await startServer({
    major,
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track_utility': 'off',
      ...(major >= 13 ? { 'pg_stat_statements.track_planning': 'on' } : {}),
      shared_buffers: '256MB',
      // pg_dump locks every table; the database part locks none of them.
      max_locks_per_transaction: '1024',
      max_wal_size: '4GB',
      full_page_writes: 'off',
      autovacuum: 'off',
    },
  });
  try {
    await generate(server);
    const own = await best(() => gathering(server, gatherPostgres));
    const { tables, columns } = own;
    console.log(
      `PostgreSQL ${major}, ${tables} tables, ${columns} columns: ${own.server.toFixed(0)} ms of server time (aim ${aim}), ` +
        `${own.wall.toFixed(0)} ms in all, ${own.statements} statements on ${own.connections} connection, ${(own.bytes / 2 ** 20).toFixed(1)} MiB`,
    );
    console.log(`  locks held at the end: ${own.locks.join(', ')}`);
    if (own.locks.some((lock) => !/^(relation AccessShareLock|virtualxid ExclusiveLock) /.test(lock))) {
      console.error('  a lock is stronger than ACCESS SHARE');
      process.exitCode = 1;
    }
    for (const [item, milliseconds] of await byItem(server, gatherPostgres))
      console.log(`  ${milliseconds.toFixed(0).padStart(6)} ms  ${item}`);
    const reference = await best(() => dumping(server));
    if (reference === undefined) console.log('  no ratio to pg_dump: there is none that is new enough');
    else
      console.log(
        `  pg_dump --schema-only: ${reference.server.toFixed(0)} ms of server time, ${reference.wall.toFixed(0)} ms in all, ` +
          `${reference.statements} statements; the database part takes ${(own.server / reference.server).toFixed(2)} of its server time`,
      );
  } finally {
    await server.stop();
  }
}

async function connect(server, extra = {}) {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    database: 'postgres',
    ...extra,
  });
  await client.connect();
  return client;
}

/** Tables as applications have them: keys, indexes, texts, some without a key, some with rights by column. */
async function generate(server) {
  const began = performance.now();
  const client = await connect(server);
  await client.query('CREATE EXTENSION pg_stat_statements; CREATE ROLE dms LOGIN REPLICATION');
  for (let schema = 0; schema < schemas; schema += 1) {
    await client.query(
      `CREATE SCHEMA tenant${schema}; ${schema % 2 === 0 ? `GRANT USAGE ON SCHEMA tenant${schema} TO dms` : ''}`,
    );
    for (let from = 0; from < tablesOfSchema; from += 250)
      await client.query(`DO $$BEGIN FOR i IN ${from}..${from + 249} LOOP
        EXECUTE format('CREATE TABLE tenant${schema}.t%s (id bigint %s, name varchar(80), note text, total numeric(10, 2),
          rate numeric, made timestamptz DEFAULT now(), tags int[], doc jsonb, owner_id int, done boolean)',
          i, CASE WHEN i % 20 = 0 THEN '' ELSE 'PRIMARY KEY' END);
        IF i % 3 = 0 THEN EXECUTE format('CREATE INDEX ON tenant${schema}.t%s (owner_id)', i); END IF;
        IF i % 2 = 0 THEN EXECUTE format('GRANT SELECT ON tenant${schema}.t%s TO dms', i); END IF;
        IF i % 50 = 1 THEN EXECUTE format('GRANT SELECT (id, name) ON tenant${schema}.t%s TO dms', i); END IF;
      END LOOP; END$$`);
  }
  await client.query('VACUUM ANALYZE pg_class, pg_attribute, pg_index, pg_type, pg_depend, pg_attrdef, pg_constraint');
  await client.end();
  console.error(`generated in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** The least of some rounds by server time. */
async function best(round) {
  let least;
  for (let count = 0; count < rounds; count += 1) {
    const figures = await round();
    if (figures === undefined) return undefined;
    if (least === undefined || figures.server < least.server) least = figures;
  }
  return least;
}

function reset(client) {
  return client.query('SELECT pg_stat_statements_reset()');
}

/** Server time and statements since the last reset, but for those of this bench. */
async function spent(client) {
  const time = major >= 13 ? 'total_exec_time + total_plan_time' : 'total_time';
  const { rows } = await client.query(
    `SELECT sum(${time})::float AS server, sum(calls)::int AS statements FROM pg_stat_statements WHERE query !~ 'pg_stat_statements|pg_locks AS bench'`,
  );
  return { server: rows[0].server ?? 0, statements: rows[0].statements ?? 0 };
}

async function gathering(server, gatherPostgres) {
  const observer = await connect(server);
  await reset(observer);
  const before = await sessions(observer);
  const began = performance.now();
  const client = await connect(server, {
    application_name: 'dms-doctor',
    options: '-c default_transaction_read_only=on',
  });
  // In one transaction, so that every lock of it can still be seen at its end.
  await client.query('BEGIN');
  let connections = 0;
  const items = await gatherPostgres(
    async (sql) => {
      const { rows } = await client.query(sql);
      connections = Math.max(connections, (await sessions(observer)) - before);
      return rows;
    },
    () => new Date().toISOString(),
    'dms',
  );
  const wall = performance.now() - began;
  const { rows: held } = await client.query(`SELECT locktype || ' ' || mode || ' (' || count(*) || ')' AS lock
    FROM pg_locks AS bench WHERE pid = pg_backend_pid() GROUP BY locktype, mode ORDER BY 1`);
  await client.query('COMMIT');
  await client.end();
  const figures = await spent(observer);
  await observer.end();
  const failed = [...items].filter(([, item]) => 'error' in item && !/^(not-installed|denied)/.test(item.error));
  if (failed.length > 0) throw new Error(`not gathered: ${JSON.stringify(failed)}`);
  const rows = JSON.parse(items.get('postgres/tables.json').text).filter(({ nspname }) => nspname.startsWith('tenant'));
  return {
    ...figures,
    wall,
    connections,
    locks: held.map(({ lock }) => lock),
    tables: rows.length,
    columns: rows.reduce((sum, row) => sum + row.columns, 0),
    bytes: [...items.values()].reduce((sum, item) => sum + ('text' in item ? item.text.length : 0), 0),
  };
}

async function sessions(client) {
  const { rows } = await client.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'dms-doctor' /* pg_stat_statements */",
  );
  return rows[0].n;
}

/** The slowest questions, each asked alone: the one statement with all of them does not tell them apart. */
async function byItem(server, gatherPostgres) {
  const client = await connect(server);
  const took = [];
  let asked = 0;
  await gatherPostgres(
    async (sql) => {
      asked += 1;
      if (asked === 2) throw new Error('one by one');
      const began = performance.now();
      const { rows } = await client.query(sql);
      if (asked > 2) took.push([/'(postgres\/[^']*)'::text AS item/.exec(sql)?.[1] ?? '?', performance.now() - began]);
      return rows;
    },
    () => '',
    'dms',
  );
  await client.end();
  return took.toSorted(([, a], [, b]) => b - a).slice(0, 5);
}

/** pg_dump of the newest client that is not older than the server, as a whole process. */
async function dumping(server) {
  const clients = '/usr/lib/postgresql';
  let newest = 0;
  try {
    newest = Math.max(
      0,
      ...readdirSync(clients)
        .map(Number)
        .filter((version) => version >= major),
    );
  } catch {
    return undefined;
  }
  const program = `${clients}/${newest}/bin/pg_dump`;
  if (newest === 0 || spawnSync(program, ['--version']).status !== 0) return undefined;
  const observer = await connect(server);
  await reset(observer);
  const began = performance.now();
  const arguments_ = ['--schema-only', '-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres', 'postgres'];
  const child = spawn(program, arguments_, { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((done) => child.on('close', done));
  const wall = performance.now() - began;
  const figures = await spent(observer);
  await observer.end();
  if (code !== 0) throw new Error(`pg_dump ended with ${code}`);
  return { ...figures, wall };
}
