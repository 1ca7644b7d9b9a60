import type { Evidence } from '../evidence/item.ts';
import { privateAddresses } from '../evidence/network/senders.ts';
import { networkIn } from '../evidence/network/topology.ts';
import { parsed } from '../evidence/reader.ts';
import type { Layer } from '../layers.ts';
import { firewallLayers } from '../layers.ts';
import { blocksOf } from '../vpc/index.ts';

/** Layers that name addresses, and are judged for those that the instance may have one day. */
export const namingLayers: readonly Layer[] = [...firewallLayers, 'pg-hba'];

/**
 * The addresses that the replication instance may have after it was replaced: those of its group's subnets.
 *
 * @returns none where it is not seen by an address of its own, or where that is not known
 */
export function laterAddresses({ items: all, flow }: Pick<Evidence, 'items' | 'flow'>): readonly string[] {
  const name = flow.replicationInstance;
  const instance = parsed(all, 'aws/describe-replication-instances.json')?.find(
    (one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name,
  );
  if (instance === undefined) return [];
  const own = privateAddresses(instance);
  if (flow.from.length === 0 || !flow.from.every((address) => own.includes(address))) return [];
  const topology = networkIn(all);
  const blocks = (instance.ReplicationSubnetGroup?.Subnets ?? []).flatMap(({ SubnetIdentifier: id }) =>
    id ? (blocksOf(topology, id) ?? []) : [],
  );
  return [...new Set(blocks.filter((block) => !block.includes(':')))];
}

/** What is said of a layer that admits the instance as it is, and not everywhere that it may be. */
export function laterCaveat(addresses: readonly string[]): string {
  return `After a replacement the instance may have any address of ${addresses.join(', ')}, and not all of these are admitted.`;
}
