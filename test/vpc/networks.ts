import {
  judgeNetworkAcls,
  judgeRoutes,
  judgeSecurityGroups,
  locate,
  patched,
  readTopology,
} from '../../src/vpc/index.ts';
import type { End, Reason, Topology, Verdict } from '../../src/vpc/index.ts';

/** A document as Describe* answers, loose enough to be edited by a test. */
export type Documents = Record<string, Record<string, Entry[]>>;
export type Entry = { [key: string]: unknown };

/** Two peered VPCs with a subnet's worth of everything, plus what reaches the internet; a test edits what it is about. */
export const address = {
  ri: '10.0.1.10',
  sameSubnet: '10.0.1.20',
  near: '10.0.2.20',
  peer: '10.1.1.20',
  public: '54.0.0.20',
};

const all = (cidr = '0.0.0.0/0') => ({
  IpProtocol: '-1',
  IpRanges: [{ CidrIp: cidr }],
  Ipv6Ranges: [],
  PrefixListIds: [],
  UserIdGroupPairs: [],
});

/** A rule for one TCP port, in the shape of EC2's IpPermission. */
export function rule(port: number, peers: { cidr?: string; six?: string; group?: string; list?: string } = {}): Entry {
  return {
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    IpRanges: peers.cidr === undefined ? [] : [{ CidrIp: peers.cidr }],
    Ipv6Ranges: peers.six === undefined ? [] : [{ CidrIpv6: peers.six }],
    PrefixListIds: peers.list === undefined ? [] : [{ PrefixListId: peers.list }],
    UserIdGroupPairs: peers.group === undefined ? [] : [{ GroupId: peers.group, UserId: '111122223333' }],
  };
}

/** A network ACL's entry; every protocol without ports. */
export function entry(number: number, egress: boolean, action: string, cidr: string, ports?: [number, number]): Entry {
  return {
    RuleNumber: number,
    Egress: egress,
    RuleAction: action,
    CidrBlock: cidr,
    ...(ports === undefined ? { Protocol: '-1' } : { Protocol: '6', PortRange: { From: ports[0], To: ports[1] } }),
  };
}

function openAcl(id: string, vpc: string, subnets: string[]): Entry {
  return {
    NetworkAclId: id,
    VpcId: vpc,
    Associations: subnets.map((subnet) => ({ NetworkAclId: id, SubnetId: subnet })),
    Entries: [
      entry(100, true, 'allow', '0.0.0.0/0'),
      entry(32767, true, 'deny', '0.0.0.0/0'),
      entry(100, false, 'allow', '0.0.0.0/0'),
      entry(32767, false, 'deny', '0.0.0.0/0'),
    ],
  };
}

function networkInterface(id: string, ip: string, subnet: string, vpc: string, group: string, shown?: string): Entry {
  const association = shown === undefined ? {} : { Association: { PublicIp: shown } };
  return {
    NetworkInterfaceId: id,
    PrivateIpAddress: ip,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: ip, ...association }],
    ...association,
    Ipv6Addresses: [],
    SubnetId: subnet,
    VpcId: vpc,
    Groups: [{ GroupId: group, GroupName: group }],
    InterfaceType: 'interface',
    Status: 'in-use',
  };
}

const subnet = (id: string, vpc: string, cidr: string): Entry => ({
  SubnetId: id,
  VpcId: vpc,
  CidrBlock: cidr,
  Ipv6CidrBlockAssociationSet: [],
  BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
});

const vpc = (id: string, cidr: string): Entry => ({
  VpcId: id,
  CidrBlock: cidr,
  CidrBlockAssociationSet: [{ CidrBlock: cidr, CidrBlockState: { State: 'associated' } }],
});

/** A static active route. */
export const route = (cidr: string, target: Entry): Entry => ({
  DestinationCidrBlock: cidr,
  Origin: 'CreateRoute',
  State: 'active',
  ...target,
});

