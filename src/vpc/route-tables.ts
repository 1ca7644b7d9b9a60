import { holds, parseAddress, parseBlock } from './address.ts';
import type { Address } from './address.ts';
import type { Route, RouteTable } from './describe.ts';
import { prefixListBlocks } from './prefix-lists.ts';
import { find, parts } from './topology.ts';
import type { Found, Topology } from './topology.ts';
import type { Path } from './verdict.ts';

/** The table that a subnet uses, or why it is not known. */
export type TableOfSubnet =
  | Found<RouteTable>
  | { readonly found?: undefined; readonly unclear: string; readonly path: Path };

/** What a route table does with a destination. */
export type Lookup =
  | { readonly kind: 'route'; readonly route: Route; readonly path: Path; readonly text: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly detail: string; readonly path: Path; readonly missing?: string };

/** Where a route sends packets. */
export type Target = {
  readonly kind:
    | 'local'
    | 'peering'
    | 'internet-gateway'
    | 'egress-only-internet-gateway'
    | 'nat-gateway'
    | 'transit-gateway'
    | 'virtual-private-gateway'
    | 'vpc-endpoint'
    | 'network-interface'
    | 'local-gateway'
    | 'carrier-gateway'
    | 'core-network'
    | 'odb-network'
    | 'not-understood';
  readonly id: string;
};

/**
 * The route table of a subnet: the one that is associated with it, else the main table of its VPC.
 * https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
 */
export function tableOfSubnet(topology: Topology, subnetId: string, vpcId: string): TableOfSubnet {
  const explicit = find(topology, 'routeTables', (table) =>
    (table.Associations ?? []).some((association) => association.SubnetId === subnetId),
  );
  if (explicit.found === undefined) {
    return find(
      topology,
      'routeTables',
      (table) => table.VpcId === vpcId && (table.Associations ?? []).some((association) => association.Main === true),
    );
  }
  const at = (explicit.found.Associations ?? []).findIndex((association) => association.SubnetId === subnetId);
  const state = explicit.found.Associations?.[at]?.AssociationState?.State ?? 'associated';
  if (state === 'associated') return explicit;
  const path = [parts.routeTables.member, explicit.index, 'Associations', at];
  return { unclear: `the association of ${subnetId} is ${state}`, path };
}

type Candidate = { readonly route: Route; readonly index: number; readonly prefix: number; readonly rank: number };

/**
 * The route that a table picks for an address. The longest prefix wins; among equal ones a static route goes before a
 * prefix list's, and that before a propagated one. The local route goes before every propagated route.
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
 * @param index where the table stands in describe-route-tables, for the paths.
 */
export function lookUp(topology: Topology, table: RouteTable, index: number, destination: string): Lookup {
  const at = (route?: number): Path => [
    parts.routeTables.member,
    index,
    'Routes',
    ...(route === undefined ? [] : [route]),
  ];
  const address = parseAddress(destination);
  if (address === undefined) return { kind: 'unclear', detail: `${destination} is not an IP address`, path: at() };
  if (table.Routes === undefined) return { kind: 'unclear', detail: 'the table has no list of routes', path: at() };
  const candidates: Candidate[] = [];
  for (const [position, route] of table.Routes.entries()) {
    const matched = longestMatch(topology, route, address);
    if (typeof matched !== 'number') {
      if (matched !== undefined) return { kind: 'unclear', path: at(position), ...matched };
      continue;
    }
    if (route.Origin === 'Advertisement') {
      const detail = `${routeText(route)} is advertised by a route server, which is not modelled`;
      return { kind: 'unclear', detail, path: at(position) };
    }
    candidates.push({ route, index: position, prefix: matched, rank: rankOf(route) });
  }
  const local = candidates.some(({ route }) => route.GatewayId === 'local');
  const eligible = local ? candidates.filter(({ rank }) => rank !== propagated) : candidates;
  const [best, second] = eligible.toSorted((a, b) => b.prefix - a.prefix || b.rank - a.rank);
  if (best === undefined) return { kind: 'none' };
  if (
    second !== undefined &&
    second.prefix === best.prefix &&
    second.rank === best.rank &&
    targetOf(second.route).id !== targetOf(best.route).id
  ) {
    const detail = `${routeText(best.route)} and ${routeText(second.route)} fit equally well`;
    return { kind: 'unclear', detail, path: at(second.index) };
  }
  return { kind: 'route', route: best.route, path: at(best.index), text: routeText(best.route) };
}

/**
 * The longest prefix of the route that holds the address; undefined when none does; what is missing when that is not
 * known.
 */
function longestMatch(
  topology: Topology,
  route: Route,
  address: Address,
): number | undefined | { readonly detail: string; readonly missing?: string } {
  const single = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
  const list = route.DestinationPrefixListId;
  if (single === undefined && list === undefined) return { detail: 'a route without a destination' };
  const blocks = single === undefined && list !== undefined ? prefixListBlocks(topology, list) : { blocks: [single] };
  if ('missing' in blocks) return { detail: `what ${list ?? ''} holds is not known`, missing: blocks.missing };
  let longest: number | undefined;
  for (const text of blocks.blocks) {
    const block = text === undefined ? undefined : parseBlock(text);
    if (block === undefined) return { detail: `${JSON.stringify(text)} is not a CIDR block` };
    if (holds(block, address)) longest = Math.max(longest ?? 0, block.prefix);
  }
  return longest;
}

const propagated = 0;

function rankOf(route: Route): number {
  if (route.Origin === 'EnableVgwRoutePropagation') return propagated;
  return route.DestinationPrefixListId === undefined ? 2 : 1;
}

/** Where the route sends packets; `not-understood` for a target that this engine has never heard of. */
export function targetOf(route: Route): Target {
  const gateway = route.GatewayId;
  if (gateway === 'local') return { kind: 'local', id: 'local' };
  const byField: readonly (readonly [Target['kind'], string | undefined])[] = [
    ['peering', route.VpcPeeringConnectionId],
    ['nat-gateway', route.NatGatewayId],
    ['transit-gateway', route.TransitGatewayId],
    ['egress-only-internet-gateway', route.EgressOnlyInternetGatewayId],
    ['network-interface', route.NetworkInterfaceId ?? route.InstanceId],
    ['local-gateway', route.LocalGatewayId],
    ['carrier-gateway', route.CarrierGatewayId],
    ['core-network', route.CoreNetworkArn],
    ['odb-network', route.OdbNetworkArn],
    ['internet-gateway', gateway?.startsWith('igw-') === true ? gateway : undefined],
    ['virtual-private-gateway', gateway?.startsWith('vgw-') === true ? gateway : undefined],
    ['vpc-endpoint', gateway?.startsWith('vpce-') === true ? gateway : undefined],
  ];
  const [only, other] = byField.filter(([, id]) => id !== undefined);
  if (only?.[1] === undefined || other !== undefined) return { kind: 'not-understood', id: gateway ?? 'unknown' };
  return { kind: only[0], id: only[1] };
}

/** The route on one line: destination, target, and the state where it is not active. */
export function routeText(route: Route): string {
  const destination =
    route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? 'no destination';
  const how = route.Origin === 'EnableVgwRoutePropagation' ? ', propagated' : '';
  return `${destination} -> ${targetOf(route).id} (${route.State ?? 'no state'}${how})`;
}
