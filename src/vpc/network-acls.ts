import { entryText, shares } from './acl-entries.ts';
import type { Ports, Share } from './acl-entries.ts';
import type { NetworkAcl } from './describe.ts';
import type { End } from './end.ts';
import { sameSubnet } from './hop.ts';
import { networkAclFix } from './network-acl-fix.ts';
import type { Opening } from './network-acl-fix.ts';
import type { Place, Segment } from './passage.ts';
import { patched } from './patch.ts';
import { passageOf } from './routes.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Reason, Verdict } from './verdict.ts';

/** Client ports that any system may use, and a NAT gateway does use. */
const ephemeral: Ports = { from: 1024, to: 65_535 };
/** Client ports that Linux uses unless told otherwise (net.ipv4.ip_local_port_range). */
const linux: Ports = { from: 32_768, to: 60_999 };

/**
 * Judges the network ACLs of every subnet on the way, out and back: ACLs are stateless, so answers need entries of
 * their own, for the client's ports. Inside one subnet no ACL applies.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html (ephemeral ports)
 * @param port the far end's TCP port.
 */
export function judgeNetworkAcls(topology: Topology, from: End, to: End, port: number): Verdict {
  const findings = new Findings();
  const passage = passageOf(topology, from, to);
  findings.add(...passage.beyond);
  for (const part of passage.missing) findings.miss(part, `it tells which way packets to ${to.address} take`);
  for (const part of passage.returnUnknown ?? []) {
    findings.miss(part, `it tells which way answers from ${to.address} take`, 'return');
  }
  if (passage.returnUnknown?.length === 0) {
    findings.add({
      what: 'acl-unknown',
      status: 'unknown',
      direction: 'return',
      resource: { type: 'address', id: to.address },
      part: parts.routeTables.operation,
      path: [],
      text: `which way answers from ${to.address} take cannot be told`,
    });
  }
  const walls: Opening[] = [];
  for (const segment of passage.segments) {
    walls.push(...judgeSegment(topology, findings, segment, port, passage.block));
  }
  const fix = fixesOf(topology, walls);
  return findings.verdict(fix === undefined || fix.length === 0 ? {} : { fix });
}

/**
 * The entries that together open every wall. Each is found over the ACLs as the ones before it leave them: two walls of
 * one ACL need two numbers, and one entry may open both.
 */
function fixesOf(topology: Topology, walls: readonly Opening[]): readonly FixStep[] | undefined {
  const fixes: FixStep[] = [];
  let current = topology;
  for (const wall of walls) {
    const acl = current.networkAcls?.[wall.aclIndex];
    if (acl === undefined) return undefined;
    const denied = shares(acl, wall.egress, wall.address, wall.ports).filter((share) => share.action === 'deny');
    if (denied.length === 0) continue;
    const fix = networkAclFix(current, { ...wall, firstDeny: lowest(acl, denied) });
    if (fix === undefined) return undefined;
    fixes.push(fix);
    current = patched(current, fix.patch);
  }
  return fixes;
}

function judgeSegment(
  topology: Topology,
  findings: Findings,
  segment: Segment,
  port: number,
  block: string | undefined,
): Opening[] {
  const { near, far, sources, destination, clientPorts, only, attachment } = segment;
  // In the subnet of an attachment, ACLs apply to what enters the transit gateway there, and not to what comes out of
  // it.
  // https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
  const entering = attachment === (only === 'return' ? 'near' : 'far');
  if (near !== undefined && near.subnetId === far?.subnetId && !(attachment !== undefined && entering)) {
    findings.add(sameSubnet(topology, only ?? 'forward', near.subnetId, 'no network ACL applies between them'));
    return [];
  }
  const asked = { from: port, to: port };
  const walls: (Opening | undefined)[] = [];
  const judge = (place: Place, direction: Reason['direction'], egress: boolean, address: string, ports: Ports) => {
    const opened = place === far && address !== destination ? block : undefined;
    walls.push(
      judgeSubnet(topology, findings, { place, direction, egress, address, block: opened, ports }, clientPorts),
    );
  };
  if (only !== 'return') {
    if (near !== undefined) judge(near, 'forward', true, destination, asked);
    if (far !== undefined) for (const source of sources) judge(far, 'forward', false, source, asked);
  }
  if (only !== 'forward') {
    if (far !== undefined) for (const source of sources) judge(far, 'return', true, source, ephemeral);
    if (near !== undefined) judge(near, 'return', false, destination, ephemeral);
  }
  if (far !== undefined && sources.length === 0) {
    findings.add({
      what: 'acl-unknown',
      status: 'unknown',
      direction: 'forward',
      resource: { type: 'subnet', id: far.subnetId },
      part: parts.networkAcls.operation,
      path: [],
      text: `from which address packets arrive in ${far.subnetId} is not known`,
    });
  }
  return walls.filter((wall) => wall !== undefined);
}

