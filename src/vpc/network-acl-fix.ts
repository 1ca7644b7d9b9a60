import { hostBlock, parseAddress, parseBlock } from './address.ts';
import type { Ports } from './acl-entries.ts';
import type { Place } from './passage.ts';
import { isResourceId } from './resource-id.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { FixStep } from './verdict.ts';

/** What a network ACL must let through: TCP to some ports, out of or into a subnet. */
export type Opening = {
  readonly place: Place;
  readonly egress: boolean;
  /** The destination of packets that leave, the source of packets that arrive. */
  readonly address: string;
  /** The CIDR block that a fix is to admit in the address's place. */
  readonly block?: string | undefined;
  readonly ports: Ports;
  /** Where the ACL stands in describe-network-acls. */
  readonly aclIndex: number;
  /** The number of the first entry that denies some of it. */
  readonly firstDeny: number;
};

/**
 * An entry that lets the packets through, with the last free number before the entry that denies them.
 * Numbers go from 1 to 32766. https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 * @returns undefined when no number before it is free.
 */
export function networkAclFix(topology: Topology, opening: Opening): FixStep | undefined {
  const { egress, address, ports, aclIndex, firstDeny } = opening;
  const acl = topology.networkAcls?.[aclIndex];
  const parsed = parseAddress(address);
  if (acl?.NetworkAclId === undefined || !isResourceId(acl.NetworkAclId) || parsed === undefined) return undefined;
  const taken = new Set(
    (acl.Entries ?? []).filter((entry) => entry.Egress === egress).map((entry) => entry.RuleNumber),
  );
  const number = freeNumber(taken, firstDeny);
  if (number === undefined) return undefined;
  const block = opening.block ?? hostBlock(parsed);
  if (parseBlock(block) === undefined) return undefined;
  const six = parsed.family === 6;
  const key = `--network-acl-id ${acl.NetworkAclId} --${egress ? 'egress' : 'ingress'} --rule-number ${number}`;
  const range = `From=${ports.from},To=${ports.to}`;
  const option = six ? '--ipv6-cidr-block' : '--cidr-block';
  const subnets = (acl.Associations ?? []).flatMap((association) => association.SubnetId ?? []);
  return {
    command: `aws ec2 create-network-acl-entry ${key} --protocol 6 --port-range ${range} ${option} ${block} --rule-action allow`,
    undo: `aws ec2 delete-network-acl-entry ${key}`,
    risk: `Lets tcp ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`} ${egress ? 'out to' : 'in from'} ${block} for every subnet of the ACL: ${subnets.join(', ')}.`,
    patch: {
      part: parts.networkAcls.operation,
      path: [parts.networkAcls.member, aclIndex, 'Entries'],
      push: {
        [six ? 'Ipv6CidrBlock' : 'CidrBlock']: block,
        Egress: egress,
        PortRange: { From: ports.from, To: ports.to },
        Protocol: '6',
        RuleAction: 'allow',
        RuleNumber: number,
      },
    },
  };
}

/**
 * Ten below the denying entry or ten above the last before it, as people number them; else the last number that is
 * free.
 */
function freeNumber(taken: ReadonlySet<number | undefined>, before: number): number | undefined {
  const lower = [...taken].filter((number) => number !== undefined && number < before);
  const last = Math.max(0, ...lower.flatMap((number) => number ?? []));
  if (last + 10 < before) return last + 10;
  for (let number = before - 1; number > 0; number -= 1) if (!taken.has(number)) return number;
  return undefined;
}
