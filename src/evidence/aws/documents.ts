import * as v from 'valibot';
import { NotUnderstood } from '../item.ts';
import { parseConnections, parseEndpoints, parseReplicationInstances, parseReplicationTasks } from '../parse/aws.ts';
import type { Connection, Endpoint, ReplicationInstance, ReplicationTask } from '../parse/aws.ts';
import { json } from '../parse/json.ts';
import type { AwsItem } from './ask.ts';

const text = v.nullish(v.string());

const config = v.looseObject({
  ReplicationConfigIdentifier: v.string(),
  ReplicationConfigArn: v.string(),
  SourceEndpointArn: v.string(),
  ComputeConfig: v.nullish(v.looseObject({ ReplicationSubnetGroupId: text })),
});
const replication = v.looseObject({
  ReplicationConfigArn: text,
  Status: text,
  FailureMessages: v.nullish(v.array(v.string())),
});
const subnetGroup = v.looseObject({
  ReplicationSubnetGroupIdentifier: v.string(),
  VpcId: text,
  Subnets: v.nullish(v.array(v.looseObject({ SubnetIdentifier: text }))),
});

/** A serverless replication's configuration. */
export type ReplicationConfig = v.InferOutput<typeof config>;

/** DMS's answers as far as they came and can be read; undefined where nothing is known of them. */
export type DmsDocuments = {
  readonly endpoints: readonly Endpoint[] | undefined;
  readonly instances: readonly ReplicationInstance[] | undefined;
  readonly connections: readonly Connection[] | undefined;
  readonly tasks: readonly ReplicationTask[] | undefined;
  readonly configs: readonly ReplicationConfig[] | undefined;
  readonly replications: readonly v.InferOutput<typeof replication>[] | undefined;
  readonly subnetGroups: readonly v.InferOutput<typeof subnetGroup>[] | undefined;
};

/** Reads what DMS answered, from the very text that goes into the bundle. */
export function readDms(items: ReadonlyMap<string, AwsItem>): DmsDocuments {
  const read = <T>(name: string, parse: (source: string) => T): T | undefined => {
    const item = items.get(`aws/${name}.json`);
    if (item === undefined || 'error' in item) return undefined;
    try {
      return parse(item.text);
    } catch (error) {
      // The probes say of an answer that they do not understand it.
      if (error instanceof NotUnderstood) return undefined;
      throw error;
    }
  };
  return {
    endpoints: read('describe-endpoints', parseEndpoints),
    instances: read('describe-replication-instances', parseReplicationInstances),
    connections: read('describe-connections', parseConnections),
    tasks: read('describe-replication-tasks', parseReplicationTasks),
    configs: read('describe-replication-configs', json(v.object({ ReplicationConfigs: v.array(config) })))
      ?.ReplicationConfigs,
    replications: read('describe-replications', json(v.object({ Replications: v.array(replication) })))?.Replications,
    subnetGroups: read(
      'describe-replication-subnet-groups',
      json(v.object({ ReplicationSubnetGroups: v.array(subnetGroup) })),
    )?.ReplicationSubnetGroups,
  };
}

/** The account and Region of the first ARN: `arn:aws:dms:eu-west-1:111122223333:endpoint:…`. */
export function whereOf({ endpoints, instances, configs }: DmsDocuments): { account?: string; region?: string } {
  const arn =
    endpoints?.[0]?.EndpointArn ?? instances?.[0]?.ReplicationInstanceArn ?? configs?.[0]?.ReplicationConfigArn ?? '';
  const [, region, account] = /^arn:[^:]*:dms:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return region === undefined || account === undefined ? {} : { account, region };
}
