import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clear, provesItsFix, steps } from './proof.ts';
import { attempt, buildSource, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;
const PEER = { from: 'peer', to: '10.77.0.17' } as const;
const rule = (address: string, priority = '') =>
  `--add-rich-rule='rule ${priority}family="ipv4" source address="${address}" port port="5432" protocol="tcp" accept'`;

let source: Source;
beforeAll(async () => {
  source = await buildSource();
  await source.db1.run('mkdir -p /run/dbus && dbus-daemon --system --fork');
});
afterAll(() => source?.lab.close());

/** The daemon itself, started anew with the configuration that the package brings. */
beforeEach(async () => {
  const { db1 } = source;
  await db1.run(
    'pid=$(pgrep -x firewalld) || exit 0; kill "$pid"; while pgrep -x firewalld >/dev/null; do sleep 0.05; done',
  );
  await clear(db1);
  await db1.run(
    'rm -f /etc/firewalld/*/*.xml /etc/firewalld/*/*.old; sed -i "s/^FirewallBackend=.*/FirewallBackend=nftables/" /etc/firewalld/firewalld.conf',
  );
});

async function start(...commands: readonly string[]): Promise<void> {
  const { db1 } = source;
  db1.spawn('exec firewalld --nofork --nopid >/var/log/firewalld.out 2>&1');
  await db1.run(
    'for i in $(seq 100); do firewall-cmd --state && exit 0; sleep 0.1; done; cat /var/log/firewalld.out >&2; exit 1',
  );
  for (const command of commands) await db1.run(`firewall-cmd ${command}`);
}

const texts = (lines: readonly { text: string }[] | undefined) => lines?.map(({ text }) => text) ?? [];

test('the default zone does not list the port: a rich rule, now and permanently, for the second alone opens nothing', async () => {
  await start(`--permanent --zone=public ${rule('172.31.23.112')}`);
  const { before, blocks } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([
    `firewall-cmd --zone=public ${rule('172.31.23.112')}`,
    `firewall-cmd --permanent --zone=public ${rule('172.31.23.112')}`,
  ]);
  expect(texts(blocks[0]?.evidence)).toContain('DefaultZone=public');
  await source.db1.run('firewall-cmd --reload');
  expect(await attempt(source, RI)).toBe('open');
});

test('zones by interface: the rule goes to the zone that the client falls in', async () => {
  await start('--zone=internal --change-interface=eth1', '--zone=public --change-interface=eth0');
  const { before, blocks } = await provesItsFix(source, PEER);
  expect(steps(before)[0]).toBe(`firewall-cmd --zone=internal ${rule('10.77.0.5')}`);
  expect(texts(blocks[0]?.evidence)).toEqual(expect.arrayContaining(['internal (active)', '  interfaces: eth1']));
});

test('zones by source: a drop zone for the network of the replication instance', async () => {
  await start('--zone=drop --add-source=172.31.16.0/20', '--zone=public --add-port=5432/tcp');
  const { before, blocks } = await provesItsFix(source, RI);
  expect(steps(before)[0]).toBe(`firewall-cmd --zone=drop ${rule('172.31.23.112')}`);
  expect(texts(blocks[0]?.evidence)).toEqual(expect.arrayContaining(['drop (active)', '  sources: 172.31.16.0/20']));
});

test('a rich rule denies in the zone: one with a lower priority is asked before it', async () => {
  await start(
    `--zone=public --add-rich-rule='rule family="ipv4" source address="172.31.16.0/20" reject'`,
    '--zone=public --add-port=5432/tcp',
  );
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)[0]).toBe(`firewall-cmd --zone=public ${rule('172.31.23.112', 'priority="-1" ')}`);
});

test('a rich rule with a priority denies: one with a lower priority still', async () => {
  await start(`--zone=public --add-rich-rule='rule priority="-10" family="ipv4" source address="172.31.16.0/20" drop'`);
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)[0]).toBe(`firewall-cmd --zone=public ${rule('172.31.23.112', 'priority="-11" ')}`);
});

test('a policy towards the host rejects before the zone is asked', async () => {
  const policy = [
    '--new-policy=guard',
    '--policy=guard --add-ingress-zone=ANY',
    '--policy=guard --add-egress-zone=HOST',
    '--policy=guard --set-target=REJECT',
  ];
  await start(...policy.map((each) => `--permanent ${each}`), '--reload', '--zone=public --add-port=5432/tcp');
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)[0]).toBe(`firewall-cmd --policy=guard ${rule('172.31.23.112')}`);
});

test('the iptables backend: the same words', async () => {
  await source.db1.run('sed -i "s/^FirewallBackend=.*/FirewallBackend=iptables/" /etc/firewalld/firewalld.conf');
  await start();
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)[0]).toBe(`firewall-cmd --zone=public ${rule('172.31.23.112')}`);
});
