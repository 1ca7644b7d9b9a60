import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Path } from './verdict.ts';

/** Where an entry of a merged topology comes from: which of the topologies, and its path there. */
export type Origin = { readonly source: number; readonly path: Path };

/** Topologies of several accounts or Regions as one. */
export type Merged = {
  readonly topology: Topology;
  /**
   * The origin of what a reason or a patch points to.
   * @returns undefined when the path leads to no single element, as that of a missing part.
   */
  readonly originOf: (part: string, path: Path) => Origin | undefined;
};

/**
 * Puts the networks of several accounts or Regions together, so that a way can be followed from one to the other. What
 * two accounts both see (a shared subnet, a peering connection) counts once, as the first sees it. A part is missing
 * only when every one lacks it; what is absent from a part is unknown to the engine all the same.
 */
export function mergeTopologies(topologies: readonly Topology[]): Merged {
  const origins = new Map<string, Origin[]>();
  const merged: Record<string, unknown> = {};
  for (const [name, { operation, member }] of Object.entries(parts)) {
    const seen = new Set<string>();
    const elements: unknown[] = [];
    const from: Origin[] = [];
    for (const [source, topology] of topologies.entries()) {
      for (const [index, element] of (topology[name as keyof typeof parts] ?? []).entries()) {
        const id = idOf(name as keyof typeof parts, element);
        if (id !== undefined && seen.has(id)) continue;
        if (id !== undefined) seen.add(id);
        elements.push(element);
        from.push({ source, path: [member, index] });
      }
    }
    const gathered = topologies.some((topology) => topology[name as keyof typeof parts] !== undefined);
    merged[name] = gathered ? elements : undefined;
    origins.set(operation, from);
  }
  const byId = (name: 'prefixListEntries' | 'transitGatewayRoutes') =>
    topologies.some((topology) => topology[name] !== undefined)
      ? Object.assign({}, ...topologies.toReversed().map((topology) => topology[name]))
      : undefined;
  const keyed = { prefixListEntries: byId('prefixListEntries'), transitGatewayRoutes: byId('transitGatewayRoutes') };
  return {
    topology: { ...merged, ...keyed },
    originOf: (part, path) => {
      const [, index, ...rest] = path;
      const argument = part.indexOf('--');
      if (argument !== -1) {
        const id = part.slice(argument + 2);
        const source = topologies.findIndex(({ prefixListEntries: lists, transitGatewayRoutes: tables }) =>
          [lists, tables].some((documents) => documents !== undefined && Object.hasOwn(documents, id)),
        );
        return source === -1 ? undefined : { source, path };
      }
      const origin = typeof index === 'number' ? origins.get(part)?.[index] : undefined;
      return origin === undefined ? undefined : { source: origin.source, path: [...origin.path, ...rest] };
    },
  };
}

/** The member that names an element of each part. */
const ids = {
  securityGroups: 'GroupId',
  networkAcls: 'NetworkAclId',
  routeTables: 'RouteTableId',
  subnets: 'SubnetId',
  vpcs: 'VpcId',
  networkInterfaces: 'NetworkInterfaceId',
  peeringConnections: 'VpcPeeringConnectionId',
  natGateways: 'NatGatewayId',
  internetGateways: 'InternetGatewayId',
  transitGateways: 'TransitGatewayId',
  transitGatewayAttachments: 'TransitGatewayAttachmentId',
  transitGatewayVpcAttachments: 'TransitGatewayAttachmentId',
  vpnConnections: 'VpnConnectionId',
  vpcEndpoints: 'VpcEndpointId',
  prefixLists: 'PrefixListId',
} as const satisfies Record<keyof typeof parts, string>;

function idOf(name: keyof typeof parts, element: object): string | undefined {
  const id: unknown = (element as Record<string, unknown>)[ids[name]];
  return typeof id === 'string' ? id : undefined;
}
