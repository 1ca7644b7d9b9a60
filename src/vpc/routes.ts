import { holds, isInternetAddress, parseAddress, parseBlock } from './address.ts';
import { ownAddress, placeOf } from './end.ts';
import type { End } from './end.ts';
import { hop } from './hop.ts';
import type { Destination, Outcome } from './hop.ts';
import { throughNatGateway } from './nat-gateway.ts';
import type { Passage, Place, Segment } from './passage.ts';
import { activePeering, sameRegion } from './peering.ts';
import { judgePublicAccess } from './public-access.ts';
import { routeFix } from './route-fix.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Reason, Verdict } from './verdict.ts';

/**
 * Judges the routes of a flow, out and back, as the VPC's routers take them.
 * @param from the end that opens the connection.
 * @returns with `sourceSeen`, the addresses that the far end may see: the private one inside a VPC and over peering, the
 *   public one behind an internet gateway, those of the gateway behind NAT.
 */
export function judgeRoutes(topology: Topology, from: End, to: End): Verdict {
  const walk = new Walk(topology);
  const { sourceSeen } = walk.follow(from, to);
  return walk.findings.verdict({ ...(sourceSeen === undefined ? {} : { sourceSeen }), ...walk.fix() });
}

/** The way that a flow takes, for the layers that are judged along it; presumed to be direct where a route is closed. */
export function passageOf(topology: Topology, from: End, to: End): Passage {
  return new Walk(topology).follow(from, to);
}

/** One walk out and back. */
export class Walk {
  readonly topology: Topology;
  readonly findings = new Findings();
  readonly #fixes: FixStep[] = [];

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** The changes that open all that this walk found closed; nothing where one of these has no change that can be named. */
  fix(): Pick<Verdict, 'fix'> {
    const closed = this.findings.reasons.filter((reason) => reason.status === 'closed').length;
    return closed > 0 && closed === this.#fixes.length ? { fix: this.#fixes } : {};
  }

