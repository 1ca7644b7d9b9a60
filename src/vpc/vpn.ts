import type { Outcome } from './hop.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Findings, Reason } from './verdict.ts';

/**
 * Judges the VPN connections that packets leave by, at a virtual private gateway or behind a transit gateway: with
 * every
 * tunnel down nothing passes; with one up sight ends there, at the customer's gateway.
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
 */
export function judgeVpn(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  by: { readonly connectionId: string } | { readonly gatewayId: string },
): Outcome {
  const { operation, member } = parts.vpnConnections;
  const named = 'gatewayId' in by ? by.gatewayId : by.connectionId;
  if (topology.vpnConnections === undefined) {
    findings.miss(operation, `packets leave by ${named}`, direction);
    return { kind: 'unknown', beyond: [], keepsSource: true };
  }
  const used = topology.vpnConnections
    .map((connection, index) => ({ connection, index }))
    .filter(({ connection }) =>
      'gatewayId' in by ? connection.VpnGatewayId === by.gatewayId : connection.VpnConnectionId === by.connectionId,
    )
    .filter(({ connection }) => connection.State !== 'deleted');
  const tell = (
    what: Reason['what'],
    status: Reason['status'],
    id: string,
    path: Reason['path'],
    text: string,
  ): Reason => {
    const reason: Reason = {
      what,
      status,
      direction,
      resource: { type: 'vpn-connection', id },
      part: operation,
      path,
      text,
    };
    findings.add(reason);
    return reason;
  };
  const down = used.filter(
    ({ connection }) =>
      connection.VgwTelemetry !== undefined &&
      connection.VgwTelemetry.length > 0 &&
      connection.VgwTelemetry.every((tunnel) => tunnel.Status === 'DOWN'),
  );
  const [first] = down;
  // A virtual private gateway without a VPN connection serves Direct Connect, whose state EC2 does not tell.
  if (first !== undefined && down.length === used.length) {
    const id = first.connection.VpnConnectionId ?? named;
    const messages = (first.connection.VgwTelemetry ?? []).flatMap((tunnel) => tunnel.StatusMessage || []);
    const why = messages.length === 0 ? '' : ` (${[...new Set(messages)].join('; ')})`;
    tell('vpn-down', 'closed', id, [member, first.index, 'VgwTelemetry'], `every tunnel of ${id} is down${why}`);
    return { kind: 'closed' };
  }
  const path = used[0] === undefined ? [] : [member, used[0].index];
  const reason = tell(
    'sight-ends',
    'unknown',
    named,
    path,
    `sight ends at ${named}: what is behind it is no part of AWS`,
  );
  return { kind: 'unknown', beyond: [reason], keepsSource: true };
}
