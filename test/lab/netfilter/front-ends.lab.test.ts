import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  judge,
  ownersPresent,
  parseIpsetSave,
  parseIptablesSave,
  parseNftJson,
  proposeAccept,
  type Attempt,
  type Host,
  type Ruleset,
} from '../../../src/netfilter/index.ts';
import { compare, hostWith } from './compare.ts';
import { empty } from './empty.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { Tally } from './tally.ts';

const NO_FILTER = {
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.eth0.rp_filter': '0',
  'net.ipv4.conf.eth1.rp_filter': '0',
};

/** Runs a script in the host's namespace, with the front end's own directories replaced by copies that nobody else sees. */
async function configured(kernel: Kernel, directories: readonly string[], script: string): Promise<string> {
  const copies = directories.map(
    (each) => `mkdir -p ${each}; cp -a ${each} "$T/copy"; mount --bind "$T/copy" ${each}; T="$T/next"; mkdir "$T"`,
  );
  const inside = `set -e; T=$(mktemp -d); mount -t tmpfs none "$T"; ${copies.join('; ')}; ${script}`;
  // A bare environment: shorewall's compiler takes TEST and others, which vitest sets, for its own.
  return kernel.run([
    'unshare',
    '--mount',
    'env',
    '-i',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
    'sh',
    '-c',
    inside,
  ]);
}

async function gather(kernel: Kernel): Promise<Ruleset[]> {
  const save = async (name: string) =>
    parseIptablesSave(`host/${name}-nft-save.txt`, await kernel.run([`${name}-nft-save`, '-c']));
  return [
    await save('iptables'),
    await save('ip6tables'),
    parseNftJson('host/nft-ruleset.json', await kernel.run(['nft', '-j', 'list', 'ruleset'])),
  ];
}

const results = (host: Host, attempt: Attempt) =>
  judge(host, attempt).parts.map((part) => part.outcomes.map(({ result }) => result));

const SHOREWALL = `
mkdir /tmp/netfilter-shorewall-$$ && cd /tmp/netfilter-shorewall-$$
cp /usr/share/shorewall/configfiles/shorewall.conf .
printf 'fw firewall\\nnet ipv4\\nlab ipv4\\ndock ipv4\\n' > zones
printf '?FORMAT 2\\nnet eth0 tcpflags,nosmurfs\\nlab eth1 tcpflags\\ndock docker0 routeback,bridge\\n' > interfaces
printf '$FW all ACCEPT\\nnet all DROP info\\nlab $FW REJECT info\\nall all REJECT info\\n' > policy
printf 'DROP net:10.1.0.4 all\\nWHITELIST net:10.1.3.9 all\\n' > blrules
printf '?SECTION ALL\\n?SECTION ESTABLISHED\\n?SECTION RELATED\\n?SECTION INVALID\\n?SECTION UNTRACKED\\n?SECTION NEW\\nSSH(ACCEPT) net $FW\\nPing(ACCEPT) net $FW\\nACCEPT net:10.1.0.0/29 $FW tcp 5432\\nDNAT net:10.200.0.0/16 dock:172.17.0.2 tcp 5432\\nREDIRECT lab 8080 tcp 22\\n' > rules
shorewall start . >log 2>&1 || { cat log >&2; exit 1; }
cd /; rm -r /tmp/netfilter-shorewall-$$
`;

const noShorewall = whyNoKernel(['shorewall', 'iptables-nft-save', 'nft']);
if (noShorewall !== undefined) console.warn(`SKIPPED: shorewall against the kernel: ${noShorewall}`);

const noUfw = whyNoKernel(['ufw', 'iptables-nft-save', 'nft']);
if (noUfw !== undefined) console.warn(`SKIPPED: ufw against the kernel: ${noUfw}`);

