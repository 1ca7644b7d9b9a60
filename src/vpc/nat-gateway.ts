import type { NatGateway } from './describe.ts';
import { judgeEdgeTable } from './edge-routes.ts';
import { isPublicService, ownAddress, placeOf } from './end.ts';
import type { End } from './end.ts';
import type { Destination, Outcome } from './hop.ts';
import { stretches } from './passage.ts';
import type { Passage, Place } from './passage.ts';
import { judgePublicAccess } from './public-access.ts';
import { isReady, throughRegionalNatGateway } from './regional-nat-gateway.ts';
import type { Walk } from './routes.ts';
import { parts } from './topology.ts';
import type { Reason, Status } from './verdict.ts';

type Through = Extract<Outcome, { kind: 'nat-gateway' }>;

/**
 * Goes on behind a NAT gateway, which puts its own addresses in the sender's place: public ones toward the internet,
 * private ones elsewhere. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
 */
export function throughNatGateway(
  walk: Walk,
  from: End,
  to: End,
  start: Place,
  destination: Destination,
  { gateway, index }: Through,
): Passage {
  const id = gateway.NatGatewayId ?? 'a NAT gateway';
  const say = (what: Reason['what'], status: Status, text: string, ...path: readonly string[]) => {
    const reason: Reason = {
      what,
      status,
      direction: 'forward',
      resource: { type: 'nat-gateway', id },
      part: parts.natGateways.operation,
      path: [parts.natGateways.member, index, ...path],
      text,
    };
    walk.findings.add(reason);
    return reason;
  };
  const far = placeOf(to);
  const own = ownAddress(from);
  const { VpcId: vpcId, SubnetId: subnetId, State: state } = gateway;
  if (state !== 'available') {
    const why = gateway.FailureMessage === undefined ? '' : `: ${gateway.FailureMessage}`;
    say(
      'nat-not-available',
      state === undefined ? 'unknown' : 'closed',
      `${id} is ${state ?? 'in no known state'}${why}`,
      'State',
    );
  }
  if (vpcId !== undefined && vpcId !== start.vpcId) {
    say('nat-other-vpc', 'closed', `${id} is in ${vpcId} and serves nobody in ${start.vpcId}`, 'VpcId');
  }
  const appliances = (gateway.AttachedAppliances ?? []).map(
    ({ Type: type, ApplianceArn: arn }) => arn ?? type ?? 'one',
  );
  const filtered =
    appliances.length === 0
      ? []
      : [
          say(
            'hop-not-modelled',
            'unknown',
            `${id} has an appliance attached (${appliances.join(', ')}): what it lets through is not judged`,
            'AttachedAppliances',
          ),
        ];
  const here = vpcId === undefined || subnetId === undefined ? undefined : { vpcId, subnetId };
  if (to.address.includes(':') || (gateway.AvailabilityMode !== 'regional' && here === undefined)) {
    const how = to.address.includes(':') ? 'translates IPv6' : 'names no subnet';
    const reason = say('hop-not-modelled', 'unknown', `${id} ${how}, which is not judged yet`);
    return {
      segments: [{ near: start, far: undefined, sources: [own], destination: to.address, clientPorts: 'host' }],
      sourceSeen: undefined,
      missing: [],
      groups: 'lost',
      beyond: [...filtered, reason],
    };
  }
  if (gateway.AvailabilityMode === 'regional' || here === undefined) {
    const passage = throughRegionalNatGateway(walk, from, to, start, destination, { gateway, say });
    return { ...passage, beyond: [...filtered, ...passage.beyond] };
  }
  const near = { near: start, far: here, sources: [own], destination: to.address, clientPorts: 'host' } as const;
  const back = walk.step('return', here, { address: own, place: start });
  if (back.kind !== 'delivered' && back.kind !== 'closed' && back.kind !== 'unknown') {
    say('hop-not-modelled', 'unknown', `${id} sends answers for ${own} elsewhere than into ${start.vpcId}`);
  }
  const next = walk.step('forward', here, destination);
  const beyond: Reason[] = [...filtered, ...(next.kind === 'unknown' ? next.beyond : [])];
  const isPrivate = gateway.ConnectivityType === 'private';
  const known = next.kind === 'internet' || next.kind === 'delivered' || next.kind === 'closed';
  const addresses =
    destination.place === undefined ? (isPrivate ? [] : publicAddresses(gateway)) : privateAddresses(gateway);
  const seen = known ? addresses : [];
  if (next.kind === 'internet') {
    judgePublicAccess(walk.topology, walk.findings, 'forward', here, 'nat-gateway');
    judgePublicAccess(walk.topology, walk.findings, 'forward', start, 'nat-gateway-elsewhere');
    const text = `${id} is a private NAT gateway: ${next.gatewayId} carries nothing for it`;
    if (isPrivate) say('nat-private', 'closed', text, 'ConnectivityType');
    for (const address of privateAddresses(gateway)) {
      beyond.push(...judgeEdgeTable(walk.topology, walk.findings, 'return', next.gatewayId, address));
    }
    if (far === undefined && !isPublicService(to))
      beyond.push(walk.sightEnds('forward', to.address, `at ${next.gatewayId}`));
  } else if (next.kind === 'delivered' && !isPrivate) {
    const text = `${id} is a public NAT gateway: what it sends to private addresses is not judged yet`;
    beyond.push(say('hop-not-modelled', 'unknown', text));
  } else if (next.kind === 'nat-gateway') {
    const loop = next.gateway.NatGatewayId === gateway.NatGatewayId;
    const text = loop
      ? `${id} is in a subnet whose route leads back to it`
      : `${id} sends on to ${next.gateway.NatGatewayId ?? 'another'}`;
    const reason = say(loop ? 'nat-loop' : 'hop-not-modelled', loop ? 'closed' : 'unknown', text, 'SubnetId');
    if (!loop) beyond.push(reason);
  }
  let transit: Extract<Outcome, { kind: 'delivered' }>['transit'];
  if (far !== undefined) {
    for (const address of seen) {
      if (destination.place === undefined) {
        beyond.push(...walk.overInternet(far, ownAddress(to), { address, place: undefined }));
        continue;
      }
      const returned = walk.backInPrivate(far, address, here);
      beyond.push(...returned.beyond);
      transit ??= returned.transit;
    }
  }
  if (known && seen.length === 0 && !(isPrivate && next.kind === 'internet')) {
    say('nat-no-address', 'unknown', `${id} has no address that is ready`, 'NatGatewayAddresses');
  }
  return {
    segments: [
      near,
      ...stretches(
        { near: here, far, sources: seen, destination: to.address, clientPorts: 'nat-gateway' },
        next.kind === 'delivered' ? next.transit : undefined,
        transit,
      ),
    ],
    sourceSeen: seen.length === 0 ? undefined : seen,
    missing: known ? [] : walk.findings.missing,
    groups: 'lost',
    beyond,
  };
}

/** The public addresses that the gateway may use. */
function publicAddresses(gateway: NatGateway): string[] {
  return (gateway.NatGatewayAddresses ?? []).filter(isReady).flatMap((one) => one.PublicIp ?? []);
}

function privateAddresses(gateway: NatGateway): string[] {
  return (gateway.NatGatewayAddresses ?? []).flatMap((one) => one.PrivateIp ?? []);
}
