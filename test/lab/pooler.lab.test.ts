import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';
import { unframe } from '../../src/evidence/framed.ts';
import type { Absence, Evidence, Item } from '../../src/evidence/item.ts';
import { gatherPostgres } from '../../src/evidence/postgres.ts';
import { emptyFlow } from '../../src/flow.ts';
import { judge } from '../../src/judge.ts';
import { connectAsDms, replicationCommand } from './clients.ts';
import { outcome } from './host.ts';
import { createLab, type Lab } from './lab.ts';
import { type Cluster, startPostgres } from './postgres.ts';

const address = '172.31.40.17';
const login = (port: number) => ({ server: address, port, database: 'orders', user: 'dms', password: 'dms-password' });
let lab: Lab<'ri' | 'db1'>;
let cluster: Cluster;

/** PgBouncer 1.18 of the lab's Debian, in front of the server on the same host. */
const pgbouncer = `[databases]
orders = host=127.0.0.1 port=5432 dbname=orders
quoted = host=127.0.0.1 dbname=orders password='secret of the pooler, host=in-it'
plain = host=127.0.0.1 dbname=orders user=app password=secret-of-the-pooler
[pgbouncer]
listen_addr = *
listen_port = 6432
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
pidfile = /tmp/pgbouncer.pid
pool_mode = session
admin_users = secret-admin
`;

beforeAll(async () => {
  lab = await createLab({ ri: '172.31.23.112/20', db1: `${address}/20` });
  const { db1 } = lab.hosts;
  cluster = await startPostgres(db1, 16, ["listen_addresses = '*'", 'wal_level = logical']);
  await db1.run(`echo 'host all all all scram-sha-256' >> ${cluster.configuration}/pg_hba.conf`);
  await cluster.control('reload');
  await cluster.sql(`create role dms login replication password 'dms-password'`);
  await cluster.sql(`create role dba login superuser password 'dba-password'; create database orders`);
  await db1.run('cat > /etc/pgbouncer/pgbouncer.ini', { input: pgbouncer });
  await db1.run('cat > /etc/pgbouncer/userlist.txt', { input: '"dms" "dms-password"\n"dba" "dba-password"\n' });
  await db1.run('chown -R postgres: /etc/pgbouncer && chmod 640 /etc/pgbouncer/*');
  await db1.run('pgbouncer -d /etc/pgbouncer/pgbouncer.ini', { user: 'postgres' });
});
afterAll(() => lab?.close());

/** What the published script and an SQL session through that port show, and DMS's definition of the endpoint. */
async function evidenceAt(port: number, user?: string): Promise<Evidence> {
  const { db1 } = lab.hosts;
  const script = readFileSync('src/evidence/host-facts.sh', 'utf8');
  const child = db1.spawn(`exec sh -s -- --port ${port}`, user === undefined ? {} : { user });
  const host = await outcome(child, script);
  expect({ code: host.code, stderr: host.stderr }).toEqual({ code: 0, stderr: '' });
  const now = new Date().toISOString();
  const items = new Map<string, Item | Absence>();
  for (const [name, { text, at }] of unframe(host.bytes).items)
    if (!name.endsWith('.error')) items.set(name, { name, text, vantage: 'host', at });
  const source = `host=${address} port=${port} dbname=orders user=dba`;
  const database = await gatherPostgres(
    async (sql) => {
      const input = `\\pset fieldsep '\\x1f'\n${sql};\n`;
      const rows = await db1.run(`PGPASSWORD=dba-password psql -X -q -A -t -d '${source}'`, { input });
      const cells = rows.split('\n').map((line) => line.split('\x1f'));
      return cells.map((row) => (row.length === 1 ? { row: row[0] } : { item: row[0], row: row[1] }));
    },
    () => now,
    'dms',
  );
  for (const [name, item] of database)
    if ('text' in item) items.set(name, { name, text: item.text, vantage: 'database', at: now });
  const endpoint = {
    EndpointIdentifier: 'source',
    EndpointArn: 'arn',
    EndpointType: 'SOURCE',
    EngineName: 'postgres',
    ServerName: address,
    Port: port,
  };
  const name = 'aws/describe-endpoints.json';
  items.set(name, { name, text: JSON.stringify({ Endpoints: [endpoint] }), vantage: 'configuration', at: now });
  const flow = { host: address, port, database: 'orders', user: 'dms', endpoint: 'source', tls: 'none' } as const;
  return {
    items,
    flow: { ...emptyFlow, from: ['172.31.23.112'], ...flow, migrationType: 'full-load-and-cdc' },
    collectedAt: now,
    notes: [],
    simulated: false,
  };
}

