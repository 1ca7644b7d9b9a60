import { describe, expect, test } from 'vitest';
import { gatherAws } from '../../../src/evidence/aws.ts';
import type { AwsRequest } from '../../../src/evidence/aws.ts';
import { awsActions } from '../../../src/evidence/aws/calls.ts';
import { documentsOf } from '../../support/aws-server-documents.ts';
import type { Documents } from '../../support/aws-server-documents.ts';
import { filesOf } from '../../support/bundles.ts';
import { errors, gathered, portsFrom, refusal } from './support.ts';
import type { Called } from './support.ts';

const documents = documentsOf(filesOf('legacy-host'));
const inputs = (called: readonly Called[], operation: string) =>
  called.filter((one) => one.operation === operation).map(({ input }) => input);
const filtersOf = (called: readonly Called[]) =>
  inputs(called, 'DescribeNetworkInterfaces').map((input) =>
    (input['Filters'] as { Name: string; Values: string[] }[]).map(({ Name, Values }) => [Name, ...Values]),
  );

async function asked(
  request: AwsRequest,
  given: Documents = documents,
  resolve?: (name: string) => Promise<readonly string[]>,
) {
  const ports = portsFrom(given);
  const got = await gatherAws(request, { ...ports, ...(resolve === undefined ? {} : { resolve }) });
  return { ...got, called: ports.called };
}

const source = (more: object) => ({
  ...documents,
  'describe-endpoints': {
    Endpoints: (documents['describe-endpoints'] as { Endpoints: object[] }).Endpoints.map((one, index) =>
      index === 0 ? { ...one, ...more } : one,
    ),
  },
});

describe('interfaces are asked for by the addresses of both ends', () => {
  test('private ones in one question', async () => {
    expect(filtersOf((await asked({})).called)).toEqual([
      [['addresses.private-ip-address', '172.31.40.17', '172.31.23.112']],
    ]);
  });

  test('a public one, an IPv6 one, and those that the user names', async () => {
    const { called } = await asked(
      { addresses: ['172.31.8.5', '2001:db8::1', 'db1'] },
      source({ ServerName: ' 54.1.2.3 ' }),
    );
    expect(filtersOf(called)).toEqual([
      [['addresses.private-ip-address', '172.31.8.5', '54.1.2.3', '172.31.23.112']],
      [['addresses.association.public-ip', '54.1.2.3']],
      [['ipv6-addresses.ipv6-address', '2001:db8::1']],
    ]);
  });

  test('both nodes of a Multi-AZ instance', async () => {
    const [instance] = (documents['describe-replication-instances'] as { ReplicationInstances: object[] })
      .ReplicationInstances;
    const both = {
      ...instance,
      ReplicationInstancePrivateIpAddresses: ['172.31.23.112', '172.31.32.99'],
      ReplicationInstanceIpv6Addresses: ['fd00::1'],
    };
    const { called } = await asked(
      {},
      { ...documents, 'describe-replication-instances': { ReplicationInstances: [both] } },
    );
    expect(filtersOf(called)).toEqual([
      [['addresses.private-ip-address', '172.31.40.17', '172.31.23.112', '172.31.32.99']],
      [['ipv6-addresses.ipv6-address', 'fd00::1']],
    ]);
  });

  test('those that a name has from here; a name that nobody knows stops nothing', async () => {
    const named = source({ ServerName: 'db1.example.com' });
    const known = await asked({}, named, async (name) => (name === 'db1.example.com' ? ['172.31.40.17'] : []));
    expect(filtersOf(known.called)).toEqual([[['addresses.private-ip-address', '172.31.23.112', '172.31.40.17']]]);
    const unknown = await asked({}, named, () => Promise.reject(new Error('ENOTFOUND')));
    expect(filtersOf(unknown.called)).toEqual([[['addresses.private-ip-address', '172.31.23.112']]]);
    expect(errors(unknown.items)).toEqual({});
    const broken = await asked({}, named, () => {
      throw new Error('no resolver');
    });
    expect(filtersOf(broken.called)).toEqual(filtersOf(unknown.called));
  });

  test('with no address at all, none is asked for, and that is said', async () => {
    const { called, items } = await asked(
      { endpoint: 'orders-legacy-source', replicationInstance: 'x' },
      { ...source({ ServerName: 'db1' }), 'describe-replication-instances': {} },
    );
    expect(filtersOf(called)).toEqual([]);
    expect(errors(items)['aws/describe-network-interfaces.json']).toMatch(/^not-gathered: no address/);
  });

  test('a filter holds 200 values, and more are asked in parts whose answers are put together', async () => {
    const addresses = Array.from({ length: 450 }, (_, index) => `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`);
    const interfaces = addresses.map((PrivateIpAddress, index) => ({
      NetworkInterfaceId: `eni-${index}`,
      PrivateIpAddresses: [{ PrivateIpAddress }, { PrivateIpAddress: addresses[0] }],
    }));
    const { called, items } = await asked(
      { addresses },
      { ...documents, 'describe-network-interfaces': { NetworkInterfaces: interfaces } },
    );
    expect(filtersOf(called).map(([filter]) => filter?.length)).toEqual([201, 201, 53]);
    const found = (
      gathered(items)['describe-network-interfaces'] as { NetworkInterfaces: { NetworkInterfaceId: string }[] }
    ).NetworkInterfaces;
    expect(new Set(found.map((one) => one.NetworkInterfaceId)).size).toBe(450);
    expect(found).toHaveLength(450);
  });

  test('those of a serverless replication are found by their subnets', async () => {
    const config = {
      ReplicationConfigIdentifier: 'less',
      ReplicationConfigArn: 'arn:less',
      SourceEndpointArn: 'arn:aws:dms:eu-west-1:111122223333:endpoint:7KQ2NDVYTB4ZLWOX3HRGFMA5EPCJSUI6XQBTKDA',
      ComputeConfig: { ReplicationSubnetGroupId: 'orders-dms-subnets' },
    };
    const { called, connections } = await asked(
      { replicationConfig: 'less' },
      { ...documents, 'describe-replication-configs': { ReplicationConfigs: [config] } },
    );
    expect(connections).toMatchObject([{ endpoint: 'orders-legacy-source', replicationConfig: 'less' }]);
    expect(filtersOf(called)).toEqual([
      [['addresses.private-ip-address', '172.31.40.17']],
      [
        ['subnet-id', 'subnet-0aaa000000000001a', 'subnet-0bbb000000000002b'],
        ['description', 'DMSNetworkInterface'],
      ],
    ]);
  });
});

