import { expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { FirewallLayer } from '../../src/layers.ts';
import { firewallLayers } from '../../src/layers.ts';
import { edited, evidenceFrom } from '../support/bundles.ts';

const rules = (lines: readonly string[], policy = 'ACCEPT') =>
  ['*filter', `:INPUT ${policy} [0:0]`, ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join(
    '\n',
  );
const noNft = JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6', json_schema_version: 1 } }] });

type Edits = Parameters<typeof edited>[1];

/** The statuses of the five layers over a host with these rules, and the plan. */
function judged(nft: string, more: Edits = {}) {
  const files = edited('legacy-host', { 'host/iptables-nft-save.txt': nft, 'host/nft-ruleset.json': noNft, ...more });
  const checked = check(evidenceFrom(files), { scope: [...firewallLayers] });
  const statuses = Object.fromEntries(
    checked.layers
      .filter(({ layer }) => firewallLayers.includes(layer as FirewallLayer))
      .map(({ layer, status }) => [layer, status]),
  );
  return { statuses, checked };
}

const elsewhere = { nftables: 'skip', shorewall: 'skip', ufw: 'skip', firewalld: 'skip' };

test.each<[string, string, string]>([
  ['no rule at all', rules([]), 'pass'],
  [
    'an ACCEPT before a DROP policy',
    rules(['-A INPUT -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT', '-A OUTPUT -j ACCEPT'], 'DROP'),
    // A reboot would lose them, which nothing but a warning says.
    'warn',
  ],
  ['a DROP policy', rules([], 'DROP'), 'block'],
  ['a REJECT', rules(['-A INPUT -p tcp -m tcp --dport 5432 -j REJECT --reject-with icmp-port-unreachable']), 'block'],
  [
    'a rate limit before the DROP',
    rules(['-A INPUT -p tcp -m tcp --dport 5432 -m limit --limit 3/min --limit-burst 5 -j ACCEPT', '-A INPUT -j DROP']),
    'warn',
  ],
  [
    'a match that cannot be known',
    rules(['-A INPUT -p tcp -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j DROP']),
    'unknown',
  ],
  ['a drop on the way out', rules(['-A OUTPUT -p tcp -m tcp --sport 5432 -j DROP']), 'block'],
])('%s by hand is iptables’ to say', (_, text, status) => {
  expect(judged(text).statuses).toEqual({ iptables: status, ...elsewhere });
});

test('each block that is iptables’ own is opened by its fix, in simulation', () => {
  for (const text of [
    rules([], 'DROP'),
    rules(['-A INPUT -p tcp -m tcp --dport 5432 -j REJECT --reject-with tcp-reset']),
    rules(['-A OUTPUT -p tcp -m tcp --sport 5432 -j DROP']),
  ]) {
    const { checked } = judged(text);
    expect(checked.blockedAt).toEqual(['iptables']);
    expect(checked.plan).toMatchObject({ opens: true });
    expect(checked.plan.steps.map((step) => ('run' in step ? step.run : ''))).toEqual([
      expect.stringMatching(/^iptables-nft -[IA] /),
    ]);
  }
});

test('both backends are asked: a drop in the legacy tables blocks although the others accept', () => {
  const { checked } = judged(rules([]), {
    'host/iptables-legacy-save.txt.error': undefined,
    'host/iptables-legacy-save.txt': rules(['-A INPUT -p tcp -m tcp --dport 5432 -j DROP']),
  });
  expect(checked.blockedAt).toEqual(['iptables']);
  expect(checked.findings.find(({ status }) => status === 'block')?.evidence[0]?.source).toBe(
    'host/iptables-legacy-save.txt',
  );
});

test.each<[FirewallLayer, string[]]>([
  [
    'ufw',
    [
      ':ufw-user-input - [0:0]',
      ':ufw-skip-to-policy-input - [0:0]',
      '-A INPUT -j ufw-user-input',
      '-A INPUT -j ufw-skip-to-policy-input',
      '-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT',
      '-A ufw-skip-to-policy-input -j DROP',
    ],
  ],
])('a drop in a chain of %s is its own, and so is the fix', (layer, lines) => {
  const { statuses, checked } = judged(rules(lines));
  expect(statuses[layer]).toBe('block');
  expect(checked.blockedAt).toEqual([layer]);
  expect(checked.plan.steps[0]).toMatchObject({
    run: expect.stringContaining('ufw allow proto tcp from 172.31.23.112 to any port 5432'),
  });
  expect(checked.plan.opens).toBe(true);
});

test('a rule that blocks does so without the rest of the evidence; nothing passes without it', () => {
  const bare: Edits = {
    'host/sysctl.txt': undefined,
    'host/ip-route.json': undefined,
    'host/nft-ruleset.json': undefined,
  };
  expect(judged(rules([], 'DROP'), bare).statuses['iptables']).toBe('block');
  expect(judged(rules([]), bare).statuses).toEqual({
    iptables: 'unknown',
    nftables: 'unknown',
    shorewall: 'unknown',
    ufw: 'unknown',
    firewalld: 'unknown',
  });
});

test('a native table whose rules drop is nftables’ own', () => {
  const table = { family: 'inet', table: 'guard' };
  const { checked } = judged(rules([]), {
    'host/nft-ruleset.json': JSON.stringify({
      nftables: [
        { metainfo: { version: '1.0.6', json_schema_version: 1 } },
        { table: { family: 'inet', name: 'guard', handle: 1 } },
        { chain: { ...table, name: 'in', handle: 1, type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
        {
          rule: {
            ...table,
            chain: 'in',
            handle: 2,
            expr: [
              { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 5432 } },
              { drop: null },
            ],
          },
        },
      ],
    }),
  });
  expect(checked.blockedAt).toEqual(['nftables']);
  expect(checked.plan).toMatchObject({
    opens: true,
    steps: [{ run: expect.stringMatching(/^nft insert rule inet guard in handle 2 /) }],
  });
});

test('what no tool could show is unknown, not absent', () => {
  const { statuses } = judged(rules([]), {
    'host/xdp-tc.txt': (text) => `${text.replace(/^# tc qdisc[^]*/m, '')}# tc: not found, and sch_ingress is loaded\n`,
  });
  expect(statuses['iptables']).toBe('unknown');
});

test('what the kernel does beside its rules: a full table warns, a program before netfilter is unknown', () => {
  const full = judged(rules([]), {
    'host/sysctl.txt': (text) => text.replace(/nf_conntrack_count = \d+/, 'nf_conntrack_count = 262144'),
  });
  expect(full.checked.findings.map(({ code }) => code)).toContain('IPT008');
  for (const [line, code] of [
    ['2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 xdpgeneric qdisc noqueue', 'IPT009'],
    ['qdisc clsact ffff: dev eth0 parent ffff:fff1', 'IPT009'],
    ['qdisc clsact ffff: dev eth9 parent ffff:fff1', undefined],
  ] as const) {
    const { checked, statuses } = judged(rules([]), { 'host/xdp-tc.txt': (text) => `${text}${line}\n` });
    expect(checked.findings.find((finding) => finding.code === 'IPT009')?.code).toBe(code);
    expect(statuses['iptables']).toBe(code === undefined ? 'pass' : 'unknown');
  }
});

test('an answer that leaves by another interface is not known to arrive; a second table may send it back', () => {
  const second = (text: string) => {
    const links = JSON.parse(text) as { ifname: string; addr_info: object[] }[];
    const eth1 = { family: 'inet', local: '192.0.2.17', prefixlen: 24, broadcast: '192.0.2.255' };
    return JSON.stringify([...links, { ifname: 'eth1', addr_info: [eth1] }]);
  };
  const routed = (...more: object[]) => ({
    'host/ip-addr.json': second,
    'host/ip-route.json': (text: string) => JSON.stringify([...(JSON.parse(text) as object[]), ...more]),
    'host/sysctl.txt': (text: string) => text.replace(/(rp_filter =) \d/g, '$1 0'),
  });
  const away = { dst: '172.31.16.0/20', gateway: '192.0.2.1', dev: 'eth1', flags: [] };
  const answered = judged(rules([]), routed(away));
  expect(answered.checked.findings.find(({ code }) => code === 'IPT011')?.summary).toContain('leaves by eth1');
  expect(answered.statuses['iptables']).toBe('unknown');
  expect(judged(rules([]), routed()).statuses['iptables']).toBe('pass');
  const back = { dst: 'default', gateway: '172.31.32.1', dev: 'eth0', table: '101', flags: [] };
  expect(judged(rules([]), routed(away, back)).statuses['iptables']).toBe('pass');
});

test('an address of the loopback is reached by a cable, with what stands there', () => {
  const onLoopback = (text: string) => {
    const links = JSON.parse(text) as { ifname: string; addr_info: { local: string }[] }[];
    const own = links.flatMap(({ addr_info: all }) => all).filter(({ local }) => local === '172.31.40.17');
    return JSON.stringify(
      links.map((link) => ({
        ...link,
        addr_info: [
          ...link.addr_info.filter(({ local }) => local !== '172.31.40.17'),
          ...(link.ifname === 'lo' ? own : []),
        ],
      })),
    );
  };
  const edits = { 'host/ip-addr.json': onLoopback };
  expect(judged(rules(['-A INPUT -i lo -j ACCEPT'], 'DROP'), edits).statuses['iptables']).toBe('block');
  const xdp = (text: string) => `${text}2: eth0@if6: <BROADCAST,UP> mtu 1500 xdpgeneric qdisc noqueue\n`;
  const { checked } = judged(rules([]), { ...edits, 'host/xdp-tc.txt': xdp });
  expect(checked.findings.map(({ code }) => code)).toContain('IPT009');
});

test('a deciding rule that has never counted speaks against the verdict', () => {
  const caveats = (counters: string) => {
    const { checked } = judged(rules([`${counters} -A INPUT -p tcp --dport 5432 -j DROP`]));
    return checked.findings.find(({ code }) => code === 'IPT002')?.caveats.join(' ');
  };
  expect(caveats('[0:0]')).toContain('The counter of this rule is at 0');
  expect(caveats('[3:180]')).not.toContain('counter');
});

test('before a reload of shorewall it is said what it would drop and bring in', () => {
  const step = (more: Edits = {}) => {
    const checked = check(evidenceFrom(edited('legacy-host', more)), { scope: ['shorewall'] });
    return checked.plan.steps.find((one) => 'edit' in one)?.risk ?? '';
  };
  expect(step()).toContain('It would drop 1 rule made by hand: `-A INPUT -s 172.31.23.112/32');
  expect(step()).toContain('No other edit waits for it.');
  const newer = (text: string) =>
    text.replace(/("path":"\/etc\/shorewall\/policy".*?"mtime":)"[^"]*"/, '$1"2030-01-01T00:00:00Z"');
  expect(step({ 'host/shorewall/files.json': newer })).toContain(
    'edited since the last compile: /etc/shorewall/policy',
  );
});
