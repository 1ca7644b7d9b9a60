/** The SDK's client of EC2, with just the commands that gathering uses: imported by name, so that a bundler leaves the rest out. */
import {
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewaysCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  DescribeVpnConnectionsCommand,
  GetManagedPrefixListEntriesCommand,
  SearchTransitGatewayRoutesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Input } from './ask.ts';
import type { Ec2Operation } from './calls.ts';

/** Makes the client. */
export const ec2Client = (config: EC2ClientConfig) => new EC2Client(config);

/** The command of each operation. */
export const ec2Commands = {
  DescribeInternetGateways: (input: Input) => new DescribeInternetGatewaysCommand(input),
  DescribeNatGateways: (input: Input) => new DescribeNatGatewaysCommand(input),
  DescribeNetworkAcls: (input: Input) => new DescribeNetworkAclsCommand(input),
  DescribeNetworkInterfaces: (input: Input) => new DescribeNetworkInterfacesCommand(input),
  DescribePrefixLists: (input: Input) => new DescribePrefixListsCommand(input),
  DescribeRouteTables: (input: Input) => new DescribeRouteTablesCommand(input),
  DescribeSecurityGroups: (input: Input) => new DescribeSecurityGroupsCommand(input),
  DescribeSubnets: (input: Input) => new DescribeSubnetsCommand(input),
  DescribeTransitGatewayAttachments: (input: Input) => new DescribeTransitGatewayAttachmentsCommand(input),
  DescribeTransitGateways: (input: Input) => new DescribeTransitGatewaysCommand(input),
  DescribeTransitGatewayVpcAttachments: (input: Input) => new DescribeTransitGatewayVpcAttachmentsCommand(input),
  DescribeVpcAttribute: (input: Input) =>
    new DescribeVpcAttributeCommand({ VpcId: undefined, Attribute: undefined, ...input }),
  DescribeVpcEndpoints: (input: Input) => new DescribeVpcEndpointsCommand(input),
  DescribeVpcPeeringConnections: (input: Input) => new DescribeVpcPeeringConnectionsCommand(input),
  DescribeVpcs: (input: Input) => new DescribeVpcsCommand(input),
  DescribeVpnConnections: (input: Input) => new DescribeVpnConnectionsCommand(input),
  GetManagedPrefixListEntries: (input: Input) =>
    new GetManagedPrefixListEntriesCommand({ PrefixListId: undefined, ...input }),
  SearchTransitGatewayRoutes: (input: Input) =>
    new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId: undefined, Filters: undefined, ...input }),
} satisfies Record<Ec2Operation, (input: Input) => object>;