describe('rules that front ends write', () => {
  let kernel: Kernel;
  const here = noShorewall === undefined || noUfw === undefined;
  beforeAll(async () => {
    if (here) kernel = await Kernel.open();
  });
  afterEach(async () => empty(kernel));
  afterAll(() => kernel?.close());

  test.skipIf(noShorewall !== undefined)('shorewall with three zones, a blacklist, DNAT and REDIRECT', async () => {
    await configured(kernel, ['/var/lib/shorewall'], SHOREWALL);
    const tally = new Tally('shorewall');
    const rulesets = await gather(kernel);
    expect([...ownersPresent(rulesets).keys()]).toEqual(['shorewall']);
    await kernel.set({ 'net.ipv4.ip_forward': '1' });
    await compare(kernel, rulesets, 4, NO_FILTER, tally);
    tally.print();
    expect(tally.unknown).toBe(0);
    const attempt = { from: ['10.2.0.1'], to: '172.31.40.17', port: 5432 };
    await opensBy(kernel, attempt, 'shorewall');
  });

  test.skipIf(noUfw !== undefined)('ufw with allow, limit and deny', async () => {
    const script = [
      'ufw --force enable',
      'ufw allow from 10.1.0.0/29 to any port 5432 proto tcp',
      'ufw deny from 10.200.0.0/30 to any port 22 proto tcp',
      'ufw allow 22/tcp',
      'ufw limit from 10.201.0.0/16 to any port 5432 proto tcp',
      'ufw reject from 10.2.0.0/16 to any port 5432 proto tcp',
    ];
    await configured(
      kernel,
      ['/etc/ufw', '/etc/default', '/lib/ufw'],
      `{ ${script.join(' && ')}; } >/dev/null 2>"$T/log" || { cat "$T/log" >&2; exit 1; }`,
    );
    const tally = new Tally('ufw');
    const rulesets = await gather(kernel);
    expect([...ownersPresent(rulesets).keys()]).toEqual(['ufw']);
    await compare(kernel, rulesets, 4, NO_FILTER, tally);
    await compare(kernel, rulesets, 6, NO_FILTER, tally);
    tally.print();
    expect(tally.unknown).toBe(0);
    const limited = judge(hostWith(rulesets, NO_FILTER), { from: ['10.201.5.4'], to: '172.31.40.17', port: 5432 })
      .parts[0];
    expect(limited?.conditions.map(({ kind }) => kind)).toContain('rate-limit');
    await opensBy(kernel, { from: ['10.201.0.0/16'], to: '172.31.40.17', port: 6432 }, 'ufw');
  });

  test.skipIf(noUfw !== undefined)("fail2ban's and docker's shapes of rules", async () => {
    await kernel.run(['ipset', 'restore'], 'create f2b-postgres hash:ip timeout 600\nadd f2b-postgres 10.1.0.2\n');
    await kernel.run(['iptables-nft-restore'], DOCKER);
    const ipsets = parseIpsetSave('host/ipset-save.txt', await kernel.run(['ipset', 'save']));
    const rulesets = await gather(kernel);
    expect([...ownersPresent(rulesets).keys()].sort()).toEqual(['docker', 'fail2ban']);
    const tally = new Tally('docker and fail2ban');
    await compare(kernel, rulesets, 4, NO_FILTER, tally, ipsets);
    tally.print();
    expect(tally.unknown).toBe(0);
    const host = hostWith(rulesets, NO_FILTER, ipsets);
    expect(results(host, { from: ['10.2.0.1'], to: '172.31.40.17', port: 5432 })).toEqual([['accepted']]);
    expect(judge(host, { from: ['10.2.0.1'], to: '172.31.40.17', port: 5432 }).parts[0]?.outcomes[0]).toMatchObject({
      delivery: { kind: 'forwarded', address: '172.17.0.2', port: 6432 },
    });
  });

  test.skipIf(noUfw !== undefined)("firewalld's shape of rules", async () => {
    await kernel.run(['nft', '-f', '-'], FIREWALLD);
    const rulesets = await gather(kernel);
    expect([...ownersPresent(rulesets).keys()]).toEqual(['firewalld']);
    const tally = new Tally('firewalld');
    await compare(kernel, rulesets, 4, NO_FILTER, tally);
    await compare(kernel, rulesets, 6, NO_FILTER, tally);
    tally.print();
    expect(tally.unknown).toBe(0);
    await opensBy(kernel, { from: ['10.2.0.1'], to: '172.31.40.17', port: 5432 }, 'firewalld');
  });
});

