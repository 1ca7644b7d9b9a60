import type { NatGateway } from './describe.ts';
import { judgeEdgeTable } from './edge-routes.ts';
import { isPublicService, ownAddress, placeOf } from './end.ts';
import type { End } from './end.ts';
import { fromTable } from './hop.ts';
import type { Destination } from './hop.ts';
import type { Passage, Place, Segment } from './passage.ts';
import { judgePublicAccess } from './public-access.ts';
import type { Walk } from './routes.ts';
import { find } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Reason, Status } from './verdict.ts';
import { sameZone, zoneOfSubnet } from './zones.ts';

type Address = NonNullable<NatGateway['NatGatewayAddresses']>[number];
type Regional = {
  readonly gateway: NatGateway;
  readonly say: (what: Reason['what'], status: Status, text: string, ...path: readonly string[]) => Reason;
};

/**
 * Goes on behind a regional NAT gateway. It stands in no subnet: it has a route table of its own, and in each Availability
 * Zone addresses of its own, which connections from that zone get. It is for the internet alone. In a zone where it has
 * none yet, and AWS provides them, connections go through another zone until it has, and from then on have an address that
 * nobody knows now; where its owner provides them, nothing from that zone is carried.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGatewayAddress.html
 */
export function throughRegionalNatGateway(
  walk: Walk,
  from: End,
  to: End,
  start: Place,
  destination: Destination,
  { gateway, say }: Regional,
): Passage {
  const id = gateway.NatGatewayId ?? 'a NAT gateway';
  const own = ownAddress(from);
  const far = placeOf(to);
  const beyond: Reason[] = [];
  const near: Segment = { near: start, far: undefined, sources: [own], destination: to.address, clientPorts: 'host' };
  const stop = (): Passage => ({ segments: [near], sourceSeen: undefined, missing: [], groups: 'lost', beyond });
  if (gateway.ConnectivityType === 'private') {
    beyond.push(say('hop-not-modelled', 'unknown', `${id} is regional and private, which is not judged`));
    return stop();
  }
  const gatewayId = throughItsTable(walk, own, start, destination, { gateway, say }, beyond);
  if (gatewayId === undefined) return stop();
  judgePublicAccess(walk.topology, walk.findings, 'forward', start, 'nat-gateway-elsewhere');
  const blocked = (walk.topology.subnets ?? []).find(
    (one) =>
      one.VpcId === start.vpcId && one.BlockPublicAccessStates?.InternetGatewayBlockMode === 'block-bidirectional',
  );
  if (blocked !== undefined)
    say(
      'public-access-unknown',
      'unknown',
      `VPC Block Public Access is on for ${blocked.SubnetId ?? 'a subnet'}: what it does to ${id}, which is in none, is not known`,
    );
  const { addresses, unsure } = addressesIn(walk.topology, start, gateway);
  if (unsure !== undefined) {
    const reason = say(unsure.what, unsure.status, unsure.text, 'NatGatewayAddresses');
    if (reason.status === 'unknown') beyond.push(reason);
    if (addresses.length === 0) return stop();
  }
  if (gateway.AutoScalingIps === 'enabled')
    walk.findings.caveats.push(`AWS may give ${id} further addresses when it needs more ports.`);
  if (far === undefined) {
    if (!isPublicService(to)) beyond.push(walk.sightEnds('forward', to.address, `at ${gatewayId}`));
  } else
    for (const address of addresses)
      beyond.push(...walk.overInternet(far, ownAddress(to), { address, place: undefined }));
  return {
    segments: [near, { near: undefined, far, sources: addresses, destination: to.address, clientPorts: 'nat-gateway' }],
    sourceSeen: addresses,
    missing: [],
    groups: 'lost',
    beyond,
  };
}

/** Whether an address was assigned: the assignment of others failed or has not ended. */
export function isReady({ Status: status }: Address): boolean {
  return status === undefined || status === 'succeeded';
}

