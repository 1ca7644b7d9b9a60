import type { DmsDocuments } from './documents.ts';
import { failed, pairsOf } from './pairs.ts';
import type { Pair } from './pairs.ts';

/** Which connection is meant, by whatever the user has: identifiers or ARNs. Nothing at all means the one that fails. */
export type AwsRequest = {
  readonly endpoint?: string;
  readonly replicationInstance?: string;
  readonly task?: string;
  readonly replicationConfig?: string;
  readonly region?: string;
  /** Every source connection of the Region. */
  readonly all?: boolean;
  /** Further addresses or names of either end that the user gave (`--from`, `--host`): their interfaces are looked up, too. */
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

/** A connection in a list for people: `orders-legacy-source from orders-dms (failed)`. */
export function connectionWords({ endpoint, replicationInstance, replicationConfig, status }: AwsConnection): string {
  const by =
    replicationInstance ?? (replicationConfig === undefined ? 'no instance' : `${replicationConfig} (serverless)`);
  return `${endpoint} from ${by} (${status ?? 'never tested'})`;
}

/** The connections to judge; or those among which the user must choose; or why there are none. */
export type Selection =
  | { readonly connections: readonly AwsConnection[] }
  | { readonly choices: readonly AwsConnection[] }
  | { readonly problem: string };

/**
 * Finds the connection that a request means. An endpoint that is named may be a target, too; what is found by itself is a
 * PostgreSQL source.
 */
export function select(request: AwsRequest, documents: DmsDocuments): Selection {
  const known = knownOf(documents);
  const absent = absentOf(request, known);
  if (absent !== undefined) return { problem: absent };
  const { instances, tasks, configs } = documents;
  const task = tasks?.find((one) => one.ReplicationTaskArn === arnIn(known.task, request.task));
  const config = configs?.find(
    (one) => one.ReplicationConfigArn === arnIn(known.replicationConfig, request.replicationConfig),
  );
  const wanted = {
    endpoint: arnIn(known.endpoint, request.endpoint) ?? task?.SourceEndpointArn ?? config?.SourceEndpointArn,
    instance: arnIn(known.replicationInstance, request.replicationInstance) ?? task?.ReplicationInstanceArn,
    config: arnIn(known.replicationConfig, request.replicationConfig),
  };
  const fits = (want: string | undefined, is: string | undefined) => want === undefined || want === is;
  const pairs = pairsOf(documents, wanted.endpoint).filter(
    (pair) =>
      fits(wanted.endpoint, pair.endpoint) && fits(wanted.instance, pair.instance) && fits(wanted.config, pair.config),
  );
  const named = (some: readonly Pair[]) => sorted(some.map(namer(known)));
  if (request.all === true && pairs.length > 0) return { connections: named(pairs) };
  if (pairs.length === 0 && wanted.endpoint !== undefined) {
    const untested = named(untestedPairs({ ...wanted, endpoint: wanted.endpoint }, instances));
    return untested.length === 1 ? { connections: untested } : { choices: untested };
  }
  const failing = pairs.filter(failed);
  const likely = named(failing.length > 0 ? failing : pairs);
  if (likely.length > 1) return { choices: likely };
  if (likely.length === 1 || keptBack(documents)) return { connections: likely };
  return { problem: `DMS has no connection from a PostgreSQL source${inRegion(request)} that fits what was asked for` };
}

type Kind = 'endpoint' | 'replicationInstance' | 'task' | 'replicationConfig';
type Named = { readonly id: string; readonly arn: string };
/** What there is of each kind; undefined where the list was not had. */
type Known = Readonly<Record<Kind, readonly Named[] | undefined>>;

function knownOf({ endpoints, instances, tasks, configs }: DmsDocuments): Known {
  return {
    endpoint: endpoints?.map((one) => ({ id: one.EndpointIdentifier, arn: one.EndpointArn })),
    replicationInstance: instances?.map((one) => ({
      id: one.ReplicationInstanceIdentifier,
      arn: one.ReplicationInstanceArn,
    })),
    task: tasks?.map((one) => ({ id: one.ReplicationTaskIdentifier, arn: one.ReplicationTaskArn ?? '' })),
    replicationConfig: configs?.map((one) => ({ id: one.ReplicationConfigIdentifier, arn: one.ReplicationConfigArn })),
  };
}

/** The ARN of what is named; the name itself where the list was not had. */
function arnIn(list: readonly Named[] | undefined, name: string | undefined): string | undefined {
  if (name === undefined || list === undefined) return name;
  return list.find(({ id, arn }) => id === name || arn === name)?.arn;
}

const kinds: readonly (readonly [Kind, string])[] = [
  ['endpoint', 'endpoint'],
  ['replicationInstance', 'replication instance'],
  ['task', 'task'],
  ['replicationConfig', 'serverless replication'],
];

/** What is said of a name that a list does not have. */
function absentOf(request: AwsRequest, known: Known): string | undefined {
  for (const [kind, words] of kinds) {
    const [name, list] = [request[kind], known[kind]];
    if (name === undefined || list === undefined || arnIn(list, name) !== undefined) continue;
    const shown = list.slice(0, 10).map(({ id }) => id);
    const more = list.length > shown.length ? ` and ${list.length - shown.length} more` : '';
    const instead = shown.length === 0 ? 'there is none at all' : `there are: ${shown.join(', ')}${more}`;
    return `there is no ${words} ${name}${inRegion(request)}; ${instead}`;
  }
  return undefined;
}

/** What an endpoint that nothing was tested with may belong to: what is named, or any instance that there is. */
function untestedPairs(wanted: Pair, instances: DmsDocuments['instances']): readonly Pair[] {
  const named = wanted.instance !== undefined || wanted.config !== undefined;
  if (named || instances === undefined || instances.length === 0) return [wanted];
  return instances.map((one) => ({ ...wanted, instance: one.ReplicationInstanceArn }));
}

/** Puts identifiers in the place of ARNs. */
function namer({ endpoint, replicationInstance, replicationConfig }: Known): (pair: Pair) => AwsConnection {
  const all = [endpoint, replicationInstance, replicationConfig].flatMap((list) => list ?? []);
  const ids = new Map(all.map(({ id, arn }) => [arn, id]));
  const nameOf = (arn: string) => ids.get(arn) ?? arn;
  return ({ endpoint: arn, instance, config, status, failure }) => ({
    endpoint: nameOf(arn),
    ...(instance === undefined ? {} : { replicationInstance: nameOf(instance) }),
    ...(config === undefined ? {} : { replicationConfig: nameOf(config) }),
    ...(status === undefined ? {} : { status }),
    ...(failure === undefined ? {} : { failure }),
  });
}

function sorted(connections: readonly AwsConnection[]): readonly AwsConnection[] {
  const key = (one: AwsConnection) => [one.endpoint, one.replicationInstance, one.replicationConfig].join(' ');
  return connections.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Whether DMS kept back what would name the connections: then nobody may say that there are none. */
function keptBack({ endpoints, connections, tasks, configs }: DmsDocuments): boolean {
  return endpoints === undefined || connections === undefined || tasks === undefined || configs === undefined;
}

function inRegion({ region }: AwsRequest): string {
  return region === undefined ? '' : ` in ${region}`;
}
