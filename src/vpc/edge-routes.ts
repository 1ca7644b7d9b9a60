import { lookUp, routeText, targetOf } from './route-tables.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Findings, Reason } from './verdict.ts';

/**
 * Judges the route table of an internet gateway, which takes packets that arrive for a subnet to a middlebox. Without
 * such a table, or with a local route for the address, they go straight to the subnet.
 * https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
 * @param address the private address that the packets are for.
 * @returns the middlebox, which is not judged.
 */
export function judgeEdgeTable(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  gatewayId: string,
  address: string,
): readonly Reason[] {
  const table = find(topology, 'routeTables', (candidate) =>
    (candidate.Associations ?? []).some((association) => association.GatewayId === gatewayId),
  );
  if (table.found === undefined) return [];
  const looked = lookUp(topology, table.found, table.index, address);
  if (looked.kind === 'none') return [];
  if (looked.kind === 'route' && looked.route.State === 'active' && targetOf(looked.route).kind === 'local') return [];
  const told = looked.kind === 'route' ? routeText(looked.route) : looked.detail;
  const reason: Reason = {
    what: 'hop-not-modelled',
    status: 'unknown',
    direction,
    resource: { type: 'route-table', id: table.found.RouteTableId ?? 'a table without an id' },
    part: parts.routeTables.operation,
    path: looked.path,
    text: `${gatewayId} has a route table of its own: ${told}, which is not judged yet`,
  };
  findings.add(reason);
  return [reason];
}
