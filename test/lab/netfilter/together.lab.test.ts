import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  judge,
  parseIptablesSave,
  parseNftJson,
  proposeAccept,
  type Attempt,
  type Decider,
  type Host,
  type Ruleset,
} from '../../../src/netfilter/index.ts';
import { answer, compare, hostWith } from './compare.ts';
import { empty } from './empty.ts';
import { iptablesTables } from './iptables-rules.ts';
import { Kernel, whyNoKernel } from './kernel.ts';
import { loadNft } from './load.ts';
import { nftRuleset } from './nft-rules.ts';
import { SEED } from './seed.ts';
import { Tally } from './tally.ts';

const why = whyNoKernel(['iptables-legacy-restore', 'iptables-nft-restore', 'nft']);
if (why !== undefined) console.warn(`SKIPPED: several backends against the kernel: ${why}`);

const RUNS = Math.round(30 * Number(process.env.SAMPLES ?? 1));
const NO_FILTER = { 'net.ipv4.conf.eth0.rp_filter': '0', 'net.ipv4.conf.eth1.rp_filter': '0' };

/** Everything that a host's rules are gathered from. */
async function gather(kernel: Kernel): Promise<Ruleset[]> {
  return [
    parseIptablesSave('host/iptables-legacy-save.txt', await kernel.run(['iptables-legacy-save'])),
    parseIptablesSave('host/iptables-nft-save.txt', await kernel.run(['iptables-nft-save'])),
    parseNftJson('host/nft-ruleset.json', await kernel.run(['nft', '-j', 'list', 'ruleset'])),
  ];
}

