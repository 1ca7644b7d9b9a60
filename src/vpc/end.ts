import { holds, parseAddress, parseBlock } from './address.ts';
import type { Address } from './address.ts';
import type { NetworkInterface, Subnet, Vpc } from './describe.ts';
import type { Place } from './passage.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';

/** An end that is a network interface of the topology. */
export type InterfaceEnd = {
  readonly kind: 'interface';
  /** The address as the flow names it: a private one, or a public one that stands for the interface. */
  readonly address: string;
  readonly interfaceId: string;
  /** The interface's own address behind `address`; equal to it unless `address` is public. */
  readonly privateAddress: string;
  /** The public IPv4 address that an internet gateway puts in the private one's place. */
  readonly publicAddress?: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly securityGroupIds: readonly string[];
  /** Interfaces that stand in for this one, such as the other node's: a fix may name a group that only they have. */
  readonly companions?: readonly string[];
  /** Networks that the machine keeps to itself: a packet to one of them never leaves it. */
  readonly keeps?: readonly string[];
  /** EC2's `InterfaceType`; the engine judges ends of the types that a host uses. */
  readonly interfaceType?: string;
  /** EC2's `Status`: `in-use` when something is attached. */
  readonly status?: string;
};

/** An end in a subnet, whose interface is not known: an address to come, or one whose interface was not gathered. */
export type SubnetEnd = {
  readonly kind: 'subnet';
  readonly address: string;
  readonly subnetId: string;
  readonly vpcId: string;
  /**
   * The CIDR block that the end stands for, when `address` is only one of many that it may have: fixes then name the
   * block.
   */
  readonly block?: string;
  /** The groups that its interface will have, where the caller knows them. */
  readonly securityGroupIds?: readonly string[];
  /** Networks that the machine keeps to itself: a packet to one of them never leaves it. */
  readonly keeps?: readonly string[];
};

/** An end that no gathered VPC holds: on-premises, the internet, another account or Region. */
export type OutsideEnd = {
  readonly kind: 'outside';
  readonly address: string;
  /** The CIDR block that the end stands for, when `address` is only one of many: fixes then name the block. */
  readonly block?: string;
  /** Set for a public service of AWS: what an internet gateway takes for it arrives, and nothing behind it is in doubt. */
  readonly publicService?: true;
};

/** Whether the internet delivers to an end without anybody having to see where that is. */
export function isPublicService(end: End): boolean {
  return end.kind === 'outside' && end.publicService === true;
}

/** What can follow from an address about where it is. */
export type End = InterfaceEnd | SubnetEnd | OutsideEnd;

/** An address that could not be placed: why, and which operations' answers would tell. */
export type NotLocated = {
  readonly kind: 'unknown';
  readonly address: string;
  readonly detail: string;
  readonly missing?: readonly string[];
};

/**
 * Finds the interface or subnet that holds an address: private and secondary addresses, delegated prefixes, IPv6
 * addresses, and public addresses that are associated with a private one.
 * @param vpcHint the VPC from which the address is used: its own CIDRs go before those of all others, as its local
 *   route does. Private addresses repeat across VPCs, so without it an address in two VPCs is unknown.
 */
export function locate(topology: Topology, address: string, vpcHint?: string): End | NotLocated {
  const parsed = parseAddress(address);
  if (parsed === undefined) return notLocated(address, `${JSON.stringify(address)} is not an IP address`);
  const { networkInterfaces, subnets, vpcs } = topology;
  const { interfaces, holding } = candidatesOf(topology, address, parsed);
  const near = <Candidate extends { vpcId: string }>(places: readonly Candidate[]) => {
    const own = places.filter((place) => place.vpcId === vpcHint);
    return own.length > 0 || inHintedVpc ? own : places;
  };
  const hinted = vpcs?.find((vpc) => vpc.VpcId === vpcHint);
  const inHintedVpc =
    (hinted !== undefined && holdsAddress(hinted, parsed)) || holding.some((end) => end.vpcId === vpcHint);
  for (const places of [near(interfaces), near(holding)]) {
    const [first, second] = places;
    if (second !== undefined) return ambiguous(address, places);
    if (first !== undefined) return first;
  }
  const missing = [
    ...(networkInterfaces === undefined ? [parts.networkInterfaces.operation] : []),
    ...(subnets === undefined ? [parts.subnets.operation] : []),
    ...(vpcs === undefined ? [parts.vpcs.operation] : []),
  ];
  if (missing.length > 0) return { ...notLocated(address, `where ${address} is cannot be told`), missing };
  if (vpcs?.some((vpc) => holdsAddress(vpc, parsed)) === true) {
    return notLocated(address, `${address} belongs to a VPC, but to no subnet that was gathered`);
  }
  return { kind: 'outside', address };
}

/**
 * Every place that has the address, in whatever VPC: an interface, or else the subnet.
 * @returns at most one of each VPC's interfaces and subnets where the network is sound; none when the text is no
 * address.
 */
export function placesWith(topology: Topology, address: string): readonly (InterfaceEnd | SubnetEnd)[] {
  const parsed = parseAddress(address);
  if (parsed === undefined) return [];
  const { interfaces, holding } = candidatesOf(topology, address, parsed);
  return [...interfaces, ...holding.filter((subnet) => !interfaces.some((one) => one.vpcId === subnet.vpcId))];
}