/** A flow that is blocked, by whom, is opened by the proposed rule in the real kernel. */
async function opensBy(kernel: Kernel, attempt: Attempt, owner: string): Promise<void> {
  const host = hostWith(await gather(kernel), NO_FILTER);
  const [part] = judge(host, attempt).parts;
  const outcome = part?.outcomes[0];
  if (part === undefined || outcome === undefined || !('by' in outcome) || outcome.result === 'accepted')
    throw new Error(`expected a block: ${JSON.stringify(part)}`);
  expect(outcome.by.owner).toBe(owner);
  const fix = proposeAccept(host, part, outcome.by, attempt);
  for (const command of fix?.commands ?? [])
    await kernel.run(['sh', '-c', command.replace(/^iptables(?= )/, 'iptables-nft')]);
  expect(results(hostWith(await gather(kernel), NO_FILTER), attempt)).toEqual([['accepted']]);
  const [actual] = await kernel.connect([
    { from: (attempt.from[0] as string).replace('0.0/16', '5.4'), sport: 32770, to: attempt.to, port: attempt.port },
  ]);
  expect(actual).toMatch(/^open/);
}

const DOCKER = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:6432
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
:f2b-postgres - [0:0]
-A INPUT -p tcp -m multiport --dports 5432,22 -m set --match-set f2b-postgres src -j REJECT --reject-with icmp-port-unreachable
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 6432 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -s 10.1.0.4/32 -j DROP
-A DOCKER-USER -j RETURN
-A f2b-postgres -j RETURN
COMMIT
`;

/** As firewalld 1.3 lays its table out: zones by source, then by interface; every hook ten after the standard priority. */
const FIREWALLD = `table inet firewalld {
  chain mangle_PREROUTING { type filter hook prerouting priority mangle + 10; policy accept;
    jump mangle_PREROUTING_ZONES
  }
  chain mangle_PREROUTING_ZONES {
    iifname "eth0" goto mangle_PRE_public
    goto mangle_PRE_public
  }
  chain mangle_PRE_public { jump mangle_PRE_public_allow
  }
  chain mangle_PRE_public_allow { }
  chain nat_PREROUTING { type nat hook prerouting priority dstnat + 10; policy accept;
    ip saddr 10.201.0.0/16 tcp dport 22 redirect to :8080
  }
  chain filter_PREROUTING { type filter hook prerouting priority filter + 10; policy accept;
    icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
    meta nfproto ipv6 fib saddr . mark . iif oif missing drop
  }
  chain filter_IN_public_deny { ip saddr 10.1.0.4 reject
  }
  chain filter_IN_public_allow {
    tcp dport 22 accept
    ip6 daddr fe80::/64 udp dport 546 accept
    ip saddr 10.1.0.0/29 tcp dport 5432 accept
    ip6 saddr fd10:1::/32 tcp dport 5432 accept
  }
  chain filter_IN_public {
    jump filter_IN_public_deny
    jump filter_IN_public_allow
    meta l4proto { icmp, ipv6-icmp } accept
  }
  chain filter_IN_internal_allow { tcp dport 5432 accept
  }
  chain filter_IN_internal { jump filter_IN_internal_allow
  }
  chain filter_IN_drop { drop
  }
  chain filter_INPUT_ZONES {
    ip saddr 10.200.0.0/16 goto filter_IN_internal
    iifname "eth1" goto filter_IN_drop
    iifname "eth0" goto filter_IN_public
    goto filter_IN_public
  }
  chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump filter_INPUT_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_OUTPUT { type filter hook output priority filter + 10; policy accept;
    ct state { established, related } accept
    oifname "lo" accept
  }
}
`;
