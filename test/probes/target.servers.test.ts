import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Evidence } from '../../src/evidence/item.ts';
import { isItem } from '../../src/evidence/item.ts';
import { sessionSource } from '../../src/evidence/session/source.ts';
import { readTarget } from '../../src/evidence/session/target.ts';
import { tlsMaterial } from '../../src/evidence/session/tls.ts';
import type { Layer } from '../../src/layers.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { dmsWorld } from './dms-world.ts';
import { run } from './source.ts';

/*
 * A target endpoint, and a live SQL session on the target: what it finds is held against what the role can really do there.
 */
const tried = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors : [10, 13, majors.at(-1) ?? 18];
const scope: readonly Layer[] = ['database', 'role', 'target'];

describe.each(tried)('a target on PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
    await run(server, ['CREATE DATABASE orders', 'CREATE DATABASE other'], 'postgres', 'postgres');
    await run(server, [
      'CREATE ROLE dms LOGIN',
      'CREATE ROLE app LOGIN',
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
      'CREATE SCHEMA shop',
      'CREATE TABLE shop.orders (id int PRIMARY KEY, total numeric(10, 2))',
      'CREATE TABLE shop.lines (id int PRIMARY KEY, orders_id int REFERENCES shop.orders, amount int)',
    ]);
  });
  afterAll(() => server.stop());

  /** Gathers through the session that `--pg-url` opens, and lays DMS's definition of a target around it. */
  async function evidence(endpoint: object = {}): Promise<Evidence> {
    const target = await readTarget(
      `postgres://postgres@127.0.0.1:${server.port}/orders?sslmode=disable`,
      { HOME: tmpdir() },
      { host: undefined, database: undefined },
    );
    const source = sessionSource(target, {
      material: await tlsMaterial(target, { HOME: tmpdir() }),
      because: undefined,
      dmsRole: () => Promise.resolve('dms'),
      tunnel: undefined,
      ask: undefined,
      explain: () => Promise.resolve(undefined),
      now: () => '2026-11-22T12:00:00Z',
    });
    const { items } = await source.gather(new AbortController().signal);
    const texts = [...items].flatMap(([name, one]) => (isItem(one) ? [[name, one.text] as const] : []));
    expect(texts.map(([name]) => name)).toEqual(
      expect.arrayContaining(['postgres/privileges.json', 'postgres/tables.json', 'postgres/role-settings.json']),
    );
    return dmsWorld({
      endpoint: { EndpointType: 'TARGET', ServerName: '127.0.0.1', Port: server.port, ...endpoint },
      items: Object.fromEntries(texts),
    });
  }

  const judged = async (layer: Layer, endpoint: object = {}) =>
    check(await evidence(endpoint), { scope })
      .findings.filter((one) => one.layer === layer)
      .map(({ code }) => code);

  /** What a statement of the role itself ends in: done, and taken back, or its SQLSTATE. */
  async function asDms(...statements: string[]): Promise<string> {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'dms', database: 'orders' });
    try {
      await client.connect();
      await client.query('BEGIN');
      for (const statement of statements) await client.query(statement);
      return 'done';
    } catch (error) {
      return String((error as { code?: string }).code);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  const denied = '42501';

  test('what a source alone needs is skipped; the session’s own layers are judged', async () => {
    const { layers } = check(await evidence());
    const status = Object.fromEntries(layers.map(({ layer, status: one }) => [layer, one]));
    for (const layer of ['wal-level', 'slots', 'senders', 'plugin', 'standby', 'wal-retention', 'restart', 'data'])
      expect(status[layer], layer).toBe('skip');
    expect(status).toMatchObject({ database: 'pass', role: 'block', target: 'warn' });
  });

  test('CONNECT on the database: lacking, and granted', async () => {
    await run(server, ['REVOKE CONNECT ON DATABASE orders FROM PUBLIC']);
    expect(await asDms('SELECT 1')).toBe(denied);
    const blocked = check(await evidence(), { scope: ['database'] });
    expect(blocked.blockedAt).toEqual(['database']);
    for (const step of blocked.plan.steps) if ('run' in step) await run(server, [step.run]);
    expect(await asDms('SELECT 1')).toBe('done');
    expect(
      check(await evidence(), { scope: ['database'] }).layers.find(({ layer }) => layer === 'database')?.status,
    ).toBe('pass');
    await run(server, ['GRANT CONNECT ON DATABASE orders TO PUBLIC']);
  });

  test('CREATE: nowhere, in a schema by the printed fix, in a schema that it may not use, in the database', async () => {
    // A full load makes the table and fills it: CREATE alone would do for the first.
    const make = (schema: string) =>
      asDms(`CREATE TABLE ${schema}.made (id int)`, `INSERT INTO ${schema}.made VALUES (1)`);
    expect(await judged('role')).toEqual(['ROL022']);
    expect([await make('shop'), await make('public')]).toEqual([denied, denied]);

    await run(server, ['GRANT CREATE ON SCHEMA shop TO dms']);
    expect(await make('shop')).toBe(denied);
    expect(await judged('role')).toEqual(['ROL022']);

    await run(server, ['GRANT USAGE ON SCHEMA shop TO dms']);
    expect(await make('shop')).toBe('done');
    expect(await judged('role')).not.toContain('ROL022');

    await run(server, ['REVOKE ALL ON SCHEMA shop FROM dms', 'GRANT CREATE ON DATABASE orders TO dms']);
    expect(await make('shop')).toBe(denied);
    expect(await asDms('CREATE SCHEMA own', 'CREATE TABLE own.made (id int)')).toBe('done');
    expect(await judged('role')).not.toContain('ROL022');

    await run(server, ['REVOKE CREATE ON DATABASE orders FROM dms']);
    expect(await judged('role')).toEqual(['ROL022']);
  });

  test('the fix that is printed where one schema is there opens the role for real', async () => {
    await run(server, [
      'ALTER SCHEMA shop RENAME TO aside',
      'DROP SCHEMA public',
      'ALTER SCHEMA aside RENAME TO "The Shop"',
    ]);
    await run(server, ['DROP TABLE "The Shop".lines, "The Shop".orders']);
    try {
      const { plan, blockedAt } = check(await evidence(), { scope: ['role'] });
      expect(blockedAt).toEqual(['role']);
      expect(plan.opens).toBe(true);
      for (const step of plan.steps) if ('run' in step) await run(server, [step.run]);
      expect(await asDms('CREATE TABLE "The Shop".made (id int)')).toBe('done');
      expect(await judged('role')).toEqual(['ROL024']);
      expect(await judged('target')).toEqual(['TGT009']);
    } finally {
      await run(server, [
        'REVOKE ALL ON SCHEMA "The Shop" FROM dms',
        'ALTER SCHEMA "The Shop" RENAME TO shop',
        'CREATE SCHEMA public',
        'CREATE TABLE shop.orders (id int PRIMARY KEY, total numeric(10, 2))',
        'CREATE TABLE shop.lines (id int PRIMARY KEY, orders_id int REFERENCES shop.orders, amount int)',
      ]);
    }
  });

  test('writing tables that are there: each right of the four, the schema’s, and ownership', async () => {
    const write = () =>
      asDms(
        'INSERT INTO shop.orders VALUES (1, 2)',
        'UPDATE shop.orders SET total = 3',
        'DELETE FROM shop.orders',
        'TRUNCATE shop.orders, shop.lines',
      );
    await run(server, ['GRANT USAGE, CREATE ON SCHEMA shop TO dms']);
    expect(await write()).toBe(denied);
    expect(await judged('role')).toEqual(['ROL023']);

    const all = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'];
    await run(server, ['GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA shop TO dms']);
    expect(await write()).toBe('done');
    expect(await judged('role')).toEqual(['ROL024']);
    for (const right of all) {
      await run(server, [`REVOKE ${right} ON shop.orders FROM dms`]);
      expect(await write(), right).toBe(denied);
      expect(await judged('role'), right).toEqual(['ROL023']);
      await run(server, [`GRANT ${right} ON shop.orders TO dms`]);
    }
    // The tables' rights stay, the schema's go; tables can be made elsewhere.
    await run(server, ['REVOKE USAGE ON SCHEMA shop FROM dms', 'GRANT CREATE ON DATABASE orders TO dms']);
    expect(await write()).toBe(denied);
    expect(await judged('role')).toEqual(['ROL023']);
    await run(server, [
      'REVOKE CREATE ON DATABASE orders FROM dms',
      'GRANT USAGE ON SCHEMA shop TO dms',
      'REVOKE ALL ON ALL TABLES IN SCHEMA shop FROM dms',
      'ALTER TABLE shop.orders OWNER TO dms',
      'ALTER TABLE shop.lines OWNER TO dms',
    ]);
    expect(await write()).toBe('done');
    expect(await judged('role')).toEqual(['ROL024']);
  });

  describe('session_replication_role', () => {
    /** What a session of the role begins with, and whether a foreign key is then enforced. */
    const seen = async () => [
      (await asDms("SELECT 1 / (current_setting('session_replication_role') = 'replica')::int")) === 'done',
      (await asDms('INSERT INTO shop.lines VALUES (1, 4711, 1)')) === 'done',
    ];
    const isReplica = async (endpoint: object = {}) => !(await judged('target', endpoint)).includes('TGT007');

    test.each<[string, string, string, boolean]>([
      ['the role', 'ALTER ROLE dms SET', 'ALTER ROLE dms RESET', true],
      [
        'the role in this database',
        'ALTER ROLE dms IN DATABASE orders SET',
        'ALTER ROLE dms IN DATABASE orders RESET',
        true,
      ],
      ['the database', 'ALTER DATABASE orders SET', 'ALTER DATABASE orders RESET', true],
      ['all roles', 'ALTER ROLE ALL SET', 'ALTER ROLE ALL RESET', true],
      [
        'the role in another database',
        'ALTER ROLE dms IN DATABASE other SET',
        'ALTER ROLE dms IN DATABASE other RESET',
        false,
      ],
      ['another database', 'ALTER DATABASE other SET', 'ALTER DATABASE other RESET', false],
      ['another role', 'ALTER ROLE app SET', 'ALTER ROLE app RESET', false],
    ])('set for %s', async (_, set, reset, expected) => {
      expect([await isReplica(), ...(await seen())]).toEqual([false, false, false]);
      await run(server, [`${set} session_replication_role = 'replica'`]);
      expect([await isReplica(), ...(await seen())]).toEqual([expected, expected, expected]);
      // A setting that is more exact takes it back.
      await run(server, ["ALTER ROLE dms IN DATABASE orders SET session_replication_role = 'origin'"]);
      expect([await isReplica(), ...(await seen())]).toEqual([false, false, false]);
      await run(server, [
        'ALTER ROLE dms IN DATABASE orders RESET session_replication_role',
        `${reset} session_replication_role`,
      ]);
      expect([await isReplica(), ...(await seen())]).toEqual([false, false, false]);
    });

    test('set for the whole server', async () => {
      await run(server, [
        "ALTER SYSTEM SET session_replication_role = 'replica'",
        'SELECT pg_reload_conf()',
        'SELECT pg_sleep(0.3)',
      ]);
      expect([await isReplica(), ...(await seen())]).toEqual([true, true, true]);
      await run(server, [
        'ALTER SYSTEM RESET session_replication_role',
        'SELECT pg_reload_conf()',
        'SELECT pg_sleep(0.3)',
      ]);
      expect([await isReplica(), ...(await seen())]).toEqual([false, false, false]);
    });

    test('by the endpoint’s script, where the role may set it', async () => {
      const statement = "SET session_replication_role = 'replica'";
      const endpoint = { PostgreSQLSettings: { AfterConnectScript: statement } };
      const { findings } = check(await evidence(endpoint), { scope: ['target'] });
      const caveats = findings.flatMap((one) => one.caveats).join();
      // Before 15 it is a superuser's alone; from 15 on it can be granted, which is not asked for.
      expect(await asDms(statement)).toBe(denied);
      expect(await isReplica(endpoint)).toBe(major >= 15);
      expect(caveats).toMatch(major >= 15 ? /is not seen/ : /dms may not/);
      if (major >= 15) {
        await run(server, ['GRANT SET ON PARAMETER session_replication_role TO dms']);
        expect(await asDms(statement)).toBe('done');
        await run(server, ['REVOKE SET ON PARAMETER session_replication_role FROM dms']);
      }
      await run(server, ['ALTER ROLE dms SUPERUSER']);
      expect(await asDms(statement, 'INSERT INTO shop.lines VALUES (1, 4711, 1)')).toBe('done');
      expect(await isReplica(endpoint)).toBe(true);
      await run(server, ['ALTER ROLE dms NOSUPERUSER']);
    });
  });

  test('secondary indexes: made and dropped; a primary key and a unique constraint beside it', async () => {
    const indexed = async () => (await judged('target')).includes('TGT008');
    expect(await indexed()).toBe(false);
    await run(server, ['CREATE INDEX lines_orders ON shop.lines (orders_id)']);
    expect(await indexed()).toBe(true);
    await run(server, ['DROP INDEX shop.lines_orders', 'ALTER TABLE shop.lines ADD CONSTRAINT one UNIQUE (amount)']);
    expect(await indexed()).toBe(true);
    await run(server, ['ALTER TABLE shop.lines DROP CONSTRAINT one']);
    expect(await indexed()).toBe(false);
  });
});
