import { hostBlock, holds, parseAddress, parseBlock } from './address.ts';
import { subnetBlocks } from './end.ts';
import type { Destination } from './hop.ts';
import type { Place } from './passage.ts';
import { activePeering } from './peering.ts';
import { lookUp, routeText, tableOfSubnet } from './route-tables.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { FixStep } from './verdict.ts';

/**
 * The route that would take packets from a subnet to a destination in another VPC: over the active peering connection
 * of both, to the destination's subnet, or to its address alone where a route for it stands in the way.
 * @returns undefined where no active peering connection joins the two, or a part that this needs is missing.
 */
export function routeFix(topology: Topology, here: Place, destination: Destination): FixStep | undefined {
  const { address, place } = destination;
  const parsed = parseAddress(address);
  if (place === undefined || place.vpcId === here.vpcId || parsed === undefined) return undefined;
  const peeringId = activePeering(topology.peeringConnections, here.vpcId, place.vpcId)?.VpcPeeringConnectionId;
  const table = tableOfSubnet(topology, here.subnetId, here.vpcId);
  const tableId = table.found?.RouteTableId;
  if (peeringId === undefined || table.found === undefined || tableId === undefined) return undefined;
  const looked = lookUp(topology, table.found, table.index, address);
  if (looked.kind === 'unclear' || (looked.kind === 'route' && looked.route.GatewayId === 'local')) return undefined;
  const inTheWay = looked.kind === 'route' ? looked.route : undefined;
  const field = parsed.family === 4 ? 'DestinationCidrBlock' : 'DestinationIpv6CidrBlock';
  const option = parsed.family === 4 ? '--destination-cidr-block' : '--destination-ipv6-cidr-block';
  const standing = inTheWay?.[field];
  const taken = standing === undefined ? -1 : (parseBlock(standing)?.prefix ?? -1);
  const subnet = find(topology, 'subnets', (candidate) => candidate.SubnetId === place.subnetId).found;
  const around = (subnet === undefined ? [] : subnetBlocks(subnet)).find((text) => {
    const block = parseBlock(text);
    return block !== undefined && holds(block, parsed);
  });
  const onlyByList = inTheWay !== undefined && standing === undefined;
  const wanted = (onlyByList ? [] : [around]).concat(hostBlock(parsed)).find((text) => {
    const prefix = text === undefined ? undefined : parseBlock(text)?.prefix;
    return prefix !== undefined && prefix > taken;
  });
  const cidr = wanted ?? hostBlock(parsed);
  const verb = wanted === undefined ? 'replace-route' : 'create-route';
  const route = { [field]: cidr, VpcPeeringConnectionId: peeringId, Origin: 'CreateRoute', State: 'active' };
  const path = [parts.routeTables.member, table.index, 'Routes'];
  const users = (table.found.Associations ?? []).flatMap((association) =>
    association.Main === true ? ['every subnet without a table of its own'] : (association.SubnetId ?? []),
  );
  const replaced =
    verb === 'replace-route' && inTheWay !== undefined ? ` It takes the place of ${routeText(inTheWay)}.` : '';
  const part = parts.routeTables.operation;
  return {
    command: `aws ec2 ${verb} --route-table-id ${tableId} ${option} ${cidr} --vpc-peering-connection-id ${peeringId}`,
    undo: `aws ec2 delete-route --route-table-id ${tableId} ${option} ${cidr}`,
    risk: `Packets to ${cidr} from ${users.join(', ') || 'nowhere else'} then go to ${place.vpcId}.${replaced}`,
    patch:
      replaced !== '' && looked.kind === 'route'
        ? { part, path: looked.path, set: route }
        : { part, path, push: route },
  };
}