function table(id: string, vpcId: string, associations: Entry[], routes: Entry[]): Entry {
  return { RouteTableId: id, VpcId: vpcId, Associations: associations, PropagatingVgws: [], Routes: routes };
}

export function documents(): Documents {
  const own = { ...route('10.0.0.0/16', { GatewayId: 'local' }), Origin: 'CreateRouteTable' };
  const other = { ...route('10.1.0.0/16', { GatewayId: 'local' }), Origin: 'CreateRouteTable' };
  return {
    'describe-vpcs': { Vpcs: [vpc('vpc-a', '10.0.0.0/16'), vpc('vpc-b', '10.1.0.0/16')] },
    'describe-subnets': {
      Subnets: [
        subnet('subnet-a1', 'vpc-a', '10.0.1.0/24'),
        subnet('subnet-a2', 'vpc-a', '10.0.2.0/24'),
        subnet('subnet-nat', 'vpc-a', '10.0.9.0/24'),
        subnet('subnet-b1', 'vpc-b', '10.1.1.0/24'),
      ],
    },
    'describe-network-interfaces': {
      NetworkInterfaces: [
        networkInterface('eni-ri', address.ri, 'subnet-a1', 'vpc-a', 'sg-dms'),
        networkInterface('eni-same', address.sameSubnet, 'subnet-a1', 'vpc-a', 'sg-db'),
        networkInterface('eni-near', address.near, 'subnet-a2', 'vpc-a', 'sg-db'),
        networkInterface('eni-peer', address.peer, 'subnet-b1', 'vpc-b', 'sg-peer', address.public),
      ],
    },
    'describe-security-groups': {
      SecurityGroups: [
        { GroupId: 'sg-dms', GroupName: 'dms', VpcId: 'vpc-a', IpPermissions: [], IpPermissionsEgress: [all()] },
        {
          GroupId: 'sg-db',
          GroupName: 'db',
          VpcId: 'vpc-a',
          IpPermissions: [rule(5432, { group: 'sg-dms' })],
          IpPermissionsEgress: [all()],
        },
        {
          GroupId: 'sg-peer',
          GroupName: 'peer',
          VpcId: 'vpc-b',
          IpPermissions: [rule(5432, { cidr: '10.0.1.0/24' }), rule(5432, { cidr: '52.0.0.1/32' })],
          IpPermissionsEgress: [all()],
        },
      ],
    },
    'describe-network-acls': {
      NetworkAcls: [
        openAcl('acl-a1', 'vpc-a', ['subnet-a1']),
        openAcl('acl-a2', 'vpc-a', ['subnet-a2', 'subnet-nat']),
        openAcl('acl-b1', 'vpc-b', ['subnet-b1']),
      ],
    },
    'describe-route-tables': {
      RouteTables: [
        table(
          'rtb-a-main',
          'vpc-a',
          [{ Main: true }],
          [own, route('10.1.0.0/16', { VpcPeeringConnectionId: 'pcx-ab' })],
        ),
        table(
          'rtb-nat',
          'vpc-a',
          [{ Main: false, SubnetId: 'subnet-nat' }],
          [own, route('0.0.0.0/0', { GatewayId: 'igw-a' })],
        ),
        table(
          'rtb-a1',
          'vpc-a',
          [{ Main: false, SubnetId: 'subnet-a1', AssociationState: { State: 'associated' } }],
          [
            own,
            route('10.1.0.0/16', { VpcPeeringConnectionId: 'pcx-ab' }),
            route('0.0.0.0/0', { NatGatewayId: 'nat-a' }),
          ],
        ),
        table(
          'rtb-b1',
          'vpc-b',
          [{ Main: false, SubnetId: 'subnet-b1' }],
          [
            other,
            route('10.0.0.0/16', { VpcPeeringConnectionId: 'pcx-ab' }),
            route('0.0.0.0/0', { GatewayId: 'igw-b' }),
          ],
        ),
      ],
    },
    'describe-vpc-peering-connections': {
      VpcPeeringConnections: [
        {
          VpcPeeringConnectionId: 'pcx-ab',
          Status: { Code: 'active', Message: 'Active' },
          RequesterVpcInfo: {
            VpcId: 'vpc-a',
            OwnerId: '111122223333',
            Region: 'eu-west-1',
            CidrBlock: '10.0.0.0/16',
            CidrBlockSet: [{ CidrBlock: '10.0.0.0/16' }],
          },
          AccepterVpcInfo: {
            VpcId: 'vpc-b',
            OwnerId: '111122223333',
            Region: 'eu-west-1',
            CidrBlock: '10.1.0.0/16',
            CidrBlockSet: [{ CidrBlock: '10.1.0.0/16' }],
          },
        },
      ],
    },
    'describe-nat-gateways': {
      NatGateways: [
        {
          NatGatewayId: 'nat-a',
          VpcId: 'vpc-a',
          SubnetId: 'subnet-nat',
          State: 'available',
          ConnectivityType: 'public',
          NatGatewayAddresses: [{ PrivateIp: '10.0.9.9', PublicIp: '52.0.0.1', IsPrimary: true, Status: 'succeeded' }],
        },
      ],
    },
    'describe-internet-gateways': {
      InternetGateways: [
        { InternetGatewayId: 'igw-a', Attachments: [{ State: 'available', VpcId: 'vpc-a' }] },
        { InternetGatewayId: 'igw-b', Attachments: [{ State: 'available', VpcId: 'vpc-b' }] },
      ],
    },
    'describe-prefix-lists': {
      PrefixLists: [{ PrefixListId: 'pl-s3', PrefixListName: 's3', Cidrs: ['52.218.0.0/17'] }],
    },
  };
}

