import { entriesOperation, parts } from './topology.ts';
import type { Topology } from './topology.ts';

/** The CIDR blocks of a prefix list, or the operation whose answer would hold them. */
export type PrefixListBlocks = { readonly blocks: readonly string[] } | { readonly missing: string };

/**
 * Reads a prefix list, customer-managed (GetManagedPrefixListEntries) or one that AWS manages (also in
 * DescribePrefixLists). https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
 */
export function prefixListBlocks(topology: Topology, id: string): PrefixListBlocks {
  const entries = topology.prefixListEntries;
  const own = entries !== undefined && Object.hasOwn(entries, id) ? entries[id] : undefined;
  if (own !== undefined)
    return complete(
      own.map((entry) => entry.Cidr),
      id,
    );
  const managed = topology.prefixLists?.find((list) => list.PrefixListId === id)?.Cidrs;
  if (managed !== undefined) return complete(managed, id);
  return { missing: topology.prefixLists === undefined ? parts.prefixLists.operation : `${entriesOperation}--${id}` };
}

function complete(blocks: readonly (string | undefined)[], id: string): PrefixListBlocks {
  const known = blocks.filter((block) => block !== undefined);
  return known.length === blocks.length ? { blocks: known } : { missing: `${entriesOperation}--${id}` };
}
