import * as v from 'valibot';

/*
 * The fields of EC2's Describe* answers that the engine reads, named as in the API (and so in the AWS CLI and in SDK
 * v3).
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/OperationList-query.html
 * Unknown fields are allowed and dropped. A field that is absent or null reads as undefined: what that means is decided
 * where the field is used, and is never "allowed".
 */
const field = <const Schema extends v.GenericSchema>(schema: Schema) =>
  v.optional(
    v.pipe(
      v.nullable(schema),
      v.transform((value): v.InferOutput<Schema> | undefined => value ?? undefined),
    ),
  );
const text = field(v.string());
const number = field(v.number());
const flag = field(v.boolean());
const list = <const Schema extends v.GenericSchema>(schema: Schema) => field(v.array(schema));
const state = field(v.object({ State: text }));
const cidrs = list(v.object({ CidrBlock: text }));
const cidrs6 = list(v.object({ Ipv6CidrBlock: text }));

const permission = v.object({
  IpProtocol: text,
  FromPort: number,
  ToPort: number,
  UserIdGroupPairs: list(
    v.object({ GroupId: text, UserId: text, VpcId: text, VpcPeeringConnectionId: text, PeeringStatus: text }),
  ),
  IpRanges: list(v.object({ CidrIp: text })),
  Ipv6Ranges: list(v.object({ CidrIpv6: text })),
  PrefixListIds: list(v.object({ PrefixListId: text })),
});
const securityGroup = v.object({
  GroupId: text,
  GroupName: text,
  VpcId: text,
  IpPermissions: list(permission),
  IpPermissionsEgress: list(permission),
});
const networkAclEntry = v.object({
  RuleNumber: number,
  RuleAction: text,
  Egress: flag,
  Protocol: text,
  CidrBlock: text,
  Ipv6CidrBlock: text,
  PortRange: field(v.object({ From: number, To: number })),
});
const networkAcl = v.object({
  NetworkAclId: text,
  VpcId: text,
  Associations: list(v.object({ SubnetId: text })),
  Entries: list(networkAclEntry),
});
const route = v.object({
  DestinationCidrBlock: text,
  DestinationIpv6CidrBlock: text,
  DestinationPrefixListId: text,
  GatewayId: text,
  NatGatewayId: text,
  TransitGatewayId: text,
  VpcPeeringConnectionId: text,
  NetworkInterfaceId: text,
  InstanceId: text,
  EgressOnlyInternetGatewayId: text,
  LocalGatewayId: text,
  CarrierGatewayId: text,
  CoreNetworkArn: text,
  OdbNetworkArn: text,
  State: text,
  Origin: text,
});
const routeTable = v.object({
  RouteTableId: text,
  VpcId: text,
  Associations: list(v.object({ Main: flag, SubnetId: text, GatewayId: text, AssociationState: state })),
  Routes: list(route),
});
const subnet = v.object({
  SubnetId: text,
  VpcId: text,
  CidrBlock: text,
  AvailabilityZone: text,
  AvailabilityZoneId: text,
  Ipv6CidrBlockAssociationSet: cidrs6,
  BlockPublicAccessStates: field(v.object({ InternetGatewayBlockMode: text })),
});
const vpc = v.object({
  VpcId: text,
  OwnerId: text,
  CidrBlock: text,
  CidrBlockAssociationSet: list(v.object({ CidrBlock: text, CidrBlockState: state })),
  Ipv6CidrBlockAssociationSet: list(v.object({ Ipv6CidrBlock: text, Ipv6CidrBlockState: state })),
});
const association = field(v.object({ PublicIp: text }));
const networkInterface = v.object({
  NetworkInterfaceId: text,
  SubnetId: text,
  VpcId: text,
  AvailabilityZone: text,
  InterfaceType: text,
  Status: text,
  Groups: list(v.object({ GroupId: text })),
  PrivateIpAddress: text,
  Association: association,
  PrivateIpAddresses: list(v.object({ PrivateIpAddress: text, Association: association })),
  Ipv6Addresses: list(v.object({ Ipv6Address: text })),
  Ipv4Prefixes: list(v.object({ Ipv4Prefix: text })),
  Ipv6Prefixes: list(v.object({ Ipv6Prefix: text })),
});
const peeringEnd = field(
  v.object({
    VpcId: text,
    OwnerId: text,
    Region: text,
    CidrBlock: text,
    CidrBlockSet: cidrs,
    Ipv6CidrBlockSet: cidrs6,
    PeeringOptions: field(v.object({ AllowDnsResolutionFromRemoteVpc: flag })),
  }),
);
const peeringConnection = v.object({
  VpcPeeringConnectionId: text,
  Status: field(v.object({ Code: text, Message: text })),
  RequesterVpcInfo: peeringEnd,
  AccepterVpcInfo: peeringEnd,
});
const natGateway = v.object({
  NatGatewayId: text,
  VpcId: text,
  SubnetId: text,
  State: text,
  ConnectivityType: text,
  AvailabilityMode: text,
  FailureMessage: text,
  RouteTableId: text,
  AutoProvisionZones: text,
  AutoScalingIps: text,
  AttachedAppliances: list(v.object({ Type: text, ApplianceArn: text })),
  NatGatewayAddresses: list(
    v.object({ PrivateIp: text, PublicIp: text, Status: text, AvailabilityZone: text, AvailabilityZoneId: text }),
  ),
});
const internetGateway = v.object({
  InternetGatewayId: text,
  Attachments: list(v.object({ VpcId: text, State: text })),
});
const transitGateway = v.object({
  TransitGatewayId: text,
  Options: field(v.object({ SecurityGroupReferencingSupport: text })),
});
const transitGatewayAttachment = v.object({
  TransitGatewayAttachmentId: text,
  TransitGatewayId: text,
  ResourceType: text,
  ResourceId: text,
  State: text,
  Association: field(v.object({ TransitGatewayRouteTableId: text, State: text })),
});
const transitGatewayVpcAttachment = v.object({
  TransitGatewayAttachmentId: text,
  TransitGatewayId: text,
  VpcId: text,
  State: text,
  SubnetIds: list(v.string()),
  Options: field(v.object({ SecurityGroupReferencingSupport: text, ApplianceModeSupport: text })),
});
const transitGatewayRoute = v.object({
  DestinationCidrBlock: text,
  PrefixListId: text,
  Type: text,
  State: text,
  TransitGatewayAttachments: list(v.object({ TransitGatewayAttachmentId: text, ResourceId: text, ResourceType: text })),
});
const vpnConnection = v.object({
  VpnConnectionId: text,
  VpnGatewayId: text,
  TransitGatewayId: text,
  State: text,
  VgwTelemetry: list(v.object({ OutsideIpAddress: text, Status: text, StatusMessage: text })),
});
const vpcEndpoint = v.object({
  VpcEndpointId: text,
  VpcEndpointType: text,
  VpcId: text,
  ServiceName: text,
  State: text,
  PolicyDocument: text,
  PrivateDnsEnabled: flag,
  Groups: list(v.object({ GroupId: text })),
  NetworkInterfaceIds: list(v.string()),
});
const prefixList = v.object({ PrefixListId: text, Cidrs: list(v.string()) });
const prefixListEntries = v.array(v.object({ Cidr: text }));

