import { describe, expect, it } from 'vitest';
import { transit } from './cases.ts';
import { address, documents, element, endOf, entry, judge, judgeBetween, route, rule, topologyOf } from './networks.ts';
import type { Documents, Entry } from './networks.ts';

const office = '172.20.5.9';

/** A way to an office: a propagated route to a virtual private gateway, with one VPN connection. */
function officeNetwork(tunnels: Entry[]): Documents {
  const all = documents();
  const routes = element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[];
  routes.push({ ...route('172.20.0.0/16', { GatewayId: 'vgw-1' }), Origin: 'EnableVgwRoutePropagation' });
  const connection = { VpnConnectionId: 'vpn-1', VpnGatewayId: 'vgw-1', State: 'available', VgwTelemetry: tunnels };
  all['describe-vpn-connections'] = { VpnConnections: [connection] };
  return all;
}

const up = { Status: 'UP' };
const down = { Status: 'DOWN', StatusMessage: 'IPSEC IS DOWN' };

describe('behind a VPN connection', () => {
  it('sight ends, and the far end sees the private address', () => {
    const verdict = judgeBetween('routes', officeNetwork([up, down]), address.ri, office);
    expect(verdict).toMatchObject({ status: 'unknown', sourceSeen: [address.ri] });
    expect(verdict.reasons.at(-1)).toMatchObject({ what: 'sight-ends', resource: { id: 'vgw-1' } });
  });

  it('nothing passes with every tunnel down', () => {
    const verdict = judgeBetween('routes', officeNetwork([down, down]), address.ri, office);
    expect(verdict.status).toBe('closed');
    expect(verdict.reasons.at(-1)).toMatchObject({
      what: 'vpn-down',
      text: 'every tunnel of vpn-1 is down (IPSEC IS DOWN)',
    });
  });

  it('a gateway without a VPN connection may serve Direct Connect: sight ends', () => {
    const all = officeNetwork([down]);
    all['describe-vpn-connections'] = { VpnConnections: [] };
    expect(judgeBetween('routes', all, address.ri, office).status).toBe('unknown');
    delete all['describe-vpn-connections'];
    expect(judgeBetween('routes', all, address.ri, office)).toMatchObject({ missing: ['describe-vpn-connections'] });
  });

  it('our side of groups and ACLs still blocks', () => {
    const all = officeNetwork([up]);
    expect(judgeBetween('security-groups', all, address.ri, office).status).toBe('unknown');
    element(all, 'describe-security-groups', 'sg-dms')['IpPermissionsEgress'] = [];
    expect(judgeBetween('security-groups', all, address.ri, office)).toMatchObject({ status: 'closed', fix: [{}] });
  });
});

describe('a source that is no interface of ours', () => {
  it('on the internet: our side is judged, sight ends at the gateway, the NAT address is seen', () => {
    const verdict = judgeBetween('routes', documents(), address.ri, '93.184.216.34');
    expect(verdict).toMatchObject({ status: 'unknown', sourceSeen: ['52.0.0.1'] });
    expect(verdict.reasons.filter((reason) => reason.status === 'unknown').map((reason) => reason.what)).toEqual([
      'sight-ends',
    ]);
  });

  it('a machine that keeps a network to itself never reaches it', () => {
    const topology = topologyOf(documents());
    const from = endOf(topology, address.ri, 'vpc-a');
    if (from.kind !== 'interface') throw new Error('not an interface');
    const to = endOf(topology, '192.168.0.77', 'vpc-a');
    expect(judge('routes', topology, { ...from, keeps: ['192.168.0.0/24'] }, to)).toMatchObject({ status: 'closed' });
    expect(
      judge('routes', topology, { ...from, keeps: ['192.168.1.0/24'] }, to).reasons.map((one) => one.what),
    ).not.toContain('address-kept-by-sender');
  });
});

