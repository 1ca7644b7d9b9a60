import { holds, parseAddress, parseBlock } from './address.ts';
import type { Permission } from './describe.ts';
import type { Passage } from './passage.ts';
import { prefixListBlocks } from './prefix-lists.ts';
import type { Topology } from './topology.ts';
import type { Path } from './verdict.ts';

/** The other end of a flow as a security group's rule sees it. */
export type Peer = {
  readonly address: string;
  /** The CIDR block that a fix is to admit in the address's place. */
  readonly block?: string | undefined;
  /** The interfaces that may have its groups without a rule that names one being wide. */
  readonly holders: readonly string[];
  /** Its security groups; undefined where they are not known. */
  readonly groupIds: readonly string[] | undefined;
  /** Whether a rule that names a group still recognises it here. */
  readonly groups: Passage['groups'];
};

/** What one element of a permission says about a peer: the element's path within the permission, and on one line. */
export type Match = {
  readonly how: 'admits' | 'unclear' | 'not-preserved' | 'stale' | 'missing';
  readonly path: Path;
  readonly text: string;
  /** With `missing`: the operation whose answer would tell. */
  readonly missing?: string;
};

/**
 * What a permission says about TCP from or to a peer: every element that admits it, that would have, or that is
 * unclear.
 * Nothing when no element concerns it. https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function matches(topology: Topology, permission: Permission, peer: Peer, port: number): readonly Match[] {
  const covered = coversPort(permission, port);
  if (covered === 'no') return [];
  const address = parseAddress(peer.address);
  if (address === undefined) return [{ how: 'unclear', path: [], text: `${peer.address} is not an IP address` }];
  const what = portText(permission);
  const found: Match[] = [];
  const block = (text: string | undefined, path: Path) => {
    const parsed = text === undefined ? undefined : parseBlock(text);
    if (parsed === undefined) found.push({ how: 'unclear', path, text: `${JSON.stringify(text)} is not a CIDR block` });
    else if (holds(parsed, address)) found.push({ how: 'admits', path, text: `${what} ${text ?? ''}` });
  };
  for (const [index, range] of (permission.IpRanges ?? []).entries()) block(range.CidrIp, ['IpRanges', index]);
  for (const [index, range] of (permission.Ipv6Ranges ?? []).entries()) block(range.CidrIpv6, ['Ipv6Ranges', index]);
  for (const [index, { PrefixListId: id }] of (permission.PrefixListIds ?? []).entries()) {
    const path = ['PrefixListIds', index];
    const listed = id === undefined ? { blocks: [undefined] } : prefixListBlocks(topology, id);
    if ('missing' in listed) {
      found.push({ how: 'missing', path, text: `what ${id ?? ''} holds is not known`, missing: listed.missing });
      continue;
    }
    for (const text of listed.blocks) {
      const parsed = text === undefined ? undefined : parseBlock(text);
      if (parsed === undefined)
        found.push({ how: 'unclear', path, text: `${id ?? 'a prefix list'} holds no CIDR block` });
      else if (holds(parsed, address)) found.push({ how: 'admits', path, text: `${what} ${id ?? ''} (${text ?? ''})` });
    }
  }
  for (const [index, pair] of (permission.UserIdGroupPairs ?? []).entries()) {
    const reference = referenceMatch(pair, peer);
    const text = `${what} ${pair.GroupId ?? 'a group without an id'}`;
    if (reference !== undefined) found.push({ how: reference, path: ['UserIdGroupPairs', index], text });
  }
  return covered === 'yes'
    ? found
    : found.map((match) => ({ ...match, how: 'unclear', text: `${match.text}: ports unclear` }));
}

/**
 * Whether a rule that names a group concerns the peer. Such a rule matches the private addresses of the interfaces that
 * have the group, and is stale once its peering connection is gone.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
 */
function referenceMatch(
  pair: NonNullable<Permission['UserIdGroupPairs']>[number],
  peer: Peer,
): Match['how'] | undefined {
  if (pair.GroupId === undefined) return 'unclear';
  if (peer.groups === 'lost') return peer.groupIds?.includes(pair.GroupId) === true ? 'not-preserved' : undefined;
  if (peer.groupIds !== undefined && !peer.groupIds.includes(pair.GroupId)) return undefined;
  if (peer.groupIds === undefined) return 'unclear';
  if (pair.PeeringStatus !== undefined && pair.PeeringStatus !== 'active') return 'stale';
  return peer.groups === 'kept' ? 'admits' : 'unclear';
}

/** Whether TCP to the port is among what the permission names. */
function coversPort(
  { IpProtocol: protocol, FromPort: from, ToPort: to }: Permission,
  port: number,
): 'yes' | 'no' | 'unclear' {
  if (protocol === '-1') return 'yes';
  if (protocol === undefined) return 'unclear';
  if (protocol !== 'tcp' && protocol !== '6') return /^(udp|icmp|icmpv6|\d{1,3})$/.test(protocol) ? 'no' : 'unclear';
  if (from === undefined || to === undefined) return 'unclear';
  return from <= port && port <= to ? 'yes' : 'no';
}

/** Protocol and ports of a permission, as `tcp 5432` or `all`. */
function portText({ IpProtocol: protocol, FromPort: from, ToPort: to }: Permission): string {
  if (protocol === '-1') return 'all';
  const name = protocol === '6' ? 'tcp' : (protocol ?? 'no protocol');
  if (from === undefined || to === undefined) return name;
  return from === to ? `${name} ${from}` : `${name} ${from}-${to}`;
}

/** Everything that a permission admits, on one line: `tcp 5432 172.31.32.0/20, sg-0123`. */
export function permissionText(permission: Permission): string {
  const peers = [
    ...(permission.IpRanges ?? []).map((range) => range.CidrIp),
    ...(permission.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
    ...(permission.PrefixListIds ?? []).map((list) => list.PrefixListId),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => pair.GroupId),
  ].filter((peer) => peer !== undefined);
  return `${portText(permission)} ${peers.join(', ') || 'nobody'}`;
}
