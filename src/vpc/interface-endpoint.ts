import type { VpcEndpoint } from './describe.ts';
import type { InterfaceEnd, SubnetEnd } from './end.ts';
import { judgeWay } from './internet.ts';
import { patched } from './patch.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { FixStep, Reason, Status, Verdict } from './verdict.ts';

/** An interface endpoint and where it stands in describe-vpc-endpoints. */
export type EndpointAt = { readonly endpoint: VpcEndpoint; readonly index: number };

/**
 * Judges the way from an end to an interface endpoint: to every one of its network interfaces, because the service's
 * private name stands for all of them and nobody knows which one is asked.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
 * @param port the service's TCP port.
 * @returns closed where no interface is reached; unknown where only some are, and where the endpoint has a policy of
 *   its own, which may refuse what the network lets through.
 */
export function judgeInterfaceEndpoint(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  at: EndpointAt,
  port: number,
): Verdict {
  const findings = new Findings();
  const say = teller(findings, at);
  const ids = at.endpoint.NetworkInterfaceIds ?? [];
  if (ids.length === 0)
    say('service-endpoint-unknown', 'unknown', `${nameOf(at)} names no network interface`, 'NetworkInterfaceIds');
  if (!hasDefaultPolicy(at.endpoint))
    say(
      'service-endpoint-policy',
      'unknown',
      at.endpoint.PolicyDocument === undefined
        ? `the policy of ${nameOf(at)} was not seen`
        : `${nameOf(at)} has a policy of its own, and whether it admits this reader is not judged`,
      'PolicyDocument',
    );
  const targets = ids.map((id) => targetOf(topology, id, ids));
  for (const target of targets)
    if ('missing' in target) findings.miss(target.missing, `it holds the addresses of ${nameOf(at)}`);
    else if ('text' in target) say('service-endpoint-unknown', 'unknown', target.text, 'NetworkInterfaceIds');
  const ends = targets.flatMap((target) => ('end' in target ? [target.end] : []));
  const ways = ends.map((to) => ({ to, verdict: judgeWay(topology, from, to, port) }));
  const closed = ways.filter(({ verdict }) => verdict.status === 'closed');
  const whole = closed.length === targets.length && closed.length > 0;
  for (const { to, verdict } of ways) {
    for (const missing of verdict.missing ?? []) findings.miss(missing, `it tells how ${to.address} is reached`);
    if (verdict.status === 'closed' && !whole)
      say('service-address-unsure', 'unknown', `of ${nameOf(at)} ${to.address} is not reached, and others may be`);
    else findings.add(...verdict.reasons);
    findings.caveats.push(...(verdict.caveats ?? []));
  }
  if (!whole) return findings.verdict();
  const fix = opening(topology, from, ends, port);
  return findings.verdict(fix === undefined ? {} : { fix });
}

/** The changes that open the way to every address of an endpoint, each found over the network as those before leave it. */
export function opening(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  ends: readonly (InterfaceEnd | SubnetEnd)[],
  port: number,
): readonly FixStep[] | undefined {
  const steps: FixStep[] = [];
  let current = topology;
  for (const to of ends) {
    const { status, fix } = judgeWay(current, from, to, port);
    if (status === 'closed' && fix === undefined) return undefined;
    for (const step of fix ?? []) {
      steps.push(step);
      current = patched(current, step.patch);
    }
  }
  return ends.some((to) => judgeWay(current, from, to, port).status === 'closed') ? undefined : steps;
}

/** Takes reasons about an endpoint. */
export function teller(findings: Findings, { endpoint, index }: EndpointAt) {
  return (what: Reason['what'], status: Status, text: string, ...path: readonly string[]): void =>
    findings.add({
      what,
      status,
      direction: 'forward',
      resource: { type: 'vpc-endpoint', id: endpoint.VpcEndpointId ?? 'an endpoint without an id' },
      part: parts.vpcEndpoints.operation,
      path: [parts.vpcEndpoints.member, index, ...path],
      text,
    });
}

/** The endpoint's id, for sentences. */
export function nameOf({ endpoint }: EndpointAt): string {
  return endpoint.VpcEndpointId ?? 'a VPC endpoint';
}

function targetOf(
  topology: Topology,
  id: string,
  all: readonly string[],
): { readonly end: InterfaceEnd } | { readonly missing: string } | { readonly text: string } {
  const known = find(topology, 'networkInterfaces', (one) => one.NetworkInterfaceId === id);
  if (known.found === undefined)
    return 'missing' in known ? known : { text: `${id} is not among the network interfaces gathered` };
  const { PrivateIpAddress: address, SubnetId: subnetId, VpcId: vpcId, Groups: groups, Status: status } = known.found;
  if (address === undefined || subnetId === undefined || vpcId === undefined || groups === undefined)
    return { text: `${id} has no IPv4 address, subnet or groups that were gathered` };
  return {
    end: {
      kind: 'interface',
      address,
      interfaceId: id,
      privateAddress: address,
      subnetId,
      vpcId,
      securityGroupIds: groups.flatMap((group) => group.GroupId ?? []),
      companions: all.filter((other) => other !== id),
      // Its type is left out: what is behind it is the service itself.
      ...(status === undefined ? {} : { status }),
    },
  };
}

/** Whether everybody may do everything through the endpoint, as its policy says when nobody has written another. */
function hasDefaultPolicy({ PolicyDocument: text }: VpcEndpoint): boolean {
  const statements = statementsOf(text);
  const isAll = (value: unknown) => value === '*' || (Array.isArray(value) && value.length === 1 && value[0] === '*');
  const grants = ({ Effect, Action, Resource, Principal, ...rest }: Record<string, unknown>) =>
    Effect === 'Allow' &&
    isAll(Action) &&
    isAll(Resource) &&
    (isAll(Principal) || isAll((Principal as { AWS?: unknown } | undefined)?.AWS)) &&
    Object.keys(rest).every((key) => key === 'Sid');
  return statements.some(grants) && statements.every(({ Effect }) => Effect === 'Allow');
}

function statementsOf(text: string | undefined): readonly Record<string, unknown>[] {
  try {
    const { Statement: statement } = JSON.parse(text ?? '{}') as { Statement?: unknown };
    const list: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
    return list.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}
