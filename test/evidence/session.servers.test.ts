import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import { toEvidence } from '../../src/evidence/evidence-of.ts';
import { isItem } from '../../src/evidence/item.ts';
import type { Environment } from '../../src/evidence/session/environment.ts';
import { sessionSource } from '../../src/evidence/session/source.ts';
import { readTarget } from '../../src/evidence/session/target.ts';
import { tlsMaterial } from '../../src/evidence/session/tls.ts';
import type { Tunnel } from '../../src/evidence/tunnel.ts';
import type { Flow } from '../../src/flow.ts';
import { emptyFlow } from '../../src/flow.ts';
import type { Layer } from '../../src/layers.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';

const home = mkdtempSync(path.join(tmpdir(), 'dms-doctor-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Options = {
  env?: Environment;
  signal?: AbortSignal;
  tunnel?: Tunnel;
  ask?: (question: string) => Promise<string | undefined>;
  dmsRole?: string;
};

async function gather(url: string | undefined, options: Options = {}): Promise<Bundle> {
  const env = { HOME: home, ...options.env };
  const target = await readTarget(url, env, { host: undefined, database: undefined });
  const source = sessionSource(target, {
    material: await tlsMaterial(target, env),
    because: undefined,
    dmsRole: () => Promise.resolve(options.dmsRole),
    tunnel: options.tunnel,
    ask: options.ask,
    explain: () => Promise.resolve(undefined),
    now: () => new Date().toISOString(),
  });
  return source.gather(options.signal ?? new AbortController().signal);
}

function rows(bundle: Bundle, name: string): Record<string, unknown>[] {
  const entry = bundle.items.get(`postgres/${name}.json`);
  if (!isItem(entry)) throw new Error(`${name}: ${entry?.why}: ${entry?.detail}`);
  return JSON.parse(entry.text) as Record<string, unknown>[];
}

function seen(bundle: Bundle, name: string): Record<string, unknown> | undefined {
  const entry = bundle.items.get(`here/${name}.json`);
  return isItem(entry) ? (JSON.parse(entry.text) as Record<string, unknown>) : undefined;
}

/** What the judgement of one layer says of a session and nothing else. */
function codes(bundle: Bundle, layer: Layer, flow: Partial<Flow>, collectedAt = new Date().toISOString()): string[] {
  const evidence = toEvidence({ ...bundle, collectedAt }, { ...emptyFlow, database: 'postgres', user: 'dms', ...flow });
  const { findings } = check(evidence, { scope: [layer] });
  return findings.filter((finding) => finding.layer === layer).map(({ code }) => code);
}

const absence = (bundle: Bundle, name = 'server') => {
  const entry = bundle.items.get(`postgres/${name}.json`);
  return isItem(entry) ? 'it is there' : `${entry?.why}: ${entry?.detail}`;
};

async function asSuperuser<T>(server: Server, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: server.socketFolder,
    port: server.port,
    user: 'postgres',
    database: 'postgres',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const sessions = (server: Server) =>
  asSuperuser(server, async (client) => {
    const { rows: found } = await client.query<{ application_name: string }>(
      "SELECT application_name FROM pg_stat_activity WHERE application_name = 'dms-doctor'",
    );
    return found.length;
  });

/** How many of ours wait for a lock: a look of its own each time, since a transaction sees one state of the sessions. */
const waiting = (server: Server) =>
  asSuperuser(
    server,
    async (client) =>
      (
        await client.query(
          "SELECT 1 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE a.application_name = 'dms-doctor' AND NOT l.granted",
        )
      ).rowCount,
  );

const roles = `
  CREATE ROLE bare LOGIN PASSWORD 'MARKER-bare'; CREATE ROLE monitor LOGIN PASSWORD 'MARKER-monitor';
  GRANT pg_monitor TO monitor; CREATE ROLE dms LOGIN REPLICATION;`;

describe.each(majors)('PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        ssl: 'on',
        log_connections: 'on',
        log_statement: 'all',
        password_encryption: major >= 14 ? 'scram-sha-256' : 'md5',
      },
      hba: [
        'local all all trust',
        'hostssl all monitor all scram-sha-256',
        'hostnossl all bare all md5',
        'host all postgres all trust',
        '',
      ].join('\n'),
    });
    await asSuperuser(server, async (client) => {
      await client.query("SET password_encryption = 'scram-sha-256'");
      await client.query(roles);
      await client.query(`SET password_encryption = '${major >= 14 ? 'scram-sha-256' : 'md5'}'`);
      await client.query("ALTER ROLE bare PASSWORD 'MARKER-bare'");
    });
  });
  afterAll(() => server.stop());
  const at = () => `127.0.0.1:${server.port}`;

  test('a superuser over a socket: the session is read-only, named, and gone afterwards', async () => {
    const from = server.log().length;
    const bundle = await gather(
      `postgres://postgres@${encodeURIComponent(server.socketFolder)}:${server.port}/postgres`,
      { dmsRole: 'dms' },
    );
    expect(rows(bundle, 'server')[0]).toMatchObject({
      port: server.port,
      is_superuser: true,
      ssl: false,
      dms_role: 'dms',
    });
    const setting = (name: string) => rows(bundle, 'settings').find((row) => row['name'] === name)?.['setting'];
    expect(setting('default_transaction_read_only')).toBe('on');
    expect(setting('transaction_read_only')).toBe('on');
    expect(setting('application_name')).toBe('dms-doctor');
    expect(setting('search_path')).toBe('pg_catalog');
    expect(seen(bundle, 'tls')).toBeUndefined();
    expect(bundle.notes).toEqual([]);
    await expect.poll(() => sessions(server), { timeout: 10_000 }).toBe(0);
    const statements =
      server
        .log()
        .slice(from)
        .match(/LOG: {2}statement: SET TRANSACTION READ ONLY/g) ?? [];
    if (major !== 10) expect(statements).toHaveLength(2);
  });

  test('pg_monitor with SCRAM over TLS only: transport and trust are two facts', async () => {
    const bundle = await gather(`postgres://monitor:MARKER-monitor@${at()}/postgres?sslmode=require`);
    expect(rows(bundle, 'server')[0]).toMatchObject({ current_user: 'monitor', ssl: true, pg_read_all_settings: true });
    expect(seen(bundle, 'tls')).toMatchObject({
      offered: true,
      protocol: expect.stringMatching(/^TLSv1\.[23]$/),
      chain: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      name: expect.stringMatching(/127\.0\.0\.1/),
      certificate: { subject: 'CN=localhost' },
    });
    expect(bundle.notes).toEqual([]);
  });

  test('a bare role with its password from the file, where the server takes it without TLS only', async () => {
    const file = path.join(home, `pass-${major}`);
    writeFileSync(file, `127.0.0.1:${server.port}:*:bare:MARKER-bare\n`, { mode: 0o600 });
    process.env['PGPASSFILE'] = file;
    try {
      const bundle = await gather(`postgres://bare@${at()}/postgres`);
      expect(rows(bundle, 'server')[0]).toMatchObject({ current_user: 'bare', ssl: false });
      expect(seen(bundle, 'session')).toMatchObject({
        encrypted: false,
        refusals: [{ phase: 'login', code: '28000', encrypted: true }],
      });
      expect(bundle.notes).toEqual([
        expect.stringMatching(/role bare is no member of pg_monitor; hidden .* files .* sessions/),
      ]);
    } finally {
      delete process.env['PGPASSFILE'];
    }
  });

  test('a wrong password, a role that is not there, a database that is not there: the reason, and seen from here', async () => {
    const wrong = await gather(`postgres://monitor:MARKER-wrong@${at()}/postgres?sslmode=require`);
    expect(absence(wrong)).toMatch(
      /^denied: seen from here, as monitor: logging in at .*password authentication failed.*28P01/,
    );
    const line = await gather(`postgres://nobody:x@${at()}/postgres?sslmode=disable`);
    expect(absence(line, 'tables')).toMatch(/^denied: .*no pg_hba\.conf entry for host "127\.0\.0\.1"/);
    const database = await gather(`postgres://postgres@${at()}/nowhere?sslmode=disable`);
    expect(absence(database)).toMatch(/^not-gathered: .*database "nowhere" does not exist \(3D000\)/);
    expect(JSON.stringify([...wrong.items, ...line.items])).not.toContain('MARKER');
  });
});

