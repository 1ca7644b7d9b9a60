import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAddressSet,
  judge,
  parseAddressSet,
  parseIpsetSave,
  parseIptablesSave,
  parseNftText,
  type Attempt,
  type Host,
  type Outcome,
} from '../../src/netfilter/index.ts';
import { filterTable, hostOf } from './host.ts';

const attempt: Attempt = { from: ['10.1.2.3'], to: '172.31.40.17', port: 5432 };
const withRules = (rules: readonly string[], chains: readonly string[] = [], more: Partial<Host> = {}) =>
  hostOf([parseIptablesSave('host/iptables-nft-save.txt', filterTable(rules, chains))], more);
const outcomes = (host: Host, of: Partial<Attempt> = {}) =>
  judge(host, { ...attempt, ...of }).parts.map((part) => part.outcomes.map(({ result }) => result));
const unique = (results: readonly string[] | undefined) => [...new Set(results)].sort();
const both = ['accepted', 'dropped'];

describe('what cannot be known from here', () => {
  test.each([
    ['-A INPUT -m bpf --bytecode "1,6 0 0 1" -j ACCEPT', 'unknown'],
    ['-A INPUT -m u32 --u32 "0x0=0x0" -j ACCEPT', 'unknown'],
    ['-A INPUT -m recent --rcheck --name friends --rsource -j ACCEPT', 'unknown'],
    ['-A INPUT -m statistic --mode random --probability 0.5 -j ACCEPT', 'unknown'],
    ['-A INPUT -m time --timestart 08:00 --timestop 18:00 -j ACCEPT', 'unknown'],
    ['-A INPUT -m geoip --source-country DE -j ACCEPT', 'unknown'],
    ['-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT', 'unknown'],
    ['-A INPUT -m set --match-set friends src -j ACCEPT', 'unknown'],
    ['-A INPUT -m limit --limit 3/min --limit-burst 5 -j ACCEPT', 'rate-limit'],
    ['-A INPUT -m hashlimit --hashlimit-upto 3/min --hashlimit-name x -j ACCEPT', 'rate-limit'],
    ['-A INPUT -m connlimit --connlimit-upto 10 --connlimit-mask 32 -j ACCEPT', 'rate-limit'],
  ])('%s', (rule, kind) => {
    const [part] = judge(withRules([rule]), attempt).parts;
    expect(unique(part?.outcomes.map(({ result }) => result))).toEqual(both);
    expect(part?.conditions).toHaveLength(1);
    expect(part?.conditions[0]).toMatchObject({ kind, at: { line: 5, text: rule } });
  });

  test('a doubt that changes nothing is no doubt', () => {
    const rules = [
      '-A INPUT -m bpf --bytecode "1,6 0 0 1" -j side',
      '-A INPUT -p tcp -j ACCEPT',
      '-A side -s 10.9.9.9 -j DROP',
      '-A side -m u32 --u32 "x" -j LOG',
    ];
    expect(outcomes(withRules(rules, ['side']))).toEqual([['accepted']]);
  });

  test.each([
    '-A INPUT -j NFQUEUE --queue-num 1',
    '-A INPUT -j TARPIT',
    '-A INPUT -j nowhere',
    '-A INPUT word -j DROP',
    '-A INPUT -m comment --comment "never closed -j ACCEPT',
  ])('%s is followed by nothing certain', (rule) => {
    expect(outcomes(withRules([rule, '-A INPUT -j ACCEPT']))).toEqual([['unknown']]);
  });

  test('chains that call themselves, or each other without end, come to an end here', () => {
    expect(outcomes(withRules(['-A INPUT -j a', '-A a -j b', '-A b -j a'], ['a', 'b']))).toEqual([['unknown']]);
    const names = Array.from({ length: 60 }, (_, i) => `c${i}`);
    const calls = names.flatMap((name, i) => [`-A ${name} -j c${i + 1}`, `-A ${name} -j c${i + 1}`]).slice(0, -2);
    expect(outcomes(withRules(['-A INPUT -j c0', ...calls, '-A INPUT -j ACCEPT'], names))).toEqual([['unknown']]);
  });
});

