import { expect, test } from 'vitest';
import { judge, parseIptablesSave, type Host } from '../../src/netfilter/index.ts';

const rules = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  '-A INPUT -p tcp -m tcp ! --sport 5432 ! --dport 22 -j DROP',
  'COMMIT',
  '',
];

/** What becomes of a connection from port 40000 to this port. */
function outcomes(source: string, port: number): string[] {
  const host: Host = {
    rulesets: [parseIptablesSave(source, rules.join('\n'))],
    interfaces: [{ name: 'eth0', addresses: [{ address: '10.0.0.1', prefixLength: 24 }] }],
    routes: [{ destination: '10.0.0.0/24', interface: 'eth0' }],
    sysctls: new Map(),
  };
  const { parts } = judge(host, { from: ['10.0.0.2'], to: '10.0.0.1', port, sourcePorts: [40_000, 40_000] });
  return [...new Set(parts.flatMap((part) => part.outcomes.map(({ result }) => result)))].sort();
}

test('two negated ports: iptables-nft 1.8.9 asks for one of them, the legacy kernel for both', () => {
  expect(outcomes('host/iptables-legacy-save.txt', 22)).toEqual(['accepted']);
  expect(outcomes('host/iptables-nft-save.txt', 22)).toEqual(['accepted', 'dropped']);
  for (const backend of ['legacy', 'nft'])
    expect(outcomes(`host/iptables-${backend}-save.txt`, 80)).toEqual(['dropped']);
});
