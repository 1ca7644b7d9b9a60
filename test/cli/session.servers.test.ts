import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { project, run } from './run.ts';

/*
 * The built command line with a SQL session on a real server.
 */
const newest = majors.at(-1) ?? 18;
const password = 'MARKER-password-in-every-place';
let server: Server;
let folder = '';
const file = (name: string) => path.join(folder, name);

async function asSuperuser<T>(work: (client: pg.Client) => Promise<T>, database = 'orders'): Promise<T> {
  const client = new pg.Client({ host: server.socketFolder, port: server.port, user: 'postgres', database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-session-'));
  server = await startServer({
    major: newest,
    settings: {
      ssl: 'on',
      archive_command: `cp %p /${password}/%f`,
      primary_conninfo: `host=x password=${password}`,
    },
    hba: 'local all all trust\nhost all dms all scram-sha-256\nhost all all all trust\n',
  });
  await asSuperuser((client) => client.query('CREATE DATABASE orders'), 'postgres');
  await asSuperuser((client) =>
    client.query(`CREATE ROLE dms LOGIN REPLICATION PASSWORD '${password}'; CREATE TABLE orders (id int PRIMARY KEY, note text);
      INSERT INTO orders SELECT i, '${password}' FROM generate_series(1, 100) AS i; GRANT SELECT ON orders TO dms; ANALYZE;
      ALTER ROLE dms IN DATABASE orders SET "app.token" = '${password}'`),
  );
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const flow = () => [
  ...['--from', '172.31.23.112', '--host', '127.0.0.1', '--port', String(server.port)],
  ...['--database', 'orders', '--user', 'dms', '--tls', 'none'],
];
const url = (user: string, more = '') => `postgres://${user}@127.0.0.1:${server.port}/orders${more}`;
const statuses = (stdout: string) =>
  Object.fromEntries(
    (JSON.parse(stdout) as { layers: { layer: string; status: string }[] }).layers.map(({ layer, status }) => [
      layer,
      status,
    ]),
  );

/** What differs between two runs on the same evidence: when they were made, and how long they took. */
const dateless = (text: string) =>
  text
    .replaceAll(/"(?:startedAt|durationMs)": ?("[^"]*"|\d+)/g, '"when"')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?(?: UTC)?/g, 'DATE')
    .replaceAll(/time="[\d.]+"/g, 'time');

describe('check --pg-url', () => {
  test('the database’s layers are judged from the session; the host’s stay unknown', async () => {
    const { code, stdout, stderr } = await run(['check', '--pg-url', url('postgres'), ...flow(), '--format', 'json']);
    expect(stderr).toMatch(/^gathered from PostgreSQL at 127\.0\.0\.1:\d+ in \d+\.\d s\n$/);
    expect(code).toBe(1);
    expect(statuses(stdout)).toMatchObject({
      endpoint: 'unknown',
      tls: 'pass',
      login: 'pass',
      database: 'pass',
      role: 'pass',
      'wal-level': 'block',
      shorewall: 'unknown',
      listener: 'unknown',
    });
  });

  test('the role that DMS logs in as comes from AWS: its privileges are asked for, not those of the session’s role', async () => {
    const { startAwsServer } = await import('../support/aws-server.ts');
    const { documentsOf } = await import('../support/aws-server-documents.ts');
    const { filesOf } = await import('../support/bundles.ts');
    const aws = await startAwsServer(documentsOf(filesOf('legacy-host')));
    const bundle = file('aws');
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: aws.url,
    };
    const asked = ['--endpoint', 'orders-legacy-source', '--replication-instance', 'orders-dms'];
    const { stdout } = await run(
      ['check', ...asked, '--pg-url', url('postgres'), '--save-bundle', bundle, '--format', 'json'],
      { env },
    );
    await aws.close();
    expect(readFileSync(bundle, 'utf8')).toMatch(/"current_user":"postgres".*"dms_role":"dms"/);
    expect(statuses(stdout)).toMatchObject({ role: 'pass' });
  });

  test('the environment names a server: it is asked, and the report says so; recorded evidence alone stays alone', async () => {
    const env = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'postgres', PGDATABASE: 'orders' };
    const { stdout } = await run(['check', ...flow(), '--format', 'json'], { env });
    expect(statuses(stdout)).toMatchObject({ role: 'pass' });
    expect(stdout).toContain('PGHOST');
    const replay = await run(['check', '--bundle', 'fixtures/legacy-host', '--format', 'json'], { env });
    expect(replay.stderr).toBe('');
    expect(replay.stdout).not.toContain('PGHOST');
  });

  test.each(['text', 'json', 'junit', 'markdown', 'html', 'github'])(
    'a saved bundle is judged to the same report (%s)',
    async (format) => {
      const bundle = file(`saved-${format}`);
      const live = await run(
        ['check', '--pg-url', url('postgres'), ...flow(), '--save-bundle', bundle, '--format', format, '--verbose'],
        { env: { NO_COLOR: '1' } },
      );
      const replayed = await run(['check', '--bundle', bundle, '--format', format, '--verbose']);
      expect(replayed.stderr).toBe('');
      expect(replayed.code).toBe(live.code);
      expect(dateless(replayed.stdout)).toBe(dateless(live.stdout));
      expect(live.stdout.length).toBeGreaterThan(500);
    },
  );

  test('no secret gets anywhere: URL, environment, file, settings, rows, wrong password; --debug included', async () => {
    const passFile = file('pass');
    writeFileSync(passFile, `*:*:*:*:${password}\n`, { mode: 0o600 });
    const service = file('service');
    writeFileSync(
      service,
      `[orders]\nhost=127.0.0.1\nport=${server.port}\nuser=dms\ndbname=orders\npassword=${password}\n`,
    );
    const wrong = `${password}-wrong`;
    const ways: [string[], Record<string, string>][] = [
      [['--pg-url', `postgres://dms:${password}@127.0.0.1:${server.port}/orders`], {}],
      [['--pg-url', url('dms')], { PGPASSWORD: password }],
      [['--pg-url', url('dms')], { PGPASSFILE: passFile }],
      [['--pg-url', 'postgres://?service=orders'], { PGSERVICEFILE: service }],
      [['--pg-url', `postgres://dms:${wrong}@127.0.0.1:${server.port}/orders`], {}],
      [['--pg-url', `postgres://dms:${password}@127.0.0.1:1/orders`], {}],
      [['--pg-url', `postgres://dms:${password}@127.0.0.1:${server.port}x/orders`], {}],
      [['--pg-url', `postgres://dms:${password}/x@127.0.0.1/orders`], {}],
      [['--pg-url', `postgres://dms:${password}%zz@127.0.0.1/orders`], {}],
      [['--pg-url', `postgres://dms@127.0.0.1/orders?${password}=1`], {}],
      [['--pg-url', `mysql://dms:${password}@127.0.0.1/orders`], {}],
    ];
    const seen: number[] = [];
    for (const [words, env] of ways) {
      const bundle = file('secret-bundle');
      rmSync(bundle, { force: true });
      const reports = ['text', 'json', 'junit', 'markdown', 'html', 'github'].map(
        (one) => `${one}=${file(`secret-${one}`)}`,
      );
      const more = ['--save-bundle', bundle, '--verbose', '--debug', ...reports.flatMap((one) => ['--report', one])];
      const { code, stdout, stderr } = await run(['check', ...words, ...flow(), ...more], { env });
      seen.push(code ?? -1);
      const written = code === 2 ? [] : [bundle, ...reports.map((one) => one.slice(one.indexOf('=') + 1))];
      const everything = [stdout, stderr, ...written.map((one) => readFileSync(one, 'utf8'))].join('\n');
      expect(everything.length).toBeGreaterThan(60);
      expect(everything, words.join(' ').replaceAll(password, '…')).not.toContain('MARKER');
      if (code === 2) expect(stderr).not.toMatch(/fault of dms-doctor/);
    }
    // The first four see the database, the next two are refused, the others cannot be used.
    expect(seen).toEqual([1, 1, 1, 1, 3, 3, 2, 2, 2, 2, 2]);
  });

  test('Ctrl-C while the server keeps the session waiting: what is known is printed, exit 130, and nothing is left', async () => {
    const blocker = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'orders',
    });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE');
    const sessions = () =>
      asSuperuser(async (client) => {
        const { rows } = await client.query<{ waiting: boolean }>(
          "SELECT wait_event_type = 'Lock' AS waiting FROM pg_stat_activity WHERE application_name = 'dms-doctor'",
        );
        return rows;
      });
    const child = spawn(process.execPath, ['bin/dms-doctor.js', 'check', '--pg-url', url('postgres'), ...flow()], {
      cwd: project,
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await expect.poll(async () => (await sessions()).some(({ waiting }) => waiting), { timeout: 30_000 }).toBe(true);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(Buffer.concat(out).toString()).toMatch(/Interrupted: this is what was known by then/);
    // The lock is still held: only the request to cancel has ended it.
    await expect.poll(sessions, { timeout: 10_000 }).toEqual([]);
    await blocker.query('ROLLBACK');
    await blocker.end();
  });

  test('nothing changes: settings, files, roles, rows and the statistics of tables are as before', async () => {
    const state = () =>
      asSuperuser(async (client) => {
        const rows = async (sql: string) =>
          (await client.query<{ row: string }>(`SELECT q::text AS row FROM (${sql}) AS q`)).rows;
        return {
          settings: await rows(
            "SELECT name, setting, source, pending_restart FROM pg_settings WHERE name NOT LIKE 'in_hot%'",
          ),
          roles: await rows('SELECT * FROM pg_authid ORDER BY oid'),
          overrides: await rows('SELECT * FROM pg_db_role_setting'),
          tables: await rows('SELECT * FROM pg_class ORDER BY oid'),
          statistics: await rows(
            'SELECT relname, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, last_analyze FROM pg_stat_user_tables',
          ),
          slots: await rows('SELECT * FROM pg_replication_slots'),
          xid: await rows('SELECT pg_snapshot_xmax(pg_current_snapshot())'),
        };
      });
    const files = () =>
      ['postgresql.conf', 'pg_hba.conf', 'postgresql.auto.conf'].map((one) =>
        readFileSync(path.join(server.data, one), 'utf8'),
      );
    // Reading it is a scan, which is counted: at once, and not in the midst of the run.
    const content = () =>
      asSuperuser(async (client) => {
        const { rows } = await client.query('SELECT ctid, xmin, * FROM orders ORDER BY id');
        await client.query('SELECT pg_stat_force_next_flush()');
        return rows;
      });
    const rowsBefore = await content();
    const before = { ...(await state()), files: files() };
    await run(['check', '--pg-url', url('postgres'), ...flow()]);
    expect({ ...(await state()), files: files() }).toEqual(before);
    expect(await content()).toEqual(rowsBefore);
    expect(rowsBefore).toHaveLength(100);
  });

  test('a pooler that refuses the session’s settings: each statement brings its own', async () => {
    // A proxy that answers the first start-up message as PgBouncer and RDS Proxy do, and passes the next on.
    let refused = 0;
    const proxy = createServer((client) => {
      client.once('data', (first) => {
        if (first.includes('options\0')) {
          refused += 1;
          const fields = 'SFATAL\0C08P01\0Munsupported startup parameter: options\0\0';
          const message = Buffer.alloc(5 + fields.length);
          message.write('E', 0);
          message.writeInt32BE(4 + fields.length, 1);
          message.write(fields, 5);
          client.end(message);
          return;
        }
        const upstream = createConnection({ host: '127.0.0.1', port: server.port });
        upstream.write(first);
        client.pipe(upstream).pipe(client);
        upstream.on('error', () => client.destroy());
        client.on('error', () => upstream.destroy());
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const bundle = file('pooled');
    const { stdout } = await run([
      ...['check', '--pg-url', `postgres://postgres@127.0.0.1:${port}/orders?sslmode=disable`, ...flow()],
      ...['--save-bundle', bundle, '--format', 'json'],
    ]);
    await new Promise((resolve) => proxy.close(resolve));
    expect(refused).toBe(1);
    expect(statuses(stdout)).toMatchObject({ role: 'pass' });
    expect(stdout).toMatch(/refuses the settings of a session: a pooler or proxy, it seems/);
    const saved = readFileSync(bundle, 'utf8');
    expect(saved).toMatch(/"name":"transaction_read_only","setting":"on"/);
    expect(saved).toMatch(/"name":"default_transaction_read_only","setting":"off"/);
  });
});