describe('very many rules that cannot be decided', () => {
  test('come to an end, unknown', () => {
    const rules = Array.from({ length: 20_000 }, (_, i) => `-A INPUT -m geoip --source-country X${i} -j DROP`);
    expect(outcomes(withRules([...rules, '-A INPUT -j ACCEPT']))[0]).toContain('unknown');
  });
});

describe('rules that were not seen', () => {
  const open = filterTable(['-A INPUT -j ACCEPT']);
  test.each([
    [
      'the tool says that legacy tables exist',
      hostOf([
        parseIptablesSave(
          'host/iptables-nft-save.txt',
          `# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n${open}`,
        ),
      ]),
    ],
    [
      'a table that only nft can read',
      hostOf([
        parseIptablesSave('host/iptables-nft-save.txt', `# Table \`raw' is incompatible, use 'nft' tool.\n${open}`),
      ]),
    ],
    [
      'a line that is none',
      hostOf([parseIptablesSave('host/iptables-save.txt', open.replace('COMMIT', 'what is this\nCOMMIT'))]),
    ],
    ['a table without its end', hostOf([parseIptablesSave('host/iptables-save.txt', open.replace('COMMIT', ''))])],
    [
      'nft rules in text',
      hostOf([
        parseIptablesSave('host/iptables-save.txt', open),
        parseNftText('host/nft-ruleset.txt', 'table inet x {\n\tchain y {\n\t}\n}\n'),
      ]),
    ],
  ])('%s: nothing is judged open', (_, host) => {
    expect(outcomes(host)).toEqual([['unknown']]);
  });

  test('a hook without chains is open by default, and says so', () => {
    const [part] = judge(hostOf([]), attempt).parts;
    expect(part?.outcomes).toMatchObject([{ result: 'accepted', by: { kind: 'default' } }]);
  });

  test('the other family is never judged by this one', () => {
    const host = hostOf([parseIptablesSave('host/iptables-save.txt', open)]);
    expect(outcomes(host, { from: ['10.1.2.3', 'fd10::1'] })).toEqual([['accepted'], ['unknown']]);
  });
});

describe('the sources', () => {
  const nets = ['10.1.0.0/24', '10.1.0.16/28', '10.1.0.32', '10.1.0.0/30', '10.1.0.128/25', '10.1.0.5'];
  const rule = fc
    .tuple(
      fc.constantFrom(...nets),
      fc.constantFrom('', '! '),
      fc.constantFrom('ACCEPT', 'DROP', 'REJECT', 'RETURN', 'MARK --set-xmark 0x1/0x1', 'u'),
      fc.constantFrom('', '', '-m mark --mark 0x1 ', '-m recent --rcheck --name x '),
    )
    .map(([net, not, target, more]) => `${not}-s ${net} ${more}-j ${target}`);

  test('are split where the rules split them: a set is judged as its members are', () => {
    const property = fc.property(
      fc.array(rule, { maxLength: 8 }),
      fc.array(
        rule.filter((text) => !text.endsWith('-j u')),
        { maxLength: 4 },
      ),
      (input, user) => {
        const host = withRules(
          [...input.map((text) => `-A INPUT ${text}`), ...user.map((text) => `-A u ${text}`)],
          ['u'],
        );
        const { parts } = judge(host, { ...attempt, from: ['10.1.0.0/24'] });
        expect(formatAddressSet(parseAddressSet(parts.flatMap(({ from }) => from)))).toEqual(['10.1.0.0/24']);
        const kinds = (list: readonly Outcome[]) => unique(list.map(({ result }) => result));
        for (const part of parts) {
          for (const from of part.from) {
            const [alone, ...others] = judge(host, { ...attempt, from: [from.replace(/\/.*/, '')] }).parts;
            expect(others).toEqual([]);
            expect(kinds(alone?.outcomes ?? [])).toEqual(kinds(part.outcomes));
          }
        }
      },
    );
    fc.assert(property, { numRuns: 150 * Number(process.env.SAMPLES ?? 1) });
  });
});

