import { hostBlock, parseAddress, parseBlock } from './address.ts';
import type { End } from './end.ts';
import type { Peer } from './permissions.ts';
import { isResourceId } from './resource-id.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { FixStep } from './verdict.ts';

/** What one end's groups must admit: a TCP port to or from every one of the peers. */
export type Admission = {
  readonly side: 'IpPermissions' | 'IpPermissionsEgress';
  readonly end: Exclude<End, { kind: 'outside' }>;
  readonly peers: readonly Peer[];
  readonly port: number;
};

/**
 * The narrowest rule that admits the peers: by their group where no interface but theirs has it, else by their
 * addresses. It goes to the end's first group that is known; to one that nothing else uses, where there is a choice.
 * @returns undefined when no group of the end is known.
 */
export function securityGroupFix(topology: Topology, { side, end, peers, port }: Admission): FixStep | undefined {
  const users = (groupId: string) =>
    (topology.networkInterfaces ?? []).filter((one) => (one.Groups ?? []).some((group) => group.GroupId === groupId));
  const interfacesKnown = topology.networkInterfaces !== undefined;
  // An interface has at most 16 groups.
  const known = (end.securityGroupIds ?? [])
    .slice(0, 16)
    .filter(
      (id) =>
        isResourceId(id) &&
        find(topology, 'securityGroups', (candidate) => candidate.GroupId === id).found?.[side] !== undefined,
    );
  const [groupId] = known.toSorted((a, b) => users(a).length - users(b).length);
  const group = find(topology, 'securityGroups', (candidate) => candidate.GroupId === groupId);
  const blocks = peers
    .map((peer) => (peer.block === undefined ? narrowest(peer.address) : readable(peer.block)))
    .filter((block) => block !== undefined);
  if (groupId === undefined || group.found === undefined || blocks.length !== peers.length || peers.length === 0)
    return undefined;
  const [first] = peers;
  const reference =
    interfacesKnown && peers.every((peer) => peer.groups === 'kept')
      ? first?.groupIds?.find(
          (id) =>
            isResourceId(id) &&
            vpcOf(topology, id) === end.vpcId &&
            users(id).every((one) => first.holders.includes(one.NetworkInterfaceId ?? '')),
        )
      : undefined;
  const four = blocks.filter((block) => !block.includes(':')).map((block) => ({ CidrIp: block }));
  const six = blocks.filter((block) => block.includes(':')).map((block) => ({ CidrIpv6: block }));
  const permission = {
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    UserIdGroupPairs: reference === undefined ? [] : [{ GroupId: reference }],
    IpRanges: reference === undefined ? four : [],
    Ipv6Ranges: reference === undefined ? six : [],
    PrefixListIds: [],
  };
  const asked = Object.fromEntries(
    Object.entries(permission).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );
  const direction = side === 'IpPermissions' ? 'ingress' : 'egress';
  const rule = `--group-id ${groupId} --ip-permissions '${JSON.stringify([asked])}'`;
  const others = users(groupId).filter((one) => end.kind !== 'interface' || one.NetworkInterfaceId !== end.interfaceId);
  const admitted =
    reference ?? [...four.map((range) => range.CidrIp), ...six.map((range) => range.CidrIpv6)].join(', ');
  const named = others.slice(0, 3).flatMap((one) => one.NetworkInterfaceId ?? []);
  const rest = others.length > named.length ? ` and ${others.length - named.length} more` : '';
  const shared = !interfacesKnown
    ? 'Which other interfaces have the group is not known.'
    : others.length === 0
      ? 'No other known interface has this group.'
      : `The group is also on ${named.join(', ')}${rest}.`;
  const later = reference === undefined ? '' : ` Whatever gets ${reference} later is admitted as well.`;
  const instead =
    reference === undefined ? sharedReference(topology, end.vpcId, peers, users) : byAddress([...four, ...six]);
  return {
    command: `aws ec2 authorize-security-group-${direction} ${rule}`,
    undo: `aws ec2 revoke-security-group-${direction} ${rule}`,
    ...(instead === undefined ? {} : { instead }),
    risk: `Admits tcp ${port} ${side === 'IpPermissions' ? 'from' : 'to'} ${admitted}. ${shared}${later}`,
    patch: {
      part: parts.securityGroups.operation,
      path: [parts.securityGroups.member, group.index, side],
      push: permission,
    },
  };
}

/** Where a group could be named, but others have it, too. */
function sharedReference(
  topology: Topology,
  vpcId: string | undefined,
  peers: readonly Peer[],
  users: (groupId: string) => readonly unknown[],
): string | undefined {
  const [first] = peers;
  if (topology.networkInterfaces === undefined || !peers.every((peer) => peer.groups === 'kept')) return undefined;
  const shared = first?.groupIds?.find((id) => isResourceId(id) && vpcOf(topology, id) === vpcId);
  return shared === undefined
    ? undefined
    : `A reference to ${shared} in place of the address would admit all ${users(shared).length} interfaces that have that group.`;
}

/** Where a group is named, and whatever gets the address later is not meant. */
function byAddress(ranges: readonly ({ CidrIp: string } | { CidrIpv6: string })[]): string {
  const blocks = ranges.map((range) => ('CidrIp' in range ? range.CidrIp : range.CidrIpv6));
  return `A rule for ${blocks.join(', ')} in place of the reference would admit whatever has that address later, in whichever group.`;
}

function vpcOf(topology: Topology, groupId: string): string | undefined {
  return find(topology, 'securityGroups', (candidate) => candidate.GroupId === groupId).found?.VpcId;
}

function narrowest(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed === undefined ? undefined : hostBlock(parsed);
}

function readable(block: string): string | undefined {
  return parseBlock(block) === undefined ? undefined : block;
}
