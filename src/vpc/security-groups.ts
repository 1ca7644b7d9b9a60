import { ownAddress } from './end.ts';
import type { End } from './end.ts';
import { matches, permissionText } from './permissions.ts';
import type { Peer } from './permissions.ts';
import { passageOf } from './routes.ts';
import { securityGroupFix } from './security-group-fix.ts';
import type { Admission } from './security-group-fix.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Reason, Verdict } from './verdict.ts';

/**
 * Judges the security groups of both ends: what those of the opening end let out, and what those of the far end let in.
 * Groups are stateful, so answers need no rule, and the rules of all groups of an interface count together.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
 * @param port the far end's TCP port.
 */
export function judgeSecurityGroups(topology: Topology, from: End, to: End, port: number): Verdict {
  const findings = new Findings();
  const passage = passageOf(topology, from, to);
  const closed: Admission[] = [];
  findings.add(...passage.beyond);
  if (from.kind !== 'outside') {
    const kept = to.kind === 'interface' && to.address !== to.privateAddress ? ('lost' as const) : (passage.groupsOutbound ?? passage.groups);
    const peer: Peer = { address: to.address, groupIds: groupsOf(to), groups: kept };
    const admission: Admission = { side: 'IpPermissionsEgress', end: from, peers: [peer], port };
    if (judgeSide(topology, findings, admission) === 'closed') closed.push(admission);
  }
  if (to.kind !== 'outside') {
    const seen = passage.sourceSeen ?? [];
    const peers = seen.map((address): Peer => ({
      address,
      block: passage.block,
      groupIds: groupsOf(from),
      groups: passage.groups,
    }));
    const admission: Admission = { side: 'IpPermissions', end: to, peers, port };
    if (judgeSide(topology, findings, admission) === 'closed') closed.push(admission);
    for (const part of passage.missing) findings.miss(part, `it tells which address ${to.address} sees`);
    if (seen.length === 0 && passage.missing.length === 0) {
      findings.add({
        what: 'groups-unknown',
        status: 'unknown',
        direction: 'forward',
        resource: { type: 'address', id: ownAddress(from) },
        part: parts.routeTables.operation,
        path: [],
        text: `from which address ${to.address} sees ${ownAddress(from)} is not known`,
      });
    }
  }
  const fixes = closed.map((admission) => securityGroupFix(topology, admission));
  const known = fixes.filter((fix): fix is FixStep => fix !== undefined);
  return findings.verdict(closed.length > 0 && known.length === closed.length ? { fix: known } : {});
}

function groupsOf(end: End): readonly string[] | undefined {
  return end.kind === 'outside' || end.securityGroupIds?.length === 0 ? undefined : end.securityGroupIds;
}

/** Judges one end's groups in one direction, for each address that the other end may have. */
function judgeSide(topology: Topology, findings: Findings, admission: Admission): 'closed' | undefined {
  const { side, end, peers, port } = admission;
  const part = parts.securityGroups.operation;
  const about = { direction: 'forward', part } as const;
  const groupIds = groupsOf(end);
  if (groupIds === undefined) {
    const text = `the security groups of ${end.address} are not known`;
    findings.add({ ...about, what: 'groups-unknown', status: 'unknown', resource: { type: 'address', id: end.address }, path: [], text });
    return undefined;
  }
  let closed = false;
  for (const peer of peers) {
    const told: Reason[] = [];
    const notes: Reason[] = [];
    const admitted: string[] = [];
    let first: number | undefined;
    const missing: { part: string; need: string }[] = [];
    for (const id of groupIds) {
      const group = find(topology, 'securityGroups', (candidate) => candidate.GroupId === id);
      const permissions = group.found?.[side];
      const resource = { type: 'security-group', id };
      if (group.found === undefined || permissions === undefined) {
        if (group.found === undefined && 'missing' in group) missing.push({ part: group.missing, need: `${end.address} has ${id}` });
        else {
          const text = group.found === undefined ? `${id} is not among the groups gathered` : `${id} has no list of rules`;
          told.push({ ...about, what: 'groups-unknown', status: 'unknown', resource, path: [], text });
        }
        continue;
      }
      first ??= group.index;
      admitted.push(...permissions.map(permissionText));
      for (const [index, permission] of permissions.entries()) {
        for (const match of matches(topology, permission, peer, port)) {
          const path = [parts.securityGroups.member, group.index, side, index, ...match.path];
          const text = `${id} (${group.found.GroupName ?? 'no name'}) ${arrow(side)} ${match.text}`;
          const at = { ...about, resource, path } as const;
          if (match.missing !== undefined) missing.push({ part: match.missing, need: text });
          else if (match.how === 'admits') told.push({ ...at, what: 'rule-admits', status: 'open', text });
          else if (match.how === 'unclear') told.push({ ...at, what: 'rule-not-understood', status: 'unknown', text });
          else notes.push({ ...at, what: match.how === 'stale' ? 'reference-stale' : 'reference-not-preserved', status: 'closed', text });
        }
      }
    }
    const open = told.find((reason) => reason.status === 'open');
    if (open !== undefined) findings.add(open);
    else if (told.length > 0 || missing.length > 0) {
      findings.add(...told);
      for (const { part: operation, need } of missing) findings.miss(operation, need);
    } else {
      closed = true;
      findings.add(...notes, {
        ...about,
        what: admitted.length === 0 ? 'group-has-no-rules' : 'no-rule-admits',
        status: 'closed',
        resource: { type: 'security-group', id: groupIds[0] ?? '' },
        path: [parts.securityGroups.member, first ?? 0, side],
        text: `${groupIds.join(', ')} ${arrow(side)} ${admitted.join('; ') || 'nothing'}: not tcp ${port} ${peer.address}`,
      });
    }
  }
  return closed ? 'closed' : undefined;
}

function arrow(side: Admission['side']): string {
  return side === 'IpPermissions' ? 'lets in' : 'lets out';
}
