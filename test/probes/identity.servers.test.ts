import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import { toEvidence } from '../../src/evidence/evidence-of.ts';
import { gather } from '../../src/evidence/gather.ts';
import type { Item } from '../../src/evidence/item.ts';
import { sessionSource } from '../../src/evidence/session/source.ts';
import { readTarget } from '../../src/evidence/session/target.ts';
import type { Source } from '../../src/evidence/source.ts';
import { emptyFlow } from '../../src/flow.ts';
import { fetchedServer, majors, startServer, type Server } from '../servers/postgres.ts';

/*
 * Two real servers: one is the endpoint's, as the host's facts show it, and the SQL session is on the one or the other.
 * Servers of one major are copies of one cluster here: they have one system identifier, as a standby and its primary.
 */
const [older = 13, newest = 18] = [majors.at(-3), majors.at(-1)];
const at = () => new Date().toISOString();

async function session(server: Server, user = 'postgres'): Promise<Source> {
  const url = `postgres://${user}@127.0.0.1:${server.port}/postgres`;
  const target = await readTarget(url, {}, { host: undefined, database: undefined });
  return sessionSource(target, {
    material: { against: 'none' },
    because: undefined,
    dmsRole: () => Promise.resolve('dms'),
    tunnel: undefined,
    ask: undefined,
    explain: () => Promise.resolve(undefined),
    now: at,
  });
}

/** The host as its script would show it, with the server's own numbers, under an address of its own. */
async function host(server: Server, address: string, cluster: Record<string, unknown> = {}): Promise<Source> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
  await client.connect();
  const { rows } = await client.query<{ id: string; started: string }>(
    'SELECT system_identifier::text AS id, to_char(pg_postmaster_start_time() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS started FROM pg_control_system()',
  );
  await client.end();
  const own = {
    pid: 4242,
    dataDirectory: server.data,
    port: server.port,
    systemIdentifier: rows[0]?.id,
    startTime: rows[0]?.started,
    ...cluster,
  };
  const texts: Record<string, string> = {
    'host/ip-addr.json': JSON.stringify([
      { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
      { ifname: 'eth0', addr_info: [{ family: 'inet', local: address, prefixlen: 20 }] },
    ]),
    'host/ss.txt': `State Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 244 0.0.0.0:${server.port} 0.0.0.0:* users:(("postgres",pid=4242,fd=6))\n`,
    'host/clusters.json': JSON.stringify([own]),
  };
  const items = Object.entries(texts).map(([name, text]): [string, Item] => [
    name,
    { name, text, vantage: 'host', at: at() },
  ]);
  const bundle: Bundle = { items: new Map(items), flow: emptyFlow, collectedAt: undefined, notes: [] };
  return { name: 'ssh db1', gather: () => Promise.resolve(bundle) };
}

/** What AWS and this machine's resolver say beside. */
function beside(texts: Record<string, unknown>): Source {
  const items = Object.entries(texts).map(([name, value]): [string, Item] => [
    name,
    { name, text: JSON.stringify(value), vantage: name.startsWith('here/') ? 'here' : 'configuration', at: at() },
  ]);
  const bundle: Bundle = { items: new Map(items), flow: emptyFlow, collectedAt: undefined, notes: [] };
  return { name: 'AWS', gather: () => Promise.resolve(bundle) };
}

async function judged(endpoint: string, port: number, sources: Source[], scope: 'endpoint' | 'all' = 'all') {
  const bundle = await gather({
    bundles: [],
    sources,
    maxAge: undefined,
    signal: new AbortController().signal,
    now: at,
  });
  const evidence = toEvidence(bundle, {
    ...emptyFlow,
    from: ['172.31.23.112'],
    host: endpoint,
    port,
    database: 'postgres',
    user: 'dms',
    tls: 'none',
  });
  const { findings, layers } = check(evidence, { scope: scope === 'all' ? null : ['role', 'wal-level'] });
  const endpoints = findings.filter(({ layer }) => layer === 'endpoint');
  return { endpoints, statuses: Object.fromEntries(layers.map(({ layer, status }) => [layer, status])), findings };
}

/** Starts a server again as a standby that waits for its primary. */
async function inRecovery(server: Server): Promise<ChildProcess> {
  server.signal('SIGINT');
  await server.logged(0, /database system is shut down/);
  server.write('standby.signal', '');
  const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const standby = spawn(path.join(fetchedServer(server.major), 'bin', 'postgres'), ['-D', server.data], {
    ...account,
    cwd: server.socketFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    standby.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/accept read.only connections/.test(log)) resolve();
    });
    standby.on('exit', () => reject(new Error(log)));
  });
  return standby;
}

