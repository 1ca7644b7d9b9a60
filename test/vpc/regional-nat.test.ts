import { describe, expect, it } from 'vitest';
import { judgeInternet } from '../../src/vpc/internet.ts';
import { regional } from './cases.ts';
import { address, documents, element, endOf, entry, judge, judgeBetween, route, rule, topologyOf } from './networks.ts';
import type { Documents, Entry, Layer } from './networks.ts';

const gateway = (all: Documents) => element(all, 'describe-nat-gateways', 'nat-a');
const addresses = (all: Documents) => gateway(all)['NatGatewayAddresses'] as Entry[];
const table = (all: Documents) => element(all, 'describe-route-tables', 'rtb-rnat')['Routes'] as Entry[];
const subnet = (all: Documents, id = 'subnet-a1') => element(all, 'describe-subnets', id);
const network = (...edits: ((all: Documents) => unknown)[]) => {
  const all = documents();
  regional(all);
  for (const edit of edits) edit(all);
  return all;
};
/** From a subnet in the other zone, whose routes lead to the same gateway. */
const fromOther = (all: Documents) => {
  (element(all, 'describe-route-tables', 'rtb-a1')['Associations'] as Entry[]).push({ SubnetId: 'subnet-a2' });
};
const routes = (all: Documents, from = address.ri) => judgeBetween('routes', all, from, address.public);
const layers: readonly Layer[] = ['routes', 'security-groups', 'network-acls'];

