import { isInternetAddress, parseAddress } from './address.ts';
import type { NatGateway, RouteTable } from './describe.ts';
import type { Passage, Place } from './passage.ts';
import { sameRegion, sideHolds, sidesFrom } from './peering.ts';
import { lookUp, tableOfSubnet, targetOf } from './route-tables.ts';
import type { Lookup, Target } from './route-tables.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { throughTransitGateway } from './transit-gateway.ts';
import type { Findings, Reason } from './verdict.ts';
import { judgeVpn } from './vpn.ts';

/** Where a packet is to go: an address, and the place that has it as a private address. */
export type Destination = {
  readonly address: string;
  /** The place whose private address it is; undefined for public addresses and for what no gathered VPC holds. */
  readonly place: Place | undefined;
};

/** What a subnet's routes do with a packet. */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly groups: Passage['groups'];
      /** The subnets of a transit gateway's attachments that the packets may pass, near the sender and near the destination. */
      readonly transit?: { readonly near: readonly Place[]; readonly far: readonly Place[] };
    }
  | { readonly kind: 'internet'; readonly gatewayId: string; readonly egressOnly: boolean }
  | { readonly kind: 'nat-gateway'; readonly gateway: NatGateway; readonly index: number }
  | {
      readonly kind: 'closed';
      /** Set when the subnet's own route is right, and the wall is behind it. */
      readonly behind?: true;
    }
  | {
      readonly kind: 'unknown';
      readonly beyond: readonly Reason[];
      /** Whether what is not judged is known to leave source addresses as they are. */
      readonly keepsSource?: true;
    };

type Route = Extract<Lookup, { kind: 'route' }>;

/**
 * Takes a packet from a subnet to where its route table sends it: into the own VPC, over a peering connection, to an
 * internet or NAT gateway. Every other target is unknown and named.
 * @param findings takes the reasons.
 */
export function hop(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  here: Place,
  destination: Destination,
): Outcome {
  if (destination.place?.subnetId === here.subnetId) {
    findings.add(sameSubnet(topology, direction, here.subnetId, 'packets inside a subnet pass no route table'));
    return { kind: 'delivered', groups: 'kept' };
  }
  const table = tableOfSubnet(topology, here.subnetId, here.vpcId);
  if (table.found === undefined) {
    const need = `it says where ${here.subnetId} sends packets`;
    if ('missing' in table) findings.miss(table.missing, need, direction);
    else {
      findings.add({
        what: 'route-table-unknown',
        status: 'unknown',
        direction,
        resource: { type: 'subnet', id: here.subnetId },
        part: parts.routeTables.operation,
        path: 'path' in table ? table.path : [],
        text:
          'unclear' in table
            ? table.unclear
            : `neither a table of ${here.subnetId} nor the main table of ${here.vpcId} is among those gathered`,
      });
    }
    return { kind: 'unknown', beyond: [] };
  }
  return fromTable(topology, findings, direction, here, destination, table);
}

