import { isIP } from 'node:net';
import type { Files } from './bundles.ts';

/** Answers by operation as the AWS CLI names it, with `--ARGUMENT` where it has one: `{"Vpcs":[…]}`. */
export type Documents = Readonly<Record<string, object>>;

/** The documents of a recorded bundle's `aws/` folder. */
export function documentsOf(files: Files): Documents {
  return Object.fromEntries(
    [...files].flatMap(([name, { bytes }]) => {
      const operation = /^aws\/(.+)\.json$/.exec(name)?.[1];
      return operation === undefined ? [] : [[operation, JSON.parse(Buffer.from(bytes).toString('utf8')) as object]];
    }),
  );
}

/** Where the page of a token starts. */
export const startOf = (token: unknown) =>
  typeof token === 'string' ? Number(Buffer.from(token, 'base64').toString('utf8')) : 0;

const argumentOf: Readonly<Record<string, string>> = {
  GetManagedPrefixListEntries: 'PrefixListId',
  SearchTransitGatewayRoutes: 'TransitGatewayRouteTableId',
};

/** Operations of EC2 whose pages hold at most 100 entries; the others' hold 1000. */
const smallPages = ['DescribeRouteTables', 'GetManagedPrefixListEntries'];

/** One page of an operation's answer, as the API names its members; undefined where the question is not understood. */
export function pageOf(
  service: 'dms' | 'ec2',
  operation: string,
  input: Readonly<Record<string, unknown>>,
  documents: Documents,
  pageSize: number,
): Record<string, unknown> | undefined {
  // No list, and one VPC at a time.
  if (operation === 'DescribeVpcAttribute') {
    const member = String(input['Attribute']).replace('e', 'E');
    return { VpcId: input['VpcId'], ...(documents['describe-vpc-attribute'] ?? { [member]: { Value: true } }) };
  }
  const kebab = operation.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
  const argument = argumentOf[operation];
  const document = documents[argument === undefined ? kebab : `${kebab}--${String(input[argument])}`];
  const fallback = { [operation.replace(/^(Describe|Get|Search)/, '')]: [] };
  const { AdditionalRoutesAvailable: more, ...lists } = (document ?? fallback) as Record<string, unknown>;
  const [[member, all] = []] = Object.entries(lists);
  if (member === undefined || !Array.isArray(all)) return undefined;
  const wanted = filtered(all as Entry[], (input['Filters'] ?? []) as Filter[]);
  if (wanted === undefined) return undefined;
  const isDms = service === 'dms';
  const asked = Number(input[isDms ? 'MaxRecords' : 'MaxResults'] ?? Infinity);
  const [least, most] = isDms ? [20, 100] : [5, smallPages.includes(operation) ? 100 : 1000];
  if (Number.isFinite(asked) && (asked < least || asked > most)) return undefined;
  const from = startOf(input[isDms ? 'Marker' : 'NextToken']);
  const size = Math.min(pageSize, asked);
  const paged = operation === 'DescribeVpnConnections' ? wanted : wanted.slice(from, from + size);
  const next =
    from + paged.length < wanted.length && operation !== 'DescribeVpnConnections'
      ? Buffer.from(String(from + paged.length)).toString('base64')
      : undefined;
  const token = next === undefined ? {} : { [isDms ? 'Marker' : 'NextToken']: next };
  return { [member]: paged, ...token, ...(more === undefined ? {} : { AdditionalRoutesAvailable: more }) };
}

type Filter = { Name: string; Values: string[] };
type Entry = {
  PrivateIpAddresses?: { PrivateIpAddress?: string; Association?: { PublicIp?: string } }[];
  Ipv6Addresses?: { Ipv6Address?: string }[];
  SubnetId?: string;
  VpcId?: string;
  InterfaceType?: string;
  Description?: string;
  State?: string;
  EndpointArn?: string;
  ReplicationInstanceArn?: string;
};

/** The filters that gathering uses, as EC2 applies them: all filters must fit, any value of each. */
const filterValues: Readonly<Record<string, (entry: Entry) => (string | undefined)[]>> = {
  'addresses.private-ip-address': (entry) => (entry.PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress),
  'addresses.association.public-ip': (entry) =>
    (entry.PrivateIpAddresses ?? []).map((one) => one.Association?.PublicIp),
  'ipv6-addresses.ipv6-address': (entry) => (entry.Ipv6Addresses ?? []).map((one) => one.Ipv6Address),
  'subnet-id': (entry) => [entry.SubnetId],
  'vpc-id': (entry) => [entry.VpcId],
  'interface-type': (entry) => [entry.InterfaceType],
  description: (entry) => [entry.Description],
  state: (entry) => [entry.State],
  'endpoint-arn': (entry) => [entry.EndpointArn],
  'replication-instance-arn': (entry) => [entry.ReplicationInstanceArn],
};

function filtered(entries: Entry[], filters: Filter[]): Entry[] | undefined {
  const ipv6 = (filter: Filter) => filter.Name.startsWith('ipv6');
  const wrong = filters.some(
    (filter) =>
      !(filter.Name in filterValues) ||
      filter.Values.length > 200 ||
      filter.Values.some((value) => ipv6(filter) && isIP(value) !== 6),
  );
  if (wrong) return undefined;
  return entries.filter((entry) =>
    filters.every(({ Name, Values }) =>
      filterValues[Name]?.(entry).some((value) => value !== undefined && Values.includes(value)),
    ),
  );
}
