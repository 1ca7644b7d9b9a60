import { isItem } from '../../evidence/item.ts';
import type { Patch, Step } from '../../finding.ts';
import type { KernelFix } from '../../netfilter/index.ts';
import type { FirewallReader } from '../firewall-host.ts';
import { command } from '../wording.ts';

/**
 * The steps that put a rule into the kernel now.
 * @param lasts a sentence: how long it lasts, or how it is kept
 */
export function kernelSteps(kernel: KernelFix, port: number, lasts: string): Step[] {
  return kernel.commands.map((run, index) => ({
    where: 'source host',
    run,
    effect: 'none',
    risk: `Admits just this address to TCP port ${port}. ${lasts}`,
    undo: command(kernel.undo[index] ?? ''),
    verify: `${command(showChain(kernel, run))} shows the rule before the one that blocked.`,
  }));
}

/** The same rules in the evidence. */
export function kernelPatches(e: FirewallReader, kernel: KernelFix): Patch[] {
  return kernel.nft === undefined
    ? [{ item: kernel.item, before: kernel.beforeLine, lines: kernel.lines }]
    : nftPatch(e, kernel, kernel.nft);
}

/** In what `nft -j` printed: before the entry of the deciding rule, or behind all others. */
function nftPatch(
  e: FirewallReader,
  { item }: KernelFix,
  { beforeHandle, entries }: NonNullable<KernelFix['nft']>,
): Patch[] {
  const entry = e.entry('host/nft-ruleset.json');
  if (!isItem(entry) || entry.name !== item) return [];
  const [first] = entries as readonly { rule: { family: string; table: string; chain: string } }[];
  const { nftables } = JSON.parse(entry.text) as {
    nftables: { rule?: { family: string; table: string; chain: string; handle?: number } }[];
  };
  const at = nftables.findIndex(
    ({ rule }) =>
      rule !== undefined &&
      rule.handle === beforeHandle &&
      rule.family === first?.rule.family &&
      rule.table === first.rule.table &&
      rule.chain === first.rule.chain,
  );
  if (beforeHandle !== undefined && at < 0) return [];
  return [{ item, path: ['nftables'], at: beforeHandle === undefined ? nftables.length : at, insert: entries }];
}

function showChain({ nft, table, chain }: KernelFix, run: string): string {
  if (nft === undefined) return `${run.split(' ')[0]} -t ${table} -S ${chain}`;
  return run.replace(/^nft (?:add|insert) rule (\S+ \S+ \S+).*$/s, 'nft list chain $1');
}
