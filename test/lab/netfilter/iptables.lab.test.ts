import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIptablesSave } from '../../../src/netfilter/index.ts';
import { compare, Tally } from './compare.ts';
import { iptablesTables } from './iptables-rules.ts';
import { Kernel, whyNoKernel } from './kernel.ts';

const why = whyNoKernel(['iptables-legacy-restore', 'iptables-nft-restore', 'nft']);
if (why !== undefined) console.warn(`SKIPPED: iptables against the kernel: ${why}`);

const RUNS = Math.round(120 * Number(process.env.SAMPLES ?? 1));
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.skipIf(why !== undefined)('iptables rules, judged as the kernel judges them', () => {
  let kernel: Kernel;
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test.each([
    ['legacy', 4],
    ['nft', 4],
    ['legacy', 6],
    ['nft', 6],
  ] as const)('%s, IPv%i', async (backend, family) => {
    const tally = new Tally(`${backend} IPv${family}`, SEED);
    const name = family === 4 ? 'iptables' : 'ip6tables';
    await kernel.run(['nft', 'flush', 'ruleset']);
    for (const other of ['iptables', 'ip6tables']) await kernel.run([`${other}-legacy-restore`], EMPTY);
    const reversePath = fc.constantFrom('0', '1', '2');
    const property = fc.asyncProperty(iptablesTables(family), reversePath, async ({ text }, rp) => {
      await kernel.run([`${name}-${backend}-restore`], text);
      const sysctls = { 'net.ipv4.conf.eth0.rp_filter': rp, 'net.ipv4.conf.eth1.rp_filter': rp };
      await kernel.set(sysctls);
      const saved = await kernel.run([`${name}-${backend}-save`]);
      const ruleset = parseIptablesSave(`host/${name}-${backend}-save.txt`, saved);
      expect(ruleset.problems).toEqual([]);
      expect(ruleset.complete).toBe(true);
      await compare(kernel, [ruleset], family, sysctls, tally);
    });
    try {
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: false });
    } finally {
      tally.print();
    }
    expect(tally.unknownShare).toBeLessThan(0.02);
  });
});

const CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const EMPTY = Object.entries(CHAINS)
  .map(([table, chains]) => [`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`), 'COMMIT', ''].join('\n'))
  .join('');
