import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIptablesSave } from '../../../src/netfilter/index.ts';
import { compare, Tally } from './compare.ts';
import { empty } from './empty.ts';
import { iptablesTables } from './iptables-rules.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { SEED } from './seed.ts';

const why = whyNoKernel(['iptables-legacy-restore', 'iptables-nft-restore', 'nft']);
if (why !== undefined) console.warn(`SKIPPED: iptables against the kernel: ${why}`);

const RUNS = Math.round(60 * Number(process.env.SAMPLES ?? 1));

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
    await empty(kernel);
    const reversePath = fc.constantFrom('0', '1', '2');
    const property = fc.asyncProperty(iptablesTables(family), reversePath, async ({ text }, rp) => {
      await kernel.run([`${name}-${backend}-restore`], text);
      const sysctls = { 'net.ipv4.conf.eth0.rp_filter': rp, 'net.ipv4.conf.eth1.rp_filter': rp };
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
