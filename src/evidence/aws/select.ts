import type { DmsDocuments } from './documents.ts';

/** Which connection is meant, by whatever the user has: identifiers or ARNs. Nothing at all means the one that fails. */
export type AwsRequest = {
  readonly endpoint?: string;
  readonly replicationInstance?: string;
  readonly task?: string;
  readonly replicationConfig?: string;
  readonly region?: string;
  readonly profile?: string;
  /** Every source connection of the Region. */
  readonly all?: boolean;
  /** Further addresses of either end that the user named (`--from`, `--host`): their interfaces are looked up, too. */
  readonly addresses?: readonly string[];
};

/** A connection that DMS has, or was asked for: an endpoint, and what connects to it. Identifiers where they are known. */
export type AwsConnection = {
  readonly endpoint: string;
  readonly replicationInstance?: string;
  /** A serverless replication, which has no instance. */
  readonly replicationConfig?: string;
  /** How DMS's last test or start ended: `failed`, `successful` …; it has no date. */
  readonly status?: string;
  /** What DMS said then. */
  readonly failure?: string;
};

/** The connections to judge; or those among which the user must choose; or why there are none. */
export type Selection =
  | { readonly connections: readonly AwsConnection[] }
  | { readonly choices: readonly AwsConnection[] }
  | { readonly problem: string };

/** The engines whose sources this tool judges. */
const postgresEngines = ['postgres', 'aurora-postgresql', 'aurora-postgresql-serverless'];

/**
 * Finds the connection that a request means. An endpoint that is named may be a target, too; what is found by itself is a
 * PostgreSQL source.
 */
export function select(request: AwsRequest, documents: DmsDocuments): Selection {
  const { endpoints, instances, tasks, configs } = documents;
  const endpoint = lookUp(request.endpoint, endpoints, (one) => [one.EndpointIdentifier, one.EndpointArn]);
  const instance = lookUp(request.replicationInstance, instances, (one) => [one.ReplicationInstanceIdentifier, one.ReplicationInstanceArn]);
  const task = lookUp(request.task, tasks, (one) => [one.ReplicationTaskIdentifier, one.ReplicationTaskArn ?? '']);
  const config = lookUp(request.replicationConfig, configs, (one) => [one.ReplicationConfigIdentifier, one.ReplicationConfigArn]);
  const absent = [
    { what: 'endpoint', name: request.endpoint, looked: endpoint, there: endpoints?.map((one) => one.EndpointIdentifier) },
    { what: 'replication instance', name: request.replicationInstance, looked: instance, there: instances?.map((one) => one.ReplicationInstanceIdentifier) },
    { what: 'task', name: request.task, looked: task, there: tasks?.map((one) => one.ReplicationTaskIdentifier) },
    { what: 'serverless replication', name: request.replicationConfig, looked: config, there: configs?.map((one) => one.ReplicationConfigIdentifier) },
  ].find(({ name, looked, there }) => name !== undefined && there !== undefined && looked === undefined);
  if (absent !== undefined) return { problem: `there is no ${absent.what} ${absent.name}${region(request)}; ${instead(absent.there ?? [])}` };
  const names = new Map<string | undefined, string>([
    ...(endpoints ?? []).map((one) => [one.EndpointArn, one.EndpointIdentifier] as const),
    ...(instances ?? []).map((one) => [one.ReplicationInstanceArn, one.ReplicationInstanceIdentifier] as const),
    ...(configs ?? []).map((one) => [one.ReplicationConfigArn, one.ReplicationConfigIdentifier] as const),
  ]);
  const wanted = {
    endpoint: endpoint?.EndpointArn ?? task?.SourceEndpointArn ?? config?.SourceEndpointArn ?? request.endpoint,
    instance: instance?.ReplicationInstanceArn ?? task?.ReplicationInstanceArn ?? request.replicationInstance,
    config: config?.ReplicationConfigArn ?? request.replicationConfig,
  };
  const pairs = pairsOf(documents, wanted.endpoint).filter(
    (pair) =>
      (wanted.endpoint === undefined || pair.endpoint === wanted.endpoint) &&
      (wanted.instance === undefined || pair.instance === wanted.instance) &&
      (wanted.config === undefined || pair.config === wanted.config),
  );
  if (request.all === true) {
    return pairs.length > 0 || unread(documents) ? { connections: pairs.map(named) } : { problem: nothing(request) };
  }
  if (pairs.length === 0 && wanted.endpoint !== undefined) return untested(wanted.endpoint);
  const failing = pairs.filter(({ failed }) => failed);
  const [only, second] = failing.length > 0 ? failing : pairs;
  if (only !== undefined && second === undefined) return { connections: [named(only)] };
  if (only !== undefined) return { choices: (failing.length > 0 ? failing : pairs).map(named) };
  return unread(documents) ? { connections: [] } : { problem: nothing(request) };

  /** An endpoint that nothing was tested with yet: the instance is the one that is named, or the only one there is. */
  function untested(arn: string): Selection {
    if (wanted.instance !== undefined || wanted.config !== undefined || instances === undefined || instances.length < 2) {
      const [single] = instances ?? [];
      const known = wanted.instance ?? (wanted.config === undefined ? single?.ReplicationInstanceArn : undefined);
      return { connections: [named({ endpoint: arn, instance: known, config: wanted.config, failed: false })] };
    }
    return { choices: instances.map((one) => named({ endpoint: arn, instance: one.ReplicationInstanceArn, config: undefined, failed: false })) };
  }

  function named({ endpoint: arn, instance: instanceArn, config: configArn, status, failure }: Pair): AwsConnection {
    const instanceName = names.get(instanceArn) ?? instanceArn;
    const configName = names.get(configArn) ?? configArn;
    return {
      endpoint: names.get(arn) ?? arn,
      ...(instanceName === undefined ? {} : { replicationInstance: instanceName }),
      ...(configName === undefined ? {} : { replicationConfig: configName }),
      ...(status === undefined ? {} : { status }),
      ...(failure === undefined ? {} : { failure }),
    };
  }
}