describe('a sender out of sight', () => {
  it('our side still blocks, and never opens', () => {
    const all = documents();
    const topology = topologyOf(all);
    const to = endOf(topology, address.near, 'vpc-a');
    const outside = { kind: 'outside', address: '172.20.5.9' } as const;
    expect(judge('routes', topology, outside, to).status).toBe('unknown');
    // The group's only rule names a group, which the sender may have.
    expect(judge('security-groups', topology, outside, to).status).toBe('unknown');
    element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] = [rule(5432, { cidr: '172.20.5.9/32' })];
    expect(judge('security-groups', topologyOf(all), outside, to).status).toBe('unknown');
    element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] = [rule(5432, { cidr: '172.20.5.8/32' })];
    expect(judge('security-groups', topologyOf(all), outside, to).status).toBe('closed');
    (element(all, 'describe-network-acls', 'acl-a2')['Entries'] as Entry[]).push(
      entry(9, true, 'deny', '172.16.0.0/12'),
    );
    expect(judge('network-acls', topologyOf(all), outside, to).status).toBe('closed');
  });

  it('from the internet a rule that names a group does not hold', () => {
    const topology = topologyOf(documents());
    const to = endOf(topology, address.near, 'vpc-a');
    const verdict = judge('security-groups', topology, { kind: 'outside', address: '93.184.216.34' }, to);
    expect(verdict.status).toBe('closed');
  });
});

describe('what is easily taken for open', () => {
  const deniesAll = (all: Documents, acl: string) => {
    element(all, 'describe-network-acls', acl)['Entries'] = [true, false].map((egress) =>
      entry(32767, egress, 'deny', '0.0.0.0/0'),
    );
  };

  it('inside a subnet its ACL does not apply; between subnets it does', () => {
    const all = documents();
    deniesAll(all, 'acl-a1');
    expect(judgeBetween('network-acls', all, address.ri, address.sameSubnet)).toMatchObject({
      status: 'open',
      reasons: [{ what: 'same-subnet' }],
    });
    expect(judgeBetween('network-acls', all, address.ri, address.near).status).toBe('closed');
  });

  it("an address of the own VPC's range that nobody is known to have is unknown", () => {
    const topology = topologyOf(documents());
    const from = endOf(topology, address.ri, 'vpc-a');
    const nobody = { kind: 'outside', address: '10.0.3.7' } as const;
    expect(judge('routes', topology, from, nobody)).toMatchObject({
      status: 'unknown',
      reasons: [{ what: 'end-unknown' }],
    });
    for (const layer of ['security-groups', 'network-acls'] as const) {
      expect(judge(layer, topology, from, nobody).status).toBe('unknown');
    }
  });

  it('a VPC that uses a public range is not reached over the internet', () => {
    const text = JSON.stringify(documents()).replaceAll('10.1.', '44.1.');
    const all: Documents = JSON.parse(text);
    const routes = element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[];
    expect(judgeBetween('routes', all, address.ri, '44.1.1.20').status).toBe('open');
    routes.splice(1, 1);
    routes.push(route('44.1.0.0/16', { GatewayId: 'igw-a' }));
    const verdict = judgeBetween('routes', all, address.ri, '44.1.1.20');
    expect(verdict.reasons.filter((one) => one.status === 'closed').map((one) => one.what)).toEqual([
      'private-address-to-internet',
    ]);
  });

  it('a subnet end without a public address known is not said to have one', () => {
    const all = documents();
    const routes = element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[];
    routes[2] = route('0.0.0.0/0', { GatewayId: 'igw-a' });
    const topology = topologyOf(all);
    const from = { kind: 'subnet', address: '10.0.1.77', subnetId: 'subnet-a1', vpcId: 'vpc-a' } as const;
    const verdict = judge('routes', topology, from, endOf(topology, address.public, 'vpc-a'));
    expect(verdict.status).toBe('unknown');
    expect(verdict.sourceSeen).toBeUndefined();
    expect(judge('security-groups', topology, from, endOf(topology, address.public, 'vpc-a')).status).toBe('unknown');
  });

  it('in appliance mode a transit gateway may use the attachment of any zone', () => {
    const all = documents();
    transit(all);
    const more = { SubnetId: 'subnet-tb2', VpcId: 'vpc-b', CidrBlock: '10.1.9.0/28', AvailabilityZone: 'eu-west-1b' };
    all['describe-subnets']?.['Subnets']?.push(more);
    const attachment = element(all, 'describe-transit-gateway-vpc-attachments', 'tgw-attach-b');
    attachment['SubnetIds'] = ['subnet-tb', 'subnet-tb2'];
    const acl = {
      ...structuredClone(element(all, 'describe-network-acls', 'acl-tb')),
      NetworkAclId: 'acl-tb2',
      Associations: [{ SubnetId: 'subnet-tb2' }],
    };
    all['describe-network-acls']?.['NetworkAcls']?.push(acl);
    deniesAll(all, 'acl-tb2');
    expect(judgeBetween('network-acls', all, address.ri, address.peer).status).toBe('open');
    (attachment['Options'] as Entry)['ApplianceModeSupport'] = 'enable';
    expect(judgeBetween('network-acls', all, address.ri, address.peer).status).toBe('closed');
  });

  it('zones are the same by their ids, whatever an account calls them', () => {
    const all = documents();
    transit(all);
    for (const one of all['describe-subnets']?.['Subnets'] ?? []) one['AvailabilityZoneId'] = 'euw1-az1';
    element(all, 'describe-subnets', 'subnet-a1')['AvailabilityZone'] = 'eu-west-1c';
    expect(judgeBetween('routes', all, address.ri, address.peer).status).toBe('open');
    element(all, 'describe-subnets', 'subnet-a1')['AvailabilityZoneId'] = 'euw1-az2';
    expect(judgeBetween('routes', all, address.ri, address.peer).status).toBe('closed');
  });

  it('a list that was cut is unknown', () => {
    const all = documents();
    transit(all);
    (all['search-transit-gateway-routes--tgw-rtb-a'] as Record<string, unknown>)['AdditionalRoutesAvailable'] = true;
    expect(judgeBetween('routes', all, address.ri, address.peer).status).toBe('unknown');
    const cut = documents();
    const found = element(cut, 'describe-network-acls', 'acl-b1');
    found['Entries'] = (found['Entries'] as Entry[]).slice(0, 1);
    expect(judgeBetween('network-acls', cut, address.ri, address.peer).status).toBe('unknown');
  });

  it('two routes that fit equally well are unknown', () => {
    const all = documents();
    const routes = element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[];
    routes.splice(1, 1);
    for (const [list, target] of [
      ['pl-1', { VpcPeeringConnectionId: 'pcx-ab' }],
      ['pl-2', { NatGatewayId: 'nat-a' }],
    ] as const) {
      routes.push({ DestinationPrefixListId: list, Origin: 'CreateRoute', State: 'active', ...target });
      all[`get-managed-prefix-list-entries--${list}`] = { Entries: [{ Cidr: '10.1.0.0/16' }] };
    }
    expect(judgeBetween('routes', all, address.ri, address.peer)).toMatchObject({ status: 'unknown' });
  });
});