describe('what stands behind the decider', () => {
  test('all that would have blocked next, across tables and hooks', () => {
    const text = `*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -s 10.0.0.0/8 -j DROP\nCOMMIT\n${filterTable(['-A INPUT -s 10.1.0.0/16 -j REJECT'])}`;
    const [part] = judge(hostOf([parseIptablesSave('host/iptables-save.txt', text)]), attempt).parts;
    expect(part?.outcomes).toMatchObject([{ result: 'dropped', by: { table: 'mangle' } }]);
    expect(part?.alsoBlocks.map(({ table, chain, index }) => [table, chain, index])).toEqual([['filter', 'INPUT', 1]]);
  });

  test('ACCEPT rules that are never reached, also within chains called later, but not those of other clients', () => {
    const rules = [
      '-A INPUT -j early',
      '-A INPUT -s 10.1.2.3 -p tcp --dport 5432 -j ACCEPT',
      '-A INPUT -s 10.9.9.9 -j ACCEPT',
      '-A INPUT -j late',
      '-A early -j DROP',
      '-A late -p tcp --dport 22 -j ACCEPT',
      '-A late -p tcp --dport 5432 -j ACCEPT',
    ];
    const [part] = judge(withRules(rules, ['early', 'late']), attempt).parts;
    expect(part?.shadowedAccepts.map(({ rule }) => rule.text)).toEqual([rules[1], rules[6]]);
    expect(part?.shadowedAccepts[0]?.shadowedBy).toMatchObject({ chain: 'early', index: 1 });
  });

  test("an answer that is dropped on its way out, and a client's next packet", () => {
    const noAnswer = filterTable(['-A INPUT -j ACCEPT']).replace(':OUTPUT ACCEPT', ':OUTPUT DROP');
    expect(
      judge(hostOf([parseIptablesSave('host/iptables-save.txt', noAnswer)]), attempt).parts[0]?.outcomes,
    ).toMatchObject([{ result: 'dropped', phase: 'answer', by: { chain: 'OUTPUT' } }]);
    expect(
      judge(withRules(['-A INPUT -m conntrack --ctstate NEW -j ACCEPT']), attempt).parts[0]?.outcomes,
    ).toMatchObject([{ result: 'dropped', phase: 'data' }]);
  });

  test("the rule's and the policy's counters", () => {
    const host = withRules(['[7:420] -A INPUT -s 10.1.2.3/32 -j DROP']);
    expect(judge(host, attempt).parts[0]?.outcomes[0]).toMatchObject({ by: { counters: { packets: 7, bytes: 420 } } });
  });
});

describe('routing', () => {
  const open = parseIptablesSave('host/iptables-save.txt', filterTable(['-A INPUT -j ACCEPT']));
  const asymmetric: Partial<Host> = {
    routes: [
      { destination: '10.1.0.0/16', interface: 'eth1' },
      { destination: 'default', interface: 'eth0' },
    ],
  };
  test.each([
    ['1', 'dropped'],
    ['2', 'accepted'],
    ['0', 'accepted'],
  ])('rp_filter %s, and the way back leads out by another interface: %s', (setting, result) => {
    const sysctls = new Map([
      ['net.ipv4.conf.all.rp_filter', '0'],
      ['net.ipv4.conf.eth0.rp_filter', setting],
    ]);
    expect(outcomes(hostOf([open], { ...asymmetric, sysctls }))).toEqual([[result]]);
  });

  test('the looser of the two settings holds, and tables behind ip rule make it uncertain', () => {
    const sysctls = new Map([
      ['net.ipv4.conf.all.rp_filter', '1'],
      ['net.ipv4.conf.eth0.rp_filter', '2'],
    ]);
    expect(outcomes(hostOf([open], { ...asymmetric, sysctls }))).toEqual([['accepted']]);
    const strict = new Map([...sysctls, ['net.ipv4.conf.eth0.rp_filter', '1']]);
    expect(outcomes(hostOf([open], { ...asymmetric, sysctls: strict }))).toEqual([['dropped']]);
    const routes = [...(asymmetric.routes ?? []), { destination: 'default', interface: 'eth1', table: '10001' }];
    expect(outcomes(hostOf([open], { routes, sysctls: strict })).map(unique)).toEqual([both]);
  });

  test('an unknown rp_filter matters only where it could drop', () => {
    expect(outcomes(hostOf([open], { sysctls: new Map() }))).toEqual([['accepted']]);
    expect(outcomes(hostOf([open], { ...asymmetric, sysctls: new Map() })).map(unique)).toEqual([both]);
  });

  test('an address that is not of this host is not accepted', () => {
    expect(
      outcomes(
        hostOf([open], {
          sysctls: new Map([
            ['net.ipv4.ip_forward', '0'],
            ['net.ipv4.conf.all.rp_filter', '0'],
            ['net.ipv4.conf.eth0.rp_filter', '0'],
          ]),
        }),
        { to: '172.31.40.99', interface: 'eth0' },
      ),
    ).toEqual([['dropped']]);
  });
});

