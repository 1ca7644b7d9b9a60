import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clear, provesItsFix, steps } from './proof.ts';
import { buildSource, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;

let source: Source;
beforeAll(async () => {
  source = await buildSource();
  await source.db1.run('mkdir -p /var/run/fail2ban && touch /var/log/auth.log /var/log/postgresql.log');
});
afterAll(() => source?.lab.close());
beforeEach(async () => {
  await source.db1.run('fail2ban-client ping >/dev/null 2>&1 && fail2ban-client stop; ufw --force disable');
  await clear(source.db1);
});

/** fail2ban itself, with one jail for PostgreSQL's port that nothing but our own bans fills. */
async function start(action: string): Promise<void> {
  const jail = `[DEFAULT]\nbackend = polling\n[sshd]\nenabled = false\n[postgres-login]\nenabled = true\nfilter = sshd\nlogpath = /var/log/postgresql.log\nport = 5432,6432\nbanaction = ${action}\nbantime = 600\n`;
  await source.db1.run('rm -f /etc/fail2ban/jail.d/*; cat > /etc/fail2ban/jail.local', { input: jail });
  await source.db1.run('fail2ban-client start && fail2ban-client set postgres-login banip 172.31.23.112');
}

test.each([
  ['iptables-multiport', 'IPT002'],
  ['iptables-ipset-proto6', 'IPT002'],
  ['nftables[type=multiport]', 'NFT002'],
])('banned through %s: the ban is lifted in fail2ban’s own words', async (action, code) => {
  await start(action);
  await expect.poll(() => source.db1.run('iptables-save; ipset save; nft list ruleset')).toContain('172.31.23.112');
  const { before, blocks } = await provesItsFix(source, RI);
  expect(blocks.map((block) => block.code)).toEqual([code]);
  expect(steps(before)).toEqual(['fail2ban-client set postgres-login unbanip 172.31.23.112']);
  expect(blocks[0]?.evidence.at(-1)).toMatchObject({
    source: 'host/fail2ban.txt',
    text: expect.stringContaining('postgres-login'),
  });
});

test('banned through ufw: its comment names the jail', async () => {
  await source.db1.run('ufw --force enable && ufw allow 5432/tcp');
  await start('ufw');
  await expect.poll(() => source.db1.run('iptables-save')).toContain('172.31.23.112');
  const { before, blocks } = await provesItsFix(source, RI);
  expect(blocks.map((block) => block.code)).toEqual(['UFW002']);
  expect(steps(before)).toEqual(['fail2ban-client set postgres-login unbanip 172.31.23.112']);
});

test('a ban, and a firewall behind it: both fixes, one after the other', async () => {
  await start('iptables-multiport');
  await source.db1.run('iptables -P INPUT DROP');
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([
    'fail2ban-client set postgres-login unbanip 172.31.23.112',
    'iptables-nft -A INPUT -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT',
  ]);
});
