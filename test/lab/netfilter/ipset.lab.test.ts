import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIpsetSave, parseIptablesSave } from '../../../src/netfilter/index.ts';
import { compare } from './compare.ts';
import { empty } from './empty.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import type { Labels } from './matches.ts';
import { SEED } from './seed.ts';
import { expectCounts, Tally } from './tally.ts';

const why = whyNoKernel(['iptables-legacy-restore', 'iptables-nft-restore', 'ipset']);
if (why !== undefined) console.warn(`SKIPPED: ipset against the kernel: ${why}`);

const RUNS = Math.round(30 * Number(process.env.SAMPLES ?? 1));

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const ADDRESSES = pick('10.1.0.1', '10.1.0.2', '10.1.0.4', '10.2.0.1', '10.200.0.1', '10.200.0.3', '10.201.5.4');
const NETS = pick(
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.0.0/29',
  '10.200.0.0/16',
  '10.200.0.0/30',
  '10.1.0.2/32',
  '10.128.0.0/9',
);
const nomatch = pick('', '', ' nomatch');
const PORTS = pick('tcp:5432', 'tcp:22', 'udp:5432', 'tcp:6432');

/** Sets by type: how they are created, what members they have, and the flags that rules ask with. */
const ALL_SETS: readonly { name: string; type: string; member: fc.Arbitrary<string>; flags: readonly string[] }[] = [
  { name: 'ip', type: 'hash:ip', member: ADDRESSES, flags: ['src', 'src', 'dst'] },
  { name: 'masked', type: 'hash:ip netmask 24', member: ADDRESSES, flags: ['src'] },
  {
    name: 'timed',
    type: 'hash:ip timeout 600',
    member: ADDRESSES.map((text) => `${text} timeout 500`),
    flags: ['src'],
  },
  {
    name: 'net',
    type: 'hash:net',
    member: fc.tuple(NETS, nomatch).map((both) => both.join('')),
    flags: ['src', 'src', 'src,dst'],
  },
  {
    name: 'ipport',
    type: 'hash:ip,port',
    member: fc.tuple(ADDRESSES, PORTS).map((both) => both.join(',')),
    flags: ['src,dst', 'src,dst', 'src,src', 'src'],
  },
  {
    name: 'netport',
    type: 'hash:net,port',
    member: fc.tuple(NETS, PORTS, nomatch).map(([net, port, no]) => `${net},${port}${no}`),
    flags: ['src,dst'],
  },
  {
    name: 'netiface',
    type: 'hash:net,iface',
    member: fc.tuple(NETS, pick('eth0', 'eth1'), nomatch).map(([net, name, no]) => `${net},${name}${no}`),
    flags: ['src,src', 'src,src', 'src,dst'],
  },
  {
    name: 'netnet',
    type: 'hash:net,net',
    member: fc.tuple(NETS, pick('172.31.0.0/16', '192.0.2.17/32')).map((both) => both.join(',')),
    flags: ['src,dst'],
  },
  {
    name: 'ipportip',
    type: 'hash:ip,port,ip',
    member: fc.tuple(ADDRESSES, PORTS, pick('172.31.40.17', '192.0.2.17')).map((three) => three.join(',')),
    flags: ['src,dst,dst'],
  },
  {
    name: 'bits',
    type: 'bitmap:ip range 10.1.0.0/24',
    member: pick('10.1.0.1', '10.1.0.2-10.1.0.5', '10.1.0.7'),
    flags: ['src'],
  },
  { name: 'ports', type: 'bitmap:port range 0-65535', member: pick('22', '5000-6000', '6432'), flags: ['dst', 'src'] },
  {
    name: 'ipmac',
    type: 'bitmap:ip,mac range 172.31.32.0/24',
    member: pick('172.31.32.1,02:00:00:00:00:01', '172.31.32.1,02:00:00:00:00:03', '172.31.32.9,02:00:00:00:00:01'),
    flags: ['src,src'],
  },
  {
    name: 'excepted',
    type: 'hash:net',
    member: fc.tuple(NETS, pick('', ' nomatch')).map((both) => both.join('')),
    flags: ['src'],
  },
  { name: 'six', type: 'hash:net family inet6', member: pick('fd10::/16'), flags: ['src'] },
];