describe('sets', () => {
  test('are looked up as gathered; one with a line that cannot be read tells nothing', () => {
    const rules = ['-A INPUT -m set --match-set friends src -j ACCEPT'];
    const sets = 'create friends hash:net family inet\nadd friends 10.1.0.0/16\nadd friends 10.1.2.0/24 nomatch\n';
    expect(outcomes(withRules(rules, [], { ipsets: parseIpsetSave('host/ipset-save.txt', sets) }))).toEqual([
      ['dropped'],
    ]);
    expect(
      outcomes(withRules(rules, [], { ipsets: parseIpsetSave('host/ipset-save.txt', sets) }), { from: ['10.1.3.3'] }),
    ).toEqual([['accepted']]);
    expect(
      outcomes(withRules(rules, [], { ipsets: parseIpsetSave('host/ipset-save.txt', `${sets}what\n`) })).map(unique),
    ).toEqual([both]);
  });
});

describe('an address that no cable holds', () => {
  const interfaces = [
    { name: 'lo', addresses: [{ address: '198.51.100.17', prefixLength: 32 }] },
    { name: 'eth0', addresses: [{ address: '172.31.40.17', prefixLength: 20 }] },
    { name: 'eth1', addresses: [{ address: '192.0.2.17', prefixLength: 24 }] },
  ];
  const routes = [
    { destination: 'default', interface: 'eth0', gateway: '172.31.32.1' },
    { destination: '10.1.0.0/16', interface: 'eth1', gateway: '192.0.2.1' },
  ];
  const sysctls = new Map(['all', 'eth0', 'eth1'].map((name) => [`net.ipv4.conf.${name}.rp_filter`, '0'] as const));
  const results = (rules: readonly string[], more: Partial<Host>) => {
    const host = withRules(rules, [], { interfaces, routes, sysctls, ...more });
    return judge(host, { ...attempt, from: ['10.1.2.3', '10.2.0.1'], to: '198.51.100.17' }).parts.map((part) => [
      part.from,
      unique(part.outcomes.map(({ result }) => result)),
    ]);
  };
  const byEth0 = ['-A INPUT -i eth0 -j ACCEPT'];

  test('is reached by the interface that the way back leads out by, never by the loopback', () => {
    expect(results(byEth0, {})).toEqual([
      [['10.1.2.3'], ['dropped']],
      [['10.2.0.1'], ['accepted']],
    ]);
    expect(results(['-A INPUT -i lo -j ACCEPT'], {}).map(([, result]) => result)).toEqual([['dropped'], ['dropped']]);
  });

  test('is in doubt where several ways lead back', () => {
    const second = [...routes, { destination: '10.1.0.0/16', interface: 'eth0', gateway: '172.31.32.1', metric: 100 }];
    expect(results(byEth0, { routes: second })).toEqual([
      [['10.1.2.3'], both],
      [['10.2.0.1'], ['accepted']],
    ]);
  });

  test('a client whose way back is a blackhole gets no answer', () => {
    const hole = [...routes, { destination: '10.2.0.0/16', interface: '', leadsNowhere: true }];
    expect(results(['-A INPUT -j ACCEPT'], { routes: hole })).toEqual([
      [['10.1.2.3'], ['accepted']],
      [['10.2.0.1'], ['dropped']],
    ]);
  });
});
