import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Topology } from '../../vpc/index.ts';
import { readTopology } from '../../vpc/index.ts';
import type { Answer, Asking, AwsItem, Input } from './ask.ts';
import { ask } from './ask.ts';
import type { Call } from './calls.ts';
import {
  dnsAttributes,
  interfacesCall,
  itemOf,
  networkCalls,
  prefixListEntriesCall,
  transitRoutesCall,
  vpcAttributeCall,
  vpcEndpointsCall,
} from './calls.ts';
import type { Ends } from './ends.ts';
import { refusalOf } from './reason.ts';
import { textWithoutSecrets } from './secrets.ts';

/** EC2 takes at most so many values in one filter. */
const mostValues = 200;

/**
 * Asks EC2 for the network that both ends stand in: everything together, and then only what these answers name: entries of
 * prefix lists and the routes of transit gateways.
 */
export async function gatherNetwork(ports: Asking, ends: Ends): Promise<Map<string, AwsItem>> {
  const items = new Map<string, AwsItem>();
  const documents: Record<string, unknown> = {};
  const keep = async (call: Call, answer: Promise<Answer>, argument?: string) => {
    const got = await answer;
    const name = itemOf(call, argument);
    items.set(name, got.item);
    if ('list' in got) documents[name.slice('aws/'.length, -'.json'.length)] = { [call.member]: got.list };
  };
  const wanted = interfaceFilters(ends);
  await Promise.all([
    ...networkCalls.map((call) => keep(call, ask(ports, call, [{}]))),
    wanted.length === 0
      ? Promise.resolve(
          items.set(itemOf(interfacesCall), {
            error: 'not-gathered: no address of either end is known',
            at: ports.now(),
          }),
        )
      : keep(interfacesCall, ask(ports, interfacesCall, wanted, interfaceId)),
    ...(ends.secretVpcIds.length === 0
      ? []
      : [keep(vpcEndpointsCall, ask(ports, vpcEndpointsCall, filters('vpc-id', ends.secretVpcIds)))]),
  ]);
  const attributes: readonly (readonly [string, keyof typeof dnsAttributes])[] = [
    ...(ends.names.size === 0 ? ends.secretVpcIds : ends.vpcIds).map((id) => [id, 'enableDnsSupport'] as const),
    ...ends.secretVpcIds.map((id) => [id, 'enableDnsHostnames'] as const),
  ];
  const { prefixListIds, transitTableIds } = named(readTopology(documents).topology, new Set(ends.vpcIds));
  await Promise.all([
    ...prefixListIds.map((id) =>
      keep(prefixListEntriesCall, ask(ports, prefixListEntriesCall, [{ PrefixListId: id }]), id),
    ),
    ...attributes
      .filter(([id]) => isId(id))
      .map(async ([id, attribute]) => {
        items.set(itemOf(vpcAttributeCall, `${id}--${attribute}`), await askAttribute(ports, id, attribute));
      }),
    ...transitTableIds.map((id) => keep(transitRoutesCall, ask(ports, transitRoutesCall, [routesOf(id)]), id)),
  ]);
  return new Map([...items].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One attribute of a VPC, as the AWS CLI prints it, or why there is none. */
async function askAttribute(ports: Asking, vpcId: string, attribute: keyof typeof dnsAttributes): Promise<AwsItem> {
  const member = dnsAttributes[attribute];
  try {
    const asked = ports.ec2(vpcAttributeCall.operation, { VpcId: vpcId, Attribute: attribute });
    const answer = await (ports.stopped === undefined ? asked : Promise.race([asked, ports.stopped]));
    const value = (answer as Partial<Record<string, { Value?: unknown }>> | undefined)?.[member]?.Value;
    if (typeof value !== 'boolean') throw new Error(`the answer holds no ${member}: empty, cut, or not from AWS`);
    return { text: textWithoutSecrets({ VpcId: vpcId, [member]: { Value: value } }), at: ports.now() };
  } catch (error) {
    return { error: refusalOf(vpcAttributeCall, error).error, at: ports.now() };
  }
}

/** Every item that {@link gatherNetwork} brings in any case, for when it cannot be asked. */
export const networkItems: readonly string[] = [interfacesCall, ...networkCalls].map((call) => itemOf(call));

/** Filters of one input must all fit, values of one filter are alternatives: so each kind of address is a question of its own. */
function interfaceFilters({ addresses, serverlessSubnetIds, secretVpcIds }: Ends): Input[] {
  const six = addresses.filter((address) => isIP(address) === 6);
  const four = addresses.filter((address) => isIP(address) === 4);
  const shown = four.filter((address) => ipaddr.parse(address).range() === 'unicast');
  return [
    ...filters('addresses.private-ip-address', four),
    ...filters('addresses.association.public-ip', shown),
    ...filters('ipv6-addresses.ipv6-address', six),
    ...filters('subnet-id', serverlessSubnetIds, [{ Name: 'description', Values: ['DMSNetworkInterface'] }]),
    ...filters('vpc-id', secretVpcIds, [{ Name: 'interface-type', Values: ['vpc_endpoint'] }]),
  ];
}

/** Questions for any of the values, and for all of what else must fit. */
function filters(name: string, values: readonly string[], more: readonly object[] = []): Input[] {
  return chunks(values).map((Values) => ({ Filters: [{ Name: name, Values }, ...more] }));
}

function chunks(values: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(values.length / mostValues) }, (_, index) =>
    values.slice(index * mostValues, (index + 1) * mostValues),
  );
}

