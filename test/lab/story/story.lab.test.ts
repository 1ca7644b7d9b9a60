import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilStreaming } from '../postgres.ts';
import { dmsGetsThrough, dmsTimesOut } from './dms.ts';
import { buildLegacyHost, type LegacyHost } from './legacy-host.ts';
import { carryOut, planFor } from './plan.ts';
import { gatherHost } from './record.ts';

const bundle = 'fixtures/legacy-host';
const steady = [
  'host/shorewall/interfaces',
  'host/shorewall/policy',
  'host/shorewall/rules',
  'host/shorewall/shorewall.conf',
  'host/shorewall/zones',
  'postgres/pg_hba.conf',
  'postgres/postgresql.conf',
];

/** Rules without what differs from one start to the next: dates, counters, names that hold a sum of the configuration's time. */
const bare = (rules: string): string =>
  rules
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '')
    .replaceAll(/sha-([lr])h-[0-9a-f]+/g, 'sha-$1h');

let story: LegacyHost;
beforeAll(async () => {
  story = await buildLegacyHost();
});
afterAll(() => story?.lab.close());

test('the recorded bundle is what this host gives today', async () => {
  const gathered = new Map((await gatherHost(story.db1)).map(({ name, text }) => [name, text.toString()]));
  const today = steady.map((name) => [name, gathered.get(name)]);
  expect(today).toEqual(steady.map((name) => [name, readFileSync(`${bundle}/${name}`, 'utf8')]));
  const rules = 'host/iptables-nft-save.txt';
  expect(bare(gathered.get(rules) ?? '')).toBe(bare(readFileSync(`${bundle}/${rules}`, 'utf8')));
});

test('DMS times out; after each step of the plan was carried out it connects and makes its slot', async () => {
  const { lab, db1, cluster } = story;
  await dmsTimesOut(lab.hosts.ri);
  const plan = await planFor(bundle);
  await carryOut(plan, db1, cluster, () => undefined);
  const logged = (): Promise<string> => db1.run(`iptables-save -c -t filter | grep 'net-fw DROP'`);
  const before = await logged();
  await dmsGetsThrough(lab.hosts.ri);
  // What is let in must not be logged as dropped.
  expect(await logged()).toBe(before);
  await untilStreaming(cluster, 'db2');
  const clusters = (await gatherHost(db1)).find(({ name }) => name === 'host/clusters.json');
  expect(JSON.parse(String(clusters?.text))).toMatchObject([{ logFile: '/var/log/postgresql/postgresql-13-main.log' }]);
});

test('what the plan changed outlives the next reload of shorewall', async () => {
  await story.db1.run('shorewall check && shorewall reload');
  expect(await story.db1.run('iptables -S INPUT')).not.toContain('172.31.23.112');
  await expect(dmsGetsThrough(story.lab.hosts.ri)).resolves.toBeUndefined();
});
