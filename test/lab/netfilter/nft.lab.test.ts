import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseNftJson } from '../../../src/netfilter/index.ts';
import { compare, Tally } from './compare.ts';
import { empty } from './empty.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { loadNft } from './load.ts';
import { nftRuleset } from './nft-rules.ts';
import { SEED } from './seed.ts';

const why = whyNoKernel(['nft']);
if (why !== undefined) console.warn(`SKIPPED: nft against the kernel: ${why}`);

const RUNS = Math.round(60 * Number(process.env.SAMPLES ?? 1));

describe.skipIf(why !== undefined)('nft rules, judged as the kernel judges them', () => {
  let kernel: Kernel;
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test('tables of nft, IPv4 and IPv6', async () => {
    const tallies = { 4: new Tally('native nft IPv4', SEED), 6: new Tally('native nft IPv6', SEED) };
    await empty(kernel);
    let left = 0;
    const property = fc.asyncProperty(nftRuleset(), async (text) => {
      left += await loadNft(kernel, `flush ruleset\n${text}`);
      const ruleset = parseNftJson('host/nft-ruleset.json', await kernel.run(['nft', '-j', 'list', 'ruleset']));
      expect(ruleset.problems).toEqual([]);
      const sysctls = { 'net.ipv4.conf.eth0.rp_filter': '0', 'net.ipv4.conf.eth1.rp_filter': '0' };
      await compare(kernel, [ruleset], 4, sysctls, tallies[4]);
      await compare(kernel, [ruleset], 6, sysctls, tallies[6]);
    });
    try {
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    } finally {
      tallies[4].print();
      tallies[6].print();
      console.log(`  ${left} generated rules left out, which nft refuses`);
    }
    expect(tallies[4].unknownShare).toBeLessThan(0.02);
  });
});
