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
  dms: `${docs}/dms/latest/userguide/CHAP_Troubleshooting.html`,
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
  const place = (one: Entry): Entry => JSON.parse(JSON.stringify(one).replaceAll('10.1.', '10.2.').replaceAll('vpc-b', 'vpc-c'));
  const add = (operation: string, id: string, more: Entry) => {
    const [list] = Object.values(all[operation] ?? {});
    list?.push({ ...place(element(copy, operation, id)), ...more });
  };
  all['describe-vpcs']?.['Vpcs']?.push({ VpcId: 'vpc-c', CidrBlock: '10.2.0.0/16' });
  add('describe-subnets', 'subnet-b1', { SubnetId: 'subnet-c1' });
  add('describe-network-interfaces', 'eni-peer', { NetworkInterfaceId: 'eni-third', SubnetId: 'subnet-c1', Association: null });
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
    name: 'what is behind a transit gateway is not judged yet',
    codes: [],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    wall: (all) => routesOf(all, 'rtb-a1').push(route('10.1.1.0/24', { TransitGatewayId: 'tgw-1' })),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  {
    name: 'what is behind a virtual private gateway is not judged yet',
    codes: [],
    reference: page.codes,
    layer: 'routes',
    to: address.peer,
    wall: (all) => routesOf(all, 'rtb-a1').push(route('10.1.1.0/24', { GatewayId: 'vgw-1' })),
    status: 'unknown',
    what: 'hop-not-modelled',
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
    codes: [],
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
  },
  {
    name: 'VPC Block Public Access, both ways',
    codes: ['VPC_BLOCK_PUBLIC_ACCESS_ENABLED'],
    reference: page.blockPublic,
    layer: 'routes',
    to: address.public,
    wall: (all) =>
      ((element(all, 'describe-subnets', 'subnet-nat')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
        'block-bidirectional'),
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
      ((element(all, 'describe-subnets', 'subnet-nat')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
        'block-ingress'),
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
    name: 'a regional NAT gateway is not judged yet',
    codes: [],
    reference: page.regionalNat,
    layer: 'routes',
    to: address.public,
    wall: (all) => (nat(all)['AvailabilityMode'] = 'regional'),
    status: 'unknown',
    what: 'hop-not-modelled',
  },
  {
    name: 'answers that go to a NAT gateway are lost',
    codes: ['NGW_DEST_ADDRESS_PRESERVATION'],
    reference: page.natRules,
    layer: 'routes',
    to: address.public,
    setUp: (all) =>
      all['describe-nat-gateways']?.['NatGateways']?.push({ ...nat(all), NatGatewayId: 'nat-b', VpcId: 'vpc-b', SubnetId: 'subnet-b1' }),
    wall: (all) => routesOf(all, 'rtb-b1').push(route('52.0.0.0/16', { NatGatewayId: 'nat-b' })),
    status: 'closed',
    what: 'outgoing-only',
  },
  // Security groups
  {
    name: 'nothing lets the sender in',
    codes: ['ENI_SG_RULES_MISMATCH'],
    reference: page.groups,
    layer: 'security-groups',
    to: address.peer,
    wall: (all) => (((rules(all, 'sg-peer')[0]?.['IpRanges'] as Entry[])[0] ?? {})['CidrIp'] = '10.0.2.0/24'),
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
    wall: (all) => (((rules(all, 'sg-dms', 'IpPermissionsEgress')[0]?.['IpRanges'] as Entry[])[0] ?? {})['CidrIp'] = '10.1.0.0/16'),
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
      all['describe-security-groups']?.['SecurityGroups']?.push({ ...more, IpPermissions: [rule(5432, { cidr: '10.0.1.10/32' })] });
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
    wall: (all) => (((rules(all, 'sg-peer')[0]?.['UserIdGroupPairs'] as Entry[])[0] ?? {})['PeeringStatus'] = 'deleted'),
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
    wall: (all) => (((interfaceOf(all, 'eni-near')['PrivateIpAddresses'] as Entry[])[0] ?? {})['PrivateIpAddress'] = '10.0.2.99'),
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
  ).map(
    ([way, acl, egress, ports, cidr]): Case => ({
      name: `the lowest number decides: ${way}`,
      codes: ['SUBNET_ACL_RESTRICTION'],
      reference: page.acls,
      layer: 'network-acls',
      to: address.peer,
      wall: (all) => entries(all, acl).push(entry(99, egress, 'deny', cidr, [ports[0], ports[1]])),
      status: 'closed',
      what: 'entry-denies',
      fixed: true,
    }),
  ),
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
    setUp: (all) => Object.assign(entryOf(all, 'acl-b1', 100, true), entry(100, true, 'allow', '0.0.0.0/0', [32768, 60999])),
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
    setUp: (all) => Object.assign(entryOf(all, 'acl-a2', 100, false), entry(100, false, 'allow', '0.0.0.0/0', [1024, 65535])),
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