function fromTable(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  here: Place,
  destination: Destination,
  table: { readonly found: RouteTable; readonly index: number },
): Outcome {
  const looked = lookUp(topology, table.found, table.index, destination.address);
  const id = table.found.RouteTableId ?? 'a table without an id';
  const about = { direction, resource: { type: 'route-table', id }, part: parts.routeTables.operation } as const;
  if (looked.kind === 'unclear') {
    if (looked.missing !== undefined) findings.miss(looked.missing, looked.detail, direction);
    else findings.add({ ...about, what: 'route-not-understood', status: 'unknown', path: looked.path, text: looked.detail });
    return { kind: 'unknown', beyond: [] };
  }
  if (looked.kind === 'none') {
    const path = [parts.routeTables.member, table.index, 'Routes'];
    const text = `${id} has no route to ${destination.address}`;
    findings.add({ ...about, what: 'route-missing', status: 'closed', path, text });
    return { kind: 'closed' };
  }
  const state = looked.route.State;
  if (state === 'blackhole') {
    const text = `${looked.text}: what it points to is gone, packets to ${destination.address} are dropped`;
    findings.add({ ...about, what: 'route-blackhole', status: 'closed', path: looked.path, text });
    return { kind: 'closed' };
  }
  if (state !== 'active') {
    findings.add({ ...about, what: 'route-not-understood', status: 'unknown', path: looked.path, text: looked.text });
    return { kind: 'unknown', beyond: [] };
  }
  const told = (what: Reason['what'], status: Reason['status'], text = looked.text): Reason => ({
    ...about,
    what,
    status,
    path: looked.path,
    text,
  });
  const target = targetOf(looked.route);
  switch (target.kind) {
    case 'local':
      return local(findings, here.vpcId, destination, looked, told);
    case 'peering':
      return peering(topology, findings, here.vpcId, destination, target, told);
    case 'internet-gateway':
    case 'egress-only-internet-gateway':
      return internet(topology, findings, here.vpcId, destination, target, told);
    case 'nat-gateway': {
      const gateway = find(topology, 'natGateways', (candidate) => candidate.NatGatewayId === target.id);
      if (gateway.found !== undefined) {
        findings.add(told('route-delivers', 'open'));
        return { kind: 'nat-gateway', gateway: gateway.found, index: gateway.index };
      }
      if ('missing' in gateway) findings.miss(gateway.missing, `${looked.text} needs it`, direction);
      else findings.add(told('nat-unknown', 'unknown', `${looked.text}: the gateway is not among those gathered`));
      return { kind: 'unknown', beyond: [] };
    }
    case 'transit-gateway':
      findings.add(told('route-delivers', 'open'));
      return behind(throughTransitGateway(topology, findings, direction, here, destination, target));
    case 'virtual-private-gateway':
      findings.add(told('route-delivers', 'open'));
      return behind(judgeVpn(topology, findings, direction, { gatewayId: target.id }));
    default: {
      const reason = told('hop-not-modelled', 'unknown', `${looked.text}: what happens behind a ${words(target.kind)} is not judged yet`);
      findings.add(reason);
      return { kind: 'unknown', beyond: [reason] };
    }
  }
}

function behind(outcome: Outcome): Outcome {
  return outcome.kind === 'closed' ? { kind: 'closed', behind: true } : outcome;
}

type Tell = (what: Reason['what'], status: Reason['status'], text?: string) => Reason;

function local(findings: Findings, vpcId: string, { address, place }: Destination, route: Route, told: Tell): Outcome {
  if (place?.vpcId === vpcId) {
    findings.add(told('route-delivers', 'open'));
    return { kind: 'delivered', groups: 'kept' };
  }
  if (place === undefined) {
    findings.add(told('end-unknown', 'unknown', `${route.text}: ${address} belongs to ${vpcId}, but nothing there is known to have it`));
    return { kind: 'unknown', beyond: [] };
  }
  const text = `${route.text}: ${vpcId} has the address range of ${address} itself, so nothing for ${place.vpcId} leaves it`;
  findings.add(told('overlapping-cidr', 'closed', text));
  return { kind: 'closed' };
}

