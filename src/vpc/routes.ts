import { isInternetAddress, parseAddress } from './address.ts';
import { judgeEdgeTable } from './edge-routes.ts';
import { isPublicService, ownAddress, placeOf } from './end.ts';
import type { End } from './end.ts';
import { endReason, judgeEnds } from './end-state.ts';
import { hop } from './hop.ts';
import type { Destination, Outcome } from './hop.ts';
import { throughNatGateway } from './nat-gateway.ts';
import { stretches } from './passage.ts';
import type { Passage, Place, Segment } from './passage.ts';
import { activePeering, sameRegion } from './peering.ts';
import { judgePublicAccess } from './public-access.ts';
import { routeFix } from './route-fix.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Reason, Verdict } from './verdict.ts';

/**
 * Judges the routes of a flow, out and back, as the VPC's routers take them.
 * @param from the end that opens the connection.
 * @returns with `sourceSeen`, the addresses that the far end may see: the private one inside a VPC and over peering,
 * the
 *   public one behind an internet gateway, those of the gateway behind NAT.
 */
export function judgeRoutes(topology: Topology, from: End, to: End): Verdict {
  const walk = new Walk(topology);
  const { sourceSeen } = walk.follow(from, to);
  return walk.findings.verdict({ ...(sourceSeen === undefined ? {} : { sourceSeen }), ...walk.fix() });
}

/**
 * The way that a flow takes, for the layers that are judged along it; presumed to be direct where a route is closed.
 */
export function passageOf(topology: Topology, from: End, to: End): Passage {
  return new Walk(topology).follow(from, to);
}

type Delivered = Extract<Outcome, { kind: 'delivered' }>;

/** One walk out and back. */
export class Walk {
  readonly topology: Topology;
  readonly findings = new Findings();
  readonly #fixes: FixStep[] = [];
  #returnUnknown: readonly string[] | undefined;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /**
   * The changes that open all that this walk found closed; nothing where one of these has no change that can be named.
   */
  fix(): Pick<Verdict, 'fix'> {
    const closed = this.findings.reasons.filter((reason) => reason.status === 'closed').length;
    return closed > 0 && closed === this.#fixes.length ? { fix: this.#fixes } : {};
  }

  follow(from: End, to: End): Passage {
    const ends = judgeEnds(this.topology, from, to);
    this.findings.add(...ends);
    const unjudged = ends.filter((reason) => reason.what === 'interface-not-modelled');
    const start = placeOf(from);
    const far = placeOf(to);
    if (start === undefined) {
      const parsed = parseAddress(from.address);
      return {
        segments: [{ near: undefined, far, sources: [from.address], destination: to.address, clientPorts: 'host' }],
        sourceSeen: [from.address],
        missing: [],
        groups: parsed !== undefined && isInternetAddress(parsed) ? 'lost' : 'unknown',
        beyond: [...unjudged, this.sightEnds('forward', from.address, 'at the first hop')],
      };
    }
    const destination: Destination = {
      address: to.address,
      place: to.kind === 'interface' && to.address !== to.privateAddress ? undefined : far,
    };
    const outcome = this.step('forward', start, destination);
    const passage = this.#passage(from, to, start, destination, outcome);
    const returnUnknown = this.#returnUnknown === undefined ? {} : { returnUnknown: this.#returnUnknown };
    return { ...passage, ...returnUnknown, beyond: [...unjudged, ...passage.beyond] };
  }

  /** One hop, with the change that would open it where it is closed. */
  step(direction: Reason['direction'], here: Place, destination: Destination): Outcome {
    const outcome = hop(this.topology, this.findings, direction, here, destination);
    if (direction === 'return' && outcome.kind === 'unknown' && outcome.beyond.length === 0) {
      this.#returnUnknown = this.findings.missing;
    }
    if (outcome.kind === 'closed' && outcome.behind !== true) {
      const fix = routeFix(this.topology, direction, here, destination);
      if (fix !== undefined) this.#fixes.push(fix);
    }
    return outcome;
  }

  /**
   * The way into the far end's VPC over the internet, and the answers' way back there.
   * @param own the far end's private address.
   * @param seen the address that the far end answers to, with its place where that is an IPv6 address of a VPC.
   * @returns what lies on it and is not judged.
   */
  overInternet(far: Place, own: string, seen: Destination): readonly Reason[] {
    const back = this.step('return', far, seen);
    if (back.kind === 'internet' && !back.egressOnly) {
      judgePublicAccess(this.topology, this.findings, 'return', far, 'internet-gateway');
      return judgeEdgeTable(this.topology, this.findings, 'forward', back.gatewayId, own);
    }
    return this.#backElsewhere(back, far, back.kind === 'delivered');
  }

  /**
   * The answers' way from the far end to a private address; what lies on it and is not judged, and the attachments it
   * passes.
   */
  backInPrivate(
    far: Place,
    address: string,
    place: Place,
  ): { beyond: readonly Reason[]; transit: Delivered['transit'] } {
    const back = this.step('return', far, { address, place });
    const beyond = this.#backElsewhere(back, far, back.kind === 'internet' && !back.egressOnly);
    return { beyond, transit: back.kind === 'delivered' ? back.transit : undefined };
  }

