import type { Status, What } from '../../src/vpc/index.ts';
import { address, documents, element, entry, route, rule } from './networks.ts';
import type { Documents, Entry, Layer } from './networks.ts';

/** A rule of AWS: a network that passes, and the one change that makes a wall of it. */
export type Case = {
  readonly name: string;
  /** The codes of VPC Reachability Analyzer that name this wall. */
  readonly codes: readonly string[];
  /** AWS's page that states the rule. */
  readonly reference: string;
  readonly layer: Layer;
  readonly from?: string;
  readonly to: string;
  /** Which VPC's address `to` is, where two have it. */
  readonly toHint?: string;
  /** What both twins share. */
  readonly setUp?: (all: Documents) => void;
  /** The one change. */
  readonly wall: (all: Documents) => void;
  /** The status without the wall, where that is not open: sight ends there. */
  readonly twin?: 'unknown';
  readonly status: Exclude<Status, 'open'>;
  readonly what: What;
  /** Whether a fix is offered; it must then open the case. */
  readonly fixed?: true;
};

const docs = 'https://docs.aws.amazon.com';
const guide = `${docs}/vpc/latest/userguide`;
const page = {
  priority: `${guide}/route-tables-priority.html`,
  subnetTables: `${guide}/subnet-route-tables.html`,
  edge: `${guide}/gateway-route-tables.html`,
  states: `${docs}/AWSEC2/latest/APIReference/API_Route.html`,
  peeringRoutes: `${docs}/vpc/latest/peering/vpc-peering-routing.html`,
  peeringStates: `${docs}/vpc/latest/peering/vpc-peering-basics.html`,
  peeringGroups: `${docs}/vpc/latest/peering/vpc-peering-security-groups.html`,
  gateway: `${guide}/VPC_Internet_Gateway.html`,
  nat: `${guide}/vpc-nat-gateway.html`,
  natRules: `${guide}/nat-gateway-basics.html`,
  regionalNat: `${guide}/nat-gateways-regional.html`,
  blockPublic: `${docs}/AWSEC2/latest/APIReference/API_BlockPublicAccessStates.html`,
  groups: `${guide}/security-group-rules.html`,
  acls: `${guide}/nacl-rules.html`,
  aclBasics: `${guide}/vpc-network-acls.html`,
  ephemeral: `${guide}/custom-network-acl.html`,
  lists: `${guide}/managed-prefix-lists.html`,
  codes: `${docs}/vpc/latest/reachability/explanation-codes.html`,
  attachments: `${docs}/vpc/latest/tgw/tgw-vpc-attachments.html`,
  transit: `${docs}/vpc/latest/tgw/how-transit-gateways-work.html`,
  transitGroups: `${docs}/vpc/latest/tgw/tgw-security-groups.html`,
  tunnels: `${docs}/vpn/latest/s2svpn/VPNTunnels.html`,
  transitAcls: `${docs}/vpc/latest/tgw/tgw-nacls.html`,
};

const routesOf = (all: Documents, id: string) => element(all, 'describe-route-tables', id)['Routes'] as Entry[];
const dropRoute = (all: Documents, id: string, cidr: string) => {
  const routes = routesOf(all, id);
  const at = routes.findIndex((one) => one['DestinationCidrBlock'] === cidr);
  if (at === -1) throw new Error(`${id} has no ${cidr}`);
  routes.splice(at, 1);
};
const routeTo = (all: Documents, id: string, cidr: string) => {
  const found = routesOf(all, id).find((one) => one['DestinationCidrBlock'] === cidr);
  if (found === undefined) throw new Error(`${id} has no ${cidr}`);
  return found;
};
/** The first of a list, or of an entry's member that is one. */
function firstOf(from: Entry | Entry[], member?: string): Entry {
  const list = Array.isArray(from) ? from : member === undefined ? [] : (from[member] as Entry[]);
  const [first] = list;
  if (first === undefined) throw new Error(`nothing in ${member ?? 'the list'}`);
  return first;
}
const group = (all: Documents, id: string) => element(all, 'describe-security-groups', id);
const rules = (all: Documents, id: string, side = 'IpPermissions') => group(all, id)[side] as Entry[];
const entries = (all: Documents, id: string) => element(all, 'describe-network-acls', id)['Entries'] as Entry[];
const entryOf = (all: Documents, id: string, number: number, egress: boolean) => {
  const found = entries(all, id).find((one) => one['RuleNumber'] === number && one['Egress'] === egress);
  if (found === undefined) throw new Error(`${id} has no ${number}`);
  return found;
};
const interfaceOf = (all: Documents, id: string) => element(all, 'describe-network-interfaces', id);
const peering = (all: Documents) => element(all, 'describe-vpc-peering-connections', 'pcx-ab');
const nat = (all: Documents) => element(all, 'describe-nat-gateways', 'nat-a');
const noDefault = (all: Documents) => dropRoute(all, 'rtb-a1', '0.0.0.0/0');

/** The replication instance gets a public address, and its subnet a route to the internet gateway. */
const publicSender = (all: Documents) => {
  const own = interfaceOf(all, 'eni-ri')['PrivateIpAddresses'] as Entry[];
  if (own[0] !== undefined) own[0]['Association'] = { PublicIp: '52.0.0.2' };
  const toInternet = routeTo(all, 'rtb-a1', '0.0.0.0/0');
  delete toInternet['NatGatewayId'];
  toInternet['GatewayId'] = 'igw-a';
  rules(all, 'sg-peer').push(rule(5432, { cidr: '52.0.0.2/32' }));
};