describe('what the answers name is asked for behind them', () => {
  const vpc = 'vpc-0d5c0ffee00000001';
  const table = (VpcId: string, ...Routes: object[]) => ({
    RouteTableId: `rtb-${VpcId}`,
    VpcId,
    Associations: [],
    Routes,
  });
  const attachment = (id: string, ResourceId: string, table_: string, ResourceType = 'vpc') => ({
    TransitGatewayAttachmentId: id,
    TransitGatewayId: 'tgw-1',
    ResourceType,
    ResourceId,
    State: 'available',
    Association: { TransitGatewayRouteTableId: table_, State: 'associated' },
  });
  const network = {
    ...documents,
    'describe-route-tables': {
      RouteTables: [
        table(
          vpc,
          { DestinationPrefixListId: 'pl-1', TransitGatewayId: 'tgw-1' },
          { DestinationPrefixListId: 'pl-aws', GatewayId: 'vpce-1' },
        ),
        table('vpc-elsewhere', { DestinationPrefixListId: 'pl-elsewhere', TransitGatewayId: 'tgw-2' }),
      ],
    },
    'describe-security-groups': {
      SecurityGroups: [
        {
          GroupId: 'sg-1',
          VpcId: vpc,
          IpPermissions: [{ PrefixListIds: [{ PrefixListId: 'pl-2' }, { PrefixListId: '../../etc' }] }],
          IpPermissionsEgress: [],
        },
      ],
    },
    'describe-prefix-lists': { PrefixLists: [{ PrefixListId: 'pl-aws', Cidrs: ['52.0.0.0/8'] }] },
    'describe-transit-gateway-attachments': {
      TransitGatewayAttachments: [
        attachment('a-1', vpc, 'tgw-rtb-1'),
        attachment('a-2', 'vpc-elsewhere', 'tgw-rtb-2'),
        attachment('a-3', 'vpn-1', 'tgw-rtb-3', 'vpn'),
      ],
    },
    'get-managed-prefix-list-entries--pl-1': { Entries: [{ Cidr: '10.0.0.0/8' }, { Cidr: '10.1.0.0/16' }] },
    'get-managed-prefix-list-entries--pl-2': { Entries: [] },
    'search-transit-gateway-routes--tgw-rtb-1': {
      Routes: [{ DestinationCidrBlock: '10.0.0.0/8', State: 'active' }],
      AdditionalRoutesAvailable: true,
    },
  };

  test('entries of prefix lists and routes of transit gateways, of the ends’ VPCs alone', async () => {
    const { items, called } = await asked({}, network);
    expect(inputs(called, 'GetManagedPrefixListEntries')).toEqual([
      { PrefixListId: 'pl-1', MaxResults: 100 },
      { PrefixListId: 'pl-2', MaxResults: 100 },
    ]);
    expect(inputs(called, 'SearchTransitGatewayRoutes')).toMatchObject([{ TransitGatewayRouteTableId: 'tgw-rtb-1' }]);
    expect(errors(items)).toEqual({});
    expect(gathered(items)).toMatchObject({
      'get-managed-prefix-list-entries--pl-1': network['get-managed-prefix-list-entries--pl-1'],
      'get-managed-prefix-list-entries--pl-2': { Entries: [] },
      'search-transit-gateway-routes--tgw-rtb-1': network['search-transit-gateway-routes--tgw-rtb-1'],
    });
    expect([...items.keys()].every((name) => /^aws\/[a-z0-9-]+\.json$/.test(name))).toBe(true);
  });

  test('refused, they are named with their permission', async () => {
    const fault = ({ operation }: Called) =>
      /^(Get|Search)/.test(operation) ? Promise.reject(refusal('UnauthorizedOperation')) : undefined;
    expect(errors((await gatherAws({}, portsFrom(network, { fault }))).items)).toEqual({
      'aws/get-managed-prefix-list-entries--pl-1.json': expect.stringMatching(
        /^denied: ec2:GetManagedPrefixListEntries/,
      ),
      'aws/get-managed-prefix-list-entries--pl-2.json': expect.stringMatching(
        /^denied: ec2:GetManagedPrefixListEntries/,
      ),
      'aws/search-transit-gateway-routes--tgw-rtb-1.json': expect.stringMatching(
        /^denied: ec2:SearchTransitGatewayRoutes/,
      ),
    });
  });
});