/** One of the rules of a security group, in or out: a protocol, its ports, and everybody whom it admits. */
export type Permission = v.InferOutput<typeof permission>;
/** DescribeSecurityGroups, one group. */
export type SecurityGroup = v.InferOutput<typeof securityGroup>;
/** One entry of a network ACL. */
export type NetworkAclEntry = v.InferOutput<typeof networkAclEntry>;
/** DescribeNetworkAcls, one ACL. */
export type NetworkAcl = v.InferOutput<typeof networkAcl>;
/** One route of a route table. */
export type Route = v.InferOutput<typeof route>;
/** DescribeRouteTables, one table. */
export type RouteTable = v.InferOutput<typeof routeTable>;
/** DescribeSubnets, one subnet. */
export type Subnet = v.InferOutput<typeof subnet>;
/** DescribeVpcs, one VPC. */
export type Vpc = v.InferOutput<typeof vpc>;
/** DescribeNetworkInterfaces, one interface. */
export type NetworkInterface = v.InferOutput<typeof networkInterface>;
/** DescribeVpcPeeringConnections, one connection. */
export type PeeringConnection = v.InferOutput<typeof peeringConnection>;
/** DescribeNatGateways, one gateway. */
export type NatGateway = v.InferOutput<typeof natGateway>;
/** DescribeInternetGateways, one gateway. */
export type InternetGateway = v.InferOutput<typeof internetGateway>;
/** DescribePrefixLists, one list that AWS manages. */
export type PrefixList = v.InferOutput<typeof prefixList>;
/** DescribeTransitGateways, one gateway. */
export type TransitGateway = v.InferOutput<typeof transitGateway>;
/** DescribeTransitGatewayAttachments, one attachment of whatever kind, with its route table. */
export type TransitGatewayAttachment = v.InferOutput<typeof transitGatewayAttachment>;
/** DescribeTransitGatewayVpcAttachments, one attachment of a VPC, with its subnets and options. */
export type TransitGatewayVpcAttachment = v.InferOutput<typeof transitGatewayVpcAttachment>;
/** SearchTransitGatewayRoutes, one route. */
export type TransitGatewayRoute = v.InferOutput<typeof transitGatewayRoute>;
/** DescribeVpnConnections, one connection. */
export type VpnConnection = v.InferOutput<typeof vpnConnection>;
/** DescribeVpcEndpoints, one endpoint. */
export type VpcEndpoint = v.InferOutput<typeof vpcEndpoint>;
/** The routes of one transit gateway route table, as SearchTransitGatewayRoutes answers. */
export type TransitGatewayRoutes = {
  readonly Routes: readonly TransitGatewayRoute[];
  readonly AdditionalRoutesAvailable?: boolean | undefined;
};
/** GetManagedPrefixListEntries, one entry. */
export type PrefixListEntry = { readonly Cidr?: string | undefined };

/** The schemas of each part's list, by the part's name in the topology. */
export const schemas = {
  securityGroups: v.array(securityGroup),
  networkAcls: v.array(networkAcl),
  routeTables: v.array(routeTable),
  subnets: v.array(subnet),
  vpcs: v.array(vpc),
  networkInterfaces: v.array(networkInterface),
  peeringConnections: v.array(peeringConnection),
  natGateways: v.array(natGateway),
  internetGateways: v.array(internetGateway),
  transitGateways: v.array(transitGateway),
  transitGatewayAttachments: v.array(transitGatewayAttachment),
  transitGatewayVpcAttachments: v.array(transitGatewayVpcAttachment),
  vpnConnections: v.array(vpnConnection),
  vpcEndpoints: v.array(vpcEndpoint),
  prefixLists: v.array(prefixList),
};

/** The schema of one managed prefix list's entries. */
export const entriesSchema = v.object({ Entries: prefixListEntries });

/** The schema of one transit gateway route table's routes. */
export const transitRoutesSchema = v.object({ Routes: v.array(transitGatewayRoute), AdditionalRoutesAvailable: flag });