const findingsAt = (evidence: Evidence) =>
  judge(evidence, { scope: ['endpoint'] }).findings.filter(({ layer }) => layer === 'endpoint');

describe('PgBouncer before 1.23 in front of the server', () => {
  let evidence: Evidence;
  beforeAll(async () => {
    evidence = await evidenceAt(6432);
  });

  test('lets the connection test through, and refuses what reads changes', async () => {
    expect(await connectAsDms(lab.hosts.ri, login(6432))).toEqual({ connected: true, text: '' });
    const { code, stderr } = await replicationCommand(lab.hosts.ri, login(6432), 'IDENTIFY_SYSTEM');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/unsupported startup parameter: replication/);
    const [explained] = explainText(stderr);
    expect(explained).toMatchObject({ id: 'pooler-answers', layer: 'endpoint', cleared: [] });
    expect(explained?.next.join()).toContain('END011');
  });

  test('is found, with its version, where it leads, and the endpoint that goes past it', () => {
    const [found, ...others] = findingsAt(evidence);
    expect(others.map(({ code, status }) => `${code} ${status}`)).toEqual([]);
    expect(found).toMatchObject({ code: 'END011', status: 'block' });
    expect(found?.summary).toMatch(/^PgBouncer 1\.18\.\d+ answers at 172\.31\.40\.17:6432/);
    expect(found?.evidence.map(({ text }) => text).join('\n')).toMatch(
      /6432[^]*pgbouncer\.ini: orders = host=127\.0\.0\.1 port=5432/,
    );
    expect(JSON.stringify(found?.fix?.steps)).toContain(`--server-name ${address} --port 5432`);
    expect(found?.fix?.patches).toEqual([]);
  });

  test('is no wall for a full load, but nothing behind it is proved', () => {
    const flow = { ...evidence.flow, migrationType: 'full-load' } as const;
    expect(findingsAt({ ...evidence, flow })).toMatchObject([{ code: 'END012', status: 'unknown' }]);
  });

  test('with its version not seen is unknown', () => {
    const items = new Map([...evidence.items].filter(([name]) => name !== 'host/poolers.json'));
    expect(findingsAt({ ...evidence, items })).toMatchObject([{ code: 'END012', status: 'unknown' }]);
  });

  test('from the session alone is seen by the port of the server behind it', () => {
    const items = new Map([...evidence.items].filter(([name]) => !name.startsWith('host/')));
    expect(findingsAt({ ...evidence, items })[0]).toMatchObject({ code: 'END012', status: 'unknown' });
    expect(findingsAt({ ...evidence, items })[0]?.detail).toContain('listens on port 5432');
  });

  test('leaves no password, user or other line of its file in the bundle', () => {
    const item = evidence.items.get('host/poolers.json');
    const text = item !== undefined && 'text' in item ? item.text : '';
    expect(text).toContain('quoted = (not shown)');
    expect(text).toContain('pool_mode = session');
    expect([...evidence.items.values()].map((one) => JSON.stringify(one)).join()).not.toMatch(
      /secret-|secret of|in-it/,
    );
  });

  test('is not read where the one who asks may not read its file', async () => {
    const { items } = await evidenceAt(6432, 'nobody');
    const item = items.get('host/poolers.json');
    expect(item !== undefined && 'text' in item ? item.text : '').toMatch(
      /"process":"pgbouncer"[^\n]*"configuration":null/,
    );
  });
});

test('with the endpoint at the server itself it is gone, and changes are decoded', async () => {
  expect(findingsAt(await evidenceAt(5432))).toMatchObject([{ code: 'END001', status: 'pass' }]);
  const create = await replicationCommand(
    lab.hosts.ri,
    login(5432),
    'CREATE_REPLICATION_SLOT proof TEMPORARY LOGICAL test_decoding',
  );
  expect({ code: create.code, stderr: create.stderr }).toEqual({ code: 0, stderr: '' });
  expect(create.stdout).toContain('test_decoding');
});
