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
import type { Reason, Verdict } from './verdict.ts';

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
    const kept =
      to.kind === 'interface' && to.address !== to.privateAddress
        ? ('lost' as const)
        : (passage.groupsOutbound ?? passage.groups);
    const peer: Peer = {
      address: to.address,
      block: to.kind === 'interface' ? undefined : to.block,
      holders: holdersOf(to),
      groupIds: groupsOf(to),
      groups: kept,
    };
    const admission: Admission = { side: 'IpPermissionsEgress', end: from, peers: [peer], port };
    closed.push({ ...admission, peers: judgeSide(topology, findings, admission) });
  }
  if (to.kind !== 'outside') {
    const seen = passage.sourceSeen ?? [];
    const peers = seen.map((address): Peer => ({
      address,
      block: passage.block,
      holders: holdersOf(from),
      groupIds: groupsOf(from),
      groups: passage.groups,
    }));
    const admission: Admission = { side: 'IpPermissions', end: to, peers, port };
    closed.push({ ...admission, peers: judgeSide(topology, findings, admission) });
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
  const walls = closed.filter((admission) => admission.peers.length > 0);
  const fix = walls.map((admission) => securityGroupFix(topology, admission)).filter((step) => step !== undefined);
  return findings.verdict(walls.length > 0 && fix.length === walls.length ? { fix } : {});
}

function holdersOf(end: End): readonly string[] {
  return end.kind === 'interface' ? [end.interfaceId, ...(end.companions ?? [])] : [];
}

function groupsOf(end: End): readonly string[] | undefined {
  return end.kind === 'outside' || end.securityGroupIds?.length === 0 ? undefined : end.securityGroupIds;
}

/**
 * Judges one end's groups in one direction, for each address that the other end may have; returns those not admitted.
 */
function judgeSide(topology: Topology, findings: Findings, admission: Admission): readonly Peer[] {
  const { side, end, peers, port } = admission;
  const about = { direction: 'forward', part: parts.securityGroups.operation } as const;
  const groupIds = groupsOf(end);
  if (groupIds === undefined) {
    const resource = { type: 'address', id: end.address };
    const text = `the security groups of ${end.address} are not known`;
    findings.add({ ...about, what: 'groups-unknown', status: 'unknown', resource, path: [], text });
    return [];
  }
  return peers.filter((peer) => {
    const said = groupIds.map((id) => sayingOf(topology, id, admission, peer));
    const told = said.flatMap((one) => one.told);
    const missing = said.flatMap((one) => one.missing);
    const open = told.find((reason) => reason.status === 'open');
    if (open !== undefined) {
      findings.add(open);
      return false;
    }
    if (told.length > 0 || missing.length > 0) {
      findings.add(...told);
      for (const { part, need } of missing) findings.miss(part, need);
      return false;
    }
    const admitted = said.flatMap((one) => one.admitted);
    findings.add(...said.flatMap((one) => one.lost), {
      ...about,
      what: admitted.length === 0 ? 'group-has-no-rules' : 'no-rule-admits',
      status: 'closed',
      resource: { type: 'security-group', id: groupIds[0] ?? '' },
      path: [parts.securityGroups.member, said[0]?.index ?? 0, side],
      text: `${groupIds.join(', ')} ${verb(side)} ${admitted.join('; ') || 'nothing'}: not tcp ${port} ${peer.address}`,
    });
    return true;
  });
}

/** What one group says about a peer. */
type Saying = {
  /** Rules that admit the peer, and what keeps the answer from being known. */
  readonly told: readonly Reason[];
  /** Rules that name the peer's group and do not hold. */
  readonly lost: readonly Reason[];
  readonly missing: readonly { readonly part: string; readonly need: string }[];
  /** Everything that the group admits, each rule on one line. */
  readonly admitted: readonly string[];
  /** Where the group stands in describe-security-groups. */
  readonly index?: number;
};

function sayingOf(topology: Topology, id: string, { side, end, port }: Admission, peer: Peer): Saying {
  const group = find(topology, 'securityGroups', (candidate) => candidate.GroupId === id);
  const resource = { type: 'security-group', id };
  const about = { direction: 'forward', part: parts.securityGroups.operation, resource } as const;
  if (group.found === undefined && 'missing' in group) {
    return { told: [], lost: [], missing: [{ part: group.missing, need: `${end.address} has ${id}` }], admitted: [] };
  }
  const permissions = group.found?.[side];
  if (group.found === undefined || permissions === undefined) {
    const text = group.found === undefined ? `${id} is not among the groups gathered` : `${id} has no list of rules`;
    const unknown: Reason = { ...about, what: 'groups-unknown', status: 'unknown', path: [], text };
    return { told: [unknown], lost: [], missing: [], admitted: [] };
  }
  const { found, index } = group;
  const all = permissions.flatMap((permission, at) =>
    matches(topology, permission, peer, port).map((match) => ({
      how: match.how,
      missing: match.missing,
      reason: {
        ...about,
        path: [parts.securityGroups.member, index, side, at, ...match.path],
        text: `${id} (${found.GroupName ?? 'no name'}) ${verb(side)} ${match.text}`,
      },
    })),
  );
  return {
    told: all.flatMap(({ how, reason }): Reason[] => {
      if (how === 'admits') return [{ ...reason, what: 'rule-admits', status: 'open' }];
      return how === 'unclear' ? [{ ...reason, what: 'rule-not-understood', status: 'unknown' }] : [];
    }),
    lost: all.flatMap(({ how, reason }): Reason[] => {
      if (how === 'stale') return [{ ...reason, what: 'reference-stale', status: 'closed' }];
      return how === 'not-preserved' ? [{ ...reason, what: 'reference-not-preserved', status: 'closed' }] : [];
    }),
    missing: all.flatMap(({ missing, reason }) =>
      missing === undefined ? [] : [{ part: missing, need: reason.text }],
    ),
    admitted: permissions.map(permissionText),
    index,
  };
}

function verb(side: Admission['side']): string {
  return side === 'IpPermissions' ? 'lets in' : 'lets out';
}