  follow(from: End, to: End): Passage {
    const ends = [...this.#judgeEnd(from, 'from'), ...this.#judgeEnd(to, 'to')];
    const start = placeOf(from);
    const far = placeOf(to);
    if (parseAddress(ownAddress(from))?.family !== parseAddress(to.address)?.family) {
      this.findings.add(this.#endReason('families-differ', 'unknown', from, `${ownAddress(from)} and ${to.address} are not of one IP version`));
    }
    if (from.kind !== 'outside') {
      const kept = (from.keeps ?? []).find((text) => inBlock(text, to.address));
      if (kept !== undefined) {
        const text = `${ownAddress(from)} keeps ${kept} to itself: packets to ${to.address} never leave it`;
        this.findings.add(this.#endReason('address-kept-by-sender', 'closed', from, text));
      }
    }
    if (start === undefined) {
      const parsed = parseAddress(from.address);
      return {
        segments: [{ near: undefined, far, sources: [from.address], destination: to.address, clientPorts: 'host' }],
        sourceSeen: [from.address],
        groups: parsed !== undefined && isInternetAddress(parsed) ? 'lost' : 'unknown',
        beyond: ends,
      };
    }
    const destination: Destination = {
      address: to.address,
      place: to.kind === 'interface' && to.address !== to.privateAddress ? undefined : far,
    };
    const outcome = this.step('forward', start, destination);
    const passage = this.#passage(from, to, start, destination, outcome);
    return { ...passage, beyond: [...ends, ...passage.beyond] };
  }

  /** One hop, with the change that would open it where it is closed. */
  step(direction: Reason['direction'], here: Place, destination: Destination): Outcome {
    const outcome = hop(this.topology, this.findings, direction, here, destination);
    if (outcome.kind === 'closed') {
      const fix = routeFix(this.topology, here, destination);
      if (fix !== undefined) this.#fixes.push(fix);
    }
    return outcome;
  }

  /**
   * The answers' way from the far end to an address on the internet.
   * @returns what lies on it and is not judged.
   */
  backOverInternet(far: Place, address: string, place: Place | undefined): readonly Reason[] {
    const back = this.step('return', far, { address, place });
    if (back.kind === 'internet' && !back.egressOnly) {
      judgePublicAccess(this.topology, this.findings, 'return', far, 'internet-gateway');
      return [];
    }
    return this.#backElsewhere(back, far, back.kind === 'delivered');
  }

  /** The answers' way from the far end to a private address; returns what lies on it and is not judged. */
  backInPrivate(far: Place, address: string, place: Place): readonly Reason[] {
    const back = this.step('return', far, { address, place });
    return this.#backElsewhere(back, far, back.kind === 'internet' && !back.egressOnly);
  }

  /** Notes that the far end is not gathered. */
  sightEnds(direction: Reason['direction'], address: string, where: string): Reason {
    const reason: Reason = {
      what: 'sight-ends',
      status: 'unknown',
      direction,
      resource: { type: 'address', id: address },
      part: parts.networkInterfaces.operation,
      path: [],
      text: `sight ends ${where}: ${address} is no address of the network that was gathered`,
    };
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
        this.findings.add(this.#endReason('no-public-address', status, from, text));
        return { segments: [segment([])], sourceSeen: undefined, groups: 'lost', beyond: [] };
      }
      const beyond =
        far === undefined
          ? [this.sightEnds('forward', to.address, `at ${outcome.gatewayId}`)]
          : this.backOverInternet(far, shown, parseAddress(shown)?.family === 6 ? start : undefined);
      return { segments: [segment([shown])], sourceSeen: [shown], groups: 'lost', beyond };
    }
    const beyond = outcome.kind === 'unknown' ? outcome.beyond : [];
    if (destination.place !== undefined) {
      const back = this.backInPrivate(destination.place, own, start);
      const groups =
        outcome.kind === 'delivered' ? outcome.groups : this.#presumedGroups(start, destination.place, beyond);
      return { segments: [segment([own])], sourceSeen: [own], groups, beyond: [...beyond, ...back] };
    }
    const ends = far === undefined && beyond.length === 0 ? [this.sightEnds('forward', to.address, 'behind these routes')] : [];
    return { segments: [segment([])], sourceSeen: undefined, groups: 'unknown', beyond: [...beyond, ...ends] };
  }

  /** What the far end would know of the sender's groups once the routes are right. */
  #presumedGroups(start: Place, far: Place, beyond: readonly Reason[]): Passage['groups'] {
    if (beyond.length > 0) return 'unknown';
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

  #endReason(what: Reason['what'], status: Reason['status'], end: End, text: string): Reason {
    const interfaceId = end.kind === 'interface' ? end.interfaceId : undefined;
    const at = find(this.topology, 'networkInterfaces', (one) => one.NetworkInterfaceId === interfaceId);
    return {
      what,
      status,
      direction: 'forward',
      resource:
        interfaceId === undefined
          ? { type: 'address', id: end.address }
          : { type: 'network-interface', id: interfaceId },
      part: parts.networkInterfaces.operation,
      path: interfaceId === undefined || at.found === undefined ? [] : [parts.networkInterfaces.member, at.index],
      text,
    };
  }

  /** What is wrong with an end itself; returns what no layer can see past. */
  #judgeEnd(end: End, role: 'from' | 'to'): readonly Reason[] {
    if (parseAddress(end.address) === undefined) {
      this.findings.add(this.#endReason('end-unknown', 'unknown', end, `${end.address} is not an IP address`));
    }
    if (end.kind === 'outside') return role === 'from' ? [this.sightEnds('forward', end.address, 'at the first hop')] : [];
    if (end.kind === 'subnet') return [];
    if (end.status !== undefined && end.status !== 'in-use') {
      this.findings.add(this.#endReason('interface-detached', 'closed', end, `${end.interfaceId} is ${end.status}: nothing is attached to it`));
    }
    if (end.interfaceType === undefined || hostTypes.includes(end.interfaceType)) return [];
    const text = `${end.interfaceId} is a ${end.interfaceType}: what is behind it is not judged yet`;
    const reason = this.#endReason('interface-not-modelled', 'unknown', end, text);
    this.findings.add(reason);
    return [reason];
  }
}

/** Interface types behind which a machine itself sends and receives. */
const hostTypes: readonly string[] = ['interface', 'efa', 'efa-only', 'trunk', 'branch'];

function publicAddressOf(end: End): string | undefined {
  const own = ownAddress(end);
  const parsed = parseAddress(own);
  if (parsed?.family === 6) return isInternetAddress(parsed) ? own : undefined;
  return end.kind === 'interface' ? end.publicAddress : undefined;
}

function inBlock(text: string, address: string): boolean {
  const [block, parsed] = [parseBlock(text), parseAddress(address)];
  return block !== undefined && parsed !== undefined && holds(block, parsed);
}
