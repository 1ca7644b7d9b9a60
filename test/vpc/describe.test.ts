import type * as ec2 from '@aws-sdk/client-ec2';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { locate, locateFrom, patched, readTopology } from '../../src/vpc/index.ts';
import type { Topology } from '../../src/vpc/index.ts';
import { address, documents, element, endOf, route, topologyOf } from './networks.ts';
import type { Documents } from './networks.ts';

/** What the SDK's Describe* calls answer is a topology as it stands: this compiles only while the field names agree. */
export function fromSdk(answers: {
  groups: ec2.SecurityGroup[];
  acls: ec2.NetworkAcl[];
  tables: ec2.RouteTable[];
  subnets: ec2.Subnet[];
  vpcs: ec2.Vpc[];
  interfaces: ec2.NetworkInterface[];
  peerings: ec2.VpcPeeringConnection[];
  nats: ec2.NatGateway[];
  gateways: ec2.InternetGateway[];
  transit: ec2.TransitGateway[];
  attachments: ec2.TransitGatewayAttachment[];
  vpcAttachments: ec2.TransitGatewayVpcAttachment[];
  transitRoutes: ec2.TransitGatewayRoute[];
  vpns: ec2.VpnConnection[];
  lists: ec2.PrefixList[];
  entries: ec2.PrefixListEntry[];
}): Topology {
  return {
    securityGroups: answers.groups,
    networkAcls: answers.acls,
    routeTables: answers.tables,
    subnets: answers.subnets,
    vpcs: answers.vpcs,
    networkInterfaces: answers.interfaces,
    peeringConnections: answers.peerings,
    natGateways: answers.nats,
    internetGateways: answers.gateways,
    transitGateways: answers.transit,
    transitGatewayAttachments: answers.attachments,
    transitGatewayVpcAttachments: answers.vpcAttachments,
    transitGatewayRoutes: { 'tgw-rtb-1': { Routes: answers.transitRoutes } },
    vpnConnections: answers.vpns,
    prefixLists: answers.lists,
    prefixListEntries: { 'pl-1': answers.entries },
  };
}

/** Every field that a shape of ours has is one of the SDK's: a name that EC2 does not know would always be undefined. */
type Element<List> = NonNullable<List> extends readonly (infer One)[] ? One : never;
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>;
describe('documents', () => {
  it('have no field that EC2 does not have', () => {
    expectTypeOf<Unknown<Element<Topology['securityGroups']>, ec2.SecurityGroup>>().toBeNever();
    expectTypeOf<
      Unknown<NonNullable<Element<Element<Topology['securityGroups']>['IpPermissions']>>, ec2.IpPermission>
    >().toBeNever();
    expectTypeOf<Unknown<Element<Topology['networkAcls']>, ec2.NetworkAcl>>().toBeNever();
    expectTypeOf<Unknown<Element<Element<Topology['networkAcls']>['Entries']>, ec2.NetworkAclEntry>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['routeTables']>, ec2.RouteTable>>().toBeNever();
    expectTypeOf<Unknown<Element<Element<Topology['routeTables']>['Routes']>, ec2.Route>>().toBeNever();
    expectTypeOf<
      Unknown<Element<Element<Topology['routeTables']>['Associations']>, ec2.RouteTableAssociation>
    >().toBeNever();
    expectTypeOf<Unknown<Element<Topology['subnets']>, ec2.Subnet>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['vpcs']>, ec2.Vpc>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['networkInterfaces']>, ec2.NetworkInterface>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['peeringConnections']>, ec2.VpcPeeringConnection>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['natGateways']>, ec2.NatGateway>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['internetGateways']>, ec2.InternetGateway>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['transitGateways']>, ec2.TransitGateway>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['transitGatewayAttachments']>, ec2.TransitGatewayAttachment>>().toBeNever();
    expectTypeOf<
      Unknown<Element<Topology['transitGatewayVpcAttachments']>, ec2.TransitGatewayVpcAttachment>
    >().toBeNever();
    expectTypeOf<Unknown<Element<Topology['vpnConnections']>, ec2.VpnConnection>>().toBeNever();
    expectTypeOf<Unknown<Element<Topology['prefixLists']>, ec2.PrefixList>>().toBeNever();
  });

  it('a part that was not gathered is undefined, one that is empty is empty', () => {
    const { topology } = readTopology({ 'describe-subnets': { Subnets: [] } });
    expect(topology.subnets).toEqual([]);
    expect(topology.vpcs).toBeUndefined();
  });

  it.each([
    ['no list', { Subnets: {} }],
    ['another operation', { Vpcs: [] }],
    ['a list in the place of the document', []],
    ['a wrong field', { Subnets: [{ SubnetId: 7 }] }],
    ['nothing', null],
    ['text', 'An error occurred (UnauthorizedOperation)'],
  ])('%s is damage, and no part', (_name, document) => {
    const { topology, damaged } = readTopology({ 'describe-subnets': document });
    expect(topology.subnets).toBeUndefined();
    expect(damaged).toMatchObject([{ part: 'describe-subnets' }]);
  });

  it('null reads as absent, as other languages print it', () => {
    const { topology, damaged } = readTopology({
      'describe-subnets': { Subnets: [{ SubnetId: 'subnet-1', CidrBlock: null }] },
    });
    expect(damaged).toEqual([]);
    expect(topology.subnets?.[0]?.CidrBlock).toBeUndefined();
  });
});