/** Follows the gateway's own routes, out and back; returns the internet gateway, where they lead to one. */
function throughItsTable(
  walk: Walk,
  own: string,
  start: Place,
  destination: Destination,
  { gateway, say }: Regional,
  beyond: Reason[],
): string | undefined {
  const id = gateway.NatGatewayId ?? 'a NAT gateway';
  const table = find(
    walk.topology,
    'routeTables',
    (one) => gateway.RouteTableId !== undefined && one.RouteTableId === gateway.RouteTableId,
  );
  if (table.found === undefined) {
    if ('missing' in table) walk.findings.miss(table.missing, `it says where ${id} sends packets`);
    const text = `the route table of ${id} (${gateway.RouteTableId ?? 'not named'}) is not among those gathered`;
    beyond.push(say('route-table-unknown', 'unknown', text, 'RouteTableId'));
    return undefined;
  }
  const back = fromTable(walk.topology, walk.findings, 'return', start, { address: own, place: start }, table);
  if (back.kind !== 'delivered' && back.kind !== 'closed')
    beyond.push(
      say('hop-not-modelled', 'unknown', `${id} sends answers for ${own} elsewhere than into ${start.vpcId}`),
    );
  const next = fromTable(walk.topology, walk.findings, 'forward', start, destination, table);
  if (next.kind === 'closed') return undefined;
  if (next.kind === 'internet') {
    beyond.push(...judgeEdgeTable(walk.topology, walk.findings, 'return', next.gatewayId, own));
    return next.gatewayId;
  }
  beyond.push(
    ...(next.kind === 'unknown' ? next.beyond : []),
    say('hop-not-modelled', 'unknown', `${id} sends on elsewhere than to the internet, which is not judged`),
  );
  return undefined;
}

/** The public addresses that connections from a subnet get, or why these are not known. */
function addressesIn(
  topology: Topology,
  { subnetId }: Place,
  { NatGatewayId: id = 'a NAT gateway', NatGatewayAddresses: all = [], AutoProvisionZones: automatic }: NatGateway,
): {
  readonly addresses: readonly string[];
  readonly unsure?: { readonly what: Reason['what']; readonly status: Status; readonly text: string };
} {
  const unsure = (what: Reason['what'], status: Status, text: string) => ({
    addresses: [],
    unsure: { what, status, text },
  });
  const zone = zoneOfSubnet(topology, subnetId);
  if (zone.found === undefined)
    return unsure(
      'nat-unknown',
      'unknown',
      `in which Availability Zone ${subnetId} is cannot be told, and so not which address ${id} uses`,
    );
  const { found } = zone;
  const placed = all.map((address) => ({ address, here: sameZone(address, found) }));
  if (all.length === 0 || placed.some(({ here }) => here === undefined))
    return unsure('nat-no-address', 'unknown', `${id} does not say which addresses it has in which Availability Zone`);
  const own = placed.filter(({ here }) => here === true).map(({ address }) => address);
  const ready = own.filter(isReady).flatMap(({ PublicIp: address }) => address ?? []);
  if (ready.length > 0) return { addresses: ready };
  const name = found.AvailabilityZone ?? found.AvailabilityZoneId ?? 'its zone';
  if (own.length > 0)
    return unsure('nat-no-address', 'unknown', `${id} has no address that is ready in ${name}, where ${subnetId} is`);
  if (automatic === 'disabled')
    return unsure(
      'nat-other-zone',
      'closed',
      `${id} has no address in ${name}, where ${subnetId} is, and is extended to it by hand only`,
    );
  const others = all.filter(isReady).flatMap(({ PublicIp: address }) => address ?? []);
  const text = `${id} has no address in ${name} yet, where ${subnetId} is: until AWS gives it one, which takes up to an hour, those of other zones are used`;
  return { addresses: others, unsure: { what: 'nat-other-zone', status: 'unknown', text } };
}