/** A third VPC, peered with both others, and a database in it. */
const thirdVpc = (all: Documents) => {
  const copy = structuredClone(documents());
  const place = (one: Entry): Entry =>
    JSON.parse(JSON.stringify(one).replaceAll('10.1.', '10.2.').replaceAll('vpc-b', 'vpc-c'));
  const add = (operation: string, id: string, more: Entry) => {
    const [list] = Object.values(all[operation] ?? {});
    list?.push({ ...place(element(copy, operation, id)), ...more });
  };
  all['describe-vpcs']?.['Vpcs']?.push({ VpcId: 'vpc-c', CidrBlock: '10.2.0.0/16' });
  add('describe-subnets', 'subnet-b1', { SubnetId: 'subnet-c1' });
  add('describe-network-interfaces', 'eni-peer', {
    NetworkInterfaceId: 'eni-third',
    SubnetId: 'subnet-c1',
    Association: null,
  });
  add('describe-network-acls', 'acl-b1', { NetworkAclId: 'acl-c1', Associations: [{ SubnetId: 'subnet-c1' }] });
  add('describe-vpc-peering-connections', 'pcx-ab', { VpcPeeringConnectionId: 'pcx-ac' });
  all['describe-route-tables']?.['RouteTables']?.push({
    RouteTableId: 'rtb-c1',
    VpcId: 'vpc-c',
    Associations: [{ Main: true }],
    Routes: [route('10.2.0.0/16', { GatewayId: 'local' }), route('10.0.0.0/16', { VpcPeeringConnectionId: 'pcx-ac' })],
  });
  routesOf(all, 'rtb-a1').push(route('10.2.0.0/16', { VpcPeeringConnectionId: 'pcx-ac' }));
};

/** The NAT gateway as a regional one that its owner extends by hand, with a route table of its own. */
export const regional = (all: Documents) => {
  for (const one of all['describe-subnets']?.['Subnets'] ?? [])
    one['AvailabilityZone'] = one['SubnetId'] === 'subnet-a2' ? 'eu-west-1b' : 'eu-west-1a';
  const gateway = nat(all);
  delete gateway['SubnetId'];
  Object.assign(gateway, {
    AvailabilityMode: 'regional',
    AutoProvisionZones: 'disabled',
    AutoScalingIps: 'disabled',
    RouteTableId: 'rtb-rnat',
    NatGatewayAddresses: [
      { PublicIp: '52.0.0.1', Status: 'succeeded', AvailabilityZone: 'eu-west-1a' },
      { PublicIp: '52.0.0.2', Status: 'succeeded', AvailabilityZone: 'eu-west-1b' },
    ],
  });
  all['describe-route-tables']?.['RouteTables']?.push({
    RouteTableId: 'rtb-rnat',
    VpcId: 'vpc-a',
    Associations: [],
    Routes: [route('10.0.0.0/16', { GatewayId: 'local' }), route('0.0.0.0/0', { GatewayId: 'igw-a' })],
  });
};

/** The two VPCs joined by a transit gateway, with attachments in subnets of their own, in the place of peering. */
export const transit = (all: Documents) => {
  const zones: Record<string, string> = { 'subnet-a2': 'eu-west-1b' };
  for (const one of all['describe-subnets']?.['Subnets'] ?? []) {
    one['AvailabilityZone'] = zones[String(one['SubnetId'])] ?? 'eu-west-1a';
  }
  const routes: Entry[] = [];
  for (const [name, vpc, cidr] of [
    ['a', 'vpc-a', '10.0.8.0/28'],
    ['b', 'vpc-b', '10.1.8.0/28'],
  ] as const) {
    const subnet = { SubnetId: `subnet-t${name}`, VpcId: vpc, CidrBlock: cidr, AvailabilityZone: 'eu-west-1a' };
    all['describe-subnets']?.['Subnets']?.push(subnet);
    const acl = structuredClone(element(all, 'describe-network-acls', 'acl-a1'));
    const association = { Associations: [{ SubnetId: `subnet-t${name}` }] };
    all['describe-network-acls']?.['NetworkAcls']?.push({
      ...acl,
      NetworkAclId: `acl-t${name}`,
      VpcId: vpc,
      ...association,
    });
    const attachment = {
      TransitGatewayAttachmentId: `tgw-attach-${name}`,
      TransitGatewayId: 'tgw-1',
      State: 'available',
    };
    ((all['describe-transit-gateway-vpc-attachments'] ??= {})['TransitGatewayVpcAttachments'] ??= []).push({
      ...attachment,
      VpcId: vpc,
      SubnetIds: [`subnet-t${name}`],
      Options: { SecurityGroupReferencingSupport: 'enable', ApplianceModeSupport: 'disable' },
    });
    ((all['describe-transit-gateway-attachments'] ??= {})['TransitGatewayAttachments'] ??= []).push({
      ...attachment,
      ResourceType: 'vpc',
      ResourceId: vpc,
      Association: { TransitGatewayRouteTableId: `tgw-rtb-${name}`, State: 'associated' },
    });
    routes.push({
      DestinationCidrBlock: name === 'a' ? '10.0.0.0/16' : '10.1.0.0/16',
      TransitGatewayAttachments: [
        { TransitGatewayAttachmentId: `tgw-attach-${name}`, ResourceId: vpc, ResourceType: 'vpc' },
      ],
      Type: 'propagated',
      State: 'active',
    });
  }
  const gateway = { TransitGatewayId: 'tgw-1', Options: { SecurityGroupReferencingSupport: 'enable' } };
  all['describe-transit-gateways'] = { TransitGateways: [gateway] };
  for (const name of ['a', 'b'])
    all[`search-transit-gateway-routes--tgw-rtb-${name}`] = { Routes: structuredClone(routes) };
  for (const [id, cidr] of [
    ['rtb-a1', '10.1.0.0/16'],
    ['rtb-b1', '10.0.0.0/16'],
  ] as const) {
    const found = routeTo(all, id, cidr);
    delete found['VpcPeeringConnectionId'];
    found['TransitGatewayId'] = 'tgw-1';
  }
};
const transitRoutes = (all: Documents, name: string) =>
  all[`search-transit-gateway-routes--tgw-rtb-${name}`]?.['Routes'] ?? [];
