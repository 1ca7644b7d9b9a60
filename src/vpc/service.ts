import type { InterfaceEnd, SubnetEnd } from './end.ts';
import type { EndpointAt } from './interface-endpoint.ts';
import { judgeInterfaceEndpoint, nameOf, teller } from './interface-endpoint.ts';
import { judgeInternet } from './internet.ts';
import { routeText, tableOfSubnet, targetOf } from './route-tables.ts';
import { endpointFix, privateNameFix } from './service-fix.ts';
import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';
import type { Reason, Status, Verdict } from './verdict.ts';

/** A regional service of AWS as a VPC reaches it. */
export type Service = {
  /** The names that interface endpoints for it have: `com.amazonaws.eu-west-1.secretsmanager`. */
  readonly endpointNames: readonly string[];
  readonly port: number;
  /** The account whose endpoints were listed: those of a VPC that another one shares are not among them. */
  readonly account?: string | undefined;
};

/**
 * Judges the way from an end to a regional service of AWS under its usual name. In a VPC with an interface endpoint whose
 * private DNS is on, that name stands for the endpoint and for nothing else, whatever else is open; in any other it stands
 * for the service's public addresses. A private hosted zone that the account made by itself is not seen: where only such a
 * zone could name an endpoint that is there, or one behind a route to elsewhere, the verdict is unknown.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
 * @param privateNames tells whether the VPC resolves private names: both of its DNS attributes are on. Asked only where
 *   there is such a name.
 */
export function judgeService(
  topology: Topology,
  from: InterfaceEnd | SubnetEnd,
  service: Service,
  privateNames: () => boolean,
): Verdict {
  const findings = new Findings();
  if (topology.vpcEndpoints === undefined) {
    findings.miss(parts.vpcEndpoints.operation, `it says whether ${from.vpcId} has an endpoint for the service`);
    return findings.verdict();
  }
  const own = topology.vpcEndpoints
    .map((endpoint, index): EndpointAt => ({ endpoint, index }))
    .filter(
      ({ endpoint }) =>
        endpoint.VpcId === from.vpcId &&
        (endpoint.VpcEndpointType ?? 'Interface') === 'Interface' &&
        service.endpointNames.includes(endpoint.ServiceName ?? ''),
    );
  const doubtful = own.filter(
    ({ endpoint }) =>
      stateOf(endpoint.State) === 'unknown' ||
      (endpoint.PrivateDnsEnabled === undefined && stateOf(endpoint.State) === 'open'),
  );
  if (doubtful.length > 0) {
    for (const at of doubtful) {
      const dns = at.endpoint.PrivateDnsEnabled === undefined ? ', and whether its private DNS is on is not known' : '';
      const text = `${nameOf(at)} is ${at.endpoint.State ?? 'in no known state'}${dns}`;
      teller(findings, at)('service-endpoint-not-available', 'unknown', text, 'State');
    }
    return findings.verdict();
  }
  const owner = (topology.vpcs ?? []).find(({ VpcId: id }) => id === from.vpcId)?.OwnerId;
  if (own.length === 0 && service.account !== undefined && owner !== undefined && owner !== service.account) {
    const text = `${from.vpcId} is shared by account ${owner}, and only that account sees its endpoints`;
    findings.add(withoutEndpoint(from, 'service-endpoint-unknown', 'unknown', text));
    return findings.verdict();
  }
  const named = servingOf(own).find(({ endpoint }) => endpoint.PrivateDnsEnabled === true);
  if (named !== undefined && privateNames()) {
    const text = `the service’s name stands for ${nameOf(named)} in ${from.vpcId}`;
    teller(findings, named)('service-endpoint', 'open', text, 'PrivateDnsEnabled');
    return joined(findings, judgeInterfaceEndpoint(topology, from, named, service.port));
  }
  return overInternet(topology, findings, from, service, own);
}

/** Those of some endpoints that carry packets. */
function servingOf(endpoints: readonly EndpointAt[]): readonly EndpointAt[] {
  return endpoints.filter(({ endpoint }) => stateOf(endpoint.State) === 'open');
}