describe('whose evidence it is', () => {
  let db1: Server;
  let db2: Server;
  let other: Server;
  beforeAll(async () => {
    [db1, db2, other] = await Promise.all([
      startServer({ major: newest, settings: { wal_level: 'logical' } }),
      startServer({ major: newest, settings: { wal_level: 'logical' } }),
      startServer({ major: older, settings: { wal_level: 'logical' } }),
    ]);
  });
  afterAll(() => Promise.all([db1, db2, other].map((server) => server.stop())));

  test('one server: proved', async () => {
    const { endpoints, statuses } = await judged('172.31.40.17', db1.port, [
      await session(db1),
      await host(db1, '172.31.40.17'),
    ]);
    expect(endpoints.map(({ code }) => code)).toEqual(['END001']);
    expect(statuses).toMatchObject({ 'wal-level': 'pass', listener: 'pass' });
  });

  test.each(['its primary’s copy', 'another cluster'])(
    'the session is on another server (%s): both are named, and nothing of it is judged',
    async (which) => {
      const wrong = which === 'another cluster' ? other : db2;
      const { endpoints, statuses, findings } = await judged('172.31.40.17', db1.port, [
        await session(wrong),
        await host(db1, '172.31.40.17'),
      ]);
      expect(endpoints.map(({ code }) => code)).toEqual(['END013']);
      expect(endpoints[0]?.summary).toBe(
        `the SQL session is on the server 127.0.0.1:${wrong.port}; the endpoint is 172.31.40.17:${db1.port}`,
      );
      expect(endpoints[0]?.detail).toMatch(
        which === 'another cluster' ? /system identifier is \d+, and not \d+/ : /listens on port/,
      );
      for (const layer of [
        'listener',
        'tls',
        'login',
        'database',
        'role',
        'wal-level',
        'slots',
        'senders',
        'plugin',
        'standby',
        'capacity',
        'data',
      ])
        expect(statuses[layer], layer).toBe('unknown');
      const cited = findings.filter(({ layer }) => layer !== 'endpoint').flatMap(({ evidence }) => evidence);
      expect(cited.filter(({ vantage, text }) => vantage === 'database' && !/another server/.test(text))).toEqual([]);
    },
  );

  test('a server with the same identifier and port that was started at another time', async () => {
    const sources = async (start: string) => [
      await session(db1),
      await host(db1, '172.31.40.17', { startTime: start }),
    ];
    const early = await judged('172.31.40.17', db1.port, await sources('2020-01-01T00:00:00Z'));
    expect(early.endpoints.map(({ code }) => code)).toEqual(['END013']);
    expect(early.endpoints[0]?.detail).toMatch(/its server was started at .*, and not at 2020-01-01/);
  });

  test('the layers that rest on the session stay unknown also where the endpoint’s layer is left out', async () => {
    const { statuses } = await judged(
      '172.31.40.17',
      db1.port,
      [await session(db2), await host(db1, '172.31.40.17')],
      'endpoint',
    );
    expect(statuses).toMatchObject({ endpoint: 'skip', 'wal-level': 'unknown' });
  });

  test('an elastic address and AWS’s names stand for the private address of their interface', async () => {
    const association = { PublicIp: '203.0.113.5', PublicDnsName: 'ec2-203-0-113-5.eu-west-1.compute.amazonaws.com' };
    const interfaces = (address: string) => ({
      'aws/describe-network-interfaces.json': {
        NetworkInterfaces: [
          {
            NetworkInterfaceId: 'eni-1',
            PrivateIpAddress: '172.31.40.99',
            PrivateIpAddresses: [
              { PrivateIpAddress: '172.31.40.99' },
              {
                PrivateIpAddress: address,
                PrivateDnsName: 'ip-172-31-40-17.eu-west-1.compute.internal',
                Association: association,
              },
            ],
          },
        ],
      },
    });
    const code = async (name: string, address: string, more: Record<string, unknown> = {}) => {
      const { endpoints } = await judged(name, db1.port, [
        await session(db1),
        await host(db1, '172.31.40.17'),
        beside({ ...interfaces(address), ...more }),
      ]);
      return endpoints.map((one) => one.code).join();
    };
    expect(await code('203.0.113.5', '172.31.40.17')).toBe('END001');
    expect(await code(association.PublicDnsName, '172.31.40.17')).toBe('END001');
    expect(await code('ip-172-31-40-17.eu-west-1.compute.internal', '172.31.40.17')).toBe('END001');
    expect(await code('203.0.113.5', '172.31.40.18')).toBe('END002');
    // Not of that interface: nothing shows what stands behind it.
    expect(await code('203.0.113.6', '172.31.40.17')).toBe('END003');
    expect(await code('172.31.40.18', '172.31.40.17')).toBe('END002');
    expect(await code('db1.example.com', '172.31.40.17')).toBe('END003');
    expect(
      await code('DB1.example.com', '172.31.40.17', { 'here/dns.json': { 'db1.example.com': ['172.31.40.17'] } }),
    ).toBe('END001');
    expect(
      await code('db1.example.com', '172.31.40.17', { 'here/dns.json': { 'db1.example.com': ['203.0.113.5'] } }),
    ).toBe('END001');
    // This machine's resolver is not DMS's: what it says proves no other server.
    expect(
      await code('db1.example.com', '172.31.40.17', { 'here/dns.json': { 'db1.example.com': ['10.0.0.1'] } }),
    ).toBe('END003');
  });

  test('a name that was looked up here: proved, with a caveat that says from where', async () => {
    const { endpoints } = await judged('db1.example.com', db1.port, [
      await session(db1),
      await host(db1, '172.31.40.17'),
      beside({ 'here/dns.json': { 'db1.example.com': ['172.31.40.17'] } }),
    ]);
    expect(endpoints[0]?.caveats.join()).toMatch(
      /db1\.example\.com was looked up from here; DMS looks it up in its own network/,
    );
    expect(endpoints[0]?.evidence).toContainEqual(
      expect.objectContaining({ source: 'here/dns.json', vantage: 'here', text: 'db1.example.com is 172.31.40.17' }),
    );
  });

  test('the session is on a standby: it is called one, whatever its port', async () => {
    const standby = await inRecovery(db2);
    try {
      const { endpoints } = await judged('172.31.40.17', db1.port, [
        await session(db2),
        await host(db1, '172.31.40.17'),
      ]);
      expect(endpoints.map(({ summary }) => summary)).toEqual([
        `the SQL session is on the standby 127.0.0.1:${db2.port}; the endpoint is 172.31.40.17:${db1.port}`,
      ]);
    } finally {
      standby.kill('SIGINT');
      if (standby.exitCode === null) await once(standby, 'exit');
    }
  });
});
