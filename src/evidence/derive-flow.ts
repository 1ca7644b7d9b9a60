import type { Flow } from '../flow.ts';
import { emptyFlow, migrationTypes, overlay, tlsModes } from '../flow.ts';
import type { Absence, Item, ItemSpec } from './item.ts';
import { isItem, NotUnderstood, parseOnce } from './item.ts';
import type { ItemName, Parsed } from './items.ts';
import { items as specs } from './items.ts';
import type { Endpoint, ReplicationInstance } from './parse/aws.ts';
import { isPostgresSource } from './parse/aws.ts';

type Items = ReadonlyMap<string, Item | Absence>;

/**
 * Completes a flow from what DMS says of the endpoint and the replication instance. What was given wins; where several
 * endpoints or instances would fit, none is chosen.
 *
 * @param given the flow of the command line, laid over the one of the bundle
 */
export function completeFlow(given: Flow, items: Items): Flow {
  const endpoint = sourceEndpoint(items, given);
  const instance = replicationInstance(items, given);
  return overlay(given, endpoint === undefined ? emptyFlow : fromEndpoint(endpoint), {
    ...emptyFlow,
    from: instance === undefined ? [] : privateAddresses(instance),
    replicationInstance: instance?.ReplicationInstanceIdentifier,
    migrationType: endpoint === undefined ? undefined : migrationTypeOf(items, endpoint),
  });
}

/** The source endpoint that a flow names, or the only one there is. */
function sourceEndpoint(items: Items, flow: Flow): Endpoint | undefined {
  const all = (parsed(items, 'aws/describe-endpoints.json') ?? []).filter(isPostgresSource);
  return named(all, flow.endpoint, (one) => [one.EndpointIdentifier, one.EndpointArn]);
}

/** The replication instance that a flow names, or the only one there is. */
function replicationInstance(items: Items, flow: Flow): ReplicationInstance | undefined {
  const all = parsed(items, 'aws/describe-replication-instances.json') ?? [];
  return named(all, flow.replicationInstance, (one) => [one.ReplicationInstanceIdentifier, one.ReplicationInstanceArn]);
}

/** Every private address of an instance: both nodes of a Multi-AZ one. */
function privateAddresses(instance: ReplicationInstance): string[] {
  const { ReplicationInstancePrivateIpAddresses: several, ReplicationInstancePrivateIpAddress: one } = instance;
  return several && several.length > 0 ? several : one ? [one] : [];
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
    host: endpoint.ServerName ?? settings?.ServerName ?? undefined,
    port: endpoint.Port ?? settings?.Port ?? undefined,
    database: endpoint.DatabaseName ?? settings?.DatabaseName ?? undefined,
    user: endpoint.Username ?? settings?.Username ?? undefined,
    tls: tlsModes.find((mode) => mode === endpoint.SslMode),
  };
}

function migrationTypeOf(items: Items, endpoint: Endpoint): Flow['migrationType'] {
  const types = new Set(
    (parsed(items, 'aws/describe-replication-tasks.json') ?? [])
      .filter((task) => task.SourceEndpointArn === endpoint.EndpointArn)
      .map((task) => task.MigrationType),
  );
  return types.size === 1 ? migrationTypes.find((type) => types.has(type)) : undefined;
}

/** What cannot be read is left to the probes to say. */
function parsed<N extends ItemName>(items: Items, name: N): Parsed<N> | undefined {
  const entry = items.get(name);
  if (!isItem(entry)) return undefined;
  try {
    return parseOnce(entry, specs[name] as ItemSpec<unknown>) as Parsed<N>;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}