function peering(
  topology: Topology,
  findings: Findings,
  vpcId: string,
  { address, place }: Destination,
  target: Target,
  told: Tell,
): Outcome {
  const connection = find(topology, 'peeringConnections', (candidate) => candidate.VpcPeeringConnectionId === target.id);
  if (connection.found === undefined) {
    if ('missing' in connection) findings.miss(connection.missing, `a route points to ${target.id}`, told('peering-unknown', 'unknown').direction);
    else findings.add(told('peering-unknown', 'unknown', `${target.id} is not among the peering connections gathered`));
    return { kind: 'unknown', beyond: [] };
  }
  const { Status: status } = connection.found;
  const about = {
    resource: { type: 'vpc-peering-connection', id: target.id },
    part: parts.peeringConnections.operation,
    path: [parts.peeringConnections.member, connection.index, 'Status'],
  };
  if (status?.Code !== 'active') {
    const known = status?.Code !== undefined;
    const text = known ? `${target.id} is ${status.Code}` : `${target.id} has no status`;
    findings.add({ ...told('peering-inactive', known ? 'closed' : 'unknown', text), ...about });
    return known ? { kind: 'closed' } : { kind: 'unknown', beyond: [] };
  }
  const sides = sidesFrom(connection.found, vpcId);
  const there = sides?.other.VpcId;
  if (sides === undefined || there === undefined) {
    findings.add(told('peering-unknown', 'unknown', `${target.id} does not say that it connects ${vpcId}`));
    return { kind: 'unknown', beyond: [] };
  }
  const beyondPeer = place === undefined ? sideHolds(sides.other, address) !== true : place.vpcId !== there;
  if (beyondPeer && (place !== undefined || sideHolds(sides.other, address) === false)) {
    const text = `${target.id} leads to ${there} and no further: ${address} is not an address of ${there}`;
    findings.add({ ...told('peering-not-transitive', 'closed', text), ...about });
    return { kind: 'closed' };
  }
  if (place === undefined) {
    const ends = {
      ...told('sight-ends', 'unknown', `${target.id} leads to ${there} of account ${sides.other.OwnerId ?? 'unknown'}, which was not gathered`),
      ...about,
    };
    findings.add(told('route-delivers', 'open'), ends);
    return { kind: 'unknown', beyond: [ends] };
  }
  findings.add(told('route-delivers', 'open'));
  const same = sameRegion(connection.found);
  return { kind: 'delivered', groups: same === undefined ? 'unknown' : same ? 'kept' : 'lost' };
}

function internet(
  topology: Topology,
  findings: Findings,
  vpcId: string,
  { address, place }: Destination,
  target: Target,
  told: Tell,
): Outcome {
  const parsed = parseAddress(address);
  // An IPv4 address that a VPC uses is private even from a public range; IPv6 addresses of a VPC are reached as they are.
  if (parsed === undefined || !isInternetAddress(parsed) || (place !== undefined && parsed.family === 4)) {
    const text = `${told('route-delivers', 'open').text}: the internet carries no packets to ${address}, a private address`;
    findings.add(told('private-address-to-internet', 'closed', text));
    return { kind: 'closed' };
  }
  const egressOnly = target.kind === 'egress-only-internet-gateway';
  const gateway = find(topology, 'internetGateways', (candidate) => candidate.InternetGatewayId === target.id);
  if (!egressOnly && 'missing' in gateway) {
    findings.miss(gateway.missing, `it says whether ${target.id} is attached`, told('gateway-unknown', 'unknown').direction);
    return { kind: 'unknown', beyond: [] };
  }
  if (!egressOnly && 'absent' in gateway) {
    findings.add(told('gateway-unknown', 'unknown', `${target.id} is not among the internet gateways gathered`));
    return { kind: 'unknown', beyond: [] };
  }
  if (!egressOnly && gateway.found !== undefined) {
    const attachments = gateway.found.Attachments ?? [];
    if (!attachments.some((one) => one.VpcId === vpcId && (one.State === 'available' || one.State === 'attached'))) {
      findings.add({
        ...told('gateway-detached', 'closed', `${target.id} is not attached to ${vpcId}`),
        resource: { type: 'internet-gateway', id: target.id },
        part: parts.internetGateways.operation,
        path: [parts.internetGateways.member, gateway.index, 'Attachments'],
      });
      return { kind: 'closed' };
    }
  }
  findings.add(told('route-delivers', 'open'));
  return { kind: 'internet', gatewayId: target.id, egressOnly };
}

/** The reason that two ends share a subnet. */
export function sameSubnet(topology: Topology, direction: Reason['direction'], subnetId: string, text: string): Reason {
  const subnet = find(topology, 'subnets', (candidate) => candidate.SubnetId === subnetId);
  return {
    what: 'same-subnet',
    status: 'open',
    direction,
    resource: { type: 'subnet', id: subnetId },
    part: parts.subnets.operation,
    path: subnet.found === undefined ? [] : [parts.subnets.member, subnet.index],
    text: `both are in ${subnetId}: ${text}`,
  };
}

function words(kind: string): string {
  return kind.replaceAll('-', ' ');
}
