import { expect, test } from 'vitest';
import { judge, parseIptablesSave, parseNftJson, type Host, type Ruleset } from '../../src/netfilter/index.ts';

const rules = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  '-A INPUT -p tcp -m tcp ! --sport 5432 ! --dport 22 -j DROP',
  'COMMIT',
  '',
];

/** What becomes of a connection from port 40000 to this port. */
function resultsOf(ruleset: Ruleset, port: number): string[] {
  const host: Host = {
    rulesets: [ruleset],
    interfaces: [{ name: 'eth0', addresses: [{ address: '10.0.0.1', prefixLength: 24 }] }],
    routes: [{ destination: '10.0.0.0/24', interface: 'eth0' }],
    sysctls: new Map(),
  };
  const { parts } = judge(host, { from: ['10.0.0.2'], to: '10.0.0.1', port, sourcePorts: [40_000, 40_000] });
  return [...new Set(parts.flatMap((part) => part.outcomes.map(({ result }) => result)))].sort();
}

const outcomes = (source: string, port: number) => resultsOf(parseIptablesSave(source, rules.join('\n')), port);

test('two negated ports: iptables-nft 1.8.9 asks for one of them, the legacy kernel for both', () => {
  expect(outcomes('host/iptables-legacy-save.txt', 22)).toEqual(['accepted']);
  expect(outcomes('host/iptables-nft-save.txt', 22)).toEqual(['accepted', 'dropped']);
  for (const backend of ['legacy', 'nft'])
    expect(outcomes(`host/iptables-${backend}-save.txt`, 80)).toEqual(['dropped']);
});

type Negated = readonly [protocol: string, field: string, right: unknown];

/** What becomes of a connection from port 40000 to port 22 under a rule of nft that drops what these match, all by `!=`. */
function underNft(...fields: readonly Negated[]): string[] {
  const place = { family: 'ip', table: 't' };
  const expr = [
    ...fields.map(([protocol, field, right]) => ({
      match: { op: '!=', left: { payload: { protocol, field } }, right },
    })),
    { drop: null },
  ];
  const nftables = [
    { table: { family: 'ip', name: 't' } },
    { chain: { ...place, name: 'in', type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
    { rule: { ...place, chain: 'in', handle: 3, expr } },
  ];
  return resultsOf(parseNftJson('host/nft-ruleset.json', JSON.stringify({ nftables })), 22);
}

test('neighbouring fields negated in nft: release 1.0.6 asks for one that differs, later ones for all', () => {
  const source: Negated = ['tcp', 'sport', 5432];
  const own: Negated = ['tcp', 'sport', 40_000];
  expect(underNft(source, ['tcp', 'dport', 22])).toEqual(['accepted', 'dropped']);
  expect(underNft(source, ['tcp', 'dport', 80])).toEqual(['dropped']);
  expect(underNft(own, ['tcp', 'dport', 22])).toEqual(['accepted']);
  expect(underNft(['ip', 'ttl', 1], ['ip', 'protocol', 6])).toEqual(['accepted', 'dropped']);
});

test('what nft does not join is asked for one by one', () => {
  const source: Negated = ['tcp', 'sport', 5432];
  // In another order than the header's they are listed only where each was loaded alone.
  expect(underNft(['tcp', 'dport', 22], source)).toEqual(['accepted']);
  expect(underNft(source, ['ip', 'saddr', '10.0.0.9'], ['tcp', 'dport', 22])).toEqual(['accepted']);
  expect(underNft(source, ['tcp', 'dport', { set: [22, 23] }])).toEqual(['accepted']);
  expect(underNft(source, ['tcp', 'dport', { range: [20, 30] }])).toEqual(['accepted']);
  expect(underNft(['udp', 'sport', 5432], ['udp', 'dport', 22])).toEqual(['accepted']);
  expect(underNft(['ip', 'saddr', '10.0.0.9'], ['ip', 'daddr', '10.0.0.1'])).toEqual(['accepted']);
});
