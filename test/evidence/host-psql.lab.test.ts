import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unframe } from '../../src/evidence/framed.ts';
import { withQueries } from '../../src/evidence/host-queries.ts';
import { gatherPostgres } from '../../src/evidence/postgres.ts';
import { startServer, type Server } from '../servers/postgres.ts';
import { commands, presentShells } from './host-facts.ts';

const script = withQueries(readFileSync('src/evidence/host-facts.sh', 'utf8'));

/** Runs the published script on this lab. */
function run(shell: readonly string[], words: readonly string[], account: { uid?: number; gid?: number } = {}) {
  const [program = 'sh', ...before] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...before, '-s', '--', ...words], {
    input: script,
    maxBuffer: 64 * 1024 * 1024,
    ...account,
  });
  const { items, complete } = unframe(stdout);
  expect({ stderr: stderr.toString(), status, complete }).toEqual({ stderr: '', status: 0, complete: true });
  return items;
}

const rowsOf = (text: string | undefined) => JSON.parse(text ?? 'null') as Record<string, unknown>[] | null;

// A version for each way in which the questions differ.
describe.each([10, 13, 16, 18])('PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    await client.query("CREATE ROLE dms LOGIN REPLICATION PASSWORD 'MARKER'");
    await client.query(`CREATE DATABASE "it's \\ odd"`);
    await client.query(
      "CREATE TABLE t (id int PRIMARY KEY, \"a\nb\" text DEFAULT 'MARKER'); INSERT INTO t VALUES (1, 'MARKER')",
    );
    await client.end();
  });
  afterAll(() => server.stop());

  test('the script has of the server what a SQL session has', async () => {
    const shell = presentShells[major % presentShells.length]?.command ?? ['sh'];
    const items = run(shell, ['--port', String(server.port), '--database', 'postgres', '--user', 'dms']);
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    const session = await gatherPostgres(
      async (sql) => (await client.query(sql)).rows,
      () => '',
      'dms',
    );
    await client.end();
    // What moves from one look to the next, and what differs between a socket and an address.
    const moving = /server|activity|stats|replication|locks|wal|bgwriter|checkpointer|archiver|settings|data\.json/;
    for (const [name, item] of session) {
      const text = items.get(name)?.text;
      if ('error' in item) expect(items.get(`${name}.error`)?.text, name).toMatch(/^(?:not-installed|not-gathered): /);
      else if (moving.test(name))
        expect(Object.keys(rowsOf(text)?.[0] ?? {}), name).toEqual(Object.keys(rowsOf(item.text)?.[0] ?? {}));
      else expect(rowsOf(text), name).toEqual(rowsOf(item.text));
    }
    const settings = rowsOf(items.get('postgres/settings.json')?.text) ?? [];
    expect(settings.find(({ name }) => name === 'default_transaction_read_only')).toMatchObject({ setting: 'on' });
    expect(JSON.stringify([...items])).not.toContain('MARKER');
  });
});

describe('where something is missing', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major: 13 });
  });
  afterAll(() => server.stop());
  const words = (...more: string[]) => ['--port', String(server.port), ...more];

  test('no database is named, or one that is not there, or one with an odd name', () => {
    const unnamed = run(['dash'], words());
    expect(unnamed.get('postgres/tables.json.error')?.text).toMatch(
      /^not-gathered: which database is meant was not said/,
    );
    expect(unnamed.has('postgres/settings.json')).toBe(true);
    const wrong = run(['dash'], words('--database', "it's not = there"));
    expect(wrong.get('postgres/settings.json.error')?.text).toMatch(
      /^not-gathered: psql as postgres: .*database "it's not = there" does not exist/,
    );
  });

  test('a stranger without sudo is denied; who does not want it is not asked', () => {
    const stranger = run(['dash'], words('--sudo'), { uid: 65_533, gid: 65_533 });
    expect(stranger.get('postgres/settings.json.error')?.text).toMatch(/^(?:denied|not-gathered): /);
    expect(stranger.has('postgres/settings.json')).toBe(false);
    const before = server.log();
    const items = run(['dash'], words('--no-psql'));
    expect([...items.keys()].filter((name) => /settings\.json/.test(name))).toEqual([]);
    expect(server.log()).toBe(before);
  });

  test('psql is not installed', () => {
    const folder = commands({});
    const items = run(['dash'], words('--path', folder));
    expect(items.get('postgres/settings.json.error')?.text).toBe('not-installed: psql: not found\n');
    rmSync(folder, { recursive: true });
  });
});
