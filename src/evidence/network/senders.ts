import type { Flow } from '../../flow.ts';
import type { End, NotLocated, SubnetEnd, Topology } from '../../vpc/index.ts';
import { blocksOf, judgeRoutes, locate, locateFrom } from '../../vpc/index.ts';
import type { ReplicationConfig, ReplicationInstance, SubnetGroup } from '../parse/aws.ts';

/** DMS uses this network inside a replication instance: packets to it never leave the instance (DMS user guide). */
const reservedByDms = ['192.168.0.0/24'];

/** Where DMS opens the connection: a node of an instance, or the subnets in which a serverless replication may be. */
export type Sender =
  | {
      readonly kind: 'node';
      readonly address: string;
      readonly vpcId: string | undefined;
      /** The subnets of its group: after a replacement it may be in any of them. */
      readonly subnetIds: readonly string[];
    }
  | {
      readonly kind: 'subnet';
      readonly subnetId: string;
      readonly vpcId: string;
      readonly groups: readonly string[] | undefined;
    };

/** What DMS says of who connects, as far as it was had. */
export type SenderDocuments = {
  readonly instances: readonly ReplicationInstance[] | undefined;
  readonly configs: readonly ReplicationConfig[] | undefined;
  readonly subnetGroups: readonly SubnetGroup[] | undefined;
};

/**
 * Who opens a flow's connection: both nodes of a Multi-AZ instance; of a serverless replication every subnet of its group.
 *
 * @param six whether the source has an IPv6 address: an instance's own IPv6 addresses are then what it sends from
 * @returns none where DMS does not say
 */
export function sendersOf(
  flow: Pick<Flow, 'replicationInstance' | 'replicationConfig'>,
  { instances, configs, subnetGroups }: SenderDocuments,
  six = false,
): readonly Sender[] {
  const { replicationInstance: name, replicationConfig: serverless } = flow;
  const instance = instances?.find(
    (one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name,
  );
  if (instance !== undefined) {
    const group = instance.ReplicationSubnetGroup;
    const subnetIds = (group?.Subnets ?? []).flatMap(({ SubnetIdentifier: id }) => id ?? []);
    const vpcId = group?.VpcId ?? undefined;
    return privateAddresses(instance, six).map((address) => ({ kind: 'node', address, vpcId, subnetIds }));
  }
  const config = configs?.find(
    (one) => one.ReplicationConfigIdentifier === serverless || one.ReplicationConfigArn === serverless,
  );
  const group = subnetGroups?.find(
    (one) => one.ReplicationSubnetGroupIdentifier === config?.ComputeConfig?.ReplicationSubnetGroupId,
  );
  const groups = config?.ComputeConfig?.VpcSecurityGroupIds ?? undefined;
  return (group?.Subnets ?? []).flatMap(({ SubnetIdentifier: subnetId }): Sender[] =>
    subnetId && group?.VpcId ? [{ kind: 'subnet', subnetId, vpcId: group.VpcId, groups }] : [],
  );
}

/** Every private address of an instance: both nodes of a Multi-AZ one. */
export function privateAddresses(instance: ReplicationInstance, six = false): readonly string[] {
  const {
    ReplicationInstanceIpv6Addresses: ipv6,
    ReplicationInstancePrivateIpAddresses: several,
    ReplicationInstancePrivateIpAddress: one,
  } = instance;
  if (six) return (ipv6 ?? []).flatMap((address) => address ?? []);
  return several && several.length > 0 ? several : one ? [one] : [];
}

/** An end from which packets leave, and what stands for it in a report. */
export type From =
  | { readonly shown: string; readonly end: End }
  | { readonly shown: string; readonly lost: NotLocated };

/** Finds where a sender is; a subnet stands for every address that it may hand out. */
export function endsOf(topology: Topology, sender: Sender, six = false): readonly From[] {
  if (sender.kind === 'node') {
    const found = locate(topology, sender.address, sender.vpcId);
    if (found.kind === 'unknown') return [{ shown: sender.address, lost: found }];
    return [{ shown: sender.address, end: found.kind === 'outside' ? found : { ...found, keeps: reservedByDms } }];
  }
  const { subnetId, vpcId, groups } = sender;
  const blocks = blocksOf(topology, subnetId);
  if (blocks === undefined) {
    const detail = `the blocks of ${subnetId} are not known`;
    return [{ shown: subnetId, lost: { kind: 'unknown', address: subnetId, detail, missing: ['describe-subnets'] } }];
  }
  return blocks
    .filter((block) => block.includes(':') === six)
    .map((block) => {
      const end: SubnetEnd & { readonly block: string } = {
        kind: 'subnet',
        address: block.slice(0, block.indexOf('/')),
        subnetId,
        vpcId,
        block,
        keeps: reservedByDms,
        ...(groups === undefined ? {} : { securityGroupIds: groups }),
      };
      return { shown: block, end };
    });
}

/** The addresses that the source will see. `certain`: the routes tell; else the senders' own are taken for them. */
export type Seen = { readonly addresses: readonly string[]; readonly certain: boolean };

/**
 * Which addresses the source will see: the private ones inside a VPC, over peering, transit gateways and VPN; the public
 * ones behind an internet gateway; those of the gateway behind NAT; a serverless replication's subnets.
 *
 * @param to the source's address; undefined where it is not known
 */
export function seenFrom(topology: Topology, senders: readonly Sender[], to: string | undefined): Seen {
  const six = to?.includes(':') === true;
  const addresses = new Set<string>();
  let certain = to !== undefined && senders.length > 0;
  for (const sender of senders)
    for (const from of endsOf(topology, sender, six)) {
      const seen = 'lost' in from || to === undefined ? undefined : seenOf(topology, from.end, to);
      if (seen === undefined) certain = false;
      const own = 'end' in from && from.end.kind === 'subnet' && from.end.block !== undefined ? from.end : undefined;
      // An address of a subnet that stays as it is stands for the whole subnet.
      const stays = seen === undefined || (own !== undefined && seen.includes(own.address));
      if (stays) addresses.add(from.shown);
      else for (const address of seen) addresses.add(address);
    }
  return { addresses: [...addresses].filter((one) => one.includes('.') || one.includes(':')), certain };
}

function seenOf(topology: Topology, from: End, to: string): readonly string[] | undefined {
  const target = locateFrom(topology, from, to);
  if (target.kind === 'unknown') return undefined;
  const seen = judgeRoutes(topology, from, target).sourceSeen;
  return seen === undefined || seen.length === 0 ? undefined : seen;
}