describe('the number of calls', () => {
  const arn = (kind: string, index: number) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${index}`;
  /** An account with so many source connections, spread over ten instances. */
  const account = (connections: number): Documents => ({
    'describe-endpoints': {
      Endpoints: Array.from({ length: connections }, (_, index) => ({
        EndpointIdentifier: `source-${index}`,
        EndpointArn: arn('endpoint', index),
        EndpointType: 'SOURCE',
        EngineName: 'postgres',
        ServerName: `10.0.1.${index + 1}`,
      })),
    },
    'describe-replication-instances': {
      ReplicationInstances: Array.from({ length: 10 }, (_, index) => ({
        ReplicationInstanceIdentifier: `dms-${index}`,
        ReplicationInstanceArn: arn('rep', index),
        ReplicationInstanceStatus: 'available',
        ReplicationInstancePrivateIpAddresses: [`10.0.0.${index + 1}`],
      })),
    },
    'describe-connections': {
      Connections: Array.from({ length: connections }, (_, index) => ({
        ReplicationInstanceArn: arn('rep', index % 10),
        EndpointArn: arn('endpoint', index),
        Status: 'failed',
      })),
    },
  });
  const count = async (request: AwsRequest, given: Documents, pageSize = 1000) => {
    const ports = portsFrom(given, { pageSize });
    const { connections } = await gatherAws(request, ports);
    return { calls: ports.called.length, connections: connections.length };
  };
  /** Eight of DMS, thirteen lists of EC2, and the interfaces. */
  const once = 22;

  test('is the same for one connection and for all of 100 over 10 instances', async () => {
    expect(await count({}, documents)).toEqual({ calls: once, connections: 1 });
    expect(await count({ all: true }, account(1))).toEqual({ calls: once, connections: 1 });
    expect(await count({ endpoint: 'source-7' }, account(100))).toEqual({ calls: once, connections: 1 });
    expect(await count({ all: true }, account(100))).toEqual({ calls: once, connections: 100 });
  });

  test('takes two rounds: all of DMS together, then all of EC2 together', async () => {
    const waiting: Record<string, (() => void)[]> = { dms: [], ec2: [] };
    const together = { dms: 8, ec2: 14 };
    // Nothing is answered before everything of its round was asked: a gathering that waited in between would never end.
    const fault = ({ service }: Called) =>
      new Promise<undefined>((go) => {
        waiting[service]?.push(() => go(undefined));
        if (waiting[service]?.length === together[service]) for (const one of waiting[service]) one();
      });
    const ports = portsFrom(documents, { fault });
    expect(errors((await gatherAws({}, ports)).items)).toEqual({});
    expect(ports.called.map(({ service }) => service)).toEqual([...Array(8).fill('dms'), ...Array(14).fill('ec2')]);
  });

  test('grows with pages only: four more of endpoints and of connections at 20 a page', async () => {
    expect(await count({ all: true }, account(100), 20)).toEqual({ calls: once + 2 * 4, connections: 100 });
    expect(await count({ endpoint: 'source-7' }, account(100), 20)).toEqual({ calls: once + 2 * 4, connections: 1 });
  });
});

test('every permission that can be needed is listed once, and every call that is made is among them', async () => {
  const { called } = await asked({});
  expect(new Set(awsActions).size).toBe(awsActions.length);
  for (const { service, operation } of called) expect(awsActions).toContain(`${service}:${operation}`);
  expect(awsActions.every((action) => /^(dms|ec2):(Describe|Get|Search)[A-Za-z]+$/.test(action))).toBe(true);
});

describe('where an endpoint takes its log-in from a secret', () => {
  const vpc = 'vpc-0d5c0ffee00000001';
  const withSecret = source({ PostgreSQLSettings: { SecretsManagerSecretId: 'orders/dms' } });
  const endpoints = Array.from({ length: 7 }, (_, index) => ({
    VpcEndpointId: `vpce-${index}`,
    VpcId: index === 6 ? 'vpc-other' : vpc,
    ServiceName: 'com.amazonaws.eu-west-1.secretsmanager',
    State: 'available',
    PolicyDocument: '{"Statement":[{"Action":"secretsmanager:GetSecretValue","Effect":"Allow"}]}',
  }));
  const own = {
    NetworkInterfaceId: 'eni-vpce',
    VpcId: vpc,
    InterfaceType: 'vpc_endpoint',
    PrivateIpAddress: '172.31.1.1',
  };
  const given = {
    ...withSecret,
    'describe-vpc-endpoints': { VpcEndpoints: endpoints },
    'describe-network-interfaces': {
      NetworkInterfaces: [
        ...(documents['describe-network-interfaces'] as { NetworkInterfaces: object[] }).NetworkInterfaces,
        own,
      ],
    },
  };

  test('the endpoints of the VPC, their interfaces and both attributes are asked for', async () => {
    const { called, items } = await asked({}, given);
    expect(inputs(called, 'DescribeVpcEndpoints')).toEqual([
      { Filters: [{ Name: 'vpc-id', Values: [vpc] }], MaxResults: 1000 },
    ]);
    expect(filtersOf(called)).toContainEqual([
      ['vpc-id', vpc],
      ['interface-type', 'vpc_endpoint'],
    ]);
    expect(inputs(called, 'DescribeVpcAttribute')).toEqual([
      { VpcId: vpc, Attribute: 'enableDnsSupport' },
      { VpcId: vpc, Attribute: 'enableDnsHostnames' },
    ]);
    const got = gathered(items);
    expect(got['describe-vpc-endpoints']).toEqual({ VpcEndpoints: endpoints.slice(0, 6) });
    expect((got['describe-network-interfaces'] as { NetworkInterfaces: object[] }).NetworkInterfaces).toContainEqual(
      own,
    );
    expect(got[`describe-vpc-attribute--${vpc}--enableDnsHostnames`]).toEqual({
      VpcId: vpc,
      EnableDnsHostnames: { Value: true },
    });
    expect(errors(items)).toEqual({});
  });

  test('without a secret none of it is asked', async () => {
    const { called, items } = await asked({}, { ...given, ...source({}) });
    expect(called.map(({ operation }) => operation)).not.toContain('DescribeVpcEndpoints');
    expect(called.map(({ operation }) => operation)).not.toContain('DescribeVpcAttribute');
    expect([...items.keys()]).not.toContain('aws/describe-vpc-endpoints.json');
  });

  test('page by page; a page that is refused refuses all, and stops nothing else', async () => {
    const ports = portsFrom(given, { pageSize: 2 });
    const whole = await gatherAws({}, ports);
    expect(inputs(ports.called, 'DescribeVpcEndpoints')).toHaveLength(3);
    expect(gathered(whole.items)['describe-vpc-endpoints']).toEqual({ VpcEndpoints: endpoints.slice(0, 6) });
    const fault = ({ operation, page }: Called) => {
      if (operation === 'DescribeVpcEndpoints' && page === 2) throw refusal('UnauthorizedOperation');
    };
    const { items } = await gatherAws({}, portsFrom(given, { pageSize: 2, fault }));
    expect(errors(items)).toEqual({
      'aws/describe-vpc-endpoints.json': expect.stringMatching(/^denied: ec2:DescribeVpcEndpoints \(page 2\)/),
    });
  });

  test.each(['DescribeVpcEndpoints', 'DescribeVpcAttribute'])(
    '%s denied: named, and nothing else is lost',
    async (name) => {
      const fault = ({ operation }: Called) => {
        if (operation === name) throw refusal('UnauthorizedOperation');
      };
      const { items } = await gatherAws({}, portsFrom(given, { fault }));
      const refused = Object.entries(errors(items));
      expect(refused.length).toBe(name === 'DescribeVpcEndpoints' ? 1 : 2);
      for (const [, text] of refused) expect(text).toMatch(new RegExp(`^denied: ec2:${name}\\b`));
      expect(Object.keys(gathered(items)).length).toBeGreaterThan(20);
    },
  );
});
