import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { gatherPostgres, type DatabaseItem, type Query } from '../../src/evidence/postgres.ts';
import { fetchedServer, majors, startServer, type Server } from '../servers/postgres.ts';

const now = () => new Date().toISOString();
type Rows = Record<string, unknown>[];

/** A session as a live run opens it: read-only, with a time limit. */
async function connect(port: number, user: string, database = 'orders', statementTimeout = 10_000): Promise<pg.Client> {
  const options = `-c default_transaction_read_only=on -c statement_timeout=${statementTimeout}`;
  const client = new pg.Client({ host: '127.0.0.1', port, user, database, options });
  await client.connect();
  return client;
}

/** Gathers as a role; also how many statements were sent. */
async function gather(port: number, user: string, dmsRole = 'dms', statementTimeout?: number) {
  const client = await connect(port, user, 'orders', statementTimeout);
  let statements = 0;
  const query: Query = async (sql) => {
    statements += 1;
    return (await client.query<Record<string, unknown>>(sql)).rows;
  };
  try {
    return { items: await gatherPostgres(query, now, dmsRole), statements: () => statements };
  } finally {
    await client.end();
  }
}

function rows(items: Map<string, DatabaseItem>, name: string): Rows {
  const item = items.get(`postgres/${name}.json`);
  if (item === undefined || 'error' in item) throw new Error(`${name}: ${item?.error ?? 'not asked'}`);
  const parsed: unknown = JSON.parse(item.text);
  if (!Array.isArray(parsed)) throw new Error(`${name} is not an array`);
  return parsed;
}

/**
 * The package of 10 ships extension files of a newer version, which make its pg_available_extensions fail: there the one
 * statement with all questions fails, and the gathering that asks one by one is seen at work.
 */
const hasBrokenExtensions = (major: number): boolean => major === 10;

const errors = (items: Map<string, DatabaseItem>) =>
  Object.fromEntries([...items].flatMap(([name, item]) => ('error' in item ? [[name, item.error]] : [])));

const setUp = (major: number) => `
  CREATE ROLE dms LOGIN REPLICATION;
  ${major >= 10 ? "SET password_encryption = 'scram-sha-256';" : ''} ALTER ROLE dms PASSWORD 'MARKER-password';
  SET password_encryption = 'md5'; CREATE ROLE app LOGIN PASSWORD 'MARKER-md5' VALID UNTIL '2030-01-01';
  CREATE ROLE bare LOGIN VALID UNTIL 'infinity'; CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor;
  CREATE ROLE readers; CREATE ROLE writers; GRANT readers TO writers; GRANT writers TO app;
  ALTER ROLE dms SET statement_timeout = '5s'; ALTER ROLE dms IN DATABASE orders SET "app.jwt" = 'MARKER-custom';
  ALTER DATABASE orders SET idle_in_transaction_session_timeout = '1min';
  CREATE TABLE plain (id int PRIMARY KEY, name varchar(20), amount numeric);
  CREATE TABLE "odd ""name'\\\n" (note text);
  CREATE TABLE keyed_by_json (doc jsonb, data bytea PRIMARY KEY, tags int[]);
  CREATE UNLOGGED TABLE secret (id int, a text, b text); GRANT SELECT (id, a) ON secret TO dms;
  CREATE UNIQUE INDEX ON secret (id);
  GRANT SELECT ON plain TO dms; CREATE SEQUENCE s;
  CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int PRIMARY KEY); GRANT SELECT ON hidden.t TO dms;
  INSERT INTO plain SELECT i, 'x', 1 FROM generate_series(1, 100) AS i; ANALYZE plain;`;

/** Sends each text as one message, so that its statements are one transaction. */
async function asSuperuser(port: number, database: string, ...messages: string[]): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
  await client.connect();
  for (const message of messages) await client.query(message);
  await client.end();
}

