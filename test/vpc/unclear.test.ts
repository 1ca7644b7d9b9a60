import { describe, expect, it } from 'vitest';
import { transit } from './cases.ts';
import { address, documents, element, judgeBetween, route, rule } from './networks.ts';
import type { Documents, Entry, Layer } from './networks.ts';

/** Evidence that is there and not understood, or says too little. Each makes an open way unknown: neither open nor closed. */
type Unclear = readonly [
  name: string,
  layer: Layer,
  to: string,
  edit: (all: Documents) => unknown,
  setUp?: (all: Documents) => unknown,
];

const table = (all: Documents, id = 'rtb-a1') => element(all, 'describe-route-tables', id);
const routes = (all: Documents, id = 'rtb-a1') => table(all, id)['Routes'] as Entry[];
const toPeer = (all: Documents) => routes(all)[1] ?? {};
const association = (all: Documents) => (table(all)['Associations'] as Entry[])[0] ?? {};
const pcx = (all: Documents) => element(all, 'describe-vpc-peering-connections', 'pcx-ab');
const nat = (all: Documents) => element(all, 'describe-nat-gateways', 'nat-a');
const subnet = (all: Documents, id: string) => element(all, 'describe-subnets', id);
const networkInterface = (all: Documents, id: string) => element(all, 'describe-network-interfaces', id);
const group = (all: Documents, id: string) => element(all, 'describe-security-groups', id);
const firstRule = (all: Documents) => (group(all, 'sg-db')['IpPermissions'] as Entry[])[0] ?? {};
const firstEntry = (all: Documents, id = 'acl-b1') =>
  (element(all, 'describe-network-acls', id)['Entries'] as Entry[])[0] ?? {};
const attachment = (all: Documents, name: string) =>
  element(all, 'describe-transit-gateway-vpc-attachments', `tgw-attach-${name}`);
const transitAttachment = (all: Documents) => element(all, 'describe-transit-gateway-attachments', 'tgw-attach-a');
const transitRoute = (all: Documents) => all['search-transit-gateway-routes--tgw-rtb-a']?.['Routes']?.[1] ?? {};
const empty = (all: Documents, operation: string) => {
  for (const member of Object.keys(all[operation] ?? {})) (all[operation] ?? {})[member] = [];
};
const peer = address.peer;