/** The way of the public name; where it is closed, what else the name might stand for. */
function overInternet(
  topology: Topology,
  findings: Findings,
  from: InterfaceEnd | SubnetEnd,
  service: Service,
  own: readonly EndpointAt[],
): Verdict {
  const internet = judgeInternet(topology, from, service.port);
  const serving = servingOf(own);
  const named = serving.find(({ endpoint }) => endpoint.PrivateDnsEnabled === true);
  if (internet.status === 'open') {
    // With a private name that should not be resolved, both ways must be open.
    if (named !== undefined && judgeInterfaceEndpoint(topology, from, named, service.port).status !== 'open') {
      const text = `${nameOf(named)} has a private name that ${from.vpcId} should not resolve, and the way to it is not open`;
      teller(findings, named)('service-endpoint-unknown', 'unknown', text);
    }
    return joined(findings, internet);
  }
  if (internet.status === 'unknown') return joined(findings, internet);
  for (const at of own) {
    if (stateOf(at.endpoint.State) === 'closed') {
      const text = `${nameOf(at)} is ${at.endpoint.State ?? ''}`;
      teller(findings, at)('service-endpoint-not-available', 'closed', text, 'State');
    } else if (at.endpoint.PrivateDnsEnabled === true) {
      const text = `${nameOf(at)} is there, but ${from.vpcId} does not resolve private names (enableDnsHostnames is off)`;
      teller(findings, at)('service-name-public', 'closed', text, 'PrivateDnsEnabled');
    } else {
      const reached = judgeInterfaceEndpoint(topology, from, at, service.port).status !== 'closed';
      const zone = reached ? ': only a private hosted zone of your own, which is not gathered, would lead to it' : '';
      const text = `the private DNS of ${nameOf(at)} is off${zone}`;
      teller(findings, at)('service-name-public', reached ? 'unknown' : 'closed', text, 'PrivateDnsEnabled');
    }
  }
  if (own.length === 0) {
    const text = `${from.vpcId} has no endpoint for ${service.endpointNames[0] ?? 'the service'}`;
    findings.add(withoutEndpoint(from, 'service-endpoint-missing', 'closed', text));
  }
  const elsewhere = waysElsewhere(topology, from);
  for (const { text, path } of elsewhere)
    findings.add({
      what: 'service-elsewhere',
      status: 'unknown',
      direction: 'forward',
      resource: { type: 'subnet', id: from.subnetId },
      part: parts.routeTables.operation,
      path,
      text: `${text}: an endpoint or a proxy may be behind it, if a private hosted zone of your own names it, which is not gathered`,
    });
  const doubts = findings.reasons.filter(({ status }) => status === 'unknown');
  if (doubts.length > 0) {
    // The internet is closed for certain, and yet not the only way that there may be.
    const reasons = [...doubts, ...internet.reasons.filter(({ status }) => status === 'closed')];
    return { status: 'unknown', reasons };
  }
  const nameless = serving.find(({ endpoint }) => endpoint.PrivateDnsEnabled === false);
  const endpoint =
    nameless === undefined
      ? () => endpointFix(topology, from, service)
      : () => privateNameFix(topology, from, service, nameless);
  // One that has its private name, and is not resolved, needs an attribute of the VPC and no other endpoint.
  const fix = internet.fix ?? (named === undefined ? endpoint() : undefined);
  return joined(findings, internet, fix);
}

/** What is said of a VPC among whose endpoints there is none to speak of. */
function withoutEndpoint(
  { vpcId }: InterfaceEnd | SubnetEnd,
  what: Reason['what'],
  status: Status,
  text: string,
): Reason {
  return {
    what,
    status,
    direction: 'forward',
    resource: { type: 'vpc', id: vpcId },
    part: parts.vpcEndpoints.operation,
    path: [parts.vpcEndpoints.member],
    text,
  };
}

function joined(findings: Findings, verdict: Verdict, fix = verdict.fix): Verdict {
  findings.add(...verdict.reasons);
  for (const part of verdict.missing ?? []) findings.miss(part, 'it is on the way to the service');
  findings.caveats.push(...(verdict.caveats ?? []));
  return findings.verdict(fix === undefined || fix.length === 0 ? {} : { fix });
}

/**
 * What an endpoint's state means for packets; what is being made, changed or deleted may still carry some.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
 */
function stateOf(state: string | undefined): Status {
  const word = state?.toLowerCase();
  if (word === 'available') return 'open';
  return ['pendingacceptance', 'rejected', 'expired', 'failed', 'deleted'].includes(word ?? '') ? 'closed' : 'unknown';
}

/** The active routes of the end's subnet by which packets to private addresses leave the VPC, or pass a middlebox. */
function waysElsewhere(topology: Topology, { subnetId, vpcId }: InterfaceEnd | SubnetEnd) {
  const table = tableOfSubnet(topology, subnetId, vpcId);
  if (table.found === undefined) return [];
  const harmless = ['local', 'internet-gateway', 'egress-only-internet-gateway', 'nat-gateway'];
  return (table.found.Routes ?? []).flatMap((route, at) => {
    const { kind } = targetOf(route);
    // A gateway endpoint's route leads to a prefix list: the addresses of S3 or DynamoDB.
    const gatewayEndpoint = kind === 'vpc-endpoint' && route.DestinationPrefixListId !== undefined;
    if (route.State === 'blackhole' || harmless.includes(kind) || gatewayEndpoint) return [];
    return [{ text: routeText(route), path: [parts.routeTables.member, table.index, 'Routes', at] }];
  });
}
