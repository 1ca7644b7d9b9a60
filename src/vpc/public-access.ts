import type { Place } from './passage.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Findings, Reason } from './verdict.ts';

/**
 * Judges VPC Block Public Access where a subnet meets the internet. Each subnet says what holds for it, exclusions
 * included. `block-ingress` leaves open what a NAT or egress-only internet gateway carries, and nothing else.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_BlockPublicAccessStates.html
 * @param through what carries the packets from this subnet; `nat-gateway` is one in this subnet. What AWS does to a
 * subnet
 *   that is blocked both ways and uses a NAT gateway of one that is not is not documented, and so unknown.
 */
export function judgePublicAccess(
  topology: Topology,
  findings: Findings,
  direction: Reason['direction'],
  { subnetId }: Pick<Place, 'subnetId'>,
  through: 'internet-gateway' | 'egress-only-internet-gateway' | 'nat-gateway' | 'nat-gateway-elsewhere',
): void {
  const subnet = find(topology, 'subnets', (candidate) => candidate.SubnetId === subnetId);
  if (subnet.found === undefined && 'missing' in subnet) {
    findings.miss(subnet.missing, `it says whether ${subnetId} may meet the internet`, direction);
    return;
  }
  const mode = subnet.found?.BlockPublicAccessStates?.InternetGatewayBlockMode;
  const outgoingOnly = through !== 'internet-gateway';
  if (mode === 'off' || (mode === 'block-ingress' && outgoingOnly)) return;
  const known = (mode === 'block-ingress' || mode === 'block-bidirectional') && through !== 'nat-gateway-elsewhere';
  findings.add({
    what: known ? 'public-access-blocked' : 'public-access-unknown',
    status: known ? 'closed' : 'unknown',
    direction,
    resource: { type: 'subnet', id: subnetId },
    part: parts.subnets.operation,
    path: subnet.found === undefined ? [] : [parts.subnets.member, subnet.index, 'BlockPublicAccessStates'],
    text: known
      ? `VPC Block Public Access of ${subnetId} is ${mode}`
      : `what VPC Block Public Access does to ${subnetId} is not known`,
  });
}
