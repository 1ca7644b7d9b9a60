import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clear, judged, provesItsFix, record, steps } from './proof.ts';
import { attempt, buildSource, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;
const accept = '-s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT';

let source: Source;
beforeAll(async () => {
  source = await buildSource();
});
afterAll(() => source?.lab.close());
beforeEach(async () => {
  await clear(source.db1);
  await source.db1.run('rm -rf /etc/iptables /etc/rc2.d/S01netfilter-persistent');
});

const rules = (...lines: readonly string[]) =>
  ['*filter', ':INPUT DROP [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join('\n');

/** Rules as iptables-persistent keeps them: in its file, loaded from there, and a link that has a boot load them. */
async function persistent(text: string): Promise<void> {
  await source.db1.run('mkdir -p /etc/iptables && cat > /etc/iptables/rules.v4', { input: text });
  await source.db1.run(
    'touch /etc/init.d/netfilter-persistent && ln -sf ../init.d/netfilter-persistent /etc/rc2.d/S01netfilter-persistent && iptables-restore < /etc/iptables/rules.v4',
  );
}

test('rules that a boot loads: one rule now, and the same line in the file, at the same place', async () => {
  await persistent(
    rules(
      '-A INPUT -p tcp --dport 22 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 5432 -j REJECT --reject-with icmp-port-unreachable',
    ),
  );
  const { before, after } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([`iptables-nft -I INPUT 2 ${accept}`, `/etc/iptables/rules.v4:6: -A INPUT ${accept}`]);
  expect(after.findings.map(({ code }) => code)).not.toContain('IPT010');
  // What a boot does.
  await source.db1.run('iptables-restore < /etc/iptables/rules.v4');
  expect(await attempt(source, RI)).toBe('open');
});

test('the policy of rules that a boot loads: the line goes to the end', async () => {
  await persistent(rules('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'));
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([`iptables-nft -A INPUT ${accept}`, `/etc/iptables/rules.v4:6: -A INPUT ${accept}`]);
});

test('what a reboot would lose and bring in is said', async () => {
  await persistent(rules('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 5432 -j DROP'));
  await source.db1.run(`iptables -D INPUT 2 && iptables -A INPUT ${accept}`);
  const finding = judged(await record(source, RI)).findings.find(({ code }) => code === 'IPT010');
  expect(finding).toMatchObject({
    status: 'warn',
    summary: 'a reboot would lose 1 rule made by hand and bring in 1 rule that is not in the kernel',
    detail: `It would lose \`-A INPUT ${accept}\`. It would bring in \`-A INPUT -p tcp -m tcp --dport 5432 -j DROP\`. For /etc/iptables/rules.v4 is what a boot loads.`,
  });
  expect(await attempt(source, RI)).toBe('open');
});

test('a set that just this rule asks: an entry for it', async () => {
  await source.db1.run('ipset create dms hash:ip && ipset add dms 172.31.36.21');
  await source.db1.run('iptables-restore', {
    input: rules('-A INPUT -p tcp -m set --match-set dms src -m tcp --dport 5432 -j ACCEPT'),
  });
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual(['ipset add dms 172.31.23.112']);
});

test('a set that admits to more than the port: no entry, but a rule', async () => {
  await source.db1.run('ipset create office hash:net && ipset add office 172.31.0.0/20');
  await source.db1.run('iptables-restore', {
    input: rules(
      '-A INPUT -m set --match-set office src -j ACCEPT',
      '-A INPUT -p tcp -m set --match-set office src -m tcp --dport 5432 -j ACCEPT',
    ),
  });
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([`iptables-nft -A INPUT ${accept}`]);
});

test('a table of nftables: one rule before the one that drops, and its loss at a reboot is said', async () => {
  await source.db1.run('rm -f /etc/nftables.conf; nft -f -', {
    input:
      'table inet guard { chain in { type filter hook input priority 0; policy drop; ct state established accept; tcp dport 22 accept; }\n}\n',
  });
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([expect.stringMatching(/^nft add rule inet guard in '/)]);
  expect(before.findings.find(({ code }) => code === 'NFT008')?.summary).toBe(
    'a reboot would lose 1 table made by hand',
  );
});

test('a file that says who manages it', async () => {
  await persistent(`# Managed by Ansible: /srv/firewall\n${rules()}`);
  const { before } = await provesItsFix(source, RI);
  expect(before.plan.steps[1]?.risk).toContain(
    'The file says “# Managed by Ansible: /srv/firewall”: make the change where it is made from',
  );
});