describe.skipIf(why !== undefined)('legacy rules, iptables-nft rules and tables of nft on one host', () => {
  let kernel: Kernel;
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test('all of them judge a packet, each once', async () => {
    const tally = new Tally('three kinds of rules at once');
    const property = fc.asyncProperty(
      iptablesTables(4),
      iptablesTables(4),
      nftRuleset(),
      async (legacy, compatible, native) => {
        await empty(kernel);
        await kernel.run(['iptables-legacy-restore'], legacy.text);
        await kernel.run(['iptables-nft-restore'], compatible.text);
        await loadNft(kernel, native);
        await compare(kernel, await gather(kernel), 4, NO_FILTER, tally);
      },
    );
    try {
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    } finally {
      tally.print();
    }
  });

  test.each(['legacy', 'nft'] as const)(
    'the proposed rules open the way, applied to the kernel (%s)',
    async (backend) => {
      let opened = 0;
      let steps = 0;
      let without = 0;
      let port = 33000;
      const property = fc.asyncProperty(iptablesTables(4), async ({ text }) => {
        await empty(kernel);
        await kernel.set(NO_FILTER);
        await kernel.run([`iptables-${backend}-restore`], text);
        const attempt: Attempt = { from: ['10.1.0.2'], to: '172.31.40.17', port: 5432 };
        for (let round = 0; round < 12; round++) {
          const host: Host = hostWith(await gather(kernel), NO_FILTER);
          const [part] = judge(host, attempt).parts;
          const [outcome] = part?.outcomes ?? [];
          if (part === undefined || outcome === undefined || part.outcomes.length > 1) return;
          if (outcome.result === 'accepted') {
            const actual = await answer(kernel, {
              from: '10.1.0.2',
              sport: ++port,
              to: attempt.to,
              port: attempt.port,
            });
            expect(actual).toMatch(/^open /);
            if (round > 0) opened++;
            return;
          }
          const decider: Decider | undefined = 'by' in outcome ? outcome.by : undefined;
          const fix = decider && proposeAccept(host, part, decider, attempt);
          if (fix === undefined) {
            without++;
            return;
          }
          const simulated = judge(patched(host, fix), attempt).parts[0];
          for (const command of fix.commands) await kernel.run(['sh', '-c', spelled(command, backend)]);
          steps++;
          const after = judge(hostWith(await gather(kernel), NO_FILTER), attempt).parts[0];
          expect(results(simulated)).toEqual(results(after));
        }
        throw new Error('the way is not open after twelve fixes');
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
      console.log(
        `fixes, ${backend}: seed ${SEED}, ${RUNS} rulesets, ${steps} rules applied, ${opened} ways opened, ${without} without a rule that could open them`,
      );
      expect(opened).toBeGreaterThan(0);
    },
  );
});

/** The same for tables of nft: the fix as inserted into the gathered JSON judges as the kernel's listing does after the command. */
describe.skipIf(why !== undefined)('proposed rules for tables of nft', () => {
  let kernel: Kernel;
  beforeAll(async () => (kernel = await Kernel.open()));
  afterAll(() => kernel.close());

  test('open the way, applied to the kernel, and can be taken back', async () => {
    let opened = 0;
    let port = 40000;
    const attempt: Attempt = { from: ['10.1.0.2'], to: '172.31.40.17', port: 5432 };
    const list = async () => kernel.run(['nft', '-j', 'list', 'ruleset']);
    const judged = (text: string) =>
      judge(hostWith([parseNftJson('host/nft-ruleset.json', text)], NO_FILTER), attempt).parts[0];
    const property = fc.asyncProperty(nftRuleset(), async (text) => {
      await empty(kernel);
      await kernel.set(NO_FILTER);
      await loadNft(kernel, text);
      const undo: string[] = [];
      const original = judged(await list());
      for (let round = 0; round < 12; round++) {
        const before = await list();
        const part = judged(before);
        const [outcome] = part?.outcomes ?? [];
        if (part === undefined || outcome === undefined || part.outcomes.length > 1) return;
        if (outcome.result === 'accepted') {
          const actual = await answer(kernel, { from: '10.1.0.2', sport: ++port, to: attempt.to, port: attempt.port });
          expect(actual).toMatch(/^open /);
          if (round > 0) opened++;
          for (const command of undo.reverse()) await kernel.run(['sh', '-c', command]);
          expect(results(judged(await list()))).toEqual(results(original));
          return;
        }
        const host = hostWith([parseNftJson('host/nft-ruleset.json', before)], NO_FILTER);
        const fix = 'by' in outcome ? proposeAccept(host, part, outcome.by, attempt) : undefined;
        if (fix?.nft === undefined) return;
        const { beforeHandle, entries } = fix.nft;
        const listed = JSON.parse(before) as {
          nftables: { rule?: { handle: number; table: string; chain: string } }[];
        };
        const at = listed.nftables.findIndex(
          ({ rule }) =>
            rule !== undefined && rule.handle === beforeHandle && rule.chain === fix.chain && rule.table === fix.table,
        );
        listed.nftables.splice(at < 0 ? listed.nftables.length : at, 0, ...(entries as (typeof listed)['nftables']));
        for (const command of fix.commands) await kernel.run(['sh', '-c', command]);
        undo.push(...fix.undo);
        expect(results(judged(JSON.stringify(listed)))).toEqual(results(judged(await list())));
      }
      throw new Error('the way is not open after twelve fixes');
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    console.log(`fixes, tables of nft: seed ${SEED}, ${RUNS} rulesets, ${opened} ways opened and closed again`);
    expect(opened).toBeGreaterThan(0);
  });
});

/** What the outcomes are, and who decides. */
function results(part: ReturnType<typeof judge>['parts'][number] | undefined): unknown {
  return part?.outcomes.map((one) => [
    one.result,
    'by' in one ? [one.by.table, one.by.chain, one.by.kind, one.by.index] : [],
  ]);
}

/** A plain host calls its one binary iptables; the lab has both, and takes the one under test. */
function spelled(command: string, backend: string): string {
  return command.replace(/^(ip6?tables)(?:-legacy|-nft)?/, `$1-${backend}`);
}

/** The host with the fix's lines put into the text that its ruleset was read from. */
function patched(host: Host, fix: NonNullable<ReturnType<typeof proposeAccept>>): Host {
  const rulesets = host.rulesets.map((ruleset) => {
    if (ruleset.source !== fix.item || ruleset.kind !== 'iptables') return ruleset;
    const lines = linesOf(ruleset);
    lines.splice(fix.beforeLine - 1, 0, ...fix.lines);
    return parseIptablesSave(ruleset.source, lines.join('\n'));
  });
  return { ...host, rulesets };
}

/** The text again, from the lines that the parse kept. */
function linesOf(ruleset: Ruleset): string[] {
  const lines: string[] = [];
  for (const table of ruleset.tables) {
    const kept = [...table.chains.values()].flatMap((chain) => [
      ...(chain.declared ? [chain.declared] : []),
      ...chain.rules.map((rule) => rule.ref),
    ]);
    kept.sort((a, b) => a.line - b.line);
    const first = kept[0]?.line ?? 2;
    while (lines.length < first - 2) lines.push('');
    lines[first - 2] = `*${table.name}`;
    for (const { line, text } of kept) lines[line - 1] = text;
    lines.push('COMMIT');
  }
  return lines;
}
