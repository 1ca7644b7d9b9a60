import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIpAddr, parseIpRoute } from '../../../src/evidence/parse/host.ts';
import { parseIptablesSave, type Host } from '../../../src/netfilter/index.ts';
import { compareFlows } from './compare.ts';
import { empty } from './empty.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { Tally } from './tally.ts';

const why = whyNoKernel(['iptables-nft-restore', 'nft']);
if (why !== undefined) console.warn(`SKIPPED: routes against the kernel: ${why}`);

/** Routes that hosts have beside the common ones, and what takes them away again. */
const ROUTES: Readonly<Record<string, readonly string[]>> = {
  'as they are': [],
  'a blackhole for one client': ['route add blackhole 10.1.3.9/32'],
  'a network that is unreachable': ['route add unreachable 10.1.0.0/29'],
  'a network that is prohibited': ['route add prohibit 10.200.0.0/16'],
  'two next hops by two interfaces': [
    'route add 10.200.0.0/16 nexthop via 172.31.32.1 dev eth0 nexthop via 192.0.2.1 dev eth1',
  ],
  'a better metric by the other interface': [
    'route add 10.1.0.0/16 via 172.31.32.1 dev eth0 metric 200',
    'route add 10.1.0.0/16 via 192.0.2.1 dev eth1 metric 100',
  ],
  'no default route': ['route del default via 172.31.32.1'],
};
const UNDO: Readonly<Record<string, string>> = {
  'route del default via 172.31.32.1': 'route add default via 172.31.32.1',
};

const RULES: Readonly<Record<string, readonly string[]>> = {
  'no rules': [],
  'by the interface that packets come in by': ['-A INPUT -i eth0 -j ACCEPT', '-A INPUT -j REJECT'],
  'by the interface that answers leave by': ['-A OUTPUT -o eth1 -p tcp -j DROP'],
};

/** Two cables, so that packets come in by one interface and are answered by another: the kernel's routing beside the engine's. */
describe.skipIf(why !== undefined)('two interfaces, judged as the kernel routes them', () => {
  let kernel: Kernel;
  const tally = new Tally('routes');
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => {
    tally.print();
    kernel.close();
  });

  test.each(Object.keys(ROUTES))('%s', async (name) => {
    const lines = ROUTES[name] as readonly string[];
    const undo = lines.map((line) => UNDO[line] ?? line.replace('route add', 'route del')).reverse();
    await kernel.run(['ip', '-batch', '-'], `${lines.join('\n')}\n`);
    try {
      const interfaces = parseIpAddr(await kernel.run(['ip', '-j', 'addr']), 'host/ip-addr.json');
      const table = await kernel.run(['ip', '-j', 'route', 'show', 'table', 'all']);
      const routes = parseIpRoute(table, 'host/ip-route.json');
      const text = parseIpRoute(await kernel.run(['ip', 'route', 'show', 'table', 'all']), 'host/ip-route.txt');
      const key = (each: object) => JSON.stringify(each, Object.keys(each).sort());
      const ofMain = (list: typeof routes) =>
        list.filter((each) => each.table === undefined && !each.destination.startsWith('fe80')).map(key);
      expect(ofMain(text).sort()).toEqual(ofMain(routes).sort());
      for (const rules of Object.values(RULES)) {
        await empty(kernel);
        const saved = ['*filter', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
        await kernel.run(['iptables-nft-restore'], saved);
        const ruleset = parseIptablesSave('host/iptables-nft-save.txt', await kernel.run(['iptables-nft-save']));
        for (const filter of ['0', '1', '2']) {
          const settings = { 'net.ipv4.conf.eth0.rp_filter': filter, 'net.ipv4.conf.eth1.rp_filter': filter };
          const sysctls = new Map(
            Object.entries({ ...settings, 'net.ipv4.conf.all.rp_filter': '0', 'net.ipv4.ip_forward': '1' }),
          );
          await kernel.set(settings);
          const host: Host = { rulesets: [ruleset], interfaces, routes, sysctls };
          await compareFlows(kernel, host, 4, tally);
        }
      }
    } finally {
      await kernel.run(['ip', '-batch', '-'], `${undo.join('\n')}\n`);
      await empty(kernel);
    }
    const doubts = [...tally.reasons.keys()].filter((reason) => !/the packet (?:comes in|leaves) by/.test(reason));
    expect(doubts).toEqual([]);
  });
});
