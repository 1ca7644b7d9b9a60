import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAsDms, idleClient, replicationCommand } from './clients.ts';
import { createLab, isOpen, type Lab, reach } from './lab.ts';
import { type Cluster, startPostgres, startStandby } from './postgres.ts';

const dms = { server: '172.31.40.17', port: 5432, database: 'orders', user: 'dms', password: 'dms-password' };
let lab: Lab<'ri' | 'db1' | 'db2'>;
let cluster: Cluster;

beforeAll(async () => {
  lab = await createLab({ ri: '172.31.23.112/20', db1: '172.31.40.17/20', db2: '172.31.44.9/20' });
  cluster = await startPostgres(lab.hosts.db1, 13, [
    "listen_addresses = '*'",
    'ssl = off',
    "password_encryption = 'scram-sha-256'",
  ]);
  await cluster.sql(`create role dms login replication password 'dms-password'; create database orders;`);
});
afterAll(() => lab?.close());

test('hosts are apart: names, processes, files and networks of their own', async () => {
  const { ri, db1 } = lab.hosts;
  expect(await db1.run('hostname')).toBe('db1\n');
  await ri.run('touch /etc/only-here');
  expect((await db1.exec('test -e /etc/only-here')).code).toBe(1);
  expect(await ri.run('ps -e -o comm=')).not.toContain('postgres');
  expect(await db1.run('ps -e -o comm=')).toContain('postgres');
  expect(await reach(ri, db1, 5433)).toBe('refused');
});

describe('what DMS sees, by wall', () => {
  const walls: [string, string, string, RegExp][] = [
    ['iptables DROP', 'iptables -I INPUT -s 172.31.23.112 -j DROP', 'iptables -D INPUT 1', /timeout expired/],
    [
      'iptables REJECT',
      'iptables -I INPUT -p tcp --dport 5432 -j REJECT --reject-with tcp-reset',
      'iptables -D INPUT 1',
      /Connection refused/,
    ],
    [
      'no line in pg_hba.conf',
      'true',
      'true',
      /no pg_hba\.conf entry for host "172\.31\.23\.112", user "dms", database "orders"/,
    ],
  ];
  test.each(walls)('%s', async (_name, build, remove, expected) => {
    await lab.hosts.db1.run(build);
    const { connected, text } = await connectAsDms(lab.hosts.ri, dms);
    await lab.hosts.db1.run(remove);
    expect(text).toMatch(expected);
    expect(connected).toBe(false);
  });

  test('no wall: it connects, and may not replicate before wal_level allows', async () => {
    await cluster.host.run(
      `echo 'host orders dms 172.31.23.112/32 scram-sha-256' >> ${cluster.configuration}/pg_hba.conf`,
    );
    await cluster.control('reload');
    expect(await isOpen(lab.hosts.ri, lab.hosts.db1, 5432)).toBe(true);
    expect(await connectAsDms(lab.hosts.ri, dms)).toEqual({ connected: true, text: '' });
    const slot = await replicationCommand(
      lab.hosts.ri,
      dms,
      'CREATE_REPLICATION_SLOT s TEMPORARY LOGICAL test_decoding',
    );
    expect(slot.stderr).toContain('logical decoding requires wal_level >= logical');
  });
});

test('a standby streams, an idle client is seen', async () => {
  const { db1, db2, ri } = lab.hosts;
  await cluster.sql(`create role replicator login replication password 'replicator-password'`);
  await db1.run(
    `echo 'host replication replicator 172.31.44.9/32 scram-sha-256' >> ${cluster.configuration}/pg_hba.conf`,
  );
  await cluster.control('reload');
  await startStandby(cluster, db2, { user: 'replicator', password: 'replicator-password' });
  expect(await cluster.sql('select application_name, client_addr, state from pg_stat_replication')).toBe(
    'db2|172.31.44.9|streaming\n',
  );
  const client = await idleClient(ri, dms, 'billing-worker');
  expect(await cluster.sql(`select state from pg_stat_activity where application_name = 'billing-worker'`)).toBe(
    'idle\n',
  );
  client.kill('SIGKILL');
});

describe('nothing is left behind', () => {
  const homes = (): string[] => readdirSync('/run/lab/hosts').toSorted();

  test('by a lab that is closed, with a server and a client still running on it', async () => {
    const before = homes();
    const other = await createLab({ source: '10.1.0.2/24', client: '10.1.1.2/24' });
    const { source, client } = other.hosts;
    await startPostgres(source, 13, ["listen_addresses = '*'"]);
    expect(await isOpen(client, source, 5432)).toBe(true);
    const sleeper = client.spawn('sleep 1000');
    const gone = once(sleeper, 'close');
    await other.close();
    await gone;
    for (const host of [source, client]) expect(existsSync(`/proc/${host.pid}`)).toBe(false);
    expect(homes()).toEqual(before);
    await other.close();
  });

  test('by a lab that could not be made', async () => {
    const before = homes();
    await expect(createLab({ fine: '10.1.0.2/24', wrong: 'nowhere' })).rejects.toThrow(/invalid|error/i);
    expect(homes()).toEqual(before);
  });
});
