import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { firewallLayers } from '../../src/layers.ts';
import { edited, evidenceFrom } from '../support/bundles.ts';

const address = '172.31.23.112';
const noNft = JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6', json_schema_version: 1 } }] });
type Edits = Parameters<typeof edited>[1];

/** The filter table with these chains and rules, over the recorded host without its front ends. */
const filter = (lines: readonly string[], policy = 'ACCEPT') =>
  ['*filter', `:INPUT ${policy} [0:0]`, ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join(
    '\n',
  );

function judged(rules: string, more: Edits = {}) {
  const files = edited('legacy-host', { 'host/iptables-nft-save.txt': rules, 'host/nft-ruleset.json': noNft, ...more });
  const checked = check(evidenceFrom(files), { scope: [...firewallLayers] });
  return { checked, block: checked.findings.find(({ status }) => status === 'block') };
}

const steps = ({ checked }: ReturnType<typeof judged>) =>
  checked.plan.steps.map((step) => ('run' in step ? step.run : `${step.edit.file}:${step.edit.before}`));

describe('whose rule it is', () => {
  test.each<[string, string[], string, RegExp]>([
    [
      'csf',
      [
        ':LOCALINPUT - [0:0]',
        ':DENYIN - [0:0]',
        '-A INPUT -j LOCALINPUT',
        '-A LOCALINPUT -j DENYIN',
        `-A DENYIN -s ${address}/32 -j DROP`,
      ],
      'IPT002',
      /csf\.allow takes `tcp\|in\|d=5432\|s=172\.31\.23\.112`/,
    ],
    [
      'Kubernetes',
      [
        ':KUBE-FIREWALL - [0:0]',
        '-A INPUT -j KUBE-FIREWALL',
        '-A KUBE-FIREWALL -p tcp -m tcp --dport 5432 -m comment --comment "kubernetes" -j DROP',
      ],
      'IPT002',
      /agent of Kubernetes next writes its chains/,
    ],
    [
      'Calico',
      [
        ':cali-INPUT - [0:0]',
        '-A INPUT -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT',
        '-A cali-INPUT -p tcp -m tcp --dport 5432 -j DROP',
      ],
      'IPT002',
      /GlobalNetworkPolicy of Calico/,
    ],
  ])('%s writes its rules anew: one for now, and where the lasting one belongs', (_name, lines, code, risk) => {
    const result = judged(filter(lines));
    expect(result.block?.code).toBe(code);
    expect(result.checked.plan.steps[0]?.risk).toMatch(risk);
    expect(result.checked.plan.opens).toBe(true);
  });

  test('fail2ban’s ban is lifted by fail2ban, and lifts no other address', () => {
    const ban = (banned: string) =>
      judged(
        filter([
          ':f2b-sshd - [0:0]',
          '-A INPUT -p tcp -m multiport --dports 22,5432 -j f2b-sshd',
          `-A f2b-sshd -s ${banned} -j REJECT --reject-with icmp-port-unreachable`,
          '-A f2b-sshd -j RETURN',
        ]),
      );
    expect(steps(ban(`${address}/32`))).toEqual([`fail2ban-client set sshd unbanip ${address}`]);
    // A network that somebody banned is not unbanned for one of its addresses.
    expect(steps(ban('172.31.16.0/20'))[0]).toMatch(/^iptables-nft -I f2b-sshd 1 /);
  });

  test('rules on docker’s bridges are docker’s: no reboot loses them', () => {
    const { checked } = judged(
      filter([
        ':DOCKER - [0:0]',
        '-A FORWARD -o docker0 -j DOCKER',
        '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
        '-A FORWARD -i br-0123456789ab -o br-0123456789ab -j ACCEPT',
      ]),
    );
    expect(checked.findings.map(({ code }) => code)).not.toContain('IPT010');
  });
});

describe('ufw', () => {
  const chains = [
    ':ufw-user-input - [0:0]',
    ':ufw-skip-to-policy-input - [0:0]',
    '-A INPUT -j ufw-user-input',
    '-A INPUT -j ufw-skip-to-policy-input',
  ];
  const tuples = (...lines: readonly string[]) =>
    ['*filter', '### RULES ###', ...lines, '### END RULES ###', 'COMMIT', ''].join('\n');
  const ssh = [
    '### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
    '-A ufw-user-input -p tcp --dport 22 -j ACCEPT',
  ];
  const deny = [
    '### tuple ### deny any any 0.0.0.0/0 any 172.31.16.0/20 in comment=6f6666696365',
    '-A ufw-user-input -s 172.31.16.0/20 -j DROP',
  ];
  const live = [
    ...chains,
    '-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT',
    '-A ufw-user-input -s 172.31.16.0/20 -j DROP',
    '-A ufw-skip-to-policy-input -j DROP',
  ];

  test('the number is that of ufw status numbered', () => {
    const result = judged(filter(live), { 'host/ufw/user.rules': tuples(...ssh, ...deny) });
    expect(steps(result)).toEqual([`ufw insert 2 allow proto tcp from ${address} to any port 5432`]);
    expect(result.block?.evidence.at(-1)).toMatchObject({ source: 'host/ufw/user.rules', line: 5 });
    expect(result.checked.plan.opens).toBe(true);
  });

  test('rules of one application profile count once', () => {
    const web = (port: string) => [
      `### tuple ### allow tcp ${port} 0.0.0.0/0 any 0.0.0.0/0 Web%20Full - in`,
      `-A ufw-user-input -p tcp --dport ${port} -j ACCEPT -m comment --comment 'dapp_Web%20Full'`,
    ];
    const webLive = ['80', '443'].map(
      (port) =>
        `-A ufw-user-input -p tcp -m tcp --dport ${port} -m comment --comment "\\'dapp_Web%20Full\\'" -j ACCEPT`,
    );
    const rules = [...live.slice(0, 4), ...webLive, ...live.slice(4)];
    const result = judged(filter(rules), {
      'host/ufw/user.rules': tuples(...web('80'), ...web('443'), ...ssh, ...deny),
    });
    expect(steps(result)[0]).toBe(`ufw insert 3 allow proto tcp from ${address} to any port 5432`);
  });

  test('where ufw is disabled its commands change nothing but files: a rule of the kernel', () => {
    const result = judged(filter(live), {
      'host/ufw/user.rules': tuples(...ssh, ...deny),
      'host/ufw/ufw.conf': 'ENABLED=no\n',
    });
    expect(steps(result)[0]).toMatch(/^iptables-nft -I ufw-user-input 2 /);
  });
});

describe('who else owns a file', () => {
  const risk = (managers: string) =>
    check(evidenceFrom(edited('legacy-host', { 'host/managers.txt': managers })), {
      scope: ['shorewall'],
    }).plan.steps.at(-1)?.risk;

  test('what the file itself says', () => {
    expect(risk('/etc/shorewall/rules: says: # Managed by Puppet, do not edit\n')).toContain(
      'The file says “# Managed by Puppet, do not edit”: make the change where it is made from, or it is undone.',
    );
  });

  test('whose agent was seen', () => {
    expect(risk('salt-minion: process\n/etc/salt: exists\n')).toContain(
      'Salt was seen on this host: where it owns /etc/shorewall/rules',
    );
    expect(risk('/etc/cloud/cloud.cfg: exists\n')).not.toContain('seen on this host');
  });
});

describe('shorewall’s line', () => {
  const step = (rules: (text: string) => string) => {
    const { plan } = check(evidenceFrom(edited('legacy-host', { 'host/shorewall/rules': rules })), {
      scope: ['shorewall'],
    });
    return plan.steps.find((one) => 'edit' in one);
  };

  test('goes to the end of the section NEW', () => {
    expect(step((text) => text)).toMatchObject({ edit: { lines: [`ACCEPT\tnet:${address}\t$FW\ttcp\t5432`] } });
  });

  test('opens that section where the file ends in another', () => {
    expect(step((text) => text.replace(/\?SECTION NEW[^]*/, ''))).toMatchObject({
      edit: { lines: ['?SECTION NEW', `ACCEPT\tnet:${address}\t$FW\ttcp\t5432`] },
    });
  });
});

test('an nft-save that printed nothing is no rule at all where nft lists none of its tables', () => {
  expect(judged('').checked.verdict).toBe('open');
  const compat = JSON.stringify({
    nftables: [{ metainfo: {} }, { table: { family: 'ip', name: 'filter', handle: 1 } }],
  });
  expect(judged('', { 'host/nft-ruleset.json': compat }).checked.verdict).toBe('undetermined');
  expect(judged('', { 'host/nft-ruleset.json': undefined }).checked.verdict).toBe('undetermined');
});

test('configuration that is noise crashes nothing, and opens nothing', () => {
  const noise = Array.from({ length: 4096 }, (_, at) => String.fromCodePoint(32 + ((at * 7919 + 13) % 500))).join('');
  const shapes = [
    noise,
    noise.replaceAll('a', '\n'),
    '### tuple ### \n-A \n'.repeat(99),
    'ACCEPT '.repeat(999),
    '\\\n'.repeat(999),
    '',
  ];
  const names = [
    'host/ufw/user.rules',
    'host/ufw/before.rules',
    'host/ufw/default',
    'host/shorewall/rules',
    'host/shorewall/blrules',
    'host/shorewall/hosts',
    'host/shorewall/interfaces',
    'host/shorewall/zones',
    'host/shorewall/policy',
    'host/firewalld/zones.txt',
    'host/fail2ban.txt',
    'host/units.txt',
    'host/managers.txt',
    'host/nftables.conf',
  ];
  const rules = filter([
    ':ufw-user-input - [0:0]',
    '-A INPUT -j ufw-user-input',
    `-A ufw-user-input -s ${address}/32 -j DROP`,
  ]);
  for (const text of shapes) {
    for (const name of names) {
      const ufw = judged(rules, { [name]: text }).checked;
      const shorewall = check(evidenceFrom(edited('legacy-host', { [name]: text })), { scope: ['shorewall'] });
      for (const { findings, verdict } of [ufw, shorewall]) {
        expect(verdict).toBe('blocked');
        expect(findings.map(({ code }) => code)).not.toContain('EVD006');
      }
    }
  }
});
