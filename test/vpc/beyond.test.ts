import { describe, expect, it } from 'vitest';
import { address, documents, element, endOf, judge, judgeBetween, route, topologyOf } from './networks.ts';
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

  it('over internet gateways each end has its own address', () => {
    const all = dualStack();
    (element(all, 'describe-route-tables', 'rtb-a1')['Routes'] as Entry[]).push(six('::/0', { GatewayId: 'igw-a' }));
    (element(all, 'describe-route-tables', 'rtb-b1')['Routes'] as Entry[]).push(six('::/0', { GatewayId: 'igw-b' }));
    expect(judgeBetween('routes', all, ri, peer)).toMatchObject({ status: 'open', sourceSeen: [ri] });
  });
});