/** By ARNs. */
type Pair = {
  readonly endpoint: string;
  readonly instance: string | undefined;
  readonly config: string | undefined;
  readonly status?: string | undefined;
  readonly failure?: string | undefined;
  readonly failed: boolean;
};

/** Every pair that DMS knows from a test, a task or a serverless replication; of an endpoint that is asked for, also as a target. */
function pairsOf({ endpoints, connections, tasks, configs, replications }: DmsDocuments, asked: string | undefined): readonly Pair[] {
  const sources = new Set(
    (endpoints ?? [])
      .filter((one) => one.EndpointType.toLowerCase() === 'source' && postgresEngines.includes(one.EngineName))
      .map((one) => one.EndpointArn),
  );
  // Where the endpoints were not had, which of them are sources is known from tasks alone.
  if (endpoints === undefined) for (const { SourceEndpointArn: arn } of tasks ?? []) sources.add(arn);
  const pairs = new Map<string, Pair>();
  for (const { EndpointArn: endpoint, ReplicationInstanceArn: instance, Status: status, LastFailureMessage: failure } of connections ?? []) {
    pairs.set(`${endpoint} ${instance}`, { endpoint, instance, config: undefined, status, failure: failure ?? undefined, failed: status === 'failed' });
  }
  for (const { SourceEndpointArn: source, TargetEndpointArn: target, ReplicationInstanceArn: instance } of tasks ?? []) {
    for (const endpoint of [source, target]) {
      const key = `${endpoint} ${instance}`;
      if (!pairs.has(key)) pairs.set(key, { endpoint, instance, config: undefined, failed: false });
    }
  }
  const runs = new Map((replications ?? []).map((one) => [one.ReplicationConfigArn ?? undefined, one]));
  for (const { SourceEndpointArn: endpoint, ReplicationConfigArn: config } of configs ?? []) {
    const run = runs.get(config);
    const status = run?.Status ?? undefined;
    pairs.set(`${endpoint} ${config}`, { endpoint, instance: undefined, config, status, failure: run?.FailureMessages?.[0], failed: status?.startsWith('failed') === true });
  }
  return [...pairs.values()].filter(({ endpoint }) => endpoint === asked || sources.has(endpoint));
}

function lookUp<T>(name: string | undefined, list: readonly T[] | undefined, names: (one: T) => readonly string[]): T | undefined {
  return name === undefined ? undefined : list?.find((one) => names(one).includes(name));
}

/** Whether DMS kept back what would name the connections: then nobody may say that there are none. */
function unread({ endpoints, connections, tasks, configs }: DmsDocuments): boolean {
  return endpoints === undefined || connections === undefined || tasks === undefined || configs === undefined;
}

function region({ region: name }: AwsRequest): string {
  return name === undefined ? '' : ` in ${name}`;
}

function nothing(request: AwsRequest): string {
  return `DMS has no connection from a PostgreSQL source${region(request)} that fits what was asked for`;
}

function instead(names: readonly string[]): string {
  if (names.length === 0) return 'there is none at all';
  return `there are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}
