import { formatAddress, holds, parseAddress, parseBlock } from './address.ts';
import { blocksOf } from './end.ts';
import type { InterfaceEnd, SubnetEnd } from './end.ts';
import type { EndpointAt } from './interface-endpoint.ts';
import { judgeInterfaceEndpoint, opening } from './interface-endpoint.ts';
import { judgeWay } from './internet.ts';
import { patched } from './patch.ts';
import { judgeBlock } from './range.ts';
import { isResourceId } from './resource-id.ts';
import type { Service } from './service.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { FixStep, Patch } from './verdict.ts';

/** Ids that stand in the simulation for what AWS will name. */
const [newGroup, newEndpoint, newInterface] = ['sg-to-be-created', 'vpce-to-be-created', 'eni-to-be-created'];

/**
 * An interface endpoint for the service in the end's own subnet, behind a group of its own that admits the end's group: no
 * route and no network ACL lies between. What the end's groups would have to let out comes along.
 * For a VPC that has no endpoint for the service with its private name: two cannot both have it.
 * @returns undefined where the subnet, its addresses or the end's group are not known.
 */
export function endpointFix(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  { endpointNames: [name], port }: Service,
): readonly FixStep[] | undefined {
  const { subnetId, vpcId, securityGroupIds: [group] = [] } = from;
  const block = (blocksOf(topology, subnetId) ?? []).find((one) => !one.includes(':'));
  const address = block === undefined ? undefined : freeAddress(topology, vpcId, block);
  if (name === undefined || block === undefined || address === undefined || group === undefined) return undefined;
  if (![subnetId, vpcId, group].every(isResourceId) || !/^[\w.-]+$/.test(name)) return undefined;
  const permission = {
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    UserIdGroupPairs: [{ GroupId: group }],
    IpRanges: [],
    Ipv6Ranges: [],
    PrefixListIds: [],
  };
  const push = (part: keyof typeof parts, entry: object): Patch => ({
    part: parts[part].operation,
    path: [parts[part].member],
    push: entry,
  });
  const patch = push('vpcEndpoints', {
    VpcEndpointId: newEndpoint,
    VpcEndpointType: 'Interface',
    VpcId: vpcId,
    ServiceName: name,
    State: 'available',
    PrivateDnsEnabled: true,
    PolicyDocument: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
    Groups: [{ GroupId: newGroup }],
    NetworkInterfaceIds: [newInterface],
  });
  const further = [
    push('securityGroups', {
      GroupId: newGroup,
      GroupName: 'dms-secretsmanager',
      VpcId: vpcId,
      IpPermissions: [permission],
      IpPermissionsEgress: [],
    }),
    push('networkInterfaces', {
      NetworkInterfaceId: newInterface,
      PrivateIpAddress: address,
      SubnetId: subnetId,
      VpcId: vpcId,
      Groups: [{ GroupId: newGroup }],
      InterfaceType: 'vpc_endpoint',
      Status: 'in-use',
    }),
  ];
  const rule = JSON.stringify([
    { IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: group }] },
  ]);
  const made: FixStep = {
    command: [
      `group=$(aws ec2 create-security-group --group-name dms-secretsmanager --description 'VPC endpoint of ${name}' --vpc-id ${vpcId} --query GroupId --output text)`,
      `aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions '${rule}'`,
      `aws ec2 create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type Interface --service-name ${name} --subnet-ids ${subnetId} --security-group-ids "$group" --private-dns-enabled`,
    ].join(' && '),
    undo: 'aws ec2 delete-vpc-endpoints --vpc-endpoint-ids ID && aws ec2 delete-security-group --group-id GROUP',
    risk: `Whatever in ${vpcId} asks for the service then goes to this endpoint, also what went over the internet: its group admits ${group} only. AWS bills the endpoint by the hour.`,
    patch,
    further,
  };
  const after = [patch, ...further].reduce(patched, topology);
  // The new endpoint may get any address of the subnet, so that a rule must let out to all of them.
  const to = { kind: 'subnet', address, block, subnetId, vpcId, securityGroupIds: [newGroup] } as const;
  const { parts: ranges } = judgeBlock(after, to, (one) => judgeWay(after, from, one, port));
  const closed = ranges.find(({ verdict }) => verdict.status === 'closed');
  const rest = opening(after, from, [closed === undefined ? to : { ...to, address: closed.first }], port);
  return rest === undefined ? undefined : [made, ...rest.map(withoutInstead)];
}

/** The private name of an endpoint that is there, and what else is closed on the way to it. */
export function privateNameFix(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  { port }: Service,
  at: EndpointAt,
): readonly FixStep[] | undefined {
  const id = at.endpoint.VpcEndpointId;
  if (id === undefined || !isResourceId(id)) return undefined;
  const command = `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${id}`;
  const { operation, member } = parts.vpcEndpoints;
  const step: FixStep = {
    command: `${command} --private-dns-enabled`,
    undo: `${command} --no-private-dns-enabled`,
    risk: `Whatever in ${from.vpcId} asks for the service then goes to ${id}, also what went over the internet.`,
    patch: { part: operation, path: [member, at.index, 'PrivateDnsEnabled'], set: true },
  };
  const { status, fix } = judgeInterfaceEndpoint(topology, from, at, port);
  if (status === 'closed') return fix === undefined ? undefined : [step, ...fix];
  return [step];
}

/** Another way would name the group that is yet to be made. */
function withoutInstead({ command, undo, risk, patch }: FixStep): FixStep {
  return { command, undo, risk, patch };
}

/** An address of the block that no known interface has; AWS keeps the first four. */
function freeAddress(topology: Topology, vpcId: string, text: string): string | undefined {
  const block = parseBlock(text);
  if (block === undefined || topology.networkInterfaces === undefined) return undefined;
  const taken = new Set(
    topology.networkInterfaces
      .filter((one) => one.VpcId === vpcId)
      .flatMap((one) => [one.PrivateIpAddress, ...(one.PrivateIpAddresses ?? []).map((pair) => pair.PrivateIpAddress)]),
  );
  for (let value = block.first + 4n; value < block.last; value += 1n) {
    const address = formatAddress({ family: 4, value });
    const parsed = parseAddress(address);
    if (parsed !== undefined && holds(block, parsed) && !taken.has(address)) return address;
  }
  return undefined;
}
