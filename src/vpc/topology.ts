import * as v from 'valibot';
import { entriesSchema, schemas, transitRoutesSchema } from './describe.ts';
import type {
  InternetGateway,
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  PeeringConnection,
  PrefixList,
  PrefixListEntry,
  RouteTable,
  SecurityGroup,
  Subnet,
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayRoutes,
  TransitGatewayVpcAttachment,
  Vpc,
  VpcEndpoint,
  VpnConnection,
} from './describe.ts';

/**
 * What is known of an account's network in one Region. A part that is undefined was not gathered: whatever needs it is
 * unknown. A part that is there is complete, as the Describe* calls answered without a filter (or with one that holds
 * both ends).
 */
export type Topology = {
  readonly securityGroups?: readonly SecurityGroup[] | undefined;
  readonly networkAcls?: readonly NetworkAcl[] | undefined;
  readonly routeTables?: readonly RouteTable[] | undefined;
  readonly subnets?: readonly Subnet[] | undefined;
  readonly vpcs?: readonly Vpc[] | undefined;
  readonly networkInterfaces?: readonly NetworkInterface[] | undefined;
  readonly peeringConnections?: readonly PeeringConnection[] | undefined;
  readonly natGateways?: readonly NatGateway[] | undefined;
  readonly internetGateways?: readonly InternetGateway[] | undefined;
  readonly transitGateways?: readonly TransitGateway[] | undefined;
  readonly transitGatewayAttachments?: readonly TransitGatewayAttachment[] | undefined;
  readonly transitGatewayVpcAttachments?: readonly TransitGatewayVpcAttachment[] | undefined;
  /** The routes of transit gateway route tables, by the table's id. */
  readonly transitGatewayRoutes?: Readonly<Record<string, TransitGatewayRoutes>> | undefined;
  readonly vpnConnections?: readonly VpnConnection[] | undefined;
  readonly vpcEndpoints?: readonly VpcEndpoint[] | undefined;
  /** The lists that AWS manages, with their CIDRs. */
  readonly prefixLists?: readonly PrefixList[] | undefined;
  /** The entries of customer-managed lists, by the list's id. */
  readonly prefixListEntries?: Readonly<Record<string, readonly PrefixListEntry[]>> | undefined;
};

type ListPart = Exclude<keyof Topology, 'prefixListEntries' | 'transitGatewayRoutes'>;

/** Where each part comes from: the operation as the AWS CLI writes it, and the member of its answer. */
export const parts = {
  securityGroups: { operation: 'describe-security-groups', member: 'SecurityGroups' },
  networkAcls: { operation: 'describe-network-acls', member: 'NetworkAcls' },
  routeTables: { operation: 'describe-route-tables', member: 'RouteTables' },
  subnets: { operation: 'describe-subnets', member: 'Subnets' },
  vpcs: { operation: 'describe-vpcs', member: 'Vpcs' },
  networkInterfaces: { operation: 'describe-network-interfaces', member: 'NetworkInterfaces' },
  peeringConnections: { operation: 'describe-vpc-peering-connections', member: 'VpcPeeringConnections' },
  natGateways: { operation: 'describe-nat-gateways', member: 'NatGateways' },
  internetGateways: { operation: 'describe-internet-gateways', member: 'InternetGateways' },
  transitGateways: { operation: 'describe-transit-gateways', member: 'TransitGateways' },
  transitGatewayAttachments: {
    operation: 'describe-transit-gateway-attachments',
    member: 'TransitGatewayAttachments',
  },
  transitGatewayVpcAttachments: {
    operation: 'describe-transit-gateway-vpc-attachments',
    member: 'TransitGatewayVpcAttachments',
  },
  vpnConnections: { operation: 'describe-vpn-connections', member: 'VpnConnections' },
  vpcEndpoints: { operation: 'describe-vpc-endpoints', member: 'VpcEndpoints' },
  prefixLists: { operation: 'describe-prefix-lists', member: 'PrefixLists' },
} as const satisfies Record<ListPart, { operation: string; member: string }>;

/** The operation whose answer holds one customer-managed prefix list's entries; the list's id is its argument. */
export const entriesOperation = 'get-managed-prefix-list-entries';