describe.each(majors)('PostgreSQL %i', (major) => {
  let server: Server;
  const settings: Record<string, string> = {
    wal_level: 'logical',
    archive_command: 'scp %p MARKER-archive',
    ...(major >= 11 ? { ssl_passphrase_command: 'echo MARKER-passphrase' } : {}),
    ...(major >= 12 ? { primary_conninfo: 'password=MARKER-conninfo', restore_command: 'cp MARKER-restore %p' } : {}),
  };

  beforeAll(async () => {
    server = await startServer({ major, settings });
    await asSuperuser(server.port, 'postgres', 'CREATE DATABASE orders');
    await asSuperuser(
      server.port,
      'orders',
      setUp(major),
      "SELECT pg_create_logical_replication_slot('abandoned', 'test_decoding')",
    );
  });
  afterAll(() => server.stop());

  test('a superuser gets every item of the version in two round trips', async () => {
    const { items, statements } = await gather(server.port, 'postgres');
    expect(errors(items)).toEqual({
      'postgres/cron-jobs.json': expect.stringMatching(/^not-installed: /),
      'postgres/pglogical-nodes.json': expect.stringMatching(/^not-installed: /),
      ...(major < 13 ? { 'postgres/base-backups.json': expect.stringMatching(/^not-installed: /) } : {}),
      ...(major < 17 ? { 'postgres/checkpointer.json': expect.stringMatching(/^not-installed: /) } : {}),
      ...(hasBrokenExtensions(major)
        ? { 'postgres/available-extensions.json': expect.stringMatching(/^not-gathered: unrecognized parameter/) }
        : {}),
    });
    if (hasBrokenExtensions(major)) expect(statements()).toBeGreaterThan(20);
    else expect(statements()).toBe(2);

    const [session] = rows(items, 'server');
    expect(session).toMatchObject({
      port: server.port,
      is_superuser: true,
      data_directory: server.data,
      ssl: false,
      current_database: 'orders',
    });
    expect(session?.['system_identifier']).toMatch(/^\d{19}$/);
    expect(Date.parse(String(session?.['pg_postmaster_start_time']))).toBeGreaterThan(Date.now() - 600_000);

    expect(rows(items, 'settings').find(({ name }) => name === 'wal_level')).toMatchObject({
      setting: 'logical',
      source: 'configuration file',
      sourcefile: expect.stringMatching(/postgresql\.conf$/),
      pending_restart: false,
    });
    expect(rows(items, 'role-settings')).toEqual([
      { database: 'orders', role: 'dms', setting: 'app.jwt=(removed)' },
      { database: 'orders', role: null, setting: 'idle_in_transaction_session_timeout=1min' },
      { database: null, role: 'dms', setting: 'statement_timeout=5s' },
    ]);
    expect(rows(items, 'slots')).toMatchObject([
      { slot_name: 'abandoned', active: false, retained_bytes: expect.any(Number) },
    ]);
    expect(rows(items, 'hba-file-rules')).toHaveLength(3);
  });

  test('roles carry the kind of their verifier and every role that they are members of', async () => {
    const { items } = await gather(server.port, 'postgres');
    const roles = new Map(rows(items, 'roles').map((role) => [role['rolname'], role]));
    expect(roles.get('dms')).toMatchObject({ verifier: 'scram-sha-256', rolreplication: true, memberof: [] });
    expect(roles.get('app')).toMatchObject({
      verifier: 'md5',
      rolvaliduntil: expect.stringMatching(/^2030-01-01T/),
      memberof: ['readers', 'writers'],
    });
    expect(roles.get('bare')).toMatchObject({ verifier: 'none', rolvaliduntil: 'infinity' });
    expect(roles.get('monitor')?.['memberof']).toContain('pg_read_all_stats');
  });

  test('tables carry keys, kinds of columns and what the DMS role may read', async () => {
    const { items } = await gather(server.port, 'bare');
    const found = new Map(rows(items, 'tables').map((table) => [table['relname'], table]));
    expect(found.get('plain')).toMatchObject({
      primary_key: true,
      selectable: true,
      columns: 3,
      columns_selectable: 3,
      schema_usable: true,
      reltuples: 100,
      relpersistence: 'p',
    });
    expect(found.get('secret')).toMatchObject({
      primary_key: false,
      unique_index: true,
      selectable: false,
      columns: 3,
      columns_selectable: 2,
      lob_columns: 2,
      relpersistence: 'u',
    });
    expect(found.get('keyed_by_json')).toMatchObject({
      primary_key: true,
      primary_key_lob: true,
      array_columns: 1,
      lob_columns: 2,
      columns_selectable: 0,
    });
    expect(found.get('t')).toMatchObject({ nspname: 'hidden', selectable: true, schema_usable: false });
    expect([...found.keys()]).toContain(`odd "name'\\\n`);
    expect(rows(items, 'databases').find(({ datname }) => datname === 'orders')).toMatchObject({
      connect: true,
      create: false,
    });
    expect(rows(items, 'privileges').find(({ name }) => name === 'public')).toMatchObject({
      usage: true,
      create: major < 15,
    });
    expect(rows(items, 'column-types').find(({ typname }) => typname === 'numeric')).toMatchObject({
      unbounded: true,
      columns: 1,
      tables: 1,
      example: 'plain',
    });
  });

  test.each(['bare', 'monitor', 'dms'])(
    '%s gets what it may, in two round trips, and hears what it may not',
    async (user) => {
      const { items, statements } = await gather(server.port, user);
      expect(statements() === 2).toBe(!hasBrokenExtensions(major));
      const denied = Object.entries(errors(items))
        .filter(([, reason]) => reason.startsWith('denied: '))
        .map(([name]) => name);
      expect(denied).toContain('postgres/hba-file-rules.json');
      expect(denied.includes('postgres/wal-files.json')).toBe(user !== 'monitor');
      const others = Object.entries(errors(items)).filter(([, reason]) => !/^(denied|not-installed): /.test(reason));
      expect(others.map(([name]) => name)).toEqual(
        hasBrokenExtensions(major) ? ['postgres/available-extensions.json'] : [],
      );
      expect(rows(items, 'roles').every(({ verifier }) => verifier === null)).toBe(true);
      expect(rows(items, 'server')[0]).toMatchObject({
        is_superuser: false,
        pg_read_all_settings: user === 'monitor',
        hba_file: user === 'monitor' ? expect.any(String) : null,
      });
    },
  );

  test('a role that is not there has no privileges: they are null, not false', async () => {
    const { items } = await gather(server.port, 'postgres', 'nobody-here');
    expect(rows(items, 'tables').every(({ selectable }) => selectable === null)).toBe(true);
    expect(rows(items, 'databases').every(({ connect: allowed }) => allowed === null)).toBe(true);
  });

  test('a role name is a literal, whatever it holds', async () => {
    const hostile = [`d'ms`, `'; DROP TABLE plain; --`, `\\'; SELECT 1; --`, `a\\`, `"x"`, `é\n$1`, `%s`];
    const admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'orders' });
    await admin.connect();
    for (const name of hostile) {
      await admin.query(`CREATE ROLE ${admin.escapeIdentifier(name)} SUPERUSER`);
      for (const conforming of ['on', 'off']) {
        await admin.query(`SET standard_conforming_strings = ${conforming}`);
        const items = await gatherPostgres(
          async (sql) => (await admin.query<Record<string, unknown>>(sql)).rows,
          now,
          name,
        );
        expect(rows(items, 'tables').every(({ selectable }) => selectable === true)).toBe(true);
      }
      await admin.query(`SET standard_conforming_strings = on; DROP ROLE ${admin.escapeIdentifier(name)}`);
    }
    await admin.end();
  });

  test('no secret and no text of a query leaves the server', async () => {
    server.write(
      'pg_hba.conf',
      [
        'local all all trust',
        'host all all all trust',
        'host replication all all trust',
        'host all all 10.1.0.0/16 ldap ldapserver=x ldapbindpasswd="MARKER-ldap word" ldapprefix=a',
        'host all all 10.2.0.0/16 radius radiusservers=127.0.0.1 radiussecrets=MARKER-radius',
        'host all all 10.3.0.0/16 radius radiusservers=127.0.0.1 radiussecrets="""MARKER-list""',
        '',
      ].join('\n'),
    );
    const other = await connect(server.port, 'postgres');
    const running = other.query("SELECT pg_sleep(60), 'MARKER-query'").catch((error: Error) => error.message);
    const { items } = await gather(server.port, 'postgres');
    server.write('pg_hba.conf', 'local all all trust\nhost all all all trust\nhost replication all all trust\n');
    expect(JSON.stringify([...items])).not.toContain('MARKER');
    expect(rows(items, 'hba-file-rules')).toHaveLength(6);
    expect(rows(items, 'settings').find(({ name }) => name === 'archive_command')?.['setting']).toBe(
      // Without archive_mode the server shows its own word instead of the command.
      '(removed)',
    );
    expect(rows(items, 'activity')).toMatchObject([{ usename: 'postgres', state: 'active' }]);
    await asSuperuser(
      server.port,
      'orders',
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    );
    expect(await running).toMatch(/canceling statement/);
    await other.end();
  });

  test('a table that is locked keeps nobody waiting, and a catalog that is locked loses its own item alone', async () => {
    const other = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'orders' });
    await other.connect();
    other.on('error', () => {});
    await other.query('BEGIN; LOCK TABLE plain, secret, hidden.t IN ACCESS EXCLUSIVE MODE');
    const withTables = await gather(server.port, 'bare', 'dms', 5_000);
    expect(Object.values(errors(withTables.items)).filter((reason) => reason.startsWith('timed-out'))).toEqual([]);
    expect(rows(withTables.items, 'tables')).toHaveLength(5);
    await other.query('LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE');
    const { items } = await gather(server.port, 'bare', 'dms', 700);
    await other.query('ROLLBACK');
    await other.end();
    const timedOut = Object.entries(errors(items)).filter(([, reason]) => reason.startsWith('timed-out: '));
    expect(timedOut.map(([name]) => name)).toEqual(['postgres/publications.json']);
    expect(rows(items, 'tables')).toHaveLength(5);
  });

  test('in recovery every item of the version is had', async () => {
    server.signal('SIGINT');
    await server.logged(0, /database system is shut down/);
    if (major >= 12) server.write('standby.signal', '');
    else server.write('recovery.conf', 'standby_mode = on\n');
    const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const standby = spawn(join(fetchedServer(major), 'bin', 'postgres'), ['-D', server.data], {
      ...account,
      cwd: server.socketFolder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    try {
      await new Promise<void>((resolve, reject) => {
        standby.stderr.setEncoding('utf8').on('data', (text: string) => {
          log += text;
          if (/accept read.only connections/.test(log)) resolve();
        });
        standby.on('exit', () => reject(new Error(log)));
      });
      const { items } = await gather(server.port, 'postgres');
      expect(rows(items, 'server')[0]).toMatchObject({
        pg_is_in_recovery: true,
        current_lsn: expect.stringMatching(/\//),
        checkpoint_distance: null,
      });
      const others = Object.entries(errors(items)).filter(([, reason]) => !reason.startsWith('not-installed: '));
      expect(others.map(([name]) => name)).toEqual(
        hasBrokenExtensions(major) ? ['postgres/available-extensions.json'] : [],
      );
    } finally {
      standby.kill('SIGINT');
      if (standby.exitCode === null) await once(standby, 'exit');
    }
  });
});