const newest = majors.at(-1) ?? 18;

describe('one server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({
      major: newest,
      settings: {
        ssl: 'on',
        max_connections: '5',
        superuser_reserved_connections: '1',
        ...(newest >= 16 ? { reserved_connections: '0' } : {}),
        max_wal_senders: '0',
      },
      hba: 'local all all trust\nhost all asked all scram-sha-256\nhost all all all trust\n',
    });
    await asSuperuser(server, (client) => client.query(`${roles} CREATE ROLE asked LOGIN PASSWORD 'MARKER-asked'`));
  });
  afterAll(() => server.stop());
  const at = () => `127.0.0.1:${server.port}`;

  test('sslmode as libpq has it: verify-ca looks at the chain, verify-full at the name, too', async () => {
    const certificate = path.join(server.data, 'server.crt');
    const session = (host: string, query: string) =>
      gather(`postgres://postgres@${host}:${server.port}/postgres?hostaddr=127.0.0.1&${query}`);
    const trusted = `sslrootcert=${encodeURIComponent(certificate)}`;
    const full = await session('localhost', `sslmode=verify-full&${trusted}`);
    expect(rows(full, 'server')[0]).toMatchObject({ ssl: true });
    expect(seen(full, 'tls')).toMatchObject({ chain: 'ok', name: 'ok', against: certificate });
    const ca = await session('db1.example.com', `sslmode=verify-ca&${trusted}`);
    expect(rows(ca, 'server')[0]).toMatchObject({ ssl: true });
    expect(seen(ca, 'tls')).toMatchObject({ chain: 'ok', name: expect.stringContaining('db1.example.com') });
    const oldName = await session('db1.example.com', `sslmode=verify-full&${trusted}`);
    expect(absence(oldName)).toMatch(/certificate is not one for db1\.example\.com/);
    expect(seen(oldName, 'tls')).toMatchObject({ certificate: { subject: 'CN=localhost' } });
    expect(codes(ca, 'tls', { tls: 'verify-full', host: 'db1.example.com' })).toEqual(['TLS004', 'TLS003']);
    expect(codes(ca, 'tls', { tls: 'verify-full', host: 'localhost' })).toEqual(['TLS003']);
    expect(codes(ca, 'tls', { tls: 'verify-ca', host: 'db1.example.com' })).toEqual(['TLS003']);
    expect(codes(ca, 'tls', { tls: 'verify-ca', host: 'localhost' }, '2051-01-01T00:00:00Z')).toEqual([
      'TLS005',
      'TLS003',
    ]);
    const stranger = await session('localhost', 'sslmode=verify-full&sslrootcert=system');
    expect(absence(stranger)).toMatch(
      /not to be trusted \(DEPTH_ZERO_SELF_SIGNED_CERT, held against the certificate authorities/,
    );
    await expect(session('localhost', 'sslmode=verify-full')).rejects.toThrow(/needs a root certificate/);
    const plain = await session('localhost', 'sslmode=disable');
    expect(rows(plain, 'server')[0]).toMatchObject({ ssl: false });
    expect(seen(plain, 'tls')).toBeUndefined();
  });

  test('a password is asked for where there is none, and only then', async () => {
    const questions: string[] = [];
    const ask = (question: string) => {
      questions.push(question);
      return Promise.resolve('MARKER-asked');
    };
    await gather(`postgres://postgres@${at()}/postgres`, { ask });
    expect(questions).toEqual([]);
    const bundle = await gather(`postgres://asked@${at()}/postgres`, { ask });
    expect(rows(bundle, 'server')[0]).toMatchObject({ current_user: 'asked' });
    expect(questions).toEqual([`Password of asked on ${at()}: `]);
    expect(absence(await gather(`postgres://asked@${at()}/postgres`))).toMatch(
      /there is none: write one into ~\/\.pgpass/,
    );
  });

  test('a password file that others may read is not used, and the reason says so', async () => {
    const file = path.join(home, 'open-to-all');
    writeFileSync(file, '*:*:*:*:MARKER-asked\n', { mode: 0o644 });
    process.env['PGPASSFILE'] = file;
    try {
      expect(absence(await gather(`postgres://asked@${at()}/postgres`))).toMatch(/open-to-all.*group or world access/);
    } finally {
      delete process.env['PGPASSFILE'];
    }
  });

  test('a service file names the server; what the URL says wins', async () => {
    const file = path.join(home, 'services');
    writeFileSync(
      file,
      `# ours\n[other]\nhost=nowhere\n[orders]\nhost=127.0.0.1\nport=${server.port}\nuser=bare\ndbname=postgres\n`,
    );
    const env = { PGSERVICEFILE: file, PGSERVICE: 'orders', PGUSER: 'nobody' };
    expect(rows(await gather(undefined, { env }), 'server')[0]).toMatchObject({ current_user: 'bare' });
    const named = await gather('postgres://monitor@?service=orders', { env: { PGSERVICEFILE: file } });
    expect(rows(named, 'server')[0]).toMatchObject({ current_user: 'monitor' });
    await expect(gather('postgres://?service=none', { env })).rejects.toThrow(/the service none is in none of/);
  });

  test('at its connection limit the server’s refusal is the evidence', async () => {
    const clients: pg.Client[] = [];
    for (let index = 0; index < 4; index += 1) {
      const client = new pg.Client({
        host: server.socketFolder,
        port: server.port,
        user: 'bare',
        database: 'postgres',
      });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
    }
    const bundle = await gather(`postgres://bare@${at()}/postgres`);
    for (const client of clients) await client.end();
    expect(absence(bundle)).toMatch(/^not-gathered: seen from here, as bare: .*53300/);
    expect(seen(bundle, 'session')).toMatchObject({ way: null, refusals: [{ phase: 'login', code: '53300' }] });
    expect(codes(bundle, 'capacity', { host: '127.0.0.1', port: server.port })).toContain('CAP018');
    // Another server's limit says nothing of the endpoint's.
    expect(codes(bundle, 'capacity', { host: '127.0.0.2', port: server.port })).not.toContain('CAP018');
  });

  test('a signal ends the session within a second, also on the server, and keeps what was had', async () => {
    const blocker = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE');
    const controller = new AbortController();
    const gathering = gather(`postgres://postgres@${at()}/postgres`, { signal: controller.signal });
    await expect.poll(() => waiting(server), { timeout: 20_000 }).toBe(1);
    controller.abort(new Error('interrupted'));
    const bundle = await gathering;
    // The lock is still held: only the request to cancel has ended it.
    await expect.poll(() => sessions(server), { timeout: 10_000 }).toBe(0);
    await blocker.query('ROLLBACK');
    await blocker.end();
    expect(absence(bundle, 'tables')).toMatch(/^not-gathered: interrupted/);
  });

  test('a name that nothing knows, a port where nothing listens, a server that never answers', async () => {
    const name = await gather('postgres://x@no-such-host.invalid/postgres');
    expect(absence(name)).toMatch(
      /^not-gathered: seen from here, as x: looking up no-such-host\.invalid: .*(ENOTFOUND|EAI_AGAIN)/,
    );
    const closed = await gather('postgres://x@127.0.0.1:1/postgres');
    expect(absence(closed)).toMatch(/connecting to 127\.0\.0\.1:1: .*ECONNREFUSED/);
    const { createServer } = await import('node:net');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const mute = await gather(`postgres://x@127.0.0.1:${port}/postgres?connect_timeout=1`);
    silent.close();
    expect(absence(mute)).toMatch(/TLS with 127\.0\.0\.1:\d+: no answer within 1 s/);
  });

  test('what answers is no PostgreSQL', async () => {
    const { createServer } = await import('node:net');
    const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const bundle = await gather(`postgres://x@127.0.0.1:${port}/postgres`);
    other.close();
    expect(absence(bundle)).toMatch(/does not speak PostgreSQL's protocol.*SSH-2\.0/);
  });
});

describe('a server that goes away', () => {
  test('while it shuts down: the listener’s layer blocks with its own words', async () => {
    const server = await startServer({ major: newest });
    const client = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    });
    client.on('error', () => undefined);
    await client.connect();
    // A smart shutdown waits for this session, and turns others away.
    server.signal('SIGTERM');
    await server.logged(0, /received smart shutdown request/);
    const bundle = await gather(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    await client.end();
    await server.stop();
    expect(absence(bundle)).toMatch(/shutting down.*57P03/);
    expect(codes(bundle, 'listener', { host: '127.0.0.1', port: server.port })).toContain('LSN005');
  });

  test('in the middle of a query: the reason is the server’s, and nothing hangs', async () => {
    const server = await startServer({ major: newest });
    const blocker = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    });
    blocker.on('error', () => undefined);
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE');
    const gathering = gather(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    await expect.poll(() => waiting(server), { timeout: 20_000 }).toBe(1);
    server.signal('SIGQUIT');
    const bundle = await gathering;
    await server.stop();
    expect(absence(bundle, 'tables')).toMatch(/^not-gathered: .*(terminat|57P0)/);
  });
});