describe('commands', () => {
  const hostile = "x'; rm -rf /; echo '";

  it.each([
    [
      'security-groups',
      'sg-peer',
      (all: Documents) => (element(all, 'describe-security-groups', 'sg-peer')['IpPermissions'] = []),
    ],
    [
      'network-acls',
      'acl-b1',
      (all: Documents) =>
        (element(all, 'describe-network-acls', 'acl-b1')['Entries'] as Entry[]).push(
          entry(9, false, 'deny', '0.0.0.0/0'),
        ),
    ],
    [
      'routes',
      'rtb-a1',
      (all: Documents) => (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[]).splice(1, 2),
    ],
    [
      'routes',
      'pcx-ab',
      (all: Documents) => (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[]).splice(1, 2),
    ],
  ] as const)('%s: hold no %s that is no id', (layer, id, close) => {
    const all = documents();
    close(all);
    expect(judgeBetween(layer, all, address.ri, address.peer).fix?.length).toBe(1);
    const named: Documents = JSON.parse(JSON.stringify(all).replaceAll(`"${id}"`, JSON.stringify(hostile)));
    const verdict = judgeBetween(layer, named, address.ri, address.peer);
    expect(verdict.status).toBe('closed');
    expect(verdict.fix).toBeUndefined();
  });

  it('name a group only where it is known who else has it', () => {
    const all = documents();
    element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] = [];
    const whole = topologyOf(all);
    const [from, to] = [endOf(whole, address.ri, 'vpc-a'), endOf(whole, address.near, 'vpc-a')];
    const fixOf = (topology: typeof whole) => judge('security-groups', topology, from, to).fix?.[0];
    expect(fixOf(whole)?.command).toContain('"UserIdGroupPairs":[{"GroupId":"sg-dms"}]');
    const blind = fixOf({ ...whole, networkInterfaces: undefined });
    expect(blind?.command).toContain('"IpRanges":[{"CidrIp":"10.0.1.10/32"}]');
    expect(blind?.risk).toContain('Which other interfaces have the group is not known.');
  });
});

