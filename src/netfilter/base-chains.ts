import type { Family } from './addresses.ts';
import type { Hook, NftRuleset, Ruleset, Table } from './model.ts';
import type { BaseChain } from './walk.ts';

/** A table that the nft dump shows again although iptables-nft-save has it: judged once, from the latter. */
export function isListedTwice(table: Table, rulesets: readonly Ruleset[]): boolean {
  return rulesets.some(
    (other) =>
      other.kind === 'iptables' &&
      other.backend !== 'legacy' &&
      (table.nftFamily === 'ip' ? 4 : table.nftFamily === 'ip6' ? 6 : 0) === other.family &&
      other.tables.some(({ name }) => name === table.name),
  );
}

/** The base chains that a packet of the family meets at the hook: by priority; at equal priority nft's before legacy ones. */
export function baseChains(rulesets: readonly Ruleset[], hook: Hook, family: Family): BaseChain[] {
  const found: BaseChain[] = [];
  for (const ruleset of rulesets) {
    for (const table of ruleset.tables) {
      if (!table.families.includes(family)) continue;
      if (ruleset.kind === 'nft' && isListedTwice(table, rulesets)) continue;
      for (const chain of table.chains.values()) {
        if (chain.base?.hook === hook) found.push({ ruleset, table, chain, base: chain.base });
      }
    }
  }
  return found.sort((a, b) => a.base.priority - b.base.priority);
}

/** Why rules may exist that are not in the evidence given; undefined where there is no sign of that. */
export function missingRules(
  rulesets: readonly Ruleset[],
  family: Family,
): { source: string; why: string } | undefined {
  const iptables = rulesets.filter((each) => each.kind === 'iptables').filter((each) => each.family === family);
  for (const ruleset of rulesets) {
    if (ruleset.kind === 'iptables' && ruleset.family !== family) continue;
    if (ruleset.complete) continue;
    const first = ruleset.problems[0];
    const why = first ? `line ${first.line} cannot be read: ${first.why}` : 'it is cut short';
    return { source: ruleset.source, why };
  }
  for (const ruleset of iptables) {
    if (ruleset.warnsOfLegacy && !iptables.some((other) => other.backend === 'legacy')) {
      return { source: ruleset.source, why: 'it says that legacy tables exist too, and they were not gathered' };
    }
    if (ruleset.incompatible.length > 0 && !rulesets.some((other): other is NftRuleset => other.kind === 'nft')) {
      return {
        source: ruleset.source,
        why: `table ${ruleset.incompatible[0]} can only be read by nft, whose ruleset was not gathered`,
      };
    }
  }
  return undefined;
}