function candidatesOf(topology: Topology, address: string, parsed: Address) {
  const { networkInterfaces, subnets } = topology;
  return {
    interfaces: (networkInterfaces ?? []).flatMap((candidate) => interfaceEnd(candidate, address, parsed)),
    holding: (subnets ?? []).flatMap((candidate) => subnetEnd(candidate, address, parsed)),
  };
}

/** Every CIDR block of the VPC that is in use, IPv4 and IPv6, as text. */
function vpcBlocks(vpc: Vpc): readonly string[] {
  const used = <Block extends { readonly [state: string]: unknown }>(
    blocks: readonly Block[] | undefined,
    key: string,
  ) =>
    (blocks ?? []).filter((block) => {
      const state = block[key] as { State?: string | undefined } | undefined;
      return state?.State === undefined || state.State === 'associated';
    });
  const all = [
    vpc.CidrBlock,
    ...used(vpc.CidrBlockAssociationSet, 'CidrBlockState').map((block) => block.CidrBlock),
    ...used(vpc.Ipv6CidrBlockAssociationSet, 'Ipv6CidrBlockState').map((block) => block.Ipv6CidrBlock),
  ];
  return [...new Set(all.filter((block) => block !== undefined))];
}

/** Where an end is, unless that is out of sight. */
export function placeOf(end: End): Place | undefined {
  return end.kind === 'outside' ? undefined : { subnetId: end.subnetId, vpcId: end.vpcId };
}

/** The address that the end itself has. */
export function ownAddress(end: End): string {
  return end.kind === 'interface' ? end.privateAddress : end.address;
}

function holdsAddress(vpc: Vpc, address: Address): boolean {
  return vpcBlocks(vpc).some((block) => inBlock(block, address));
}

function interfaceEnd(candidate: NetworkInterface, address: string, parsed: Address): InterfaceEnd[] {
  const { NetworkInterfaceId: interfaceId, SubnetId: subnetId, VpcId: vpcId, Groups: groups } = candidate;
  if (interfaceId === undefined || subnetId === undefined || vpcId === undefined) return [];
  // An IPv4 address has one form: only blocks and IPv6 need to be read, which matters with ten thousand interfaces.
  const named = (other: string | undefined) =>
    other !== undefined && (other === address || (/[/:]/.test(other) && inBlock(other, parsed)));
  const pairs = [
    { own: candidate.PrivateIpAddress, shown: candidate.Association?.PublicIp },
    ...(candidate.PrivateIpAddresses ?? []).map((pair) => ({
      own: pair.PrivateIpAddress,
      shown: pair.Association?.PublicIp,
    })),
    ...(candidate.Ipv6Addresses ?? []).map((entry) => ({ own: entry.Ipv6Address, shown: undefined })),
  ];
  const matching = pairs.filter(({ own, shown }) => named(own) || named(shown));
  const pair = matching.find(({ shown }) => shown !== undefined) ?? matching[0];
  const delegated = [
    ...(candidate.Ipv4Prefixes ?? []).map((entry) => entry.Ipv4Prefix),
    ...(candidate.Ipv6Prefixes ?? []).map((entry) => entry.Ipv6Prefix),
  ].some(named);
  if (pair === undefined && !delegated) return [];
  return [
    {
      kind: 'interface',
      address,
      interfaceId,
      privateAddress: pair?.own ?? address,
      ...(pair?.shown === undefined ? {} : { publicAddress: pair.shown }),
      subnetId,
      vpcId,
      securityGroupIds: (groups ?? []).flatMap((group) => group.GroupId ?? []),
      ...(candidate.InterfaceType === undefined ? {} : { interfaceType: candidate.InterfaceType }),
      ...(candidate.Status === undefined ? {} : { status: candidate.Status }),
    },
  ];
}

function subnetEnd(candidate: Subnet, address: string, parsed: Address): SubnetEnd[] {
  const { SubnetId: subnetId, VpcId: vpcId } = candidate;
  if (subnetId === undefined || vpcId === undefined) return [];
  return subnetBlocks(candidate).some((block) => inBlock(block, parsed))
    ? [{ kind: 'subnet', address, subnetId, vpcId }]
    : [];
}

/** Every CIDR block of the subnet, IPv4 and IPv6, as text. */
export function subnetBlocks(subnet: Subnet): readonly string[] {
  const six = (subnet.Ipv6CidrBlockAssociationSet ?? []).map((block) => block.Ipv6CidrBlock);
  return [subnet.CidrBlock, ...six].filter((block) => block !== undefined);
}

/** The CIDR blocks of the subnet of an id; undefined where it is not among those that were gathered. */
export function blocksOf(topology: Topology, subnetId: string): readonly string[] | undefined {
  const subnet = topology.subnets?.find((one) => one.SubnetId === subnetId);
  return subnet === undefined ? undefined : subnetBlocks(subnet);
}

function inBlock(text: string, address: Address): boolean {
  const block = parseBlock(text);
  return block !== undefined && holds(block, address);
}

function ambiguous(address: string, places: readonly { vpcId: string }[]): NotLocated {
  const vpcs = [...new Set(places.map((place) => place.vpcId))].join(', ');
  return notLocated(address, `${address} is held more than once (${vpcs}): say in which VPC it is meant`);
}

function notLocated(address: string, detail: string): NotLocated {
  return { kind: 'unknown', address, detail };
}