/** The operation whose answer holds one transit gateway route table's routes; the table's id is its argument. */
export const transitRoutesOperation = 'search-transit-gateway-routes';

/** A document that cannot be used, and why. */
export type Damage = { readonly part: string; readonly detail: string };

/**
 * Builds a topology from the answers of Describe* calls, as the AWS CLI prints them or SDK v3 returns them.
 * @param documents the parsed answers by operation: `describe-subnets`, `get-managed-prefix-list-entries--pl-0123` …;
 *   operations that the engine does not read are passed over.
 * @returns the topology without the parts whose document has not the shape of the API, and what was wrong with these.
 */
export function readTopology(documents: Readonly<Record<string, unknown>>): { topology: Topology; damaged: Damage[] } {
  const damaged: Damage[] = [];
  const read = <Schema extends v.GenericSchema>(part: string, schema: Schema) => {
    if (!Object.hasOwn(documents, part)) return undefined;
    const parsed = v.safeParse(schema, documents[part]);
    if (parsed.success) return parsed.output;
    const issue = parsed.issues[0];
    damaged.push({ part, detail: `${v.getDotPath(issue) ?? 'the document'}: ${issue.message}` });
    return undefined;
  };
  const byArgument = <Schema extends v.GenericSchema>(operation: string, schema: Schema) => {
    const found = new Map<string, v.InferOutput<Schema>>();
    for (const part of Object.keys(documents)) {
      const document = part.startsWith(`${operation}--`) ? read(part, schema) : undefined;
      if (document !== undefined) found.set(part.slice(operation.length + 2), document);
    }
    return found.size === 0 ? undefined : Object.fromEntries(found);
  };
  const part = <Name extends ListPart>(name: Name) => {
    const { operation, member } = parts[name];
    const document = read(operation, v.object({ [member]: schemas[name] }));
    return document === undefined
      ? undefined
      : (document as Record<string, v.InferOutput<(typeof schemas)[Name]>>)[member];
  };
  const entries = byArgument(entriesOperation, entriesSchema);
  const topology: Topology = {
    securityGroups: part('securityGroups'),
    networkAcls: part('networkAcls'),
    routeTables: part('routeTables'),
    subnets: part('subnets'),
    vpcs: part('vpcs'),
    networkInterfaces: part('networkInterfaces'),
    peeringConnections: part('peeringConnections'),
    natGateways: part('natGateways'),
    internetGateways: part('internetGateways'),
    transitGateways: part('transitGateways'),
    transitGatewayAttachments: part('transitGatewayAttachments'),
    transitGatewayVpcAttachments: part('transitGatewayVpcAttachments'),
    transitGatewayRoutes: byArgument(transitRoutesOperation, transitRoutesSchema),
    vpnConnections: part('vpnConnections'),
    vpcEndpoints: part('vpcEndpoints'),
    prefixLists: part('prefixLists'),
    prefixListEntries:
      entries === undefined
        ? undefined
        : Object.fromEntries(Object.entries(entries).map(([id, document]) => [id, document.Entries])),
  };
  return { topology, damaged };
}

/**
 * Something that was looked for in a part: found with its index, absent though the part is there, or the part is
 * missing.
 */
export type Found<Value> =
  | { readonly found: Value; readonly index: number }
  | { readonly found?: undefined; readonly missing: string }
  | { readonly found?: undefined; readonly absent: string };

/**
 * Looks for the first element of a part.
 * @returns the element and its index in the part, `missing` (the operation) when the part was not gathered, `absent`
 * (the operation) when no element fits.
 */
export function find<Name extends ListPart>(
  topology: Topology,
  name: Name,
  fits: (element: NonNullable<Topology[Name]>[number]) => boolean,
): Found<NonNullable<Topology[Name]>[number]> {
  const elements = topology[name] as NonNullable<Topology[Name]> | undefined;
  const part = parts[name].operation;
  if (elements === undefined) return { missing: part };
  const index = elements.findIndex((element: NonNullable<Topology[Name]>[number]) => fits(element));
  const found = elements[index];
  return found === undefined ? { absent: part } : { found, index };
}
