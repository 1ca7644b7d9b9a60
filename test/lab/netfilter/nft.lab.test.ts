import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseNftJson } from '../../../src/netfilter/index.ts';
import { compare } from './compare.ts';
import { empty } from './empty.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { loadNft } from './load.ts';
import { NFT_MATCHES, NFT_STATEMENTS } from './matches.ts';
import { NFT_FOCI } from './nft-focus.ts';
import { nftRuleset } from './nft-rules.ts';
import { SEED } from './seed.ts';
import { expectCounts, Tally } from './tally.ts';

const why = whyNoKernel(['nft']);
if (why !== undefined) console.warn(`SKIPPED: nft against the kernel: ${why}`);

/** For each focus. */
const RUNS = Math.ceil(Number(process.env.SAMPLES ?? 1));

describe.skipIf(why !== undefined)('nft rules, judged as the kernel judges them', () => {
  let kernel: Kernel;
  let tallies: { 4: Tally; 6: Tally };
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test('tables of nft, IPv4 and IPv6', async () => {
    tallies = {
      4: new Tally('native nft IPv4', NFT_MATCHES, NFT_STATEMENTS),
      6: new Tally('native nft IPv6', NFT_MATCHES, NFT_STATEMENTS),
    };
    const { 4: four, 6: six } = tallies;
    await empty(kernel);
    let left = 0;
    const agrees = async (text: string) => {
      left += await loadNft(kernel, `flush ruleset\n${text}`);
      const ruleset = parseNftJson('host/nft-ruleset.json', await kernel.run(['nft', '-j', 'list', 'ruleset']));
      expect(ruleset.problems).toEqual([]);
      const sysctls = { 'net.ipv4.conf.eth0.rp_filter': '0', 'net.ipv4.conf.eth1.rp_filter': '0' };
      await compare(kernel, [ruleset], 4, sysctls, four);
      await compare(kernel, [ruleset], 6, sysctls, six);
    };
    try {
      for (const [at, focus] of NFT_FOCI.entries()) {
        const property = fc.asyncProperty(focus.chain(nftRuleset), agrees);
        await fc.assert(property, { numRuns: RUNS, seed: SEED + at });
      }
    } finally {
      four.print();
      six.print();
      console.log(`  ${left} generated rules left out, which nft refuses`);
    }
  });

  test('every expression has decided its share', () => {
    expectCounts([tallies[4], tallies[6]], { ...NFT_MATCHES, ...NFT_STATEMENTS });
  });
});