  /** Notes that the far end is not gathered. */
  sightEnds(direction: Reason['direction'], address: string, where: string): Reason {
    const reason = outOfSight(direction, address, where);
    this.findings.add(reason);
    return reason;
  }

  #passage(from: End, to: End, start: Place, destination: Destination, outcome: Outcome): Passage {
    const far = placeOf(to);
    const own = ownAddress(from);
    const segment = (sources: readonly string[]): Segment => ({
      near: start,
      far,
      sources,
      destination: to.address,
      clientPorts: 'host',
    });
    if (outcome.kind === 'nat-gateway') return throughNatGateway(this, from, to, start, destination, outcome);
    if (outcome.kind === 'internet') {
      const shown = publicAddressOf(from);
      const through = outcome.egressOnly ? 'egress-only-internet-gateway' : 'internet-gateway';
      judgePublicAccess(this.topology, this.findings, 'forward', start, through);
      if (shown === undefined) {
        const status = from.kind === 'subnet' ? 'unknown' : 'closed';
        const text = `${own} has no public address, so ${outcome.gatewayId} carries nothing for it`;
        this.findings.add(endReason(this.topology, 'no-public-address', status, from, text));
        return { segments: [segment([])], sourceSeen: undefined, missing: [], groups: 'lost', beyond: [] };
      }
      const place = parseAddress(shown)?.family === 6 ? start : undefined;
      const beyond = [
        ...judgeEdgeTable(this.topology, this.findings, 'return', outcome.gatewayId, own),
        ...(far === undefined
          ? isPublicService(to)
            ? []
            : [this.sightEnds('forward', to.address, `at ${outcome.gatewayId}`)]
          : this.overInternet(far, ownAddress(to), { address: shown, place })),
      ];
      return { segments: [segment([shown])], sourceSeen: [shown], missing: [], groups: 'lost', beyond };
    }
    const beyond = outcome.kind === 'unknown' ? outcome.beyond : [];
    // Packets whose way is not known may have any source; a route that is merely closed is presumed to be made direct.
    const sources = outcome.kind !== 'unknown' || outcome.keepsSource === true ? [own] : [];
    const sourceSeen = sources.length === 0 ? undefined : sources;
    const { missing } = this.findings;
    if (destination.place === undefined) {
      const ends = beyond.length === 0 ? [outOfSight('forward', to.address, 'behind these routes')] : [];
      const seen = outcome.kind === 'unknown' ? sourceSeen : undefined;
      const segments = [segment(seen ?? [])];
      return { segments, sourceSeen: seen, missing, groups: 'unknown', beyond: [...beyond, ...ends] };
    }
    const back = this.backInPrivate(destination.place, own, start);
    const delivered = outcome.kind === 'delivered' ? outcome : undefined;
    return {
      ...(from.kind === 'subnet' && from.block !== undefined ? { block: from.block } : {}),
      segments: stretches(segment(sources), delivered?.transit, back.transit),
      sourceSeen,
      missing: sourceSeen === undefined ? missing : [],
      groups: delivered?.groups ?? this.#presumedGroups(start, destination.place, outcome),
      ...(delivered?.transit === undefined ? {} : { groupsOutbound: delivered.groups === 'lost' ? 'lost' : 'unknown' }),
      beyond: [...beyond, ...back.beyond],
    };
  }

  /** What the far end would know of the sender's groups once the routes are right. */
  #presumedGroups(start: Place, far: Place, outcome: Outcome): Passage['groups'] {
    if (outcome.kind === 'unknown') return 'unknown';
    if (start.vpcId === far.vpcId) return 'kept';
    const connection = activePeering(this.topology.peeringConnections, start.vpcId, far.vpcId);
    const same = connection === undefined ? undefined : sameRegion(connection);
    return same === undefined ? 'unknown' : same ? 'kept' : 'lost';
  }

  /** Judges answers that take another way than the packets came. */
  #backElsewhere(back: Outcome, far: Place, unjudged: boolean): readonly Reason[] {
    const about = {
      direction: 'return',
      resource: { type: 'subnet', id: far.subnetId },
      part: parts.routeTables.operation,
      path: [],
    } as const;
    if (unjudged) {
      const text = 'answers take another way than the packets came, which is not judged yet';
      this.findings.add({ ...about, what: 'hop-not-modelled', status: 'unknown', text });
    } else if (back.kind === 'nat-gateway' || back.kind === 'internet') {
      const id = back.kind === 'internet' ? back.gatewayId : (back.gateway.NatGatewayId ?? 'a NAT gateway');
      const text = `answers go to ${id}, which carries only connections that were opened through it`;
      this.findings.add({ ...about, what: 'outgoing-only', status: 'closed', text });
    }
    return back.kind === 'unknown' ? back.beyond : [];
  }
}

function outOfSight(direction: Reason['direction'], address: string, where: string): Reason {
  return {
    what: 'sight-ends',
    status: 'unknown',
    direction,
    resource: { type: 'address', id: address },
    part: parts.networkInterfaces.operation,
    path: [],
    text: `sight ends ${where}: ${address} is no address of the network that was gathered`,
  };
}

function publicAddressOf(end: End): string | undefined {
  const own = ownAddress(end);
  const parsed = parseAddress(own);
  if (parsed?.family === 6) return isInternetAddress(parsed) ? own : undefined;
  return end.kind === 'interface' ? end.publicAddress : undefined;
}