describe('a sender with two nodes', () => {
  it('is admitted by its group where only its nodes have that', () => {
    const all = documents();
    element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] = [];
    const other = {
      ...structuredClone(element(all, 'describe-network-interfaces', 'eni-ri')),
      NetworkInterfaceId: 'eni-ri-2',
    };
    all['describe-network-interfaces']?.['NetworkInterfaces']?.push({
      ...other,
      PrivateIpAddress: '10.0.2.11',
      PrivateIpAddresses: [],
    });
    const topology = topologyOf(all);
    const [from, to] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, address.near, 'vpc-a')];
    const commandOf = (sender: typeof from) => judge('security-groups', topology, sender, to).fix?.[0]?.command;
    expect(commandOf(from)).toContain('"CidrIp":"10.0.1.10/32"');
    expect(commandOf({ ...from, companions: ['eni-ri-2'] } as typeof from)).toContain('"GroupId":"sg-dms"');
  });
});

describe('answers that take another way', () => {
  /** Out over peering, back over the transit gateway. */
  function mixed(): Documents {
    const all = documents();
    transit(all);
    const out = (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[]).find(
      (one) => 'TransitGatewayId' in one,
    );
    if (out !== undefined) {
      delete out['TransitGatewayId'];
      out['VpcPeeringConnectionId'] = 'pcx-ab';
    }
    return all;
  }

  it.each([
    ['acl-ta', true, 'closed'],
    ['acl-ta', false, 'open'],
    ['acl-tb', false, 'closed'],
    ['acl-tb', true, 'open'],
    ['acl-b1', true, 'closed'],
    ['acl-b1', false, 'closed'],
    ['acl-a1', true, 'closed'],
    ['acl-a1', false, 'closed'],
  ] as const)('%s, egress %s: %s', (acl, egress, status) => {
    const all = mixed();
    expect(judgeBetween('routes', all, address.ri, address.peer).status).toBe('open');
    expect(judgeBetween('network-acls', all, address.ri, address.peer).status).toBe('open');
    (element(all, 'describe-network-acls', acl)['Entries'] as Entry[]).push(entry(9, egress, 'deny', '10.0.0.0/8'));
    expect(judgeBetween('network-acls', all, address.ri, address.peer).status).toBe(status);
  });

  it.each([
    ['out of the shared subnet', true, '10.1.1.20/32', [5432, 5432], 'closed'],
    ['into the shared subnet on the way out', false, '10.0.1.10/32', [5432, 5432], 'closed'],
    ['answers, which no entry of the shared subnet is asked about', false, '10.1.1.20/32', [1024, 65535], 'open'],
  ] as const)('an attachment in the sender\u2019s own subnet: %s', (_name, egress, cidr, [from, to], status) => {
    const all = documents();
    transit(all);
    element(all, 'describe-transit-gateway-vpc-attachments', 'tgw-attach-a')['SubnetIds'] = ['subnet-a1'];
    (element(all, 'describe-network-acls', 'acl-a1')['Entries'] as Entry[]).push(
      entry(9, egress, 'deny', cidr, [from, to]),
    );
    expect(judgeBetween('network-acls', all, address.ri, address.peer).status).toBe(status);
  });

  it('an internet gateway of the sender tells its direction too', () => {
    const all = documents();
    const own = element(all, 'describe-network-interfaces', 'eni-ri')['PrivateIpAddresses'] as Entry[];
    Object.assign(own[0] ?? {}, { Association: { PublicIp: '52.0.0.2' } });
    (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[])[2] = route('0.0.0.0/0', {
      GatewayId: 'igw-a',
    });
    expect(judgeBetween('routes', all, address.ri, address.public)).toMatchObject({
      status: 'open',
      sourceSeen: ['52.0.0.2'],
    });
    (element(all, 'describe-subnets', 'subnet-a1')['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
      'block-ingress';
    const blocked = judgeBetween('routes', all, address.ri, address.public).reasons.filter(
      (one) => one.status === 'closed',
    );
    expect(blocked.map((one) => [one.what, one.resource.id, one.direction])).toEqual([
      ['public-access-blocked', 'subnet-a1', 'forward'],
    ]);
  });

  it('packets and answers tell their direction', () => {
    const all = documents();
    const shut = (id: string) =>
      ((element(all, 'describe-subnets', id)['BlockPublicAccessStates'] as Entry)['InternetGatewayBlockMode'] =
        'block-bidirectional');
    shut('subnet-nat');
    shut('subnet-b1');
    const blocked = judgeBetween('routes', all, address.ri, address.public).reasons.filter(
      (one) => one.status === 'closed',
    );
    expect(blocked.map((one) => [one.resource.id, one.direction])).toEqual([
      ['subnet-nat', 'forward'],
      ['subnet-b1', 'return'],
    ]);
  });
});

describe('IPv6', () => {
  /** Both VPCs get IPv6 addresses; the peering routes and rules exist for IPv4 alone. */
  function dualStack(): Documents {
    const all = documents();
    for (const [id, subnet, vpc, ip, block] of [
      ['eni-ri', 'subnet-a1', 'vpc-a', '2600:1f18:a::10', '2600:1f18:a::/64'],
      ['eni-peer', 'subnet-b1', 'vpc-b', '2600:1f18:b::20', '2600:1f18:b::/64'],
    ] as const) {
      element(all, 'describe-network-interfaces', id)['Ipv6Addresses'] = [{ Ipv6Address: ip }];
      element(all, 'describe-subnets', subnet)['Ipv6CidrBlockAssociationSet'] = [{ Ipv6CidrBlock: block }];
      const own = all['describe-vpcs']?.['Vpcs']?.find((one) => one['VpcId'] === vpc);
      if (own !== undefined)
        own['Ipv6CidrBlockAssociationSet'] = [{ Ipv6CidrBlock: block, Ipv6CidrBlockState: { State: 'associated' } }];
    }
    return all;
  }
  const [ri, peer] = ['2600:1f18:a::10', '2600:1f18:b::20'];
  const six = (cidr: string, target: Entry): Entry => ({
    DestinationIpv6CidrBlock: cidr,
    Origin: 'CreateRoute',
    State: 'active',
    ...target,
  });

  it('IPv4 routes, rules and entries do not count; the fixes are for IPv6', () => {
    const all = dualStack();
    const routes = judgeBetween('routes', all, ri, peer);
    expect(routes.status).toBe('closed');
    expect(routes.fix?.[0]?.command).toContain(
      'create-route --route-table-id rtb-a1 --destination-ipv6-cidr-block 2600:1f18:b::/64',
    );
    const groups = judgeBetween('security-groups', all, ri, peer);
    expect(groups.status).toBe('closed');
    expect(groups.fix?.map((step) => step.command).join()).toContain('"CidrIpv6":"2600:1f18:a::10/128"');
    // The entry that denies the rest of IPv6 is listed only for VPCs with IPv6: without it the list may be cut.
    expect(judgeBetween('network-acls', all, ri, peer).status).toBe('unknown');
  });

  it('an address of one version does not reach one of the other', () => {
    const topology = topologyOf(dualStack());
    const verdict = judge('routes', topology, endOf(topology, address.ri, 'vpc-a'), endOf(topology, peer, 'vpc-b'));
    expect(verdict.status).not.toBe('open');
    expect(verdict.reasons).toContainEqual(expect.objectContaining({ what: 'families-differ', status: 'unknown' }));
  });

  it('what is no address is unknown to every layer', () => {
    const topology = topologyOf(documents());
    const to = endOf(topology, address.near, 'vpc-a');
    if (to.kind !== 'interface') throw new Error('not an interface');
    const named = { ...to, address: 'db1.example.com', privateAddress: 'db1.example.com' };
    for (const layer of ['routes', 'security-groups', 'network-acls'] as const) {
      expect(judge(layer, topology, endOf(topology, address.ri, 'vpc-a'), named).status).toBe('unknown');
      expect(judge(layer, topology, named, endOf(topology, address.ri, 'vpc-a')).status).not.toBe('open');
    }
  });

  it('over internet gateways each end has its own address', () => {
    const all = dualStack();
    (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[]).push(six('::/0', { GatewayId: 'igw-a' }));
    (element(all, 'describe-route-tables', 'rtb-b1')['Routes'] as Entry[]).push(six('::/0', { GatewayId: 'igw-b' }));
    expect(judgeBetween('routes', all, ri, peer)).toMatchObject({ status: 'open', sourceSeen: [ri] });
  });
});
