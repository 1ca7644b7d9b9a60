import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Flow } from '../../src/flow.ts';
import { address } from '../vpc/networks.ts';
import { dmsWorld } from './dms-world.ts';

/*
 * What a test of DMS left on the host, as items of before and after. The lab's own test runs it for real.
 */
const from = '10.0.1.10';
const arn = (kind: string, name: string) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${name}`;
const timeout = '[unixODBC]timeout expired';
const noEntry = `FATAL:  no pg_hba.conf entry for host "${from}", user "dms", database "orders", no encryption`;

type Look = { rules?: string; log?: string; kernel?: string; nstat?: string };

const named: Record<keyof Look, string> = {
  rules: 'iptables-nft-save.txt',
  log: 'log.txt',
  kernel: 'kernel-log.txt',
  nstat: 'nstat.txt',
};
const itemsOf = (look: Look, folder: string) =>
  Object.fromEntries(
    Object.entries(look).map(([kind, text]) => [
      `${kind === 'log' ? 'postgres' : 'host'}/${folder}${named[kind as keyof Look]}`,
      text,
    ]),
  );

const addresses = [
  { ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
  { ifname: 'eth0', flags: ['UP'], addr_info: [{ family: 'inet', local: '10.0.2.20', prefixlen: 24 }] },
];

/** Rules of which the one for port 5432 has counted so many packets; `match` is its source. */
const rules = (counted: number, { match = `-s ${from}/32 `, target = 'DROP', total = 40 } = {}) =>
  [
    '*filter',
    `:INPUT ACCEPT [${total}:4000]`,
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    `[${counted}:${counted * 60}] -A INPUT ${match}-p tcp -m tcp --dport 5432 -j ${target}`,
    'COMMIT',
    '',
  ].join('\n');

/** A judgement of what the host was before the test and after it. */
function judged(
  before: Look,
  after: Look,
  { said = timeout, flow = {} }: { said?: string; flow?: Partial<Flow> } = {},
) {
  const status = said === '' ? { Status: 'successful' } : { Status: 'failed', LastFailureMessage: said };
  const tested = {
    EndpointArn: arn('endpoint', 'SOURCE'),
    ReplicationInstanceArn: arn('rep', 'DMS'),
    startedAt: '2026-11-22T11:59:00Z',
    endedAt: '2026-11-22T12:00:00Z',
    ...status,
  };
  const evidence = dmsWorld({
    flow,
    items: {
      'dms/test-connection.json': JSON.stringify(tested),
      'host/ip-addr.json': JSON.stringify(addresses),
      'host/ip-route.json': JSON.stringify([{ dst: 'default', gateway: '10.0.2.1', dev: 'eth0', table: 'main' }]),
      'host/sysctl.txt': 'net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.rp_filter = 0\n',
      'host/iptables-legacy-save.txt': { why: 'not-installed', detail: 'no legacy table is loaded' },
      'host/nft-ruleset.json': { why: 'not-installed', detail: 'nft: not found' },
      ...itemsOf(before, ''),
      ...itemsOf(after, 'after-test/'),
    },
  });
  const { findings, layers, verdict, plan } = check(evidence);
  const of = (code: string) => findings.filter((one) => one.code === code);
  const seen = of('END021').map(({ summary, caveats }) => [summary, ...caveats].join(' '));
  return { of, seen, verdict, plan, status: Object.fromEntries(layers.map(({ layer, status: is }) => [layer, is])) };
}

describe('what the rules counted', () => {
  test('the rule that drops: as far as it', () => {
    const { seen, of } = judged({ rules: rules(0) }, { rules: rules(3) });
    expect(seen).toEqual([
      expect.stringMatching(/seen as far as iptables: line 5 .* counted 3 packets meanwhile, and lets none past$/),
    ]);
    expect(of('END022')).toEqual([]);
  });

  test('a rule that admits it alone: past the firewall', () => {
    const target = 'ACCEPT';
    const { seen } = judged({ rules: rules(7, { target }) }, { rules: rules(8, { target }) });
    expect(seen).toEqual([
      expect.stringMatching(/seen as far as listener: .* counted 1 packet meanwhile, and lets them past$/),
    ]);
  });

  test('a rule for others, too: said so', () => {
    const { seen } = judged({ rules: rules(0, { match: '' }) }, { rules: rules(3, { match: '' }) });
    expect(seen[0]).toMatch(/names others than the replication instance, too\.$/);
  });

  test('nothing counted, and nothing before the host blocks: not known, and no plan opens', () => {
    const { seen, of, verdict, plan } = judged({ rules: rules(5) }, { rules: rules(5, { total: 90 }) });
    expect(seen).toEqual([]);
    expect(of('END022')).toHaveLength(1);
    expect({ verdict, opens: plan.opens }).toEqual({ verdict: 'blocked', opens: false });
  });

  test('nothing counted though DMS succeeded: it was at another host', () => {
    const [found] = judged({ rules: rules(5) }, { rules: rules(5) }, { said: '' }).of('END022');
    expect(found?.detail).toContain('this host is not where the endpoint leads');
  });

  test.each<[string, Look, Look]>([
    ['rules that are not the same any more', { rules: rules(5) }, { rules: rules(9, { target: 'REJECT' }) }],
    ['counters that were zeroed', { rules: rules(5) }, { rules: rules(1) }],
    ['rules that were not had again', { rules: rules(5) }, { nstat: '#kernel\n' }],
    ['a second look that is cut', { rules: rules(5) }, { rules: rules(9).slice(0, 60) }],
    [
      'no counters at all',
      { rules: rules(5).replaceAll(/^\[.*?\] /gm, '') },
      { rules: rules(5).replaceAll(/^\[.*?\] /gm, '') },
    ],
  ])('%s: nothing is said', (_, before, after) => {
    const { seen, of } = judged(before, after);
    expect({ seen, unknown: of('END022') }).toEqual({ seen: [], unknown: [] });
  });

  test('of two addresses one rule counted: seen; with none of them counted: not', () => {
    const both = { flow: { from: [from, '10.0.1.11'] } };
    const two = (one: number, other: number) =>
      rules(one).replace('COMMIT', `[${other}:0] -A INPUT -s 10.0.1.11/32 -p tcp -m tcp --dport 5432 -j DROP\nCOMMIT`);
    expect(judged({ rules: two(1, 1) }, { rules: two(1, 4) }, both).seen).toEqual([expect.stringContaining('line 6')]);
    expect(judged({ rules: two(1, 1) }, { rules: two(1, 1) }, both).of('END022')).toHaveLength(1);
  });

  const raw = (counted: number) =>
    `*raw\n:PREROUTING ACCEPT [${counted}:${counted * 60}]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`;
  test('a policy that counts whatever passes shows nothing of one connection', () => {
    const { seen, of } = judged({ rules: raw(9) + rules(5) }, { rules: raw(70) + rules(5) });
    expect({ seen, unknown: of('END022').length }).toEqual({ seen: [], unknown: 1 });
  });

  test('a policy that counted nothing, and goes on so, may have no counter', () => {
    const open = rules(0)
      .replace(/^\[.*-A INPUT.*\n/m, '')
      .replace('ACCEPT [40:4000]', 'ACCEPT [0:0]');
    const { seen, of } = judged({ rules: open }, { rules: open });
    expect({ seen, unknown: of('END022') }).toEqual({ seen: [], unknown: [] });
  });

  test('counted at the first hook and not at the next: it came to the host', () => {
    const first = (counted: number) =>
      raw(9).replace(
        'COMMIT',
        `[${counted}:0] -A PREROUTING -s ${from}/32 -p tcp -m tcp --dport 5432 -j ACCEPT\nCOMMIT`,
      );
    const { seen, of } = judged({ rules: first(2) + rules(5) }, { rules: first(4) + rules(5) });
    expect(seen).toEqual([expect.stringContaining('(raw PREROUTING) counted 2 packets meanwhile')]);
    expect(of('END022')).toEqual([]);
  });

  test('what the kernel lost meanwhile is said beside', () => {
    const nstat = (count: number) => `#kernel\nTcpExtIPReversePathFilter ${count} 0.0\n`;
    const [seen] = judged({ rules: rules(0), nstat: nstat(4) }, { rules: rules(3), nstat: nstat(6) }).seen;
    expect(seen).toContain('Meanwhile, on the whole host, 2 packets failed the reverse path filter (rp_filter).');
  });
});

