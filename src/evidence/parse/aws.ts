import * as v from 'valibot';
import { json } from './json.ts';

const text = v.nullish(v.string());

/** `describe-endpoints`: the members that a judgement uses, as the AWS CLI prints them. */
export const parseEndpoints = (source: string) =>
  json(v.looseObject({ Endpoints: v.array(endpoint) }))(source).Endpoints;
const endpoint = v.looseObject({
  EndpointIdentifier: v.string(),
  EndpointArn: v.string(),
  EndpointType: v.string(),
  EngineName: v.string(),
  ServerName: text,
  Port: v.nullish(v.number()),
  DatabaseName: text,
  Username: text,
  SslMode: text,
  Status: text,
  ExtraConnectionAttributes: text,
  PostgreSQLSettings: v.nullish(
    v.looseObject({
      ServerName: text,
      Port: v.nullish(v.number()),
      DatabaseName: text,
      Username: text,
      PluginName: text,
      SlotName: text,
      CaptureDdls: v.nullish(v.boolean()),
    }),
  ),
});
/** One DMS endpoint. */
export type Endpoint = v.InferOutput<typeof endpoint>;

/** The DMS engines that speak PostgreSQL's protocol. */
const postgresEngines = ['postgres', 'aurora-postgresql', 'aurora-postgresql-serverless'];

/** Whether an endpoint is a source that this tool judges. */
export function isPostgresSource({ EndpointType, EngineName }: Endpoint): boolean {
  return EndpointType.toLowerCase() === 'source' && postgresEngines.includes(EngineName);
}

/** `describe-replication-instances`. */
export const parseReplicationInstances = (source: string) =>
  json(v.looseObject({ ReplicationInstances: v.array(instance) }))(source).ReplicationInstances;
const instance = v.looseObject({
  ReplicationInstanceIdentifier: v.string(),
  ReplicationInstanceArn: v.string(),
  ReplicationInstanceStatus: v.string(),
  EngineVersion: text,
  MultiAZ: v.nullish(v.boolean()),
  PubliclyAccessible: v.nullish(v.boolean()),
  ReplicationInstancePrivateIpAddress: text,
  ReplicationInstancePrivateIpAddresses: v.nullish(v.array(v.string())),
  ReplicationInstancePublicIpAddresses: v.nullish(v.array(v.nullable(v.string()))),
});
/** One DMS replication instance. */
export type ReplicationInstance = v.InferOutput<typeof instance>;

/** `describe-connections`: DMS's last connection test of each pair; it has no date. */
export const parseConnections = (source: string) =>
  json(v.looseObject({ Connections: v.array(connection) }))(source).Connections;
const connection = v.looseObject({
  ReplicationInstanceArn: v.string(),
  EndpointArn: v.string(),
  Status: v.string(),
  LastFailureMessage: text,
});
/** DMS's last connection test of one pair. */
export type Connection = v.InferOutput<typeof connection>;

/** `describe-replication-tasks`. */
export const parseReplicationTasks = (source: string) =>
  json(v.looseObject({ ReplicationTasks: v.array(task) }))(source).ReplicationTasks;
const task = v.looseObject({
  ReplicationTaskIdentifier: v.string(),
  ReplicationTaskArn: text,
  SourceEndpointArn: v.string(),
  TargetEndpointArn: v.string(),
  ReplicationInstanceArn: v.string(),
  MigrationType: v.string(),
  Status: v.string(),
  StopReason: text,
  LastFailureMessage: text,
  TableMappings: text,
  ReplicationTaskSettings: text,
});
/** One DMS replication task. */
export type ReplicationTask = v.InferOutput<typeof task>;

/**
 * A `describe-*` document whose entries an engine reads by itself.
 *
 * @param key the member that holds the list, such as `SecurityGroups`
 */
export const entriesOf = (key: string) => (source: string) =>
  (json(v.looseObject({ [key]: v.array(v.looseObject({})) }))(source) as Record<string, Record<string, unknown>[]>)[
    key
  ] ?? [];
