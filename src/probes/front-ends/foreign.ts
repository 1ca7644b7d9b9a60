import type { Chain, Owner, Rule, Ruleset, Table } from '../../netfilter/index.ts';
import { isPresent, ownerOf } from '../../netfilter/index.ts';

/**
 * Who a rule counts as whose, where the rules of a host are listed by owner. Outside the table `filter` shorewall writes single
 * rules into the built-in chains, which nothing tells from those of a hand: there they count as its own.
 */
export function ownerInLists(ruleset: Ruleset, table: Table, chain: Chain, rule: Rule | undefined): Owner {
  const owner = ownerOf(ruleset, table, chain, rule);
  return owner === 'hand' && table.name !== 'filter' && isPresent(ruleset, 'shorewall') ? 'shorewall' : owner;
}
