import type { Route, TransitGatewayRoute, TransitGatewayVpcAttachment } from './describe.ts';
import type { Destination, Outcome } from './hop.ts';
import type { Passage, Place } from './passage.ts';
import { lookUp } from './route-tables.ts';
import type { Target } from './route-tables.ts';
import { find, parts, transitRoutesOperation } from './topology.ts';
import type { Found, Topology } from './topology.ts';
import type { Findings, Path, Reason, Status } from './verdict.ts';
import { judgeVpn } from './vpn.ts';
import { zoneOfSubnet } from './zones.ts';

/**
 * Goes through a transit gateway: from the attachment of the sender's VPC, which must have a subnet in the sender's
 * Availability Zone, through the route table that this attachment is associated with, to the destination's attachment.
 * https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
 */
export function throughTransitGateway(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  here: Place,
  destination: Destination,
  { id }: Target,
): Outcome {
  const say = (
    what: Reason['what'],
    status: Status,
    part: string,
    path: Path,
    type: string,
    name: string,
    text: string,
  ) => {
    const reason: Reason = { what, status, direction, resource: { type, id: name }, part, path, text };
    findings.add(reason);
    return reason;
  };
  const stop = (part: string, text: string, looked: Searched = {}): Outcome => {
    if (looked.missing !== undefined) findings.miss(looked.missing, text, direction);
    else say('transit-unknown', 'unknown', part, [], 'transit-gateway', id, text);
    return { kind: 'unknown', beyond: [] };
  };
  const vpcOperation = parts.transitGatewayVpcAttachments.operation;
  const own = find(
    topology,
    'transitGatewayVpcAttachments',
    (one) => one.TransitGatewayId === id && one.VpcId === here.vpcId,
  );
  if (own.found === undefined) return stop(vpcOperation, `it holds the attachment of ${here.vpcId} to ${id}`, own);
  const attachmentId = own.found.TransitGatewayAttachmentId ?? 'an attachment without an id';
  const inactive = judgeState(own.found.State, attachmentId, [
    parts.transitGatewayVpcAttachments.member,
    own.index,
    'State',
  ]);
  if (inactive !== undefined) return inactive;

  const near = attachmentSubnets(topology, own.found, here);
  if (near.kind === 'unknown')
    return stop(parts.subnets.operation, `it says in which Availability Zones ${attachmentId} is`, near);
  if (near.inZone.length === 0) {
    const text = `${attachmentId} has no subnet in ${near.zone}, where ${here.subnetId} is: nothing from there enters ${id}`;
    const path = [parts.transitGatewayVpcAttachments.member, own.index, 'SubnetIds'];
    say('transit-other-zone', 'closed', vpcOperation, path, 'transit-gateway-attachment', attachmentId, text);
    return { kind: 'closed' };
  }

  const known = find(topology, 'transitGatewayAttachments', (one) => one.TransitGatewayAttachmentId === attachmentId);
  const attachments = parts.transitGatewayAttachments;
  if (known.found === undefined)
    return stop(attachments.operation, `it says which route table ${attachmentId} uses`, known);
  const association = known.found.Association;
  const tableId = association?.TransitGatewayRouteTableId;
  if (association === undefined || tableId === undefined || association.State !== 'associated') {
    const sure = association === undefined || association.State === 'disassociated' || tableId === undefined;
    const text = `${attachmentId} is associated with no route table of ${id}`;
    const path = [attachments.member, known.index, ...(association === undefined ? [] : ['Association'])];
    say(
      'transit-not-associated',
      sure ? 'closed' : 'unknown',
      attachments.operation,
      path,
      'transit-gateway-attachment',
      attachmentId,
      text,
    );
    return sure ? { kind: 'closed' } : { kind: 'unknown', beyond: [] };
  }

  const part = `${transitRoutesOperation}--${tableId}`;
  const listed = topology.transitGatewayRoutes?.[tableId];
  if (listed === undefined) return stop(part, `it holds the routes that ${attachmentId} uses`, { missing: part });
  const looked = lookUp(topology, { Routes: listed.Routes.map(asRoute) }, 0, destination.address);
  const tell = (what: Reason['what'], status: Status, path: Path, text: string) =>
    say(what, status, part, path, 'transit-gateway-route-table', tableId, text);
  if (looked.kind === 'unclear') return stop(part, looked.detail, looked);
  if (listed.AdditionalRoutesAvailable === true) return stop(part, `the list of ${tableId}'s routes was cut`);
  if (looked.kind === 'none') {
    tell('transit-route-missing', 'closed', ['Routes'], `${tableId} has no route to ${destination.address}`);
    return { kind: 'closed' };
  }
  const path = looked.path.slice(2);
  const route = listed.Routes[Number(path[1])];
  const text = `${tableId}: ${routeText(route)}`;
  if (looked.route.State !== 'active') {
    const gone = looked.route.State === 'blackhole';
    tell('transit-route-blackhole', gone ? 'closed' : 'unknown', path, text);
    return gone ? { kind: 'closed' } : { kind: 'unknown', beyond: [] };
  }
  const [target, ...others] = route?.TransitGatewayAttachments ?? [];
  if (target?.ResourceType === 'vpn')
    return judgeVpn(topology, findings, direction, { connectionId: target.ResourceId ?? '' });
  if (target?.ResourceType !== 'vpc' || others.length > 0) {
    const reason = tell('hop-not-modelled', 'unknown', path, `${text}: what is behind it is not judged yet`);
    return { kind: 'unknown', beyond: [reason], keepsSource: true };
  }
  if (destination.place === undefined || target.ResourceId !== destination.place.vpcId) {
    if (destination.place === undefined) {
      const reason = tell(
        'sight-ends',
        'unknown',
        path,
        `${text}: sight ends in ${target.ResourceId ?? 'a VPC'}, which was not gathered`,
      );
      return { kind: 'unknown', beyond: [reason], keepsSource: true };
    }
    tell(
      'transit-route-elsewhere',
      'closed',
      path,
      `${text}, not to ${destination.place.vpcId}, where ${destination.address} is`,
    );
    return { kind: 'closed' };
  }
  const far = find(
    topology,
    'transitGatewayVpcAttachments',
    (one) => one.TransitGatewayAttachmentId === target.TransitGatewayAttachmentId,
  );
  if (far.found === undefined)
    return stop(vpcOperation, `it holds ${target.TransitGatewayAttachmentId ?? 'the far attachment'}`, far);
  const farId = far.found.TransitGatewayAttachmentId ?? 'an attachment without an id';
  const farInactive = judgeState(far.found.State, farId, [
    parts.transitGatewayVpcAttachments.member,
    far.index,
    'State',
  ]);
  if (farInactive !== undefined) return farInactive;
  const arrival = attachmentSubnets(topology, far.found, here);
  if (arrival.kind === 'unknown')
    return stop(parts.subnets.operation, `it says in which Availability Zones ${farId} is`, arrival);
  tell('route-delivers', 'open', path, text);
  const pinned =
    own.found.Options?.ApplianceModeSupport !== 'enable' && far.found.Options?.ApplianceModeSupport !== 'enable';
  const places = pinned && arrival.inZone.length > 0 ? arrival.inZone : arrival.all;
  return {
    kind: 'delivered',
    groups: referencing(topology, id, own.found, far.found),
    transit: { near: near.inZone, far: places },
  };

  function judgeState(state: string | undefined, name: string, at: Path): Outcome | undefined {
    if (state === 'available') return undefined;
    const status = state === undefined ? 'unknown' : 'closed';
    say(
      'attachment-inactive',
      status,
      vpcOperation,
      at,
      'transit-gateway-attachment',
      name,
      `${name} is ${state ?? 'in no known state'}`,
    );
    return status === 'closed' ? { kind: 'closed' } : { kind: 'unknown', beyond: [] };
  }
}