/** The element of a document's only list that has an id. */
export function element(all_: Documents, operation: string, id: string): Entry {
  const [list] = Object.values(all_[operation] ?? {});
  const found = list?.find((one) =>
    Object.entries(one).some(([key, value]) => key.endsWith('Id') && value === id && key !== 'VpcId'),
  );
  if (found === undefined) throw new Error(`no ${id} in ${operation}`);
  return found;
}

/** Reads documents that must be whole. */
export function topologyOf(all_: Documents): Topology {
  const { topology, damaged } = readTopology(all_);
  if (damaged.length > 0) throw new Error(JSON.stringify(damaged));
  return topology;
}

/** An address as the end of a flow; it must be found. */
export function endOf(topology: Topology, ip: string, vpcHint?: string): End {
  const end = locate(topology, ip, vpcHint);
  if (end.kind === 'unknown') throw new Error(end.detail);
  return end;
}

export type Layer = 'routes' | 'security-groups' | 'network-acls';

/** One layer's verdict on TCP 5432 between two ends. */
export function judge(layer: Layer, topology: Topology, from: End, to: End, port = 5432): Verdict {
  if (layer === 'routes') return judgeRoutes(topology, from, to);
  return layer === 'security-groups'
    ? judgeSecurityGroups(topology, from, to, port)
    : judgeNetworkAcls(topology, from, to, port);
}

/** One layer's verdict between two addresses of the documents. */
export function judgeBetween(layer: Layer, all_: Documents, from: string, to: string): Verdict {
  const topology = topologyOf(all_);
  return judge(layer, topology, endOf(topology, from, 'vpc-a'), endOf(topology, to, 'vpc-a'));
}

/** The topology after every step of a verdict's fix. */
export function patchAll(topology: Topology, verdict: Verdict): Topology {
  return (verdict.fix ?? []).reduce((current, step) => patched(current, step.patch), topology);
}

/** What a reason points to in the documents. */
export function resolved(all_: Record<string, unknown>, reason: Pick<Reason, 'part' | 'path'>): unknown {
  return reason.path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    all_[reason.part],
  );
}
