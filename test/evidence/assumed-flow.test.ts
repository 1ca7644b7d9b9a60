import { expect, test } from 'vitest';
import { assumedFlow } from '../../src/evidence/assumed-flow.ts';
import { toEvidence } from '../../src/evidence/evidence-of.ts';
import type { Item } from '../../src/evidence/item.ts';
import { emptyFlow } from '../../src/flow.ts';

const items = (texts: Record<string, unknown>) =>
  new Map(
    Object.entries(texts).map(([name, value]): [string, Item] => [
      name,
      {
        name,
        text: typeof value === 'string' ? value : JSON.stringify(value),
        vantage: 'host',
        at: '2026-11-22T12:00:00Z',
      },
    ]),
  );
const link = (ifname: string, ...addresses: string[]) => ({
  ifname,
  addr_info: addresses.map((local) => ({ family: 'inet', local, prefixlen: 24 })),
});
const cluster = (port: number | null) => ({ pid: 1, dataDirectory: '/d', port });
const lo = link('lo', '127.0.0.1', '::1');

test.each([
  ['the only address', [lo, link('eth0', '10.0.0.1', 'fe80::1')], [], '10.0.0.1'],
  [
    'of several the one of the default route',
    [lo, link('eth0', '10.0.0.1'), link('eth1', '10.1.0.1')],
    [{ dst: 'default', dev: 'eth1' }],
    '10.1.0.1',
  ],
  [
    'the source of the default route',
    [link('eth0', '10.0.0.1', '10.0.0.2')],
    [{ dst: 'default', dev: 'eth0', prefsrc: '10.0.0.2' }],
    '10.0.0.2',
  ],
  ['none where no route says', [link('eth0', '10.0.0.1'), link('eth1', '10.1.0.1')], [], undefined],
  [
    'not that of another table',
    [link('a', '10.0.0.1'), link('b', '10.1.0.1')],
    [{ dst: 'default', dev: 'b', table: 'vpn' }],
    undefined,
  ],
  ['IPv6 where there is nothing else', [lo, link('eth0', '2001:db8::1', 'fe80::1')], [], '2001:db8::1'],
  ['none of a host without one', [lo], [], undefined],
])('the host’s address: %s', (_name, addresses, routes, expected) => {
  const { flow, notes } = assumedFlow(items({ 'host/ip-addr.json': addresses, 'host/ip-route.json': routes }));
  expect(flow.host).toBe(expected);
  if (expected !== undefined) expect(notes.host).toContain(expected);
});

test.each([
  ['no server', [], 5432],
  ['one server', [cluster(6000)], 6000],
  ['several, one on the usual port', [cluster(6000), cluster(5432)], 5432],
  ['several elsewhere', [cluster(6000), cluster(6001)], undefined],
  ['one that could not be read beside another', [cluster(6000), cluster(null)], undefined],
])('the port: %s', (_name, clusters, expected) => {
  expect(assumedFlow(items({ 'host/clusters.json': clusters })).flow.port).toBe(expected);
});

test('what was given, or defined in DMS, wins, and then nothing is said of it', () => {
  const host = items({ 'host/ip-addr.json': [link('eth0', '10.0.0.1')], 'host/clusters.json': [cluster(6000)] });
  const bundle = { items: host, flow: emptyFlow, collectedAt: undefined, notes: [], assumed: assumedFlow(host) };
  const alone = toEvidence(bundle, emptyFlow);
  expect(alone.flow).toMatchObject({ host: '10.0.0.1', port: 6000 });
  expect(alone.notes.join()).toMatch(/10\.0\.0\.1 is the host’s own.*6000 is judged/);
  const given = toEvidence(bundle, { ...emptyFlow, host: 'db', port: 1 });
  expect(given.flow).toMatchObject({ host: 'db', port: 1 });
  expect(given.notes.join()).not.toMatch(/was not given: (?:10|6000)/);
});
