import { formatAddress, parseBlock } from './address.ts';
import type { Block } from './address.ts';
import { subnetBlocks } from './end.ts';
import type { SubnetEnd } from './end.ts';
import { prefixListBlocks } from './prefix-lists.ts';
import type { Topology } from './topology.ts';
import { worst } from './verdict.ts';
import type { Status, Verdict } from './verdict.ts';

/** A block that rules split further than this is not judged. */
const mostParts = 2000;

/** The addresses from `first` to `last`, both included, which every rule treats alike. */
export type Part = { readonly first: string; readonly last: string; readonly verdict: Verdict };

/** A verdict on every address of a block: the worst of its parts. */
export type BlockVerdict = { readonly status: Status; readonly parts: readonly Part[] };

/**
 * Judges every address that an end may come to have: the addresses of a subnet in which an interface is yet to be made.
 * The block is split where a rule, an entry, a route or a prefix list of the topology begins or ends, and one address
 * of
 * each part is judged. The addresses that AWS keeps in each subnet (the first four and the last of IPv4) are left out.
 * https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
 * @param end with the `block` in question; its `address` does not matter.
 * @param judge the layer, as a function of the end.
 */
export function judgeBlock(
  topology: Topology,
  end: Omit<SubnetEnd, 'address'> & { readonly block: string },
  judge: (end: SubnetEnd) => Verdict,
): BlockVerdict {
  const whole = parseBlock(end.block);
  if (whole === undefined) return { status: 'unknown', parts: [] };
  const { family } = whole;
  const [first, last] = usable(topology, end.subnetId, whole);
  const starts = startsOf({ family, first, last }, ruledBlocks(topology));
  if (starts === undefined) return { status: 'unknown', parts: [] };
  const parts: { first: bigint; last: bigint; verdict: Verdict }[] = [];
  for (const [index, start] of starts.entries()) {
    const verdict = judge({ ...end, address: formatAddress({ family, value: start }) });
    const until = (starts[index + 1] ?? last + 1n) - 1n;
    const before = parts.at(-1);
    if (before !== undefined && alike(before.verdict, verdict)) before.last = until;
    else parts.push({ first: start, last: until, verdict });
  }
  const text = (value: bigint) => formatAddress({ family, value });
  return {
    status: worst(parts.map((part) => part.verdict.status)),
    parts: parts.map((part) => ({ first: text(part.first), last: text(part.last), verdict: part.verdict })),
  };
}

/**
 * Where the parts of a range begin that no block divides: at its first address, and where a block begins or ends.
 * @returns in order; undefined where they are too many to be judged one by one.
 */
export function startsOf(
  { family, first, last }: Omit<Block, 'prefix'>,
  dividing: readonly string[],
): readonly bigint[] | undefined {
  const cuts = new Set<bigint>([first]);
  for (const text of dividing) {
    const block = parseBlock(text);
    if (block === undefined || block.family !== family) continue;
    for (const cut of [block.first, block.last + 1n]) if (first < cut && cut <= last) cuts.add(cut);
  }
  return cuts.size > mostParts ? undefined : [...cuts].toSorted((a, b) => (a < b ? -1 : 1));
}

function alike(one: Verdict, other: Verdict): boolean {
  const key = (verdict: Verdict) =>
    JSON.stringify(verdict.reasons.map(({ what, part, path, status }) => [what, part, path, status]));
  return key(one) === key(other);
}

/** The first and last address of the block that an interface of the subnet can have. */
function usable(topology: Topology, subnetId: string, block: Block): readonly [bigint, bigint] {
  const subnet = topology.subnets?.find((candidate) => candidate.SubnetId === subnetId);
  const own = (subnet === undefined ? [] : subnetBlocks(subnet))
    .map(parseBlock)
    .find((one) => one?.family === block.family);
  if (own === undefined || own.family !== 4 || own.last - own.first < 8n) return [block.first, block.last];
  const first = block.first < own.first + 4n ? own.first + 4n : block.first;
  const last = block.last > own.last - 1n ? own.last - 1n : block.last;
  return first <= last && own.first <= block.first && block.last <= own.last
    ? [first, last]
    : [block.first, block.last];
}

/** Every CIDR block on which a verdict can depend. */
export function ruledBlocks(topology: Topology): readonly string[] {
  const lists = new Set<string>();
  const permissions = (topology.securityGroups ?? []).flatMap((group) => [
    ...(group.IpPermissions ?? []),
    ...(group.IpPermissionsEgress ?? []),
  ]);
  const routes = (topology.routeTables ?? []).flatMap((table) => table.Routes ?? []);
  for (const { PrefixListIds: ids } of permissions)
    for (const { PrefixListId: id } of ids ?? []) if (id !== undefined) lists.add(id);
  for (const { DestinationPrefixListId: id } of routes) if (id !== undefined) lists.add(id);
  const transit = Object.values(topology.transitGatewayRoutes ?? {}).flatMap((table) => table.Routes);
  for (const { PrefixListId: id } of transit) if (id !== undefined) lists.add(id);
  const texts = [
    ...transit.map((one) => one.DestinationCidrBlock),
    ...permissions.flatMap((one) => [
      ...(one.IpRanges ?? []).map((range) => range.CidrIp),
      ...(one.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
    ]),
    ...(topology.networkAcls ?? []).flatMap((acl) =>
      (acl.Entries ?? []).flatMap((one) => [one.CidrBlock, one.Ipv6CidrBlock]),
    ),
    ...routes.flatMap((one) => [one.DestinationCidrBlock, one.DestinationIpv6CidrBlock]),
    ...[...lists].flatMap((id) => {
      const listed = prefixListBlocks(topology, id);
      return 'blocks' in listed ? listed.blocks : [];
    }),
  ];
  return texts.filter((text) => text !== undefined);
}