describe('what the logs gained', () => {
  const line = (pid: number, text: string) => `2026-11-22 11:59:30.123 UTC [${pid}] ${text}\n`;
  const old = line(11, noEntry);

  test('the server’s refusal: as far as it, and what lies before is open', () => {
    const before = judged({ log: old }, { log: old });
    expect(before.seen).toEqual([]);
    const { seen, status } = judged({ log: old }, { log: old + line(12, noEntry) });
    expect(seen).toEqual([
      expect.stringContaining('seen as far as pg-hba: PostgreSQL’s log has “FATAL:  no pg_hba.conf entry'),
    ]);
    expect(status['listener']).toBe('pass');
    expect(before.status['listener']).toBe('unknown');
  });

  test('the same process’s lines count with the one that names the address', () => {
    const received = line(12, `LOG:  connection received: host=${from} port=40000`);
    const refused = line(12, 'FATAL:  password authentication failed for user "dms"');
    expect(judged({ log: old }, { log: old + received }).seen[0]).toContain('seen as far as listener');
    const { seen } = judged({ log: old }, { log: old + received + refused });
    expect(seen[0]).toMatch(/seen as far as login/);
    expect(seen[0]).not.toMatch(/names others/);
  });

  test('a line with the role’s name alone may be another client’s: said, and nothing is cleared', () => {
    const refused = line(12, 'FATAL:  password authentication failed for user "dms"');
    const { seen, status } = judged({ log: old }, { log: old + refused });
    expect(seen[0]).toMatch(/seen as far as login.*names others than the replication instance, too/);
    expect(status['listener']).toBe('unknown');
  });

  test('a number in brackets that is no process’s speaks for nobody', () => {
    const received = (host: string) => line(1, `LOG:  connection received: host=${host} port=40000`);
    const added =
      received(from) + received('10.0.1.77') + line(1, 'FATAL:  password authentication failed for user "dms"');
    expect(judged({ log: old }, { log: old + added }).seen[0]).toMatch(/names others/);
  });

  test.each([
    ['another address', line(12, noEntry.replace(from, '10.0.1.101'))],
    ['an address that only begins like it', line(12, noEntry.replace(from, `${from}0`))],
    ['another role', line(12, 'FATAL:  password authentication failed for user "dms2"')],
  ])('%s is somebody else', (_, added) => {
    expect(judged({ log: old }, { log: old + added }).seen).toEqual([]);
  });

  test('the log against the rules: what blocks by the rules was got through', () => {
    const { of, status } = judged({ log: old, rules: rules(0) }, { log: old + line(12, noEntry), rules: rules(0) });
    expect(of('END010')).toEqual([
      expect.objectContaining({
        summary: expect.stringContaining('but iptables blocks by what was gathered') as unknown,
      }),
    ]);
    expect(status['iptables']).toBe('block');
  });

  test('a log of the kernel that names the packet', () => {
    const drop = (sender: string) =>
      `[99.1] wall: IN=eth0 OUT= SRC=${sender} DST=10.0.2.20 LEN=60 PROTO=TCP SPT=4 DPT=5432 SYN\n`;
    expect(judged({ kernel: drop(from) }, { kernel: drop(from) + drop(address.peer) }).seen).toEqual([]);
    const { seen } = judged({ kernel: '' }, { kernel: drop(from) });
    expect(seen).toEqual([expect.stringContaining('a rule of the host’s firewall logged its packet')]);
  });
});