describe('a regional NAT gateway', () => {
  it('shows the source the address of the sender’s zone', () => {
    expect(routes(network())).toMatchObject({ status: 'open', sourceSeen: ['52.0.0.1'] });
    const all = network(fromOther);
    expect(routes(all, address.near)).toMatchObject({ status: 'open', sourceSeen: ['52.0.0.2'] });
    expect(routes(all)).toMatchObject({ sourceSeen: ['52.0.0.1'] });
  });

  it('goes by ids of zones where both have them, because names differ between accounts', () => {
    const ids = (all: Documents) => {
      subnet(all)['AvailabilityZoneId'] = 'euw1-az2';
      for (const [index, one] of addresses(all).entries()) one['AvailabilityZoneId'] = `euw1-az${index + 1}`;
    };
    expect(routes(network(ids))).toMatchObject({ status: 'open', sourceSeen: ['52.0.0.2'] });
  });

  it('has several addresses in one zone, of which only those count that are ready', () => {
    const more = (all: Documents) =>
      addresses(all).push(
        { PublicIp: '52.0.0.3', Status: 'succeeded', AvailabilityZone: 'eu-west-1a' },
        { PublicIp: '52.0.0.4', Status: 'associating', AvailabilityZone: 'eu-west-1a' },
      );
    expect(routes(network(more))).toMatchObject({ status: 'open', sourceSeen: ['52.0.0.1', '52.0.0.3'] });
  });

  it('is held against the source’s groups and ACLs with the addresses of the zone', () => {
    const groups = (cidr: string) =>
      judgeBetween(
        'security-groups',
        network((all) => {
          element(all, 'describe-security-groups', 'sg-peer')['IpPermissions'] = [rule(5432, { cidr })];
        }),
        address.ri,
        address.public,
      ).status;
    expect(groups('52.0.0.1/32')).toBe('open');
    expect(groups('52.0.0.2/32')).toBe('closed');
    const acls = (egress: boolean, acl: string, block: string) =>
      judgeBetween(
        'network-acls',
        network((all) => {
          (element(all, 'describe-network-acls', acl)['Entries'] as Entry[]).unshift(entry(90, egress, 'deny', block));
        }),
        address.ri,
        address.public,
      ).status;
    expect(acls(false, 'acl-b1', '52.0.0.2/32')).toBe('open');
    expect(acls(false, 'acl-b1', '52.0.0.1/32')).toBe('closed');
    expect(acls(true, 'acl-a1', '54.0.0.20/32')).toBe('closed');
    // It is in no subnet: the ACL of the one that a zonal gateway would be in is not passed.
    expect(acls(false, 'acl-a2', '0.0.0.0/0')).toBe('open');
  });

  it('warns of addresses that AWS may add', () => {
    const verdict = routes(network((all) => (gateway(all)['AutoScalingIps'] = 'enabled')));
    expect(verdict).toMatchObject({ status: 'open', caveats: [expect.stringContaining('further addresses')] });
  });

  it('leads to a public service as well', () => {
    const internet = (all: Documents) => {
      const topology = topologyOf(all);
      const end = endOf(topology, address.ri, 'vpc-a');
      if (end.kind === 'outside') throw new Error('it has an interface');
      return judgeInternet(topology, end, 443).status;
    };
    expect(internet(network())).toBe('open');
    expect(internet(network((all) => addresses(all).shift()))).toBe('closed');
  });

  it('that its owner has not extended to the zone carries nothing; one that AWS extends does, by addresses that change', () => {
    const gone = (all: Documents) => addresses(all).shift();
    const closed = routes(network(gone));
    expect(closed.status).toBe('closed');
    expect(closed.reasons.find(({ status }) => status === 'closed')).toMatchObject({ what: 'nat-other-zone' });
    const yet = routes(network(gone, (all) => (gateway(all)['AutoProvisionZones'] = 'enabled')));
    expect(yet).toMatchObject({ status: 'unknown', sourceSeen: ['52.0.0.2'] });
    expect(yet.reasons.filter(({ status }) => status === 'closed')).toEqual([]);
  });

  it('whose own routes end in nothing carries nothing', () => {
    expect(routes(network((all) => table(all).pop())).status).toBe('closed');
    expect(routes(network((all) => ((table(all)[1] ?? {})['State'] = 'blackhole'))).status).toBe('closed');
  });

  const doubts: readonly (readonly [string, (all: Documents) => unknown, RegExp])[] = [
    ['that is private', (all) => (gateway(all)['ConnectivityType'] = 'private'), /private/],
    ['without a route table', (all) => delete gateway(all)['RouteTableId'], /not named/],
    ['with a table that was not gathered', (all) => (gateway(all)['RouteTableId'] = 'rtb-9'), /rtb-9/],
    [
      'that sends on to a transit gateway',
      (all) => Object.assign(table(all)[1] ?? {}, { GatewayId: null, TransitGatewayId: 'tgw-1' }),
      /tgw-1|elsewhere/,
    ],
    ['that sends on to a firewall', (all) => ((table(all)[1] ?? {})['GatewayId'] = 'vpce-1'), /vpce-1/],
    ['that answers over a firewall', (all) => table(all).push(route('10.0.1.0/24', { GatewayId: 'vpce-1' })), /vpce-1/],
    ['with an appliance', (all) => (gateway(all)['AttachedAppliances'] = [{ ApplianceArn: 'arn:nfw' }]), /arn:nfw/],
    ['whose address is being made', (all) => ((addresses(all)[0] ?? {})['Status'] = 'associating'), /ready/],
    ['whose addresses name no zone', (all) => delete addresses(all)[1]?.['AvailabilityZone'], /which addresses/],
    ['without addresses', (all) => (gateway(all)['NatGatewayAddresses'] = []), /which addresses/],
    ['of a subnet without a zone', (all) => delete subnet(all)['AvailabilityZone'], /Availability Zone/],
    ['of a Local Zone', (all) => (subnet(all)['AvailabilityZone'] = 'eu-west-1-lon-1a'), /Availability Zone/],
    [
      'whose owner may or may not extend it',
      (all) => {
        addresses(all).shift();
        delete gateway(all)['AutoProvisionZones'];
      },
      /no address in eu-west-1a/,
    ],
    [
      'in a VPC where a subnet is blocked from the internet',
      (all) =>
        (subnet(all, 'subnet-a2')['BlockPublicAccessStates'] = { InternetGatewayBlockMode: 'block-bidirectional' }),
      /Block Public Access/,
    ],
  ];

  it.each(doubts)('%s is unknown', (_, edit, words) => {
    expect(routes(network()).status).toBe('open');
    const verdict = routes(network(edit));
    expect(verdict.status).toBe('unknown');
    expect(verdict.reasons.filter(({ status }) => status === 'closed')).toEqual([]);
    expect(verdict.reasons.map(({ text }) => text).join('; ')).toMatch(words);
  });

  it('leaves no layer open that its own doubt concerns', () => {
    const all = network((one) => (gateway(one)['AttachedAppliances'] = [{ Type: 'network-firewall-proxy' }]));
    for (const layer of layers) expect(judgeBetween(layer, all, address.ri, address.public).status).toBe('unknown');
  });

  it('is unknown, and names the operation, without the route tables', () => {
    const { routeTables: _, ...topology } = topologyOf(network());
    const verdict = judge('routes', topology, endOf(topology, address.ri, 'vpc-a'), endOf(topology, address.public));
    expect(verdict).toMatchObject({ status: 'unknown', missing: ['describe-route-tables'] });
  });
});

it('a zonal NAT gateway with an appliance attached is unknown in every layer', () => {
  const all = documents();
  gateway(all)['AttachedAppliances'] = [{ Type: 'network-firewall-proxy' }];
  for (const layer of layers) expect(judgeBetween(layer, all, address.ri, address.public).status).toBe('unknown');
});
