import { isAddress } from '../../address.ts';
import type { Topology } from '../../vpc/index.ts';

/** The address that a source's name stands for, and how that is known. */
export type HostAddress = {
  readonly address: string;
  /** `literal`: no name at all; `aws`: a name whose answer AWS defines; `here`: what this machine's resolver said. */
  readonly how: 'literal' | 'aws' | 'here';
};

const amazonNames = /\.(?:amazonaws\.com(?:\.cn)?|compute\.internal|ec2\.internal)$/i;
const privateName = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\.(?:[a-z0-9-]+\.compute|ec2)\.internal$/i;

/**
 * Which address a source's name has for the replication instance. AWS's own names (of RDS, of EC2) stand for an interface:
 * inside its VPC they resolve to its private address, whatever the rest of the world is told.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
 *
 * @param names what this machine's resolver said
 * @param vpcIds the VPCs that the connection leaves from
 * @returns undefined where nothing was seen of the name, or several addresses that are not one interface's
 */
export function hostAddress(
  host: string,
  names: ReadonlyMap<string, readonly string[]> | undefined,
  topology: Pick<Topology, 'networkInterfaces' | 'peeringConnections'>,
  vpcIds: readonly string[],
): HostAddress | undefined {
  const name = host.trim();
  if (isAddress(name)) return { address: name, how: 'literal' };
  const encoded = privateName.exec(name)?.slice(1, 5).join('.');
  if (encoded !== undefined && isAddress(encoded)) return { address: encoded, how: 'aws' };
  const [only, ...more] = names?.get(name) ?? [];
  if (only === undefined || more.length > 0) return undefined;
  const holder = topology.networkInterfaces?.find(
    (one) =>
      one.PrivateIpAddress === only ||
      (one.PrivateIpAddresses ?? []).some((pair) => [pair.PrivateIpAddress, pair.Association?.PublicIp].includes(only)),
  );
  if (holder === undefined || !amazonNames.test(name)) return { address: only, how: 'here' };
  const pair = (holder.PrivateIpAddresses ?? []).find((one) => one.Association?.PublicIp === only);
  if (pair === undefined) return { address: only, how: 'aws' };
  if (!vpcIds.includes(holder.VpcId ?? '')) {
    const isPrivate = resolvesPrivately(topology, holder.VpcId, vpcIds);
    if (isPrivate === undefined) return { address: only, how: 'here' };
    if (!isPrivate) return { address: only, how: 'aws' };
  }
  return { address: pair.PrivateIpAddress ?? only, how: pair.PrivateIpAddress === undefined ? 'here' : 'aws' };
}

/**
 * Whether a peered VPC is told the private address of a public name: an option of the peering connection, on the side of
 * the VPC that has the name. https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
 *
 * @returns undefined where no active connection leads there, or its options were not seen
 */
function resolvesPrivately(
  { peeringConnections }: Pick<Topology, 'peeringConnections'>,
  vpcId: string | undefined,
  from: readonly string[],
): boolean | undefined {
  for (const { Status: status, RequesterVpcInfo: one, AccepterVpcInfo: other } of peeringConnections ?? []) {
    if (status?.Code !== 'active') continue;
    const [own, far] = one?.VpcId === vpcId ? [one, other] : [other, one];
    if (own?.VpcId !== vpcId || !from.includes(far?.VpcId ?? '')) continue;
    return own?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc;
  }
  return undefined;
}
