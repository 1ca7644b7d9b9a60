import { isIP } from 'node:net';
import * as v from 'valibot';
import type { Asking } from './ask.ts';
import type { DmsDocuments } from './documents.ts';
import type { AwsConnection, AwsRequest } from './select.ts';

/** Where the connections begin and end, as far as DMS's definitions tell. */
export type Ends = {
  /** Addresses whose interfaces are looked up, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** The VPCs that the connections leave from. */
  readonly vpcIds: readonly string[];
  /** Those of them from which DMS asks Secrets Manager for an endpoint's log-in. */
  readonly secretVpcIds: readonly string[];
  /** The subnets in which serverless replications have interfaces while they run. */
  readonly serverlessSubnetIds: readonly string[];
  /** What this machine's resolver says of the servers' names; no addresses where it says nothing. */
  readonly names: ReadonlyMap<string, readonly string[]>;
};

const instanceNetwork = v.object({
  ReplicationSubnetGroup: v.optional(v.object({ VpcId: v.optional(v.string()) })),
  ReplicationInstanceIpv6Addresses: v.optional(v.array(v.string())),
});

/** The ends of some connections: both nodes of an instance, the server's address, or those of its name as seen from here. */
export async function endsOf(
  connections: readonly AwsConnection[],
  request: AwsRequest,
  documents: DmsDocuments,
  ports: Asking,
): Promise<Ends> {
  const instances = new Map((documents.instances ?? []).map((one) => [one.ReplicationInstanceIdentifier, one]));
  const endpoints = new Map((documents.endpoints ?? []).map((one) => [one.EndpointIdentifier, one]));
  const configs = new Map((documents.configs ?? []).map((one) => [one.ReplicationConfigIdentifier, one]));
  const groups = new Map((documents.subnetGroups ?? []).map((one) => [one.ReplicationSubnetGroupIdentifier, one]));
  const addresses = new Set((request.addresses ?? []).filter((one) => isIP(one) !== 0));
  const names = new Set((request.addresses ?? []).filter((one) => isIP(one) === 0));
  const vpcIds = new Set<string>();
  const secretVpcIds = new Set<string>();
  const subnetIds = new Set<string>();
  for (const connection of connections) {
    const endpoint = endpoints.get(connection.endpoint);
    const leaves = (vpcId: string) => {
      vpcIds.add(vpcId);
      if (endpoint?.PostgreSQLSettings?.SecretsManagerSecretId) secretVpcIds.add(vpcId);
    };
    const host = (endpoint?.ServerName ?? endpoint?.PostgreSQLSettings?.ServerName ?? '').trim();
    if (isIP(host) === 0 && host !== '') names.add(host);
    else addresses.add(host);
    const instance = instances.get(connection.replicationInstance ?? '');
    if (instance !== undefined) {
      const network = v.safeParse(instanceNetwork, instance);
      const { ReplicationSubnetGroup: group, ReplicationInstanceIpv6Addresses: six = [] } = network.success
        ? network.output
        : {};
      const own = [
        instance.ReplicationInstancePrivateIpAddress ?? '',
        ...(instance.ReplicationInstancePrivateIpAddresses ?? []),
        ...six,
      ];
      for (const address of own) addresses.add(address);
      if (group?.VpcId !== undefined) leaves(group.VpcId);
    }
    const group = groups.get(
      configs.get(connection.replicationConfig ?? '')?.ComputeConfig?.ReplicationSubnetGroupId ?? '',
    );
    if (typeof group?.VpcId === 'string') leaves(group.VpcId);
    for (const { SubnetIdentifier: id } of group?.Subnets ?? []) if (typeof id === 'string') subnetIds.add(id);
  }
  const resolved = await Promise.all(
    [...names].map(async (name): Promise<[string, readonly string[]]> => [name, await addressesOf(name, ports)]),
  );
  for (const address of resolved.flatMap(([, some]) => some)) addresses.add(address);
  return {
    addresses: [...addresses].filter((address) => isIP(address) !== 0),
    vpcIds: [...vpcIds],
    secretVpcIds: [...secretVpcIds],
    serverlessSubnetIds: [...subnetIds],
    names: new Map(ports.resolve === undefined ? [] : resolved),
  };
}

/** What a name's look-up brings; nothing where it fails or has not ended when everything has to. */
async function addressesOf(name: string, { resolve, stopped }: Asking): Promise<readonly string[]> {
  if (resolve === undefined) return [];
  try {
    return await (stopped === undefined ? resolve(name) : Promise.race([resolve(name), stopped]));
  } catch {
    return [];
  }
}
