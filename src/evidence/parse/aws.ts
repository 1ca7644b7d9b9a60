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
  CertificateArn: text,
  PostgreSQLSettings: v.nullish(
    v.looseObject({
      ServerName: text,
      Port: v.nullish(v.number()),
      DatabaseName: text,
      Username: text,
      PluginName: text,
      SlotName: text,
      SecretsManagerSecretId: text,
      CaptureDdls: v.nullish(v.boolean()),
    }),
  ),
});
/** One DMS endpoint. */
export type Endpoint = v.InferOutput<typeof endpoint>;

/** The DMS engines that speak PostgreSQL's protocol. */
const postgresEngines = ['postgres', 'aurora-postgresql', 'aurora-postgresql-serverless'];

/** Whether an endpoint speaks PostgreSQL's protocol, be it a source or a target. */
export function isPostgres({ EngineName }: Endpoint): boolean {
  return postgresEngines.includes(EngineName);
}

/** Whether an endpoint is a target. */
export function isTarget({ EndpointType }: Endpoint): boolean {
  return EndpointType.toLowerCase() === 'target';
}

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
  ReplicationInstanceIpv6Addresses: v.nullish(v.array(v.nullable(v.string()))),
  DnsNameServers: text,
  ReplicationSubnetGroup: v.nullish(
    v.looseObject({ VpcId: text, Subnets: v.nullish(v.array(v.looseObject({ SubnetIdentifier: text }))) }),
  ),
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

/** `dms/test-connection.json`: DMS's own test of this run, with when it began and ended. */
export const parseTestConnection = json(
  v.looseObject({
    EndpointArn: v.string(),
    ReplicationInstanceArn: v.string(),
    startedAt: v.string(),
    endedAt: v.string(),
    Status: v.string(),
    LastFailureMessage: text,
  }),
);

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

/** `describe-replication-configs`: serverless replications. */
export const parseReplicationConfigs = (source: string) =>
  json(v.looseObject({ ReplicationConfigs: v.array(config) }))(source).ReplicationConfigs;
const config = v.looseObject({
  ReplicationConfigIdentifier: v.string(),
  ReplicationConfigArn: v.string(),
  SourceEndpointArn: v.string(),
  TargetEndpointArn: text,
  ReplicationType: text,
  ComputeConfig: v.nullish(
    v.looseObject({
      ReplicationSubnetGroupId: text,
      DnsNameServers: text,
      VpcSecurityGroupIds: v.nullish(v.array(v.string())),
    }),
  ),
});
/** A serverless replication's configuration. */
export type ReplicationConfig = v.InferOutput<typeof config>;

/** `describe-replications`: how serverless replications stand. */
export const parseReplications = (source: string) =>
  json(v.looseObject({ Replications: v.array(replication) }))(source).Replications;
const replication = v.looseObject({
  ReplicationConfigArn: text,
  Status: text,
  FailureMessages: v.nullish(v.array(v.string())),
});
/** How a serverless replication stands. */
export type Replication = v.InferOutput<typeof replication>;

/** `describe-replication-subnet-groups`. */
export const parseSubnetGroups = (source: string) =>
  json(v.looseObject({ ReplicationSubnetGroups: v.array(subnetGroup) }))(source).ReplicationSubnetGroups;
const subnetGroup = v.looseObject({
  ReplicationSubnetGroupIdentifier: v.string(),
  VpcId: text,
  Subnets: v.nullish(v.array(v.looseObject({ SubnetIdentifier: text }))),
});
/** A replication subnet group. */
export type SubnetGroup = v.InferOutput<typeof subnetGroup>;

/** `describe-certificates`: the certificates that endpoints name. */
export const parseCertificates = (source: string) =>
  json(v.looseObject({ Certificates: v.array(certificate) }))(source).Certificates;
const certificate = v.looseObject({
  CertificateArn: text,
  CertificateIdentifier: text,
  ValidFromDate: text,
  ValidToDate: text,
});

/**
 * A `describe-*` document whose entries an engine reads by itself.
 *
 * @param key the member that holds the list, such as `SecurityGroups`
 */
export const entriesOf = (key: string) => (source: string) =>
  (json(v.looseObject({ [key]: v.array(v.looseObject({})) }))(source) as Record<string, Record<string, unknown>[]>)[
    key
  ] ?? [];