describe('where an address is', () => {
  /** A third VPC with the ranges and addresses of the second. */
  function twin(): Documents {
    const all = documents();
    const copies = [
      ['describe-vpcs', 'Vpcs', 'VpcId', 'vpc-b'],
      ['describe-subnets', 'Subnets', 'SubnetId', 'subnet-b1'],
      ['describe-network-interfaces', 'NetworkInterfaces', 'NetworkInterfaceId', 'eni-peer'],
    ] as const;
    for (const [operation, member, key, id] of copies) {
      const list = all[operation]?.[member] ?? [];
      const copy = list.find((one) => one[key] === id);
      list.push(
        JSON.parse(
          JSON.stringify(copy)
            .replaceAll('vpc-b', 'vpc-c')
            .replaceAll('subnet-b1', 'subnet-c1')
            .replaceAll('54.0.0.20', '54.0.0.21')
            .replaceAll('eni-peer', 'eni-twin'),
        ),
      );
    }
    return all;
  }

  it('two VPCs with one address are told apart by the routes that lead there', () => {
    const topology = topologyOf(twin());
    const from = endOf(topology, address.ri, 'vpc-a');
    expect(locate(topology, address.peer, 'vpc-a')).toMatchObject({ kind: 'unknown' });
    expect(locate(topology, address.peer, 'vpc-c')).toMatchObject({ interfaceId: 'eni-twin' });
    expect(locateFrom(topology, from, address.peer)).toMatchObject({ interfaceId: 'eni-peer' });
  });

  it('an interface in one and a mere subnet in the other are told apart too', () => {
    const all = twin();
    all['describe-network-interfaces']?.['NetworkInterfaces']?.pop();
    all['describe-subnets']?.['Subnets']?.unshift({ SubnetId: 'subnet-d1', VpcId: 'vpc-d', CidrBlock: '10.1.1.0/24' });
    const topology = topologyOf(all);
    const from = endOf(topology, address.ri, 'vpc-a');
    expect(locateFrom(topology, from, address.peer)).toMatchObject({ kind: 'interface', interfaceId: 'eni-peer' });
    expect(locateFrom(topology, from, '10.1.1.21')).toMatchObject({ kind: 'subnet', subnetId: 'subnet-b1' });
  });

  it('without a route to either it stays unknown', () => {
    const all = twin();
    element(all, 'describe-route-tables', 'rtb-a1')['Routes'] = [route('10.0.0.0/16', { GatewayId: 'local' })];
    const topology = topologyOf(all);
    expect(locateFrom(topology, endOf(topology, address.ri, 'vpc-a'), address.peer).kind).toBe('unknown');
  });

  it.each([
    ['a secondary address', '10.0.2.21', 'eni-near'],
    ['a delegated prefix', '10.0.2.37', 'eni-near'],
    ['an IPv6 address in any of its forms', '2600:1F18:0:0::20', 'eni-near'],
    ['a public address', address.public, 'eni-peer'],
  ])('%s belongs to its interface', (_name, ip, id) => {
    const all = documents();
    const found = element(all, 'describe-network-interfaces', 'eni-near');
    found['PrivateIpAddresses'] = [{ PrivateIpAddress: address.near }, { PrivateIpAddress: '10.0.2.21' }];
    found['Ipv4Prefixes'] = [{ Ipv4Prefix: '10.0.2.32/28' }];
    found['Ipv6Addresses'] = [{ Ipv6Address: '2600:1f18::20' }];
    expect(locate(topologyOf(all), ip, 'vpc-a')).toMatchObject({ kind: 'interface', interfaceId: id });
  });

  it('what cannot be told says which answers would tell', () => {
    expect(locate({}, '10.0.0.1')).toMatchObject({
      kind: 'unknown',
      missing: ['describe-network-interfaces', 'describe-subnets', 'describe-vpcs'],
    });
    expect(locate(topologyOf(documents()), '203.0.113.9')).toEqual({ kind: 'outside', address: '203.0.113.9' });
    expect(locate(topologyOf(documents()), 'db1.example.com')).toMatchObject({ kind: 'unknown' });
  });
});

describe('a patch', () => {
  it('leaves parts that are read on demand unread', () => {
    const whole = topologyOf(documents());
    const read: string[] = [];
    const lazy: Topology = Object.defineProperties(
      {},
      Object.fromEntries(
        Object.entries(whole).map(([name, value]) => {
          const get = () => {
            read.push(name);
            return value;
          };
          return [name, { enumerable: true, get }];
        }),
      ),
    );
    const path = ['RouteTables', 0, 'Routes'];
    const after = patched(lazy, { part: 'describe-route-tables', path, push: { DestinationCidrBlock: '10.9.0.0/16' } });
    expect(read).toEqual(['routeTables']);
    expect(after.routeTables?.[0]?.Routes).toHaveLength((whole.routeTables?.[0]?.Routes?.length ?? 0) + 1);
    expect(after.subnets).toBe(whole.subnets);
  });

  it('that leads nowhere throws', () => {
    const topology = topologyOf(documents());
    for (const [part, path] of [
      ['describe-route-tables', ['RouteTables', 99, 'Routes']],
      ['describe-route-tables', ['Vpcs', 0]],
      ['describe-nothing', ['RouteTables', 0]],
      ['describe-route-tables', ['RouteTables', 0, 'RouteTableId']],
    ] as const) {
      expect(() => patched(topology, { part, path, push: {} })).toThrow(part);
    }
  });
});