type Crossing = Omit<Opening, 'aclIndex' | 'firstDeny'> & { readonly direction: Reason['direction'] };

/** Judges one subnet's ACL for packets of one kind; returns what would have to be opened. */
function judgeSubnet(
  topology: Topology,
  findings: Findings,
  crossing: Crossing,
  clientPorts: Segment['clientPorts'],
): Opening | undefined {
  const { place, direction, egress, address, ports } = crossing;
  const acl = find(topology, 'networkAcls', (candidate) =>
    (candidate.Associations ?? []).some((association) => association.SubnetId === place.subnetId),
  );
  if (acl.found === undefined) {
    if ('missing' in acl) findings.miss(acl.missing, `it says what may enter and leave ${place.subnetId}`, direction);
    else {
      findings.add({
        what: 'acl-unknown',
        status: 'unknown',
        direction,
        resource: { type: 'subnet', id: place.subnetId },
        part: parts.networkAcls.operation,
        path: [],
        text: `no network ACL of ${place.subnetId} is among those gathered`,
      });
    }
    return undefined;
  }
  const decided = shares(acl.found, egress, address, ports);
  const tell = (share: Share, status: Reason['status']) =>
    findings.add(told(acl.found, acl.index, crossing, share, status));
  const denied = decided.filter((share) => share.action === 'deny');
  const unclear = decided.filter((share) => share.action === 'unclear');
  const [allowed] = decided.filter((share) => share.action === 'allow');
  const enough = denied.concat(unclear).every((share) => share.ports.to < linux.from || linux.to < share.ports.from);
  if (
    ports === ephemeral &&
    clientPorts === 'host' &&
    enough &&
    allowed !== undefined &&
    denied.length + unclear.length > 0
  ) {
    tell(decided.find((share) => share.action === 'allow' && share.ports.to >= linux.from) ?? allowed, 'open');
    const open = decided.filter((share) => share.action === 'allow').map((share) => portsText(share.ports));
    findings.caveats.push(
      `${acl.found.NetworkAclId ?? 'the network ACL'} lets answers through to ports ${open.join(', ')} only: enough for a Linux client as it is shipped`,
    );
    return undefined;
  }
  const [firstDenied] = denied;
  if (firstDenied === undefined) {
    for (const share of unclear) tell(share, 'unknown');
    if (unclear.length === 0 && allowed !== undefined) tell(allowed, 'open');
    return undefined;
  }
  for (const share of denied) tell(share, 'closed');
  return { ...crossing, aclIndex: acl.index, firstDeny: lowest(acl.found, denied) };
}

/** The lowest rule number among the entries that decide on the shares. */
function lowest(acl: NetworkAcl, decided: readonly Share[]): number {
  return Math.min(...decided.map((share) => acl.Entries?.[share.index ?? -1]?.RuleNumber ?? 32_767));
}

function told(acl: NetworkAcl, aclIndex: number, crossing: Crossing, share: Share, status: Reason['status']): Reason {
  const { place, direction, egress, address } = crossing;
  const id = acl.NetworkAclId ?? 'an ACL without an id';
  const entry = share.index === undefined ? undefined : acl.Entries?.[share.index];
  const line = entry === undefined ? 'no entry, not even the last one that denies the rest' : entryText(entry);
  const way = egress ? `out of ${place.subnetId} to ${address}` : `into ${place.subnetId} from ${address}`;
  return {
    what: status === 'open' ? 'entry-allows' : status === 'closed' ? 'entry-denies' : 'entry-not-understood',
    status,
    direction,
    resource: { type: 'network-acl', id },
    part: parts.networkAcls.operation,
    path: [parts.networkAcls.member, aclIndex, 'Entries', ...(share.index === undefined ? [] : [share.index])],
    text: `${id}, ${way}, tcp ${portsText(share.ports)}: ${line}`,
  };
}

function portsText({ from, to }: Ports): string {
  return from === to ? String(from) : `${from}-${to}`;
}
