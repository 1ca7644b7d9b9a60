import type { Host, Ruleset } from '../../src/netfilter/index.ts';

/** A host with one interface and no reverse path filter. */
export function hostOf(rulesets: readonly Ruleset[], more: Partial<Host> = {}): Host {
  return {
    rulesets,
    interfaces: [
      { name: 'lo', addresses: [{ address: '127.0.0.1', prefixLength: 8 }] },
      {
        name: 'eth0',
        addresses: [
          { address: '172.31.40.17', prefixLength: 20 },
          { address: 'fd31::17', prefixLength: 64 },
        ],
      },
    ],
    routes: [
      { destination: '172.31.32.0/20', interface: 'eth0' },
      { destination: 'default', interface: 'eth0', gateway: '172.31.32.1' },
      { destination: 'default', interface: 'eth0', gateway: 'fd31::1' },
    ],
    sysctls: new Map([
      ['net.ipv4.conf.all.rp_filter', '0'],
      ['net.ipv4.conf.eth0.rp_filter', '0'],
    ]),
    ...more,
  };
}

/** A filter table with these rules, as iptables-save prints it. */
export function filterTable(rules: readonly string[], chains: readonly string[] = [], policy = 'DROP'): string {
  return [
    '*filter',
    `:INPUT ${policy} [0:0]`,
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains.map((name) => `:${name} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n');
}
