import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIptablesSave } from '../../../src/netfilter/index.ts';
import { compare } from './compare.ts';
import { empty } from './empty.ts';
import { iptablesFoci } from './iptables-focus.ts';
import { iptablesTables, type GeneratedTables } from './iptables-rules.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { IPTABLES_MATCHES, IPTABLES_TARGETS } from './matches.ts';
import { SEED } from './seed.ts';
import { expectCounts, Tally } from './tally.ts';

const why = whyNoKernel(['iptables-legacy-restore', 'iptables-nft-restore', 'nft']);
if (why !== undefined) console.warn(`SKIPPED: iptables against the kernel: ${why}`);

/** For each focus. */
const RUNS = Math.ceil(Number(process.env.SAMPLES ?? 1));

describe.skipIf(why !== undefined)('iptables rules, judged as the kernel judges them', () => {
  let kernel: Kernel;
  const tallies: Tally[] = [];
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test.each([
    ['legacy', 4, SEED],
    ['nft', 4, SEED + 1000],
    ['legacy', 6, SEED + 2000],
    ['nft', 6, SEED + 3000],
  ] as const)('%s, IPv%i', async (backend, family, seed) => {
    const tally = new Tally(`${backend} IPv${family}`, IPTABLES_MATCHES, IPTABLES_TARGETS);
    const name = family === 4 ? 'iptables' : 'ip6tables';
    tallies.push(tally);
    await empty(kernel);
    const reversePath = fc.constantFrom('0', '1', '2');
    const agrees = async ({ text }: GeneratedTables, rp: string) => {
      await kernel.run([`${name}-${backend}-restore`], text);
      const sysctls = { 'net.ipv4.conf.eth0.rp_filter': rp, 'net.ipv4.conf.eth1.rp_filter': rp };
      const saved = await kernel.run([`${name}-${backend}-save`]);
      const ruleset = parseIptablesSave(`host/${name}-${backend}-save.txt`, saved);
      expect(ruleset.problems).toEqual([]);
      expect(ruleset.complete).toBe(true);
      await compare(kernel, [ruleset], family, sysctls, tally);
    };
    try {
      for (const [at, focus] of iptablesFoci(family).entries()) {
        const tables = focus.chain((wanted) => iptablesTables(family, wanted));
        await fc.assert(fc.asyncProperty(tables, reversePath, agrees), { numRuns: RUNS, seed: seed + at });
      }
    } finally {
      tally.print();
    }
  });

  test('every exact match has decided its share', () => {
    expectCounts(tallies, { ...IPTABLES_MATCHES, ...IPTABLES_TARGETS });
  });
});
