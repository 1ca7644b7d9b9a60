/**
 * Every question that gathering asks AWS. All of them only read; `docs/permissions.md` names one permission for each.
 * Sizes of pages are the largest that the API references allow:
 * https://docs.aws.amazon.com/dms/latest/APIReference/API_Operations.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/OperationList-query.html
 */

/** One operation: its service's prefix in IAM, its name, the member of its answer that holds the list, the size of a page. */
export type Call = {
  readonly service: 'dms' | 'ec2';
  readonly operation: string;
  readonly member: string;
  /** Undefined where the operation answers in one piece. */
  readonly page?: number;
};

const dms = <const Operation extends string>(operation: Operation, member: string) =>
  ({ service: 'dms', operation, member, page: 100 }) as const;
const ec2 = <const Operation extends string>(operation: Operation, member: string, page?: number) =>
  ({ service: 'ec2', operation, member, ...(page === undefined ? {} : { page }) }) as const;

/** What is asked of DMS: all of it at once, and without a filter, because every connection of the Region shares it. */
export const dmsCalls = [
  dms('DescribeEndpoints', 'Endpoints'),
  dms('DescribeReplicationInstances', 'ReplicationInstances'),
  dms('DescribeConnections', 'Connections'),
  dms('DescribeReplicationTasks', 'ReplicationTasks'),
  dms('DescribeReplicationSubnetGroups', 'ReplicationSubnetGroups'),
  dms('DescribeReplicationConfigs', 'ReplicationConfigs'),
  dms('DescribeReplications', 'Replications'),
  dms('DescribeCertificates', 'Certificates'),
] as const;

/** The one call that acts, and is made only where `--test-connection` asks for it: DMS's own connection test. */
export const testCall = { service: 'dms', operation: 'TestConnection', member: 'Connection' } as const;

/** The one list of EC2 that is asked for by address: an account has too many interfaces, and two of them are needed. */
export const interfacesCall = ec2('DescribeNetworkInterfaces', 'NetworkInterfaces', 1000);

/**
 * What is asked of EC2 without a filter, because the engine takes a list for complete: a filter that misses the far end's
 * VPC would make a wall of it, or hide one.
 */
export const networkCalls = [
  ec2('DescribeVpcs', 'Vpcs', 1000),
  ec2('DescribeSubnets', 'Subnets', 1000),
  ec2('DescribeRouteTables', 'RouteTables', 100),
  ec2('DescribeNetworkAcls', 'NetworkAcls', 1000),
  ec2('DescribeSecurityGroups', 'SecurityGroups', 1000),
  ec2('DescribePrefixLists', 'PrefixLists', 1000),
  ec2('DescribeVpcPeeringConnections', 'VpcPeeringConnections', 1000),
  ec2('DescribeNatGateways', 'NatGateways', 1000),
  ec2('DescribeInternetGateways', 'InternetGateways', 1000),
  ec2('DescribeTransitGateways', 'TransitGateways', 1000),
  ec2('DescribeTransitGatewayAttachments', 'TransitGatewayAttachments', 1000),
  ec2('DescribeTransitGatewayVpcAttachments', 'TransitGatewayVpcAttachments', 1000),
  ec2('DescribeVpnConnections', 'VpnConnections'),
] as const;

/** The entries of one prefix list that a route or a group of the ends' VPCs names. */
export const prefixListEntriesCall = ec2('GetManagedPrefixListEntries', 'Entries', 100);

/** The routes of one transit gateway route table that an attachment of the ends' VPCs uses. */
export const transitRoutesCall = ec2('SearchTransitGatewayRoutes', 'Routes', 1000);

/** The endpoints of the VPCs that DMS asks Secrets Manager from; only where a connection takes its log-in from a secret. */
export const vpcEndpointsCall = ec2('DescribeVpcEndpoints', 'VpcEndpoints', 1000);

/** Whether DNS works in a VPC that a connection to a name, or to Secrets Manager, leaves from; an attribute, and no list. */
export const vpcAttributeCall = ec2('DescribeVpcAttribute', 'EnableDnsSupport');
/** The attributes that are asked for, and the member that the answer has for each. */
export const dnsAttributes = {
  enableDnsSupport: 'EnableDnsSupport',
  enableDnsHostnames: 'EnableDnsHostnames',
} as const;

const ec2Calls = [
  interfacesCall,
  ...networkCalls,
  prefixListEntriesCall,
  transitRoutesCall,
  vpcAttributeCall,
  vpcEndpointsCall,
] as const;

/** An operation of DMS that gathering uses. */
export type DmsOperation = (typeof dmsCalls)[number]['operation'] | typeof testCall.operation;
/** An operation of EC2 that gathering uses. */
export type Ec2Operation = (typeof ec2Calls)[number]['operation'];

/** The permission that a call needs, as IAM names it: `ec2:DescribeVpcs`. */
export function actionOf({ service, operation }: Pick<Call, 'service' | 'operation'>): string {
  return `${service}:${operation}`;
}

/** The permission of the one call that acts, which is listed apart. */
export const testAction: string = actionOf(testCall);

/** Every permission that gathering can use, for the least policy. */
export const awsActions: readonly string[] = [...dmsCalls, ...ec2Calls].map(actionOf);

/**
 * The bundle's name of an answer: the operation as the AWS CLI writes it.
 *
 * @param argument what one of several answers of the operation is about: `aws/get-managed-prefix-list-entries--pl-0123.json`
 */
export function itemOf({ operation }: Pick<Call, 'operation'>, argument?: string): string {
  const kebab = operation.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
  return `aws/${kebab}${argument === undefined ? '' : `--${argument}`}.json`;
}
