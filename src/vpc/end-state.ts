import { parseAddress, textHolds } from './address.ts';
import { ownAddress } from './end.ts';
import type { End } from './end.ts';
import { find, parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Reason } from './verdict.ts';

/** Interface types behind which a machine itself sends and receives. */
const hostTypes: readonly string[] = ['interface', 'efa', 'efa-only', 'trunk', 'branch'];

/** EC2's words for an interface that something uses. */
const attached: readonly string[] = ['in-use', 'associated'];

/** What is wrong with an end itself, or with the pair: reasons that no route, group or ACL changes. */
export function judgeEnds(topology: Topology, from: End, to: End): readonly Reason[] {
  const reasons = [from, to].flatMap((end) => judgeEnd(topology, end));
  const tell = (what: Reason['what'], status: Reason['status'], text: string) =>
    reasons.push(endReason(topology, what, status, from, text));
  const [own, other] = [parseAddress(ownAddress(from)), parseAddress(to.address)];
  if (own !== undefined && other !== undefined && own.family !== other.family) {
    tell('families-differ', 'unknown', `${ownAddress(from)} and ${to.address} are not of one IP version`);
  }
  const kept = from.kind === 'outside' ? undefined : (from.keeps ?? []).find((text) => textHolds(text, to.address));
  if (kept !== undefined) {
    const text = `${ownAddress(from)} keeps ${kept} to itself: packets to ${to.address} never leave it`;
    tell('address-kept-by-sender', 'closed', text);
  }
  return reasons;
}

function judgeEnd(topology: Topology, end: End): Reason[] {
  const tell = (what: Reason['what'], status: Reason['status'], text: string) => [
    endReason(topology, what, status, end, text),
  ];
  if (parseAddress(end.address) === undefined)
    return tell('end-unknown', 'unknown', `${end.address} is not an IP address`);
  if (end.kind !== 'interface') return [];
  if (end.status !== undefined && !attached.includes(end.status)) {
    const status = end.status === 'available' ? 'closed' : 'unknown';
    return tell('interface-detached', status, `${end.interfaceId} is ${end.status}: no machine is behind it`);
  }
  if (end.interfaceType === undefined || hostTypes.includes(end.interfaceType)) return [];
  const text = `${end.interfaceId} is a ${end.interfaceType}: what is behind it is not judged yet`;
  return tell('interface-not-modelled', 'unknown', text);
}

/** A reason about an end, with its interface where that is known. */
export function endReason(
  topology: Topology,
  what: Reason['what'],
  status: Reason['status'],
  end: End,
  text: string,
): Reason {
  const interfaceId = end.kind === 'interface' ? end.interfaceId : undefined;
  const at = find(topology, 'networkInterfaces', (one) => one.NetworkInterfaceId === interfaceId);
  return {
    what,
    status,
    direction: 'forward',
    resource:
      interfaceId === undefined ? { type: 'address', id: end.address } : { type: 'network-interface', id: interfaceId },
    part: parts.networkInterfaces.operation,
    path: interfaceId === undefined || at.found === undefined ? [] : [parts.networkInterfaces.member, at.index],
    text,
  };
}
