import { formatAddress, isInternetAddress, parseBlock, specialBlocks, textHolds } from './address.ts';
import type { End, InterfaceEnd, OutsideEnd, SubnetEnd } from './end.ts';
import { judgeNetworkAcls } from './network-acls.ts';
import { ruledBlocks, startsOf } from './range.ts';
import { judgeRoutes } from './routes.ts';
import { judgeSecurityGroups } from './security-groups.ts';
import type { Topology } from './topology.ts';
import { worst } from './verdict.ts';
import type { Reason, Verdict } from './verdict.ts';

const everywhere = '0.0.0.0/0';

/**
 * Judges the way from an end over the internet to a public service of AWS, whose addresses are not known: every public
 * IPv4 address is taken for one of them. Open or closed is what holds for all of them; where rules or routes tell some
 * apart from others it cannot be told.
 * Addresses of the prefix lists that AWS manages are left out: they are those of the services that the lists are made
 * for, and gateway endpoints take them elsewhere.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 * @param port the service's TCP port.
 */
export function judgeInternet(topology: Topology, from: InterfaceEnd | SubnetEnd, port: number): Verdict {
  const listed = (topology.prefixLists ?? []).flatMap((list) => list.Cidrs ?? []);
  const dividing = [...ruledBlocks(near(topology, from)), ...specialBlocks(), ...listed];
  const starts = startsOf({ family: 4, ...rangeOf(everywhere) }, dividing);
  if (starts === undefined) return unsure(from, [], 'rules and routes split the public addresses into too many parts');
  const verdicts: { address: string; verdict: Verdict }[] = [];
  for (const value of starts) {
    const address = formatAddress({ family: 4, value });
    if (!isInternetAddress({ family: 4, value }) || listed.some((block) => textHolds(block, address))) continue;
    verdicts.push({ address, verdict: judgeWay(topology, from, outside(address), port) });
  }
  const [first, ...others] = verdicts;
  if (first === undefined) return unsure(from, [], 'no public address is left to be judged');
  const other = others.find(({ verdict }) => verdict.status !== first.verdict.status);
  if (other === undefined) return withFix(topology, from, first.address, port, ofAll(first.address, first.verdict));
  const reasons = verdicts.flatMap(({ verdict }) => verdict.reasons.filter(({ status }) => status === 'unknown'));
  const words = ({ address, verdict }: typeof first) => `${address} is ${verdict.status}`;
  return {
    ...unsure(
      from,
      reasons,
      `which public address the service has is not known, and they are not treated alike: the way to ${words(first)}, to ${words(other)}`,
    ),
    ...missingOf(verdicts.map(({ verdict }) => verdict)),
  };
}

/** The verdict on one address in the words of all of them. */
function ofAll(address: string, verdict: Verdict): Verdict {
  const alone = new RegExp(String.raw`(?<![\d.])${address.replaceAll('.', String.raw`\.`)}(?![\d./])`, 'g');
  const worded = (text: string) => text.replaceAll(alone, 'the internet');
  return { ...verdict, reasons: verdict.reasons.map((reason) => ({ ...reason, text: worded(reason.text) })) };
}

/** Only a rule of a security group can be named for every address: an entry of an ACL or a route would be for this one. */
function withFix(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  address: string,
  port: number,
  whole: Verdict,
): Verdict {
  const { status: closed, reasons, missing, caveats } = whole;
  if (closed !== 'closed') return whole;
  const verdict: Verdict = {
    status: closed,
    reasons,
    ...(missing === undefined ? {} : { missing }),
    ...(caveats === undefined ? {} : { caveats }),
  };
  const to = outside(address);
  const others = [judgeRoutes(topology, from, to), judgeNetworkAcls(topology, from, to, port)];
  const { fix } = judgeSecurityGroups(topology, from, to, port);
  return fix === undefined || others.some(({ status }) => status === 'closed') ? verdict : { ...verdict, fix };
}

/** Routes, security groups and network ACLs of one way together. */
export function judgeWay(topology: Topology, from: End, to: End, port: number): Verdict {
  const routes = judgeRoutes(topology, from, to);
  const groups = judgeSecurityGroups(topology, from, to, port);
  const acls = judgeNetworkAcls(topology, from, to, port);
  const all = [routes, groups, acls];
  const closed = all.filter(({ status }) => status === 'closed');
  const caveats = all.flatMap((verdict) => verdict.caveats ?? []);
  return {
    status: worst(all.map(({ status }) => status)),
    reasons: all.flatMap(({ reasons }) => reasons),
    ...missingOf(all),
    ...(caveats.length === 0 ? {} : { caveats: [...new Set(caveats)] }),
    ...(closed.length > 0 && closed.every(({ fix }) => fix !== undefined)
      ? { fix: closed.flatMap(({ fix }) => fix ?? []) }
      : {}),
  };
}

function missingOf(verdicts: readonly Verdict[]): Pick<Verdict, 'missing'> {
  const missing = new Set(verdicts.flatMap((verdict) => verdict.missing ?? []));
  return missing.size === 0 ? {} : { missing: [...missing] };
}

function outside(address: string): OutsideEnd {
  return { kind: 'outside', address, block: everywhere, publicService: true };
}

/** What can lie on the way: the end's own groups, and the tables and ACLs of its VPC. */
function near(topology: Topology, { vpcId, securityGroupIds = [] }: InterfaceEnd | SubnetEnd): Topology {
  return {
    securityGroups: topology.securityGroups?.filter(({ GroupId: id }) => securityGroupIds.includes(id ?? '')),
    networkAcls: topology.networkAcls?.filter((acl) => acl.VpcId === vpcId),
    routeTables: topology.routeTables?.filter((table) => table.VpcId === vpcId),
    prefixLists: topology.prefixLists,
    prefixListEntries: topology.prefixListEntries,
  };
}

function rangeOf(text: string): { first: bigint; last: bigint } {
  const block = parseBlock(text);
  if (block === undefined) throw new Error(`no block: ${text}`);
  return block;
}

function unsure(from: End, reasons: readonly Reason[], text: string): Verdict {
  const resource = { type: 'address', id: from.address };
  return {
    status: 'unknown',
    reasons: [
      ...reasons,
      {
        what: 'service-address-unsure',
        status: 'unknown',
        direction: 'forward',
        resource,
        part: 'describe-route-tables',
        path: [],
        text,
      },
    ],
  };
}
