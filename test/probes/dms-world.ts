import { toEvidence } from '../../src/evidence/evidence-of.ts';
import type { Absence, Evidence, Item } from '../../src/evidence/item.ts';
import type { Flow } from '../../src/flow.ts';
import { emptyFlow } from '../../src/flow.ts';
import type { Documents } from '../vpc/networks.ts';
import { documents } from '../vpc/networks.ts';

const arn = (kind: string, name: string) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${name.toUpperCase()}`;

/** What DMS and the network say in a test. */
export type DmsWorld = {
  /** The source's name or address. */
  host?: string;
  /** Members of the endpoint, of the instance and of the serverless replication beside what every one has. */
  endpoint?: object;
  instance?: object;
  serverless?: object;
  /** DMS's last test of the pair. */
  test?: object;
  network?: Documents;
  /** Other items, as text; an absence's reason and detail. */
  items?: Record<string, string | { why: Absence['why']; detail: string }>;
  flow?: Partial<Flow>;
};

/** A source endpoint `source`, an instance `dms` in subnet-a1, or the serverless replication `less` in two subnets. */
export function dmsWorld(world: DmsWorld): Evidence {
  const at = '2026-11-22T12:00:00Z';
  const made: Record<string, unknown> = {
    ...Object.fromEntries(
      Object.entries(world.network ?? documents()).map(([operation, document]) => [`aws/${operation}.json`, document]),
    ),
    'aws/describe-endpoints.json': {
      Endpoints: [
        {
          EndpointIdentifier: 'source',
          EndpointArn: arn('endpoint', 'source'),
          EndpointType: 'SOURCE',
          EngineName: 'postgres',
          ServerName: world.host ?? '10.0.2.20',
          Port: 5432,
          DatabaseName: 'orders',
          Username: 'dms',
          SslMode: 'none',
          Status: 'active',
          ...world.endpoint,
        },
      ],
    },
    'aws/describe-replication-instances.json': {
      ReplicationInstances: [
        {
          ReplicationInstanceIdentifier: 'dms',
          ReplicationInstanceArn: arn('rep', 'dms'),
          ReplicationInstanceStatus: 'available',
          EngineVersion: '3.6.1',
          ReplicationInstancePrivateIpAddresses: ['10.0.1.10'],
          ReplicationSubnetGroup: { VpcId: 'vpc-a', Subnets: [{ SubnetIdentifier: 'subnet-a1' }] },
          ...world.instance,
        },
      ],
    },
    'aws/describe-connections.json': {
      Connections:
        world.test === undefined
          ? []
          : [{ EndpointArn: arn('endpoint', 'source'), ReplicationInstanceArn: arn('rep', 'dms'), ...world.test }],
    },
    'aws/describe-replication-tasks.json': { ReplicationTasks: [] },
    ...(world.serverless === undefined
      ? {}
      : {
          'aws/describe-replication-configs.json': {
            ReplicationConfigs: [
              {
                ReplicationConfigIdentifier: 'less',
                ReplicationConfigArn: arn('replication-config', 'less'),
                SourceEndpointArn: arn('endpoint', 'source'),
                ReplicationType: 'cdc',
                ComputeConfig: { ReplicationSubnetGroupId: 'group', VpcSecurityGroupIds: ['sg-dms'] },
                ...world.serverless,
              },
            ],
          },
          'aws/describe-replication-subnet-groups.json': {
            ReplicationSubnetGroups: [
              {
                ReplicationSubnetGroupIdentifier: 'group',
                VpcId: 'vpc-a',
                Subnets: [{ SubnetIdentifier: 'subnet-a1' }, { SubnetIdentifier: 'subnet-a2' }],
              },
            ],
          },
        }),
  };
  const items = new Map<string, Item | Absence>();
  const place = (name: string, text: string) =>
    items.set(name, { name, text, vantage: name.startsWith('here/') ? 'here' : 'configuration', at });
  for (const [name, document] of Object.entries(made)) place(name, JSON.stringify(document));
  for (const [name, entry] of Object.entries(world.items ?? {})) {
    if (typeof entry === 'string') place(name, entry);
    else items.set(name, { name: `${name}.error`, ...entry });
  }
  const flow = {
    ...emptyFlow,
    endpoint: 'source',
    ...(world.serverless === undefined ? { replicationInstance: 'dms' } : { replicationConfig: 'less' }),
    ...world.flow,
  };
  return toEvidence({ items, flow: emptyFlow, collectedAt: at, notes: [] }, flow);
}
