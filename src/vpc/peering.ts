import { holds, parseAddress, parseBlock } from './address.ts';
import type { PeeringConnection } from './describe.ts';

/** One side of a peering connection. */
export type PeeringSide = NonNullable<PeeringConnection['AccepterVpcInfo']>;

/**
 * The sides of a peering connection as a VPC sees them.
 * @returns undefined when the VPC is on neither side.
 */
export function sidesFrom(
  connection: PeeringConnection,
  vpcId: string,
): { readonly own: PeeringSide; readonly other: PeeringSide } | undefined {
  const { RequesterVpcInfo: requester, AccepterVpcInfo: accepter } = connection;
  if (requester === undefined || accepter === undefined) return undefined;
  if (requester.VpcId === vpcId) return { own: requester, other: accepter };
  return accepter.VpcId === vpcId ? { own: accepter, other: requester } : undefined;
}

/** Whether a side's VPC has the address among its CIDR blocks; undefined when the side lists none. */
export function sideHolds(side: PeeringSide, address: string): boolean | undefined {
  const parsed = parseAddress(address);
  const listed = [
    side.CidrBlock,
    ...(side.CidrBlockSet ?? []).map((block) => block.CidrBlock),
    ...(side.Ipv6CidrBlockSet ?? []).map((block) => block.Ipv6CidrBlock),
  ].flatMap((text) => (text === undefined ? [] : (parseBlock(text) ?? [])));
  if (parsed === undefined || listed.length === 0) return undefined;
  return listed.some((block) => holds(block, parsed));
}

/** Whether both sides are in one Region: only then can a group of the one be named in the other's rules. */
export function sameRegion(connection: PeeringConnection): boolean | undefined {
  const [one, two] = [connection.RequesterVpcInfo?.Region, connection.AccepterVpcInfo?.Region];
  return one === undefined || two === undefined ? undefined : one === two;
}

/** An active peering connection between two VPCs, if the topology has one. */
export function activePeering(
  connections: readonly PeeringConnection[] | undefined,
  vpcId: string,
  otherVpcId: string,
): PeeringConnection | undefined {
  return connections?.find(
    (connection) => connection.Status?.Code === 'active' && sidesFrom(connection, vpcId)?.other.VpcId === otherVpcId,
  );
}
