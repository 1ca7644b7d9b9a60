import { isItem } from '../evidence/item.ts';
import type { Fix, Patch, Step } from '../finding.ts';
import type { FirewallLayer } from '../layers.ts';
import type { Attempt, Decider, Host, KernelFix, Part } from '../netfilter/index.ts';
import { proposeAccept } from '../netfilter/index.ts';
import type { FirewallReader } from './firewall-host.ts';
import { reloadRisk } from './shorewall-reload.ts';
import { shorewallLine, zoneOf } from './shorewall.ts';

/**
 * The narrowest fix of a block, in the words of whoever owns the deciding rule. Undefined where no rule of the kernel can
 * be placed with certainty: the plan then says that it is stuck, rather than guess.
 */
export function firewallFix(
  e: FirewallReader,
  layer: FirewallLayer,
  host: Host,
  part: Part,
  decider: Decider,
  attempt: Attempt,
): Fix | undefined {
  const kernel = proposeAccept(host, part, decider, attempt);
  if (kernel === undefined) return undefined;
  const patches: Patch[] =
    kernel.nft === undefined
      ? [{ item: kernel.item, before: kernel.beforeLine, lines: kernel.lines }]
      : nftPatch(e, kernel, kernel.nft);
  const wall = wallOf(decider);
  if (layer === 'ufw') return { steps: ufwSteps(part.from, attempt.port), patches, wall };
  if (layer === 'shorewall') {
    const later = shorewallRule(e, host, part, decider, attempt);
    return {
      steps: [...kernelSteps(kernel, attempt, 'shorewall'), ...later.steps],
      patches: [...patches, ...later.patches],
      wall,
    };
  }
  return { steps: kernelSteps(kernel, attempt), patches, wall };
}

/** The deciding rule by its place and its text, without line numbers and counters: these change with what is put before it. */
function wallOf({ source, family, table, chain, kind, phase, rule }: Decider): string {
  return [source, family, table, chain, kind, phase, rule?.text.replace(/^\[\d+:\d+\] /, '') ?? ''].join(' ');
}

/** The same rules in what `nft -j` printed: before the entry of the deciding rule, or behind all others. */
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

function kernelSteps(kernel: KernelFix, { port }: Attempt, frontEnd?: string): Step[] {
  const until =
    frontEnd === undefined
      ? 'It lasts until the next reboot, unless the rules are saved where this host loads them from.'
      : `It lasts until ${frontEnd} next reloads or the host reboots; nothing else changes now.`;
  return kernel.commands.map((run, index) => ({
    where: 'source host',
    run,
    effect: 'none',
    risk: `Admits just this address to TCP port ${port}. ${until}`,
    undo: `\`${kernel.undo[index] ?? ''}\``,
    verify: `\`${showChain(kernel, run)}\` shows the rule before the one that blocked.`,
  }));
}

function showChain({ nft, table, chain }: KernelFix, run: string): string {
  if (nft === undefined) return `${run.split(' ')[0]} -t ${table} -S ${chain}`;
  return run.replace(/^nft (?:add|insert) rule (\S+ \S+ \S+).*$/s, 'nft list chain $1');
}

/** The same in shorewall's own configuration, so that its next reload keeps the way open. */
function shorewallRule(e: FirewallReader, host: Host, part: Part, decider: Decider, attempt: Attempt): Fix {
  const entry = e.entry('host/shorewall/rules');
  if (!isItem(entry)) return { steps: [], patches: [] };
  const zone = zoneOf(e, decider, attempt);
  const lines = part.from.map((address) => shorewallLine(zone, address, attempt.port));
  const before = entry.text.replace(/\n$/, '').split('\n').length + 1;
  return {
    steps: [
      {
        where: 'source host',
        edit: { file: '/etc/shorewall/rules', before, lines },
        effect: 'none',
        risk: `None now; \`shorewall reload\` compiles it. ${reloadRisk(e, host)} Run \`shorewall check\` first, and reload when somebody can look.`,
        undo: 'Delete the line again.',
        verify: '`shorewall check` reports no error.',
      },
    ],
    patches: [{ item: entry.name, before, lines }],
  };
}

function ufwSteps(from: readonly string[], port: number): Step[] {
  return from.map((address) => ({
    where: 'source host',
    run: `ufw allow proto tcp from ${address} to any port ${port}`,
    effect: 'none',
    risk: `Admits just ${address} to TCP port ${port}; ufw keeps it across reboots.`,
    undo: `ufw delete allow proto tcp from ${address} to any port ${port}`,
    verify: 'ufw status numbered',
  }));
}