/** Whether rules that name a group hold behind the gateway: only where it and both attachments say so. */
function referencing(
  topology: Topology,
  gatewayId: string,
  ...attachments: readonly TransitGatewayVpcAttachment[]
): Passage['groups'] {
  const gateway = find(topology, 'transitGateways', (one) => one.TransitGatewayId === gatewayId).found;
  const all = [gateway, ...attachments].map((one) => one?.Options?.SecurityGroupReferencingSupport);
  if (all.includes('disable')) return 'lost';
  return all.every((one) => one === 'enable') ? 'kept' : 'unknown';
}

/** What a search came back with when it found nothing: the operation that is missing, if one is. */
type Searched = { readonly missing?: string; readonly absent?: string };

type AttachmentSubnets =
  | { readonly kind: 'known'; readonly zone: string; readonly inZone: readonly Place[]; readonly all: readonly Place[] }
  | ({ readonly kind: 'unknown' } & Searched);

/** An attachment's subnets, and those of them that are in the Availability Zone of a place. */
function attachmentSubnets(
  topology: Topology,
  attachment: TransitGatewayVpcAttachment,
  near: Place,
): AttachmentSubnets {
  const zoneOf = (subnetId: string): Found<string> => {
    const zone = zoneOfSubnet(topology, subnetId);
    if (zone.found === undefined) return zone;
    const name = zone.found.AvailabilityZoneId ?? zone.found.AvailabilityZone;
    return name === undefined ? { absent: parts.subnets.operation } : { found: name, index: zone.index };
  };
  const zone = zoneOf(near.subnetId);
  const vpcId = attachment.VpcId;
  if (zone.found === undefined || vpcId === undefined) return { ...zone, kind: 'unknown' };
  const inZone: Place[] = [];
  const all: Place[] = [];
  for (const subnetId of attachment.SubnetIds ?? []) {
    const other = zoneOf(subnetId);
    if (other.found === undefined) return { ...other, kind: 'unknown' };
    all.push({ subnetId, vpcId });
    if (other.found === zone.found) inZone.push({ subnetId, vpcId });
  }
  return { kind: 'known', zone: zone.found, inZone, all };
}

/** A transit gateway's route in the shape of a VPC's, to be looked up by the same rules. */
function asRoute(route: TransitGatewayRoute): Route {
  return {
    DestinationCidrBlock: route.DestinationCidrBlock?.includes(':') === true ? undefined : route.DestinationCidrBlock,
    DestinationIpv6CidrBlock:
      route.DestinationCidrBlock?.includes(':') === true ? route.DestinationCidrBlock : undefined,
    DestinationPrefixListId: route.DestinationCidrBlock === undefined ? route.PrefixListId : undefined,
    TransitGatewayId: (route.TransitGatewayAttachments ?? []).map((one) => one.TransitGatewayAttachmentId).join(' '),
    Origin: route.Type === 'propagated' ? 'EnableVgwRoutePropagation' : 'CreateRoute',
    State: route.State,
  };
}

function routeText(route: TransitGatewayRoute | undefined): string {
  const targets = (route?.TransitGatewayAttachments ?? []).map(
    (one) =>
      `${one.TransitGatewayAttachmentId ?? 'an attachment'} (${one.ResourceType ?? 'of no type'} ${one.ResourceId ?? ''})`,
  );
  const destination = route?.DestinationCidrBlock ?? route?.PrefixListId ?? 'no destination';
  return `${destination} -> ${targets.join(', ') || 'nothing'} (${route?.State ?? 'no state'}, ${route?.Type ?? 'no type'})`;
}
