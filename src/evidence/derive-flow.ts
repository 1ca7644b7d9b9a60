import { isPrivate } from '../address.ts';
import type { Flow } from '../flow.ts';
import { emptyFlow, migrationTypes, overlay, tlsModes } from '../flow.ts';
import type { Absence, Item } from './item.ts';
import { hostAddress } from './network/host-address.ts';
import type { Seen } from './network/senders.ts';
import { seenFrom, sendersOf } from './network/senders.ts';
import { networkIn } from './network/topology.ts';
import type { Endpoint, ReplicationInstance } from './parse/aws.ts';
import { isPostgres, isPostgresSource, isTarget } from './parse/aws.ts';
import { parsed } from './reader.ts';

type Items = ReadonlyMap<string, Item | Absence>;

/** A flow that was completed, and what a reader must know of how. */
export type Completed = { readonly flow: Flow; readonly notes: readonly string[] };

/**
 * Completes a flow from what DMS says of the endpoint and of who connects to it, and from the routes between them. What was
 * given wins; where several endpoints or instances would fit, none is chosen.
 *
 * @param given the flow of the command line, laid over the one of the bundle
 */
export function completeFlow(given: Flow, items: Items): Completed {
  const endpoint = sourceEndpoint(items, given);
  const instance = given.replicationConfig === undefined ? replicationInstance(items, given) : undefined;
  const flow = overlay(given, endpoint === undefined ? emptyFlow : fromEndpoint(endpoint), {
    ...emptyFlow,
    replicationInstance: instance?.ReplicationInstanceIdentifier,
    migrationType: endpoint === undefined ? undefined : migrationTypeOf(items, endpoint, given.replicationConfig),
  });
  if (flow.from.length > 0) return { flow, notes: [] };
  const { addresses, certain } = seenBySource(items, flow, instance);
  const notes =
    certain || addresses.length === 0
      ? []
      : [
          `From which address the source sees the connection is not known, because its way could not be followed; ${addresses.join(', ')} is judged.`,
        ];
  return { flow: { ...flow, from: addresses }, notes };
}

/** The addresses that the source will see, as far as the routes tell; else those that the instance itself has. */
function seenBySource(items: Items, flow: Flow, instance: ReplicationInstance | undefined): Seen {
  const documents = {
    instances: instance === undefined ? [] : [instance],
    configs: parsed(items, 'aws/describe-replication-configs.json'),
    subnetGroups: parsed(items, 'aws/describe-replication-subnet-groups.json'),
  };
  const who = { replicationInstance: flow.replicationInstance, replicationConfig: flow.replicationConfig };
  const senders = sendersOf(who, documents, flow.host?.includes(':') === true);
  if (senders.length === 0) return { addresses: [], certain: false };
  const topology = networkIn(items);
  const vpcIds = senders.flatMap(({ vpcId }) => vpcId ?? []);
  const names = parsed(items, 'here/dns.json');
  const to = flow.host === undefined ? undefined : hostAddress(flow.host, names, topology, vpcIds)?.address;
  const seen = seenFrom(topology, senders, to);
  const shown = (instance?.ReplicationInstancePublicIpAddresses ?? []).flatMap((address) => address ?? []);
  // A way that is not known leads to a public address over the instance's own public one, where it has one.
  return seen.certain || to === undefined || shown.length === 0 || isPrivate(to)
    ? seen
    : { addresses: shown, certain: false };
}

/** The endpoint that a flow names, or the only source there is. */
function sourceEndpoint(items: Items, flow: Flow): Endpoint | undefined {
  // A target is judged only where it is named.
  const fits = flow.endpoint === undefined ? isPostgresSource : isPostgres;
  const all = (parsed(items, 'aws/describe-endpoints.json') ?? []).filter(fits);
  return named(all, flow.endpoint, (one) => [one.EndpointIdentifier, one.EndpointArn]);
}

/** The replication instance that a flow names, or the only one there is. */
function replicationInstance(items: Items, flow: Flow): ReplicationInstance | undefined {
  const all = parsed(items, 'aws/describe-replication-instances.json') ?? [];
  return named(all, flow.replicationInstance, (one) => [one.ReplicationInstanceIdentifier, one.ReplicationInstanceArn]);
}

function named<T>(all: readonly T[], name: string | undefined, names: (one: T) => string[]): T | undefined {
  if (name !== undefined) return all.find((one) => names(one).includes(name));
  return all.length === 1 ? all[0] : undefined;
}

function fromEndpoint(endpoint: Endpoint): Flow {
  const settings = endpoint.PostgreSQLSettings;
  return {
    ...emptyFlow,
    endpoint: endpoint.EndpointIdentifier,
    host: (endpoint.ServerName ?? settings?.ServerName)?.trim() ?? undefined,
    port: endpoint.Port ?? settings?.Port ?? undefined,
    database: endpoint.DatabaseName ?? settings?.DatabaseName ?? undefined,
    user: endpoint.Username ?? settings?.Username ?? undefined,
    tls: tlsModes.find((mode) => mode === endpoint.SslMode),
  };
}

function migrationTypeOf(items: Items, endpoint: Endpoint, serverless: string | undefined): Flow['migrationType'] {
  // Nothing is read from a target: of the connections that a source admits it needs just those of a full load.
  if (isTarget(endpoint)) return 'full-load';
  if (serverless !== undefined) {
    const type = (parsed(items, 'aws/describe-replication-configs.json') ?? []).find(
      (one) => one.ReplicationConfigIdentifier === serverless || one.ReplicationConfigArn === serverless,
    )?.ReplicationType;
    return migrationTypes.find((one) => one === type);
  }
  const types = new Set(
    (parsed(items, 'aws/describe-replication-tasks.json') ?? [])
      .filter((task) => task.SourceEndpointArn === endpoint.EndpointArn)
      .map((task) => task.MigrationType),
  );
  return types.size === 1 ? migrationTypes.find((type) => types.has(type)) : undefined;
}
