/** The SDK's client of DMS, with just the commands that gathering uses: imported by name, so that a bundler leaves the rest out. */
import {
  DatabaseMigrationServiceClient,
  DescribeCertificatesCommand,
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeReplicationConfigsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationsCommand,
  DescribeReplicationSubnetGroupsCommand,
  DescribeReplicationTasksCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service';
import type { DatabaseMigrationServiceClientConfig } from '@aws-sdk/client-database-migration-service';
import type { Input } from './ask.ts';
import type { DmsOperation } from './calls.ts';

/** Makes the client; the second part makes each operation's command. */
export const dmsClient = (config: DatabaseMigrationServiceClientConfig) => new DatabaseMigrationServiceClient(config);

/** The command of each operation. */
export const dmsCommands = {
  DescribeCertificates: (input: Input) => new DescribeCertificatesCommand(input),
  DescribeConnections: (input: Input) => new DescribeConnectionsCommand(input),
  DescribeEndpoints: (input: Input) => new DescribeEndpointsCommand(input),
  DescribeReplicationConfigs: (input: Input) => new DescribeReplicationConfigsCommand(input),
  DescribeReplicationInstances: (input: Input) => new DescribeReplicationInstancesCommand(input),
  DescribeReplications: (input: Input) => new DescribeReplicationsCommand(input),
  DescribeReplicationSubnetGroups: (input: Input) => new DescribeReplicationSubnetGroupsCommand(input),
  DescribeReplicationTasks: (input: Input) => new DescribeReplicationTasksCommand(input),
  TestConnection: (input: Input) =>
    new TestConnectionCommand({ EndpointArn: undefined, ReplicationInstanceArn: undefined, ...input }),
} satisfies Record<DmsOperation, (input: Input) => object>;
