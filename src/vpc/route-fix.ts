import { hostBlock, holds, parseAddress, parseBlock } from './address.ts';
import type { Address } from './address.ts';
import type { Route, RouteTable } from './describe.ts';
import { subnetBlocks } from './end.ts';
import { hop } from './hop.ts';
import type { Destination } from './hop.ts';
import type { Place } from './passage.ts';
import { patched } from './patch.ts';
import { activePeering } from './peering.ts';
import { isResourceId } from './resource-id.ts';
import { lookUp, routeText, tableOfSubnet } from './route-tables.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Path, Reason } from './verdict.ts';

/** What a route can point to, as its field, the option of the AWS CLI, and where packets then go. */
type Via = { readonly field: keyof Route; readonly option: string; readonly id: string; readonly where: string };

/**
 * The route that would take packets from a subnet to a destination: over the active peering connection or the transit
 * gateway that joins both VPCs; for answers to the internet, over the VPC's internet gateway. It leads to the
 * destination's subnet, or to its address alone where a route for it stands in the way. Each is tried on the topology
 * before it is offered.
 * @returns undefined where nothing of these leads there.
 */
export function routeFix(
  topology: Topology,
  direction: Reason['direction'],
  here: Place,
  destination: Destination,
): FixStep | undefined {
  const parsed = parseAddress(destination.address);
  const table = tableOfSubnet(topology, here.subnetId, here.vpcId);
  if (parsed === undefined || table.found === undefined) return undefined;
  const looked = lookUp(topology, table.found, table.index, destination.address);
  if (looked.kind === 'unclear' || (looked.kind === 'route' && looked.route.GatewayId === 'local')) return undefined;
  const inTheWay = looked.kind === 'route' ? { route: looked.route, path: looked.path } : undefined;
  for (const via of waysOut(topology, direction, here, destination)) {
    const step = stepFor(topology, { table: table.found, index: table.index, inTheWay, via }, destination, parsed);
    if (step === undefined) continue;
    const after = hop(patched(topology, step.patch), new Findings(), direction, here, destination);
    if (after.kind === (destination.place === undefined ? 'internet' : 'delivered')) return step;
  }
  return undefined;
}

function waysOut(
  topology: Topology,
  direction: Reason['direction'],
  here: Place,
  { place }: Destination,
): readonly Via[] {
  if (place === undefined) {
    const gateways = direction === 'return' ? (topology.internetGateways ?? []) : [];
    return gateways
      .filter((gateway) => (gateway.Attachments ?? []).some((attachment) => attachment.VpcId === here.vpcId))
      .flatMap(({ InternetGatewayId: id }) =>
        id === undefined ? [] : [{ field: 'GatewayId', option: '--gateway-id', id, where: 'the internet' }],
      );
  }
  if (place.vpcId === here.vpcId) return [];
  const peering = activePeering(topology.peeringConnections, here.vpcId, place.vpcId)?.VpcPeeringConnectionId;
  const gatewaysOf = (vpcId: string) =>
    (topology.transitGatewayVpcAttachments ?? [])
      .filter((one) => one.VpcId === vpcId)
      .map((one) => one.TransitGatewayId);
  const shared = gatewaysOf(here.vpcId).filter((id) => id !== undefined && gatewaysOf(place.vpcId).includes(id));
  return [
    ...(peering === undefined
      ? []
      : [
          {
            field: 'VpcPeeringConnectionId',
            option: '--vpc-peering-connection-id',
            id: peering,
            where: place.vpcId,
          } as const,
        ]),
    ...shared.flatMap((id) =>
      id === undefined
        ? []
        : [{ field: 'TransitGatewayId', option: '--transit-gateway-id', id, where: place.vpcId } as const],
    ),
  ];
}

type Change = {
  readonly table: RouteTable;
  readonly index: number;
  /** The route that the table picks now, and where it stands. */
  readonly inTheWay: { readonly route: Route; readonly path: Path } | undefined;
  readonly via: Via;
};

function stepFor(topology: Topology, change: Change, { place }: Destination, address: Address): FixStep | undefined {
  const { table, index, inTheWay, via } = change;
  const tableId = table.RouteTableId;
  if (tableId === undefined || ![tableId, via.id].every(isResourceId)) return undefined;
  const field = address.family === 4 ? 'DestinationCidrBlock' : 'DestinationIpv6CidrBlock';
  const option = address.family === 4 ? '--destination-cidr-block' : '--destination-ipv6-cidr-block';
  const standing = inTheWay?.route[field];
  const taken = standing === undefined ? -1 : (parseBlock(standing)?.prefix ?? -1);
  const byList = inTheWay !== undefined && standing === undefined;
  const around = byList || place === undefined ? undefined : blockAround(topology, place.subnetId, address);
  const alone = hostBlock(address);
  const wanted = [around, alone].find((text) => text !== undefined && (parseBlock(text)?.prefix ?? -1) > taken);
  const replaced = wanted === undefined ? inTheWay : undefined;
  const cidr = wanted ?? alone;
  const route = { [field]: cidr, [via.field]: via.id, Origin: 'CreateRoute', State: 'active' };
  const users = (table.Associations ?? []).flatMap((association) =>
    association.Main === true ? ['every subnet without a table of its own'] : (association.SubnetId ?? []),
  );
  const part = parts.routeTables.operation;
  const verb = replaced === undefined ? 'create-route' : 'replace-route';
  const instead = replaced === undefined ? '' : ` It takes the place of ${routeText(replaced.route)}.`;
  return {
    command: `aws ec2 ${verb} --route-table-id ${tableId} ${option} ${cidr} ${via.option} ${via.id}`,
    undo: `aws ec2 delete-route --route-table-id ${tableId} ${option} ${cidr}`,
    risk: `Packets to ${cidr} from ${users.join(', ') || 'nowhere else'} then go to ${via.where}.${instead}`,
    patch:
      replaced === undefined
        ? { part, path: [parts.routeTables.member, index, 'Routes'], push: route }
        : { part, path: replaced.path, set: route },
  };
}

/** The block of a subnet that holds an address. */
function blockAround(topology: Topology, subnetId: string, address: Address): string | undefined {
  const subnet = find(topology, 'subnets', (candidate) => candidate.SubnetId === subnetId).found;
  return (subnet === undefined ? [] : subnetBlocks(subnet)).find((text) => {
    const block = parseBlock(text);
    return block !== undefined && holds(block, address);
  });
}