/** This kernel's types; one that it was built without cannot be compared, and is named. */
const SETS = ALL_SETS.filter(({ type }) => {
  const here =
    why !== undefined || spawnSync('unshare', ['--net', 'ipset', 'create', 'x', ...type.split(' ')]).status === 0;
  if (!here) console.warn(`NOT COMPARED: this kernel has no ipset of type ${type}`);
  return here;
});

const sets = fc
  .tuple(
    ...SETS.map(({ member }) => fc.uniqueArray(member, { maxLength: 4, selector: (text) => text.split(' ')[0] })),
    fc.uniqueArray(pick('ip', 'net', 'bits'), { maxLength: 3 }),
  )
  .map((members) => {
    const lines = SETS.map(({ name, type }, i) =>
      [
        `create ${name} ${type}`,
        ...(members[i] as string[]).map((text) => `add ${name} ${text} -exist`),
        ...(name === 'excepted' ? ['add excepted 10.0.0.0/8 -exist', 'add excepted 10.200.0.0/16 nomatch -exist'] : []),
      ].join('\n'),
    );
    return [
      ...lines,
      'create list list:set',
      ...(members[SETS.length] as string[]).map((name) => `add list ${name}`),
      '',
    ].join('\n');
  });

/** By the set's name in the deciding rule; `excepted` always has a member that does not match. */
const LABELS: Labels = Object.fromEntries([
  ...SETS.filter(({ name }) => name !== 'six').map(({ name, type }) => [
    name === 'excepted' ? 'hash:net with nomatch' : type,
    new RegExp(`--match-set ${name} `),
  ]),
  ['list:set', /--match-set list /],
  ['negated', / ! --match-set /],
]);

const rule = fc
  .tuple(
    pick(...SETS.filter(({ name }) => name !== 'six').map(({ name, flags }) => ({ name, flags })), {
      name: 'list',
      flags: ['src'],
    }),
    fc.nat(3),
    pick('', '', '! '),
    pick('ACCEPT', 'DROP', 'REJECT', 'MARK --set-mark 1', 'u', 'u'),
  )
  .map(([{ name, flags }, at, not, target]) => ({
    text: `-m set ${not}--match-set ${name} ${flags[at % flags.length]} -j ${target}`,
    target,
  }));

const rules = fc.tuple(
  fc.array(rule, { minLength: 2, maxLength: 8 }),
  fc.array(
    rule.filter(({ target }) => target !== 'u'),
    { minLength: 1, maxLength: 4 },
  ),
  pick('ACCEPT', 'DROP'),
);

describe.skipIf(why !== undefined)('sets, judged as the kernel judges them', () => {
  let kernel: Kernel;
  const tallies: Tally[] = [];
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test.each([
    ['legacy', SEED],
    ['nft', SEED + 1],
  ] as const)('match-set with the %s backend', async (backend, seed) => {
    const tally = new Tally(`ipset ${backend}`, LABELS);
    tallies.push(tally);
    const property = fc.asyncProperty(sets, rules, async (content, [input, user, policy]) => {
      await empty(kernel);
      await kernel.run(['ipset', 'restore'], content);
      const lines = [
        '*filter',
        `:INPUT ${policy} [0:0]`,
        ...['zone', 'service', 'u'].map((name) => `:${name} - [0:0]`),
        '-A INPUT -i eth+ -j zone',
        '-A zone -p tcp -j service',
        ...input.map(({ text }) => `-A service ${text}`),
        ...user.map(({ text }) => `-A u ${text}`),
        'COMMIT',
        '',
      ];
      await kernel.run([`iptables-${backend}-restore`], lines.join('\n'));
      const ipsets = parseIpsetSave('host/ipset-save.txt', await kernel.run(['ipset', 'save']));
      expect(ipsets.problems).toEqual([]);
      const ruleset = parseIptablesSave(
        `host/iptables-${backend}-save.txt`,
        await kernel.run([`iptables-${backend}-save`]),
      );
      await compare(
        kernel,
        [ruleset],
        4,
        { 'net.ipv4.conf.eth0.rp_filter': '0', 'net.ipv4.conf.eth1.rp_filter': '0' },
        tally,
        ipsets,
      );
    });
    try {
      await fc.assert(property, { numRuns: RUNS, seed });
    } finally {
      tally.print();
    }
  });

  test('every type of set has decided its share', () => {
    expectCounts(tallies, LABELS);
  });
});