const unclear: readonly Unclear[] = [
  [
    'an association that is being made',
    'routes',
    peer,
    (all) => (association(all)['AssociationState'] = { State: 'associating' }),
  ],
  [
    'no table and no main table',
    'routes',
    peer,
    (all) => (all['describe-route-tables'] = { RouteTables: [table(all, 'rtb-b1')] }),
  ],
  ['a table without routes', 'routes', peer, (all) => delete table(all)['Routes']],
  ['a route without a state', 'routes', peer, (all) => delete toPeer(all)['State']],
  ['a route in a state that is not known', 'routes', peer, (all) => (toPeer(all)['State'] = 'filtered')],
  ['a route without a destination', 'routes', peer, (all) => delete toPeer(all)['DestinationCidrBlock']],
  [
    'a route to what is no block',
    'routes',
    peer,
    (all) => routes(all).push(route('10.1.1.0/33', { GatewayId: 'local' })),
  ],
  [
    'a route to a prefix list that was not gathered',
    'routes',
    peer,
    (all) =>
      routes(all).push({
        ...route('', { GatewayId: 'local' }),
        DestinationCidrBlock: null,
        DestinationPrefixListId: 'pl-9',
      }),
  ],
  ['a route with two targets', 'routes', peer, (all) => (toPeer(all)['NatGatewayId'] = 'nat-a')],
  ['a route without a target', 'routes', peer, (all) => delete toPeer(all)['VpcPeeringConnectionId']],
  ['a route that a route server advertises', 'routes', peer, (all) => (toPeer(all)['Origin'] = 'Advertisement')],
  [
    'a route to a carrier gateway',
    'routes',
    peer,
    (all) => routes(all).push(route('10.1.1.0/24', { CarrierGatewayId: 'cagw-1' })),
  ],
  ['a peering connection without a status', 'routes', peer, (all) => delete pcx(all)['Status']],
  ['a peering connection without its sides', 'routes', peer, (all) => delete pcx(all)['RequesterVpcInfo']],
  ['no peering connections', 'routes', peer, (all) => empty(all, 'describe-vpc-peering-connections')],
  ['no NAT gateways', 'routes', address.public, (all) => empty(all, 'describe-nat-gateways')],
  ['a NAT gateway without a state', 'routes', address.public, (all) => delete nat(all)['State']],
  ['a NAT gateway without a subnet', 'routes', address.public, (all) => delete nat(all)['SubnetId']],
  ['a NAT gateway without addresses', 'routes', address.public, (all) => (nat(all)['NatGatewayAddresses'] = [])],
  ['no internet gateways', 'routes', address.public, (all) => empty(all, 'describe-internet-gateways')],
  [
    'a subnet that does not say what Block Public Access does',
    'routes',
    address.public,
    (all) => delete subnet(all, 'subnet-nat')['BlockPublicAccessStates'],
  ],
  [
    'a subnet that is blocked, and uses the NAT gateway of one that is not',
    'routes',
    address.public,
    (all) =>
      ((subnet(all, 'subnet-a1')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
        'block-bidirectional'),
  ],
  [
    'a subnet that was not gathered',
    'routes',
    address.public,
    (all) => (subnet(all, 'subnet-nat')['SubnetId'] = 'subnet-other'),
  ],
  [
    'a mode of Block Public Access that is not known',
    'routes',
    address.public,
    (all) => ((subnet(all, 'subnet-b1')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] = 'audit'),
  ],
  [
    'an interface that is being attached',
    'routes',
    peer,
    (all) => (networkInterface(all, 'eni-peer')['Status'] = 'attaching'),
  ],
  ['no attachments', 'routes', peer, (all) => empty(all, 'describe-transit-gateway-vpc-attachments'), transit],
  ['an attachment without a state', 'routes', peer, (all) => delete attachment(all, 'b')['State'], transit],
  [
    'a subnet in a Local Zone',
    'routes',
    peer,
    (all) => (subnet(all, 'subnet-b1')['AvailabilityZone'] = 'eu-west-1-lon-1a'),
    transit,
  ],
  [
    'a subnet without an Availability Zone',
    'routes',
    peer,
    (all) => delete subnet(all, 'subnet-ta')['AvailabilityZone'],
    transit,
  ],
  [
    'an association of an attachment that is being made',
    'routes',
    peer,
    (all) => ((transitAttachment(all)['Association'] as Entry)['State'] = 'associating'),
    transit,
  ],
  [
    'attachments without their route tables',
    'routes',
    peer,
    (all) => empty(all, 'describe-transit-gateway-attachments'),
    transit,
  ],
  ['a transit gateway route without a state', 'routes', peer, (all) => delete transitRoute(all)['State'], transit],
  [
    'a transit gateway route to nothing',
    'routes',
    peer,
    (all) => (transitRoute(all)['TransitGatewayAttachments'] = []),
    transit,
  ],
  [
    'a group without a list of rules',
    'security-groups',
    address.near,
    (all) => delete group(all, 'sg-db')['IpPermissions'],
  ],
  ['a rule for TCP without ports', 'security-groups', address.near, (all) => delete firstRule(all)['FromPort']],
  ['a rule without a protocol', 'security-groups', address.near, (all) => delete firstRule(all)['IpProtocol']],
  [
    'a rule of a protocol that is not known',
    'security-groups',
    address.near,
    (all) => (firstRule(all)['IpProtocol'] = 'quic'),
  ],
  [
    'a rule for what is no block',
    'security-groups',
    address.near,
    (all) => (group(all, 'sg-db')['IpPermissions'] = [rule(5432, { cidr: '10.0.1.0/x' })]),
  ],
  [
    'a rule that names no group',
    'security-groups',
    address.near,
    (all) => (firstRule(all)['UserIdGroupPairs'] = [{ UserId: '111122223333' }]),
  ],
  [
    'a prefix list with an entry that is no block',
    'security-groups',
    address.near,
    (all) => (all['get-managed-prefix-list-entries--pl-9'] = { Entries: [{ Cidr: '10.0.1.0/64' }] }),
    (all) => {
      group(all, 'sg-db')['IpPermissions'] = [rule(5432, { list: 'pl-9' })];
      all['get-managed-prefix-list-entries--pl-9'] = { Entries: [{ Cidr: '10.0.1.0/24' }] };
    },
  ],
  [
    'a source without groups',
    'security-groups',
    address.near,
    (all) => (networkInterface(all, 'eni-near')['Groups'] = []),
  ],
  [
    'a sender without groups',
    'security-groups',
    address.near,
    (all) => (networkInterface(all, 'eni-ri')['Groups'] = []),
  ],
  [
    'a sender whose group a rule may name',
    'security-groups',
    peer,
    (all) => delete (pcx(all)['RequesterVpcInfo'] as Entry)['Region'],
    (all) => (group(all, 'sg-peer')['IpPermissions'] = [rule(5432, { group: 'sg-dms' })]),
  ],
  [
    'a transit gateway that does not say whether it knows groups',
    'security-groups',
    peer,
    (all) => empty(all, 'describe-transit-gateways'),
    (all) => {
      transit(all);
      group(all, 'sg-peer')['IpPermissions'] = [rule(5432, { group: 'sg-dms' })];
    },
  ],
  ['an entry without a number', 'network-acls', peer, (all) => delete firstEntry(all)['RuleNumber']],
  ['an entry without a direction', 'network-acls', peer, (all) => delete firstEntry(all)['Egress']],
  ['an entry without an action', 'network-acls', peer, (all) => delete firstEntry(all)['RuleAction']],
  ['an entry without a protocol', 'network-acls', peer, (all) => delete firstEntry(all)['Protocol']],
  ['an entry of a protocol that is not known', 'network-acls', peer, (all) => (firstEntry(all)['Protocol'] = 'tls')],
  ['an entry for TCP without ports', 'network-acls', peer, (all) => (firstEntry(all)['Protocol'] = '6')],
  ['an entry without a block', 'network-acls', peer, (all) => delete firstEntry(all)['CidrBlock']],
  [
    'more entries than an ACL can have',
    'network-acls',
    peer,
    (all) => {
      const list = element(all, 'describe-network-acls', 'acl-b1');
      list['Entries'] = Array.from({ length: 500 }, () => firstEntry(all));
    },
  ],
  [
    'an ACL of no subnet',
    'network-acls',
    peer,
    (all) => (element(all, 'describe-network-acls', 'acl-a1')['Associations'] = []),
  ],
];

describe('what is not understood is unknown', () => {
  const rows = unclear.map(([name, layer, to, edit, setUp]) => ({ name, layer, to, edit, setUp }));

  it.each(rows)('$name', ({ layer, to, edit, setUp }) => {
    const all = documents();
    setUp?.(all);
    expect(judgeBetween(layer, all, address.ri, to).status).toBe('open');
    edit(all);
    const verdict = judgeBetween(layer, all, address.ri, to);
    expect(verdict.reasons.filter((reason) => reason.status === 'closed')).toEqual([]);
    expect(verdict.status).toBe('unknown');
    expect(verdict.fix).toBeUndefined();
  });
});
