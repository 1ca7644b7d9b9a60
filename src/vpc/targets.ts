import { isInternetAddress, parseAddress } from './address.ts';
import type { Destination, Outcome } from './hop.ts';
import { sameRegion, sideHolds, sidesFrom } from './peering.ts';
import type { Target } from './route-tables.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Findings, Reason } from './verdict.ts';

/** Tells of the route that leads here. */
export type Tell = (what: Reason['what'], status: Reason['status'], text?: string) => Reason;

/** The VPC itself: its local route delivers to what is in it, and to nothing else. */
export function intoVpc(
  findings: Findings,
  vpcId: string,
  { address, place }: Destination,
  route: string,
  told: Tell,
): Outcome {
  if (place?.vpcId === vpcId) {
    findings.add(told('route-delivers', 'open'));
    return { kind: 'delivered', groups: 'kept' };
  }
  if (place === undefined) {
    findings.add(
      told('end-unknown', 'unknown', `${route}: ${address} belongs to ${vpcId}, but nothing there is known to have it`),
    );
    return { kind: 'unknown', beyond: [] };
  }
  const text = `${route}: ${vpcId} has the address range of ${address} itself, so nothing for ${place.vpcId} leaves it`;
  findings.add(told('overlapping-cidr', 'closed', text));
  return { kind: 'closed' };
}

/**
 * A peering connection: it carries packets between its two VPCs once both have agreed, and no further.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
 */
export function overPeering(
  topology: Topology,
  findings: Findings,
  vpcId: string,
  { address, place }: Destination,
  target: Target,
  told: Tell,
): Outcome {
  const connection = find(
    topology,
    'peeringConnections',
    (candidate) => candidate.VpcPeeringConnectionId === target.id,
  );
  if (connection.found === undefined) {
    if ('missing' in connection)
      findings.miss(connection.missing, `a route points to ${target.id}`, told('peering-unknown', 'unknown').direction);
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
      ...told(
        'sight-ends',
        'unknown',
        `${target.id} leads to ${there} of account ${sides.other.OwnerId ?? 'unknown'}, which was not gathered`,
      ),
      ...about,
    };
    findings.add(told('route-delivers', 'open'), ends);
    return { kind: 'unknown', beyond: [ends] };
  }
  findings.add(told('route-delivers', 'open'));
  const same = sameRegion(connection.found);
  return { kind: 'delivered', groups: same === undefined ? 'unknown' : same ? 'kept' : 'lost' };
}

/**
 * An internet gateway, or one that lets only out: it carries packets to public addresses.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
export function toInternet(
  topology: Topology,
  findings: Findings,
  vpcId: string,
  { address, place }: Destination,
  target: Target,
  told: Tell,
): Outcome {
  const parsed = parseAddress(address);
  // An IPv4 address that a VPC uses is private even from a public range; IPv6 addresses of a VPC are reached as they
  // are.
  if (parsed === undefined || !isInternetAddress(parsed) || (place !== undefined && parsed.family === 4)) {
    const text = `${told('route-delivers', 'open').text}: the internet carries no packets to ${address}, a private address`;
    findings.add(told('private-address-to-internet', 'closed', text));
    return { kind: 'closed' };
  }
  const egressOnly = target.kind === 'egress-only-internet-gateway';
  const gateway = find(topology, 'internetGateways', (candidate) => candidate.InternetGatewayId === target.id);
  if (!egressOnly && 'missing' in gateway) {
    findings.miss(
      gateway.missing,
      `it says whether ${target.id} is attached`,
      told('gateway-unknown', 'unknown').direction,
    );
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