const attachmentOf = (all: Documents, name: string) =>
  element(all, 'describe-transit-gateway-vpc-attachments', `tgw-attach-${name}`);

const vpnConnection = {
  VpnConnectionId: 'vpn-1',
  State: 'available',
  VgwTelemetry: [{ Status: 'DOWN', StatusMessage: 'IPSEC IS DOWN' }, { Status: 'UP' }],
};
const tunnelDown = (all: Documents) => {
  const connection = structuredClone(vpnConnection);
  const found = element(all, 'describe-vpn-connections', 'vpn-1');
  found['VgwTelemetry'] = connection.VgwTelemetry.map((tunnel, index) => (index === 0 ? tunnel : { Status: 'DOWN' }));
};

export const cases: readonly Case[] = [
  // Routes
  {
    name: 'a route whose target is gone drops packets',
    codes: ['BAD_STATE_ROUTE'],
    reference: page.states,
    layer: 'routes',
    to: address.peer,
    wall: (all) => (routeTo(all, 'rtb-a1', '10.1.0.0/16')['State'] = 'blackhole'),
    status: 'closed',
    what: 'route-blackhole',
    fixed: true,
  },
  {
    name: 'answers need a route too',
    codes: ['BAD_STATE_ROUTE'],
    reference: page.peeringRoutes,
    layer: 'routes',
    to: address.peer,
    wall: (all) => (routeTo(all, 'rtb-b1', '10.0.0.0/16')['State'] = 'blackhole'),
    status: 'closed',
    what: 'route-blackhole',
    fixed: true,
  },
  {
    name: 'no route to the destination',
    codes: ['NO_ROUTE_TO_DESTINATION'],
    reference: page.peeringRoutes,
    layer: 'routes',
    to: address.peer,
    setUp: noDefault,
    wall: (all) => dropRoute(all, 'rtb-a1', '10.1.0.0/16'),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'a route for another range does not count',
    codes: ['CANNOT_ROUTE'],
    reference: page.priority,
    layer: 'routes',
    to: address.peer,
    setUp: noDefault,
    wall: (all) => (routeTo(all, 'rtb-a1', '10.1.0.0/16')['DestinationCidrBlock'] = '10.1.128.0/17'),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'a prefix list that lacks the destination does not count',
    codes: ['CANNOT_ROUTE'],
    reference: page.lists,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      noDefault(all);
      const toPeer = routeTo(all, 'rtb-a1', '10.1.0.0/16');
      delete toPeer['DestinationCidrBlock'];
      toPeer['DestinationPrefixListId'] = 'pl-peer';
      all['get-managed-prefix-list-entries--pl-peer'] = { Entries: [{ Cidr: '10.1.0.0/16' }] };
    },
    wall: (all) => (all['get-managed-prefix-list-entries--pl-peer'] = { Entries: [] }),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'a longer prefix wins',
    codes: ['MORE_SPECIFIC_ROUTE'],
    reference: page.priority,
    layer: 'routes',
    to: address.peer,
    wall: (all) =>
      routesOf(all, 'rtb-a1').push({ ...route('10.1.1.0/24', { NetworkInterfaceId: 'eni-gone' }), State: 'blackhole' }),
    status: 'closed',
    what: 'route-blackhole',
    fixed: true,
  },
  {
    name: 'a static route goes before a propagated one for the same range',
    codes: ['HIGHER_PRIORITY_ROUTE'],
    reference: page.priority,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      const propagated = { GatewayId: 'vgw-a' };
      routesOf(all, 'rtb-a1').push({ ...route('10.1.0.0/16', propagated), Origin: 'EnableVgwRoutePropagation' });
    },
    wall: (all) => (routeTo(all, 'rtb-a1', '10.1.0.0/16')['State'] = 'blackhole'),
    status: 'closed',
    what: 'route-blackhole',
    fixed: true,
  },
  {
    name: "a static route goes before a prefix list's for the same range",
    codes: ['HIGHER_PRIORITY_ROUTE'],
    reference: page.priority,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      const toPeer = routeTo(all, 'rtb-a1', '10.1.0.0/16');
      delete toPeer['DestinationCidrBlock'];
      toPeer['DestinationPrefixListId'] = 'pl-peer';
      all['get-managed-prefix-list-entries--pl-peer'] = { Entries: [{ Cidr: '10.1.0.0/16' }] };
    },
    wall: (all) =>
      routesOf(all, 'rtb-a1').push({ ...route('10.1.0.0/16', { NetworkInterfaceId: 'eni-gone' }), State: 'blackhole' }),
    status: 'closed',
    what: 'route-blackhole',
    fixed: true,
  },
  {
    name: 'a subnet with a table of its own does not use the main table',
    codes: ['NO_ROUTE_TO_DESTINATION'],
    reference: page.subnetTables,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      noDefault(all);
      dropRoute(all, 'rtb-a1', '10.1.0.0/16');
      element(all, 'describe-route-tables', 'rtb-a1')['Associations'] = [];
    },
    wall: (all) => (element(all, 'describe-route-tables', 'rtb-a1')['Associations'] = [{ SubnetId: 'subnet-a1' }]),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'a VPC keeps what is in its own ranges',
    codes: ['VPC_LOCAL_ROUTE_CIDR_RESTRICTION'],
    reference: page.peeringRoutes,
    layer: 'routes',
    to: address.peer,
    toHint: 'vpc-b',
    wall: (all) => routesOf(all, 'rtb-a1').push(route('10.1.0.0/20', { GatewayId: 'local' })),
    status: 'closed',
    what: 'overlapping-cidr',
  },
  {
    name: 'a peering connection that nobody accepted carries nothing',
    codes: ['BAD_STATE_ATTACHMENT', 'BAD_STATE'],
    reference: page.peeringStates,
    layer: 'routes',
    to: address.peer,
    wall: (all) => ((peering(all)['Status'] as Entry)['Code'] = 'pending-acceptance'),
    status: 'closed',
    what: 'peering-inactive',
  },
  {
    name: 'peering is not transitive',
    codes: ['PCX_REQUIRES_ADDRESS_IN_VPC_CIDR'],
    reference: page.peeringRoutes,
    layer: 'routes',
    to: '10.2.1.20',
    setUp: thirdVpc,
    wall: (all) => (routeTo(all, 'rtb-a1', '10.2.0.0/16')['VpcPeeringConnectionId'] = 'pcx-ab'),
    status: 'closed',
    what: 'peering-not-transitive',
    fixed: true,
  },
  {
    name: 'a peering connection that was not gathered is not judged',
    codes: ['UNKNOWN_RESOURCE'],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    wall: (all) => all['describe-vpc-peering-connections']?.['VpcPeeringConnections']?.pop(),
    status: 'unknown',
    what: 'peering-unknown',
  },
  {
    name: 'behind a peering connection to a VPC that was not gathered sight ends',
    codes: ['NO_POSSIBLE_DESTINATION', 'UNKNOWN_DESTINATION'],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      all['describe-vpcs']?.['Vpcs']?.pop();
      all['describe-subnets']?.['Subnets']?.pop();
    },
    wall: (all) => all['describe-network-interfaces']?.['NetworkInterfaces']?.pop(),
    status: 'unknown',
    what: 'sight-ends',
  },
  {
    name: 'what is behind a firewall endpoint is not judged yet',
    codes: [
      'FIREWALL_RULES_RESTRICTION',
      'GWLB_DESTINATION_PORT_RESTRICTION',
      'GWLB_PROTOCOL_RESTRICTION',
      'VPCE_INTRA_VPC_TRAFFIC',
    ],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    wall: (all) => routesOf(all, 'rtb-a1').push(route('10.1.1.0/24', { GatewayId: 'vpce-1' })),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  {
    name: 'what is behind an appliance is not judged yet',
    codes: ['ENI_SOURCE_DEST_CHECK_RESTRICTION'],
    reference: `${guide}/route-table-options.html`,
    layer: 'routes',
    to: address.near,
    wall: (all) => routesOf(all, 'rtb-a1').push(route('10.0.2.0/24', { NetworkInterfaceId: 'eni-appliance' })),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  {
    name: 'what is behind an interface endpoint is not judged yet',
    codes: ['VPCE_SERVICE_NOT_INSTALLED_IN_AZ'],
    reference: page.codes,
    layer: 'routes',
    to: address.near,
    wall: (all) => (interfaceOf(all, 'eni-near')['InterfaceType'] = 'vpc_endpoint'),
    status: 'unknown',
    what: 'interface-not-modelled',
  },
  {
    name: 'a VPN connection whose tunnels are all down carries nothing',
    codes: ['BAD_STATE_VPN'],
    reference: page.tunnels,
    layer: 'routes',
    to: '172.20.5.9',
    setUp: (all) => {
      const toOffice = route('172.20.0.0/16', { GatewayId: 'vgw-1' });
      routesOf(all, 'rtb-a1').push({ ...toOffice, Origin: 'EnableVgwRoutePropagation' });
      all['describe-vpn-connections'] = { VpnConnections: [{ ...vpnConnection, VpnGatewayId: 'vgw-1' }] };
    },
    wall: tunnelDown,
    twin: 'unknown',
    status: 'closed',
    what: 'vpn-down',
  },
  {
    name: 'a VPN connection behind a transit gateway whose tunnels are all down carries nothing',
    codes: ['TGW_BAD_STATE_VPN'],
    reference: page.tunnels,
    layer: 'routes',
    to: '172.20.5.9',
    setUp: (all) => {
      transit(all);
      routesOf(all, 'rtb-a1').push(route('172.20.0.0/16', { TransitGatewayId: 'tgw-1' }));
      const target = { TransitGatewayAttachmentId: 'tgw-attach-vpn', ResourceId: 'vpn-1', ResourceType: 'vpn' };
      const learned = { DestinationCidrBlock: '172.20.0.0/16', Type: 'propagated', State: 'active' };
      transitRoutes(all, 'a').push({ ...learned, TransitGatewayAttachments: [target] });
      all['describe-vpn-connections'] = { VpnConnections: [{ ...vpnConnection, TransitGatewayId: 'tgw-1' }] };
    },
    wall: tunnelDown,
    twin: 'unknown',
    status: 'closed',
    what: 'vpn-down',
  },
  {
    name: 'a detached interface is nobody',
    codes: ['BAD_STATE'],
    reference: `${docs}/AWSEC2/latest/APIReference/API_NetworkInterface.html`,
    layer: 'routes',
    to: address.near,
    wall: (all) => (interfaceOf(all, 'eni-near')['Status'] = 'available'),
    status: 'closed',
    what: 'interface-detached',
  },
  {
    name: 'what is behind a load balancer is not judged yet',
    codes: [
      'ELB_ACL_RESTRICTION',
      'ELB_INSTALLED_AZ_RESTRICTION',
      'ELB_LISTENERS_MISMATCH',
      'ELB_LISTENER_PORT_RESTRICTION',
      'ELB_NOT_CROSSZONE',
      'ELBV2_LISTENERS_MISMATCH',
      'ELBV2_LISTENER_HAS_NO_TG',
      'ELBV2_LISTENER_PORT_RESTRICTION',
      'ELBV2_LISTENER_REQUIRES_TG_ACCEPT',
      'ELBV2_NO_TARGETS_IN_AZ',
      'ELBV2_SOURCE_ADDRESS_PRESERVATION',
      'TARGET_ADDRESS_RESTRICTION',
      'TARGET_PORT_RESTRICTION',
    ],
    reference: page.codes,
    layer: 'routes',
    to: address.near,
    wall: (all) => (interfaceOf(all, 'eni-near')['InterfaceType'] = 'network_load_balancer'),
    status: 'unknown',
    what: 'interface-not-modelled',
  },
  // The internet
  {
    name: 'an internet gateway carries nothing for an interface without a public address',
    codes: ['IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS'],
    reference: page.gateway,
    layer: 'routes',
    to: address.public,
    setUp: publicSender,
    wall: (all) => delete (interfaceOf(all, 'eni-ri')['PrivateIpAddresses'] as Entry[])[0]?.['Association'],
    status: 'closed',
    what: 'no-public-address',
  },
  {
    name: 'the internet carries no private addresses',
    codes: ['IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS'],
    reference: page.gateway,
    layer: 'routes',
    to: address.peer,
    setUp: publicSender,
    wall: (all) => dropRoute(all, 'rtb-a1', '10.1.0.0/16'),
    status: 'closed',
    what: 'private-address-to-internet',
    fixed: true,
  },
  {
    name: 'the internet carries no shared addresses of RFC 6598',
    codes: ['IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS'],
    reference: page.codes,
    layer: 'routes',
    to: '100.64.1.20',
    setUp: (all) => {
      publicSender(all);
      const moved: Documents = JSON.parse(JSON.stringify(all).replaceAll('10.1.', '100.64.'));
      for (const key of Object.keys(moved)) all[key] = moved[key] ?? {};
    },
    wall: (all) => dropRoute(all, 'rtb-a1', '100.64.0.0/16'),
    status: 'closed',
    what: 'private-address-to-internet',
    fixed: true,
  },
  {
    name: 'a public address that no gathered interface has is out of sight',
    codes: ['IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS'],
    reference: page.gateway,
    layer: 'routes',
    to: address.public,
    setUp: (all) => delete interfaceOf(all, 'eni-peer')['Association'],
    wall: (all) => delete (interfaceOf(all, 'eni-peer')['PrivateIpAddresses'] as Entry[])[0]?.['Association'],
    status: 'unknown',
    what: 'sight-ends',
  },
  {
    name: 'a detached internet gateway carries nothing',
    codes: ['BAD_STATE_ATTACHMENT'],
    reference: page.gateway,
    layer: 'routes',
    to: address.public,
    setUp: publicSender,
    wall: (all) => (element(all, 'describe-internet-gateways', 'igw-a')['Attachments'] = []),
    status: 'closed',
    what: 'gateway-detached',
  },
  {
    name: 'answers to a public address must leave by the internet gateway',
    codes: ['NO_ROUTE_TO_DESTINATION'],
    reference: page.gateway,
    layer: 'routes',
    to: address.public,
    wall: (all) => dropRoute(all, 'rtb-b1', '0.0.0.0/0'),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'VPC Block Public Access, both ways',
    codes: ['VPC_BLOCK_PUBLIC_ACCESS_ENABLED'],
    reference: page.blockPublic,
    layer: 'routes',
    to: address.public,
    wall: (all) =>
      ((element(all, 'describe-subnets', 'subnet-nat')['BlockPublicAccessStates'] as Entry)[
        'InternetGatewayBlockMode'
      ] = 'block-bidirectional'),
    status: 'closed',
    what: 'public-access-blocked',
  },
  {
    name: 'VPC Block Public Access for what comes in leaves only NAT gateways open',
    codes: ['VPC_BLOCK_PUBLIC_ACCESS_ENABLED'],
    reference: page.blockPublic,
    layer: 'routes',
    to: address.public,
    setUp: (all) =>
      ((element(all, 'describe-subnets', 'subnet-nat')['BlockPublicAccessStates'] as Entry)[
        'InternetGatewayBlockMode'
      ] = 'block-ingress'),
    wall: (all) =>
      ((element(all, 'describe-subnets', 'subnet-b1')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
        'block-ingress'),
    status: 'closed',
    what: 'public-access-blocked',
  },
  {
    name: 'an internet gateway with a route table of its own may lead to a middlebox',
    codes: ['INGRESS_RTB_TRAFFIC_REDIRECTION', 'INGRESS_RTB_NO_PUBLIC_IP'],
    reference: page.edge,
    layer: 'routes',
    to: address.public,
    setUp: (all) =>
      all['describe-route-tables']?.['RouteTables']?.push({
        RouteTableId: 'rtb-edge',
        VpcId: 'vpc-b',
        Associations: [{ Main: false, GatewayId: 'igw-b' }],
        Routes: [route('10.1.0.0/16', { GatewayId: 'local' })],
      }),
    wall: (all) => routesOf(all, 'rtb-edge').push(route('10.1.1.0/24', { NetworkInterfaceId: 'eni-firewall' })),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  // NAT gateways
  {
    name: 'a NAT gateway that failed carries nothing',
    codes: ['BAD_STATE'],
    reference: page.nat,
    layer: 'routes',
    to: address.public,
    wall: (all) => (nat(all)['State'] = 'failed'),
    status: 'closed',
    what: 'nat-not-available',
  },
  {
    name: 'a NAT gateway serves its own VPC only',
    codes: ['NGW_REQUIRES_SOURCE_IN_VPC'],
    reference: page.natRules,
    layer: 'routes',
    to: address.public,
    wall: (all) => (nat(all)['VpcId'] = 'vpc-b'),
    status: 'closed',
    what: 'nat-other-vpc',
  },
  {
    name: 'a private NAT gateway does not reach the internet',
    codes: ['NGW_SOURCE_ADDRESS_REASSIGN'],
    reference: page.nat,
    layer: 'routes',
    to: address.public,
    wall: (all) => (nat(all)['ConnectivityType'] = 'private'),
    status: 'closed',
    what: 'nat-private',
  },
  {
    name: 'a NAT gateway in a subnet that sends everything to it leads nowhere',
    codes: ['NO_ROUTE_TO_DESTINATION'],
    reference: page.natRules,
    layer: 'routes',
    to: address.public,
    wall: (all) => (nat(all)['SubnetId'] = 'subnet-a1'),
    status: 'closed',
    what: 'nat-loop',
  },
  {
    name: 'a regional NAT gateway serves no zone that its owner has not extended it to',
    codes: ['REGIONAL_NGW_ROUTE_AZ_RESTRICTION'],
    reference: page.regionalNat,
    layer: 'routes',
    to: address.public,
    setUp: regional,
    wall: (all) => (((nat(all)['NatGatewayAddresses'] as Entry[])[0] ?? {})['AvailabilityZone'] = 'eu-west-1c'),
    status: 'closed',
    what: 'nat-other-zone',
  },
  {
    name: 'answers that go to a NAT gateway are lost',
    codes: ['NGW_DEST_ADDRESS_PRESERVATION'],
    reference: page.natRules,
    layer: 'routes',
    to: address.public,
    setUp: (all) =>
      all['describe-nat-gateways']?.['NatGateways']?.push({
        ...nat(all),
        NatGatewayId: 'nat-b',
        VpcId: 'vpc-b',
        SubnetId: 'subnet-b1',
      }),
    wall: (all) => routesOf(all, 'rtb-b1').push(route('52.0.0.0/16', { NatGatewayId: 'nat-b' })),
    status: 'closed',
    what: 'outgoing-only',
  },
  // Transit gateways
  {
    name: 'an attachment that is not available carries nothing',
    codes: ['BAD_STATE_ATTACHMENT'],
    reference: page.attachments,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => (attachmentOf(all, 'b')['State'] = 'pendingAcceptance'),
    status: 'closed',
    what: 'attachment-inactive',
  },
  {
    name: 'an attachment without a subnet in the Availability Zone of the sender is out of reach',
    codes: ['TGW_ROUTE_AZ_RESTRICTION', 'TGW_ATTACH_VPC_AZ_RESTRICTION'],
    reference: page.attachments,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => (element(all, 'describe-subnets', 'subnet-a1')['AvailabilityZone'] = 'eu-west-1b'),
    status: 'closed',
    what: 'transit-other-zone',
  },
  {
    name: 'an attachment without a route table leads nowhere',
    codes: ['TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => delete element(all, 'describe-transit-gateway-attachments', 'tgw-attach-a')['Association'],
    status: 'closed',
    what: 'transit-not-associated',
  },
  {
    name: 'the route table of the transit gateway needs a route',
    codes: ['TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => transitRoutes(all, 'a').pop(),
    status: 'closed',
    what: 'transit-route-missing',
  },
  {
    name: 'a subnet needs a route to the transit gateway',
    codes: ['NO_ROUTE_TO_DESTINATION'],
    reference: page.attachments,
    layer: 'routes',
    to: address.peer,
    setUp: (all) => {
      transit(all);
      noDefault(all);
      all['describe-vpc-peering-connections'] = { VpcPeeringConnections: [] };
    },
    wall: (all) => dropRoute(all, 'rtb-a1', '10.1.0.0/16'),
    status: 'closed',
    what: 'route-missing',
    fixed: true,
  },
  {
    name: 'a route of the transit gateway for another range does not count',
    codes: ['TGW_RTB_CANNOT_ROUTE'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => ((transitRoutes(all, 'a')[1] ?? {})['DestinationCidrBlock'] = '10.1.128.0/17'),
    status: 'closed',
    what: 'transit-route-missing',
  },
  {
    name: "answers need a route in the table of the source's attachment",
    codes: ['TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => transitRoutes(all, 'b').shift(),
    status: 'closed',
    what: 'transit-route-missing',
  },
  {
    name: 'a blackhole of the transit gateway drops packets',
    codes: ['TGW_RTB_BAD_STATE_ROUTE'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => ((transitRoutes(all, 'a')[1] ?? {})['State'] = 'blackhole'),
    status: 'closed',
    what: 'transit-route-blackhole',
  },
  {
    name: 'a static route of the transit gateway goes before a propagated one',
    codes: ['TGW_RTB_HIGHER_PRIORITY_ROUTE'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) =>
      transitRoutes(all, 'a').push({ DestinationCidrBlock: '10.1.0.0/16', Type: 'static', State: 'blackhole' }),
    status: 'closed',
    what: 'transit-route-blackhole',
  },
  {
    name: 'a longer prefix of the transit gateway wins',
    codes: ['TGW_RTB_MORE_SPECIFIC_ROUTE'],
    reference: page.transit,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => {
      const elsewhere = [{ TransitGatewayAttachmentId: 'tgw-attach-a', ResourceId: 'vpc-a', ResourceType: 'vpc' }];
      const more = { DestinationCidrBlock: '10.1.1.0/24', Type: 'static', State: 'active' };
      transitRoutes(all, 'a').push({ ...more, TransitGatewayAttachments: elsewhere });
    },
    status: 'closed',
    what: 'transit-route-elsewhere',
  },
  {
    name: 'routes of a transit gateway that were not gathered decide nothing',
    codes: ['TGW_RTB_ROUTES_ARE_UNKNOWN'],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => delete all['search-transit-gateway-routes--tgw-rtb-b'],
    status: 'unknown',
    what: 'part-missing',
  },
  {
    name: 'what is behind an attachment of another kind is not judged yet',
    codes: [],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    setUp: transit,
    wall: (all) => (firstOf(transitRoutes(all, 'a')[1] ?? {}, 'TransitGatewayAttachments')['ResourceType'] = 'connect'),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  {
    name: 'without referencing support a rule that names a group does not hold behind a transit gateway',
    codes: ['SG_REFERENCING_SUPPORT'],
    reference: page.transitGroups,
    layer: 'security-groups',
    to: address.peer,
    setUp: (all) => {
      transit(all);
      group(all, 'sg-peer')['IpPermissions'] = [rule(5432, { group: 'sg-dms' })];
    },
    wall: (all) => ((attachmentOf(all, 'a')['Options'] as Entry)['SecurityGroupReferencingSupport'] = 'disable'),
    status: 'closed',
    what: 'reference-not-preserved',
    fixed: true,
  },
  ...(
    [
      ['packets out of the sender\u2019s attachment', 'acl-ta', false, [5432, 5432], '10.0.1.0/24'],
      ['packets into the source\u2019s VPC', 'acl-tb', true, [5432, 5432], '10.1.1.0/24'],
      ['answers out of the source\u2019s attachment', 'acl-tb', false, [1024, 65535], '10.1.1.0/24'],
      ['answers into the sender\u2019s VPC', 'acl-ta', true, [1024, 65535], '10.0.1.0/24'],
    ] as const
  ).map(([way, acl, egress, ports, cidr]): Case => ({
    name: `the ACL of an attachment's subnet: ${way}`,
    codes: ['SUBNET_ACL_RESTRICTION'],
    reference: page.transitAcls,
    layer: 'network-acls',
    to: address.peer,
    setUp: transit,
    wall: (all) => entries(all, acl).push(entry(99, egress, 'deny', cidr, [ports[0], ports[1]])),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  })),
  // Security groups
  {
    name: 'nothing lets the sender in',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.peer,
    wall: (all) => (firstOf(firstOf(rules(all, 'sg-peer')), 'IpRanges')['CidrIp'] = '10.0.2.0/24'),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'nothing lets the sender out',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.near,
    wall: (all) =>
      (firstOf(firstOf(rules(all, 'sg-dms', 'IpPermissionsEgress')), 'IpRanges')['CidrIp'] = '10.1.0.0/16'),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'a group without rules lets nobody in',
    codes: ['SG_HAS_NO_RULES'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.near,
    wall: (all) => rules(all, 'sg-db').pop(),
    status: 'closed',
    what: 'group-has-no-rules',
    fixed: true,
  },
  {
    name: 'a rule for another port does not count',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.near,
    setUp: (all) => ((rules(all, 'sg-db')[0] ?? {})['FromPort'] = 5400),
    wall: (all) => ((rules(all, 'sg-db')[0] ?? {})['ToPort'] = 5431),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'a rule for another protocol does not count',
    codes: ['PROTOCOL_RESTRICTION'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.near,
    wall: (all) => ((rules(all, 'sg-db')[0] ?? {})['IpProtocol'] = 'udp'),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'the rules of all groups of an interface count together',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: `${guide}/vpc-security-groups.html`,
    layer: 'security-groups',
    to: address.near,
    setUp: (all) => {
      group(all, 'sg-db')['IpPermissions'] = [];
      const more = { GroupId: 'sg-more', GroupName: 'more', VpcId: 'vpc-a', IpPermissionsEgress: [] };
      all['describe-security-groups']?.['SecurityGroups']?.push({
        ...more,
        IpPermissions: [rule(5432, { cidr: '10.0.1.10/32' })],
      });
      (interfaceOf(all, 'eni-near')['Groups'] as Entry[]).push({ GroupId: 'sg-more' });
    },
    wall: (all) => (interfaceOf(all, 'eni-near')['Groups'] as Entry[]).pop(),
    status: 'closed',
    what: 'group-has-no-rules',
    fixed: true,
  },
  {
    name: 'a rule that names a group holds for interfaces that have it',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.near,
    wall: (all) => (((interfaceOf(all, 'eni-ri')['Groups'] as Entry[])[0] ?? {})['GroupId'] = 'sg-peer'),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'a prefix list without the sender does not count',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.lists,
    layer: 'security-groups',
    to: address.near,
    setUp: (all) => {
      group(all, 'sg-db')['IpPermissions'] = [rule(5432, { list: 'pl-dms' })];
      all['get-managed-prefix-list-entries--pl-dms'] = { Entries: [{ Cidr: '10.0.1.0/28' }] };
    },
    wall: (all) => (all['get-managed-prefix-list-entries--pl-dms'] = { Entries: [{ Cidr: '10.0.1.16/28' }] }),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'a prefix list that was not gathered decides nothing',
    codes: ['UNKNOWN_RESOURCE'],
    reference: page.lists,
    layer: 'security-groups',
    to: address.near,
    setUp: (all) => {
      group(all, 'sg-db')['IpPermissions'] = [rule(5432, { list: 'pl-dms' })];
      all['get-managed-prefix-list-entries--pl-dms'] = { Entries: [{ Cidr: '10.0.1.0/28' }] };
    },
    wall: (all) => delete all['get-managed-prefix-list-entries--pl-dms'],
    status: 'unknown',
    what: 'part-missing',
  },
  {
    name: 'behind a NAT gateway the source sees its address',
    codes: ['NGW_SOURCE_ADDRESS_REASSIGN'],
    reference: page.nat,
    layer: 'security-groups',
    to: address.public,
    wall: (all) => rules(all, 'sg-peer').splice(1, 1),
    status: 'closed',
    what: 'no-rule-admits',
    fixed: true,
  },
  {
    name: 'over the internet a rule that names a group does not hold',
    codes: ['SG_REFERENCES_NOT_PRESERVED'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.public,
    setUp: (all) => {
      publicSender(all);
      const named = { ...rule(5432, { cidr: '52.0.0.2/32' }), UserIdGroupPairs: [{ GroupId: 'sg-dms' }] };
      group(all, 'sg-peer')['IpPermissions'] = [named];
    },
    wall: (all) => ((rules(all, 'sg-peer')[0] ?? {})['IpRanges'] = []),
    status: 'closed',
    what: 'reference-not-preserved',
    fixed: true,
  },
  {
    name: 'over peering between Regions a rule that names a group does not hold',
    codes: ['SG_REFERENCES_NOT_PRESERVED'],
    reference: page.peeringGroups,
    layer: 'security-groups',
    to: address.peer,
    setUp: (all) => (group(all, 'sg-peer')['IpPermissions'] = [rule(5432, { group: 'sg-dms' })]),
    wall: (all) => ((peering(all)['AccepterVpcInfo'] as Entry)['Region'] = 'eu-central-1'),
    status: 'closed',
    what: 'reference-not-preserved',
    fixed: true,
  },
  {
    name: 'a rule that names a group over a deleted peering connection is stale',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.peeringGroups,
    layer: 'security-groups',
    to: address.peer,
    setUp: (all) => {
      const pair = { GroupId: 'sg-dms', VpcPeeringConnectionId: 'pcx-ab', PeeringStatus: 'active' };
      group(all, 'sg-peer')['IpPermissions'] = [{ ...rule(5432), UserIdGroupPairs: [pair] }];
    },
    wall: (all) => (firstOf(firstOf(rules(all, 'sg-peer')), 'UserIdGroupPairs')['PeeringStatus'] = 'deleted'),
    status: 'closed',
    what: 'reference-stale',
    fixed: true,
  },
  {
    name: 'groups of a peered VPC that were not gathered decide nothing',
    codes: ['UNKNOWN_PEERED_SGS'],
    reference: page.codes,
    layer: 'security-groups',
    to: address.peer,
    wall: (all) => all['describe-security-groups']?.['SecurityGroups']?.pop(),
    status: 'unknown',
    what: 'groups-unknown',
  },
  {
    name: 'an address that no interface has is nobody whose groups are known',
    codes: ['ENI_ADDRESS_RESTRICTION'],
    reference: page.codes,
    layer: 'security-groups',
    to: address.near,
    setUp: (all) => delete interfaceOf(all, 'eni-near')['PrivateIpAddress'],
    wall: (all) =>
      (((interfaceOf(all, 'eni-near')['PrivateIpAddresses'] as Entry[])[0] ?? {})['PrivateIpAddress'] = '10.0.2.99'),
    status: 'unknown',
    what: 'groups-unknown',
  },
  // Network ACLs
  ...(
    [
      ['out of the sender\u2019s subnet', 'acl-a1', true, [5432, 5432], '10.1.1.20/32'],
      ['into the source\u2019s subnet', 'acl-b1', false, [5432, 5432], '10.0.1.0/24'],
      ['answers out of the source\u2019s subnet', 'acl-b1', true, [1024, 65535], '10.0.0.0/16'],
      ['answers into the sender\u2019s subnet', 'acl-a1', false, [1024, 65535], '10.1.0.0/16'],
    ] as const
  ).map(([way, acl, egress, ports, cidr]): Case => ({
    name: `the lowest number decides: ${way}`,
    codes: ['SUBNET_ACL_RESTRICTION'],
    reference: page.acls,
    layer: 'network-acls',
    to: address.peer,
    wall: (all) => entries(all, acl).push(entry(99, egress, 'deny', cidr, [ports[0], ports[1]])),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  })),
  {
    name: 'without an entry that allows, the last one denies',
    codes: ['SUBNET_ACL_RESTRICTION'],
    reference: page.aclBasics,
    layer: 'network-acls',
    to: address.peer,
    wall: (all) => entries(all, 'acl-b1').splice(2, 1),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  },
  {
    name: 'an entry of another protocol does not count',
    codes: ['PROTOCOL_RESTRICTION'],
    reference: page.acls,
    layer: 'network-acls',
    to: address.peer,
    wall: (all) => (entryOf(all, 'acl-b1', 100, false)['Protocol'] = '17'),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  },
  {
    name: 'answers need every port that a Linux client uses',
    codes: ['SUBNET_ACL_RESTRICTION'],
    reference: page.ephemeral,
    layer: 'network-acls',
    to: address.peer,
    setUp: (all) =>
      Object.assign(entryOf(all, 'acl-b1', 100, true), entry(100, true, 'allow', '0.0.0.0/0', [32768, 60999])),
    wall: (all) => ((entryOf(all, 'acl-b1', 100, true)['PortRange'] as Entry)['From'] = 49152),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  },
  {
    name: 'a NAT gateway uses every port from 1024 on',
    codes: ['REMAP_EPHEMERAL_PORT'],
    reference: page.natRules,
    layer: 'network-acls',
    to: address.public,
    setUp: (all) =>
      Object.assign(entryOf(all, 'acl-a2', 100, false), entry(100, false, 'allow', '0.0.0.0/0', [1024, 65535])),
    wall: (all) => ((entryOf(all, 'acl-a2', 100, false)['PortRange'] as Entry)['From'] = 32768),
    status: 'closed',
    what: 'entry-denies',
    fixed: true,
  },
  {
    name: 'a subnet whose ACL was not gathered is not judged',
    codes: ['UNKNOWN_RESOURCE'],
    reference: page.aclBasics,
    layer: 'network-acls',
    to: address.peer,
    wall: (all) => (element(all, 'describe-network-acls', 'acl-b1')['Associations'] = []),
    status: 'unknown',
    what: 'acl-unknown',
  },
  {
    name: 'an entry that is not understood decides nothing',
    codes: [],
    reference: page.acls,
    layer: 'network-acls',
    to: address.peer,
    wall: (all) => (entryOf(all, 'acl-b1', 100, false)['RuleAction'] = 'inspect'),
    status: 'unknown',
    what: 'entry-not-understood',
  },
];
