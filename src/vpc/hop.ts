import type { NatGateway, RouteTable } from './describe.ts';
import type { Passage, Place } from './passage.ts';
import { lookUp, tableOfSubnet, targetOf } from './route-tables.ts';
import { intoVpc, overPeering, toInternet } from './targets.ts';
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
      /**
       * The subnets of a transit gateway's attachments that the packets may pass, near the sender and near the
       * destination.
       */
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

/** The same from a table, be it a subnet's or one that a gateway has of its own. */
export function fromTable(
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
    else
      findings.add({
        ...about,
        what: 'route-not-understood',
        status: 'unknown',
        path: looked.path,
        text: looked.detail,
      });
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
      return intoVpc(findings, here.vpcId, destination, looked.text, told);
    case 'peering':
      return overPeering(topology, findings, here.vpcId, destination, target, told);
    case 'internet-gateway':
    case 'egress-only-internet-gateway':
      return toInternet(topology, findings, here.vpcId, destination, target, told);
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
      const reason = told(
        'hop-not-modelled',
        'unknown',
        `${looked.text}: what happens behind a ${words(target.kind)} is not judged yet`,
      );
      findings.add(reason);
      return { kind: 'unknown', beyond: [reason] };
    }
  }
}

function behind(outcome: Outcome): Outcome {
  return outcome.kind === 'closed' ? { kind: 'closed', behind: true } : outcome;
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