function interfaceId(entry: unknown): unknown {
  const id =
    typeof entry === 'object' && entry !== null && 'NetworkInterfaceId' in entry ? entry.NetworkInterfaceId : undefined;
  return id ?? entry;
}

/** A search must have a filter; every route is in one of these states. */
const routesOf = (id: string): Input => ({
  TransitGatewayRouteTableId: id,
  Filters: [{ Name: 'state', Values: ['active', 'blackhole'] }],
});

/** Ids become parts of file names. */
const isId = (text: string) => /^[a-z]{1,20}(?:-[a-z]{1,20})?-[0-9a-zA-Z]{1,64}$/.test(text);

/** What routes, groups and attachments of the ends' VPCs name, and the lists do not hold. */
function named(
  topology: Topology,
  vpcIds: ReadonlySet<string>,
): { prefixListIds: string[]; transitTableIds: string[] } {
  const ends = new Set([...vpcIds, ...(topology.networkInterfaces ?? []).flatMap(({ VpcId: id }) => id ?? [])]);
  const inEnds = ({ VpcId: id }: { readonly VpcId?: string | undefined }) => id !== undefined && ends.has(id);
  const routes = (topology.routeTables ?? []).filter(inEnds).flatMap((table) => table.Routes ?? []);
  const permissions = (topology.securityGroups ?? [])
    .filter(inEnds)
    .flatMap((group) => [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])]);
  const lists = new Set([
    ...routes.flatMap((route) => route.DestinationPrefixListId ?? []),
    ...permissions.flatMap((permission) => (permission.PrefixListIds ?? []).flatMap((list) => list.PrefixListId ?? [])),
  ]);
  for (const { PrefixListId: id, Cidrs: held } of topology.prefixLists ?? [])
    if (id !== undefined && held !== undefined) lists.delete(id);
  const gateways = new Set(routes.flatMap((route) => route.TransitGatewayId ?? []));
  const tables = (topology.transitGatewayAttachments ?? [])
    .filter(
      (one) => one.ResourceType === 'vpc' && ends.has(one.ResourceId ?? '') && gateways.has(one.TransitGatewayId ?? ''),
    )
    .flatMap((one) => one.Association?.TransitGatewayRouteTableId ?? []);
  return { prefixListIds: [...lists].filter(isId), transitTableIds: [...new Set(tables)].filter(isId) };
}
