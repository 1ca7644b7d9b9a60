/** Which server the host script takes, and how it asks it, where a server runs in namespaces of its own. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unframe } from '../../src/evidence/framed.ts';
import { withQueries } from '../../src/evidence/host-queries.ts';
import { startContainer, type Container } from './container.ts';
import type { Host } from './host.ts';
import { createLab, type Lab } from './lab.ts';
import { startPostgres, type Cluster } from './postgres.ts';

const script = withQueries(readFileSync('src/evidence/host-facts.sh', 'utf8'));
const hba = ['# of the container', 'local all postgres peer'];
let lab: Lab<'db1'>;
let db1: Host;
let own: Cluster;
let ownIdentifier: string;
let container: Container | undefined;
beforeAll(async () => {
  lab = await createLab({ db1: '172.31.40.17/20' });
  db1 = lab.hosts.db1;
  own = await startPostgres(db1, 13);
  ownIdentifier = (await own.sql('select system_identifier from pg_control_system()')).trim();
});
afterAll(() => lab?.close());

/** What the script brings of the server that it takes for the one behind a port. */
async function facts(port: number) {
  const { stdout, stderr } = await db1.exec(`sh -s -- --port ${port} --database postgres`, { input: script });
  const { items, complete } = unframe(Buffer.from(stdout));
  expect({ complete, stderr }).toEqual({ complete: true, stderr: '' });
  const text = (name: string) => items.get(name)?.text ?? items.get(`${name}.error`)?.text ?? '';
  const rows = (name: string) => JSON.parse(items.get(name)?.text ?? '[]') as Record<string, unknown>[];
  return {
    cluster: rows('host/clusters.json').find(({ chosen }) => chosen === true),
    hba: text('postgres/pg_hba.conf'),
    identifier: rows('postgres/server.json')[0]?.['system_identifier'] ?? text('postgres/server.json'),
    settings: new Map(rows('postgres/settings.json').map(({ name, setting }) => [name, setting])),
  };
}

const end = async () => {
  // The server is process 1 of its container.
  await db1.run(`kill -9 ${container?.pid}; while [ -e /proc/${container?.pid} ]; do sleep 0.1; done`);
};

test.each([70_001, 1])(
  'in the host’s network, under account %i: it is taken, and asked as that account',
  async (uid) => {
    await own.control('stop');
    container = await startContainer(db1, 13, { port: 5432, network: false, uid, hba });
    const found = await facts(5432);
    await end();
    await own.control('start');
    expect(found.cluster).toMatchObject({
      pid: container.pid,
      systemIdentifier: container.identifier,
      dataDirectory: '/var/lib/data',
      exe: '/usr/lib/postgresql/13/bin/postgres',
      hbaFile: '/var/lib/data/pg_hba.conf',
      osUser: 'postgres',
    });
    expect(found.hba).toBe(`${hba.join('\n')}\n`);
    expect(found.identifier).toBe(container.identifier);
    expect(found.settings.get('data_directory')).toBe('/var/lib/data');
  },
);

test('in a network of its own, beside the host’s server on that very port: only where the host leads there', async () => {
  container = await startContainer(db1, 13, { port: 5432, network: true, uid: 70_001, hba });
  const inNetwork = `nsenter -t ${container.pid} -n ip`;
  await db1.run(
    [
      `ip link add ve0 type veth peer name eth0 netns ${container.pid}`,
      'ip addr add 172.17.0.1/16 dev ve0 && ip link set ve0 up',
      `${inNetwork} addr add 172.17.0.2/16 dev eth0 && ${inNetwork} link set eth0 up`,
    ].join(' && '),
  );
  const beside = await facts(5432);
  expect(beside.identifier).toBe(ownIdentifier);
  expect(beside.cluster).toMatchObject({ systemIdentifier: ownIdentifier });
  expect(beside.hba).not.toContain('of the container');

  // As docker publishes a port: -p 5433:5432.
  await db1.run('iptables -t nat -A PREROUTING -p tcp -m tcp --dport 5433 -j DNAT --to-destination 172.17.0.2:5432');
  const published = await facts(5433);
  expect(published.identifier).toBe(container.identifier);
  expect(published.cluster).toMatchObject({ systemIdentifier: container.identifier, pid: container.pid });
  expect(published.hba).toContain('of the container');
  expect((await facts(5432)).identifier).toBe(ownIdentifier);

  // And over the host's own server: two may be meant.
  await db1.run('iptables -t nat -A PREROUTING -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2');
  const either = await facts(5432);
  expect(either.cluster).toBeUndefined();
  expect(either.hba).toBe('not-gathered: 2 clusters have port 5432\n');
  expect(either.identifier).toBe('not-gathered: 2 clusters have port 5432\n');
  await db1.run('iptables -t nat -F');

  await own.control('stop');
  const alone = await facts(5432);
  await own.control('start');
  await end();
  expect(alone.cluster).toBeUndefined();
  expect(alone.hba).toMatch(/^not-gathered: 1 PostgreSQL servers run here in networks of their own/);
  expect(alone.identifier).toBe(alone.hba);
});
