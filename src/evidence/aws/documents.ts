import { NotUnderstood } from '../item.ts';
import {
  parseConnections,
  parseEndpoints,
  parseReplicationConfigs,
  parseReplicationInstances,
  parseReplications,
  parseReplicationTasks,
  parseSubnetGroups,
} from '../parse/aws.ts';
import type {
  Connection,
  Endpoint,
  Replication,
  ReplicationConfig,
  ReplicationInstance,
  ReplicationTask,
  SubnetGroup,
} from '../parse/aws.ts';
import type { AwsItem } from './ask.ts';

/** DMS's answers as far as they came and can be read; undefined where nothing is known of them. */
export type DmsDocuments = {
  readonly endpoints: readonly Endpoint[] | undefined;
  readonly instances: readonly ReplicationInstance[] | undefined;
  readonly connections: readonly Connection[] | undefined;
  readonly tasks: readonly ReplicationTask[] | undefined;
  readonly configs: readonly ReplicationConfig[] | undefined;
  readonly replications: readonly Replication[] | undefined;
  readonly subnetGroups: readonly SubnetGroup[] | undefined;
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
    configs: read('describe-replication-configs', parseReplicationConfigs),
    replications: read('describe-replications', parseReplications),
    subnetGroups: read('describe-replication-subnet-groups', parseSubnetGroups),
  };
}

/** The account and Region of the first ARN: `arn:aws:dms:eu-west-1:111122223333:endpoint:…`. */
export function whereOf({ endpoints, instances, configs }: DmsDocuments): { account?: string; region?: string } {
  const arn =
    endpoints?.[0]?.EndpointArn ?? instances?.[0]?.ReplicationInstanceArn ?? configs?.[0]?.ReplicationConfigArn ?? '';
  const [, region, account] = /^arn:[^:]*:dms:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return region === undefined || account === undefined ? {} : { account, region };
}
