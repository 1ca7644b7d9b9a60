import { isAddress } from '../address.ts';
import { endsOf, seenFrom } from '../evidence/network/senders.ts';
import type { From, Sender } from '../evidence/network/senders.ts';
import type { EvidenceLine } from '../finding.ts';
import type { End, NotLocated, SubnetEnd, Topology, Verdict } from '../vpc/index.ts';
import { judgeBlock, locate, locateFrom, textHolds } from '../vpc/index.ts';
import { laterCaveat } from './after-replacement.ts';
import { addressOfHost, connectionSharpens, sendersIn } from './host-address.ts';
import type { ConnectionReader } from './host-address.ts';
import type { Draft, Probe } from './probe.ts';
import { probe } from './probe.ts';
import { vpcFix } from './vpc-fix.ts';
import { networkNeeds, networkOf } from './vpc-topology.ts';
import type { Network, NetworkReader } from './vpc-topology.ts';

type VpcReader = NetworkReader & ConnectionReader;
type Judge = (topology: Topology, from: End, to: End, port: number) => Verdict;
type Codes =
  | { layer: 'route'; open: 'RTE001'; closed: 'RTE002'; unknown: 'RTE003' }
  | { layer: 'security-group'; open: 'SG001'; closed: 'SG002'; unknown: 'SG003' }
  | { layer: 'network-acl'; open: 'ACL001'; closed: 'ACL002'; unknown: 'ACL003' };

/** Everything that one layer's judgement of one flow rests on. */
type Flowing = {
  readonly e: VpcReader;
  readonly codes: Codes;
  readonly judge: Judge;
  readonly network: Network;
  /** The source's address, and what qualifies it. */
  readonly to: string;
  readonly port: number;
  readonly caveats: readonly string[];
};

/** A layer of the VPC, judged for each place that the connection may come from. */
export function vpcProbe(codes: Codes, judge: Judge): Probe {
  return probe({
    layer: codes.layer,
    needs: networkNeeds,
    sharpens: connectionSharpens,
    *judge(e) {
      const host = e.fact('host');
      const port = e.fact('port');
      const network = networkOf(e);
      const senders = sendersIn(e);
      const to = addressOfHost(e, network.topology, senders);
      const caveats =
        to?.how === 'here'
          ? [`${host} has the address ${to.address} as seen from here; DMS’s resolver may answer otherwise.`]
          : [];
      const flowing = { e, codes, judge, network, to: to?.address ?? host, port, caveats };
      for (const draft of draftsOf(flowing, senders)) {
        if (draft.code === codes.unknown) network.needAbsent();
        yield draft;
      }
    },
  });
}

/**
 * Judged from where DMS sends, which is inside its VPC whatever address the source sees; and from what was given where that
 * is another one.
 */
function* draftsOf(flowing: Flowing, senders: readonly Sender[]): Generator<Draft> {
  const { e, codes, network, to } = flowing;
  const { topology } = network;
  if (!isAddress(to)) {
    for (const from of e.fact('from'))
      yield unknownOf(flowing, from, `${to} is a name, and its address for DMS was not seen`);
    return;
  }
  const six = to.includes(':');
  const ends = senders.flatMap((sender) => endsOf(topology, sender, six));
  const own = ends.map(({ shown }) => shown);
  const given = e.flow.from;
  const seen = senders.length === 0 ? undefined : seenFrom(topology, senders, to);
  const isTheirs = given.every((one) => own.includes(one) || seen?.addresses.includes(one) === true);
  if (ends.length === 0 || !isTheirs) {
    for (const from of e.fact('from')) yield* ofEnd(flowing, givenEnd(flowing, from));
  } else {
    const later = codes.layer === 'security-group' && !e.simulated ? afterReplacement(flowing, senders, ends) : [];
    for (const from of ends)
      for (const draft of ofEnd(flowing, from))
        yield draft.code === codes.open ? { ...draft, caveats: [...(draft.caveats ?? []), ...later] } : draft;
  }
  if (codes.layer === 'route' && seen?.certain === true && !e.simulated) {
    const others = seen.addresses.filter((one) => !given.some((known) => known === one || textHolds(known, one)));
    if (others.length > 0)
      yield {
        code: 'RTE004',
        args: { seen: seen.addresses.join(', '), judged: given.join(', ') },
        evidence: [{ source: 'flow', line: null, text: `from ${given.join(', ')}`, vantage: 'configuration' }],
      };
  }
}

/**
 * What the groups would say of an instance that was replaced: it may then have any address of its group's subnets.
 *
 * @returns a caveat where some of these would not be admitted
 */
function afterReplacement(
  { network, judge, to, port }: Flowing,
  senders: readonly Sender[],
  ends: readonly From[],
): string[] {
  const blocks = senders.flatMap((sender) => {
    const own = ends.find((end) => sender.kind === 'node' && end.shown === sender.address);
    const groups =
      own !== undefined && 'end' in own && own.end.kind === 'interface' ? own.end.securityGroupIds : undefined;
    if (sender.kind !== 'node' || sender.vpcId === undefined || groups === undefined) return [];
    const { vpcId } = sender;
    return sender.subnetIds.flatMap((subnetId) =>
      endsOf(network.topology, { kind: 'subnet', subnetId, vpcId, groups }, to.includes(':')),
    );
  });
  const closed = blocks.flatMap((from) => {
    if (!('end' in from) || from.end.kind !== 'subnet' || from.end.block === undefined) return [];
    const target = locateFrom(network.topology, from.end, to);
    if (target.kind === 'unknown') return [];
    const { status } = judgeBlock(network.topology, { ...from.end, block: from.end.block }, (one: SubnetEnd) =>
      judge(network.topology, one, target, port),
    );
    return status === 'closed' ? [from.shown] : [];
  });
  return closed.length === 0 ? [] : [laterCaveat([...new Set(closed)])];
}

function givenEnd({ network }: Flowing, from: string): From {
  const lost = (detail: string): From => ({ shown: from, lost: { kind: 'unknown', address: from, detail } });
  if (!isAddress(from)) return lost(`${from} is a network: which interface it is cannot be told`);
  const found = locate(network.topology, from);
  return found.kind === 'unknown' ? { shown: from, lost: found } : { shown: from, end: found };
}

function unknownOf({ codes, to, port, caveats }: Flowing, from: string, why: string): Draft {
  const connection = { from, to, port };
  return {
    code: codes.unknown,
    args: { ...connection, why },
    evidence: [{ source: 'flow', line: null, text: `${from} to ${to}:${port}`, vantage: 'configuration' }],
    subject: from,
    caveats,
  };
}

function* ofEnd(flowing: Flowing, from: From): Generator<Draft> {
  const { network, judge, to, port } = flowing;
  if ('lost' in from) return yield unknownOf(flowing, from.shown, ended(network, from.lost));
  const target = locateFrom(network.topology, from.end, to);
  if (target.kind === 'unknown') return yield unknownOf(flowing, from.shown, ended(network, target));
  const { end } = from;
  if (end.kind !== 'subnet' || end.block === undefined)
    return yield* ofVerdict(flowing, from.shown, judge(network.topology, end, target, port));
  const whole = judgeBlock(network.topology, { ...end, block: end.block }, (one: SubnetEnd) =>
    judge(network.topology, one, target, port),
  );
  const [only, ...more] = whole.parts;
  if (only === undefined) return yield unknownOf(flowing, from.shown, `${end.block} is split by too many rules`);
  for (const part of whole.parts)
    yield* ofVerdict(flowing, more.length === 0 ? from.shown : `${part.first} to ${part.last}`, part.verdict);
}

function ended(network: Network, end: NotLocated): string {
  network.needMissing(end.missing ?? []);
  return end.detail;
}

function* ofVerdict({ codes, network, to, port, caveats }: Flowing, from: string, verdict: Verdict): Generator<Draft> {
  network.needMissing(verdict.missing ?? []);
  const connection = { from, to, port };
  const deciding = verdict.reasons.filter(({ status }) => status === verdict.status);
  const [first = { source: 'flow', line: null, text: `${from} to ${to}`, vantage: 'configuration' as const }, ...rest] =
    (deciding.length > 0 ? deciding : verdict.reasons).map((reason) => line(network, reason));
  const texts =
    codes.layer === 'network-acl' && verdict.status === 'open'
      ? passages(deciding)
      : [...new Set(deciding.map(({ text }) => text))];
  const shared = {
    evidence: [first, ...rest] as const,
    subject: from,
    caveats: [...caveats, ...(verdict.caveats ?? [])],
  };
  if (verdict.status === 'open') yield { code: codes.open, args: { ...connection, how: texts.join('; ') }, ...shared };
  else if (verdict.status === 'unknown')
    yield { code: codes.unknown, args: { ...connection, why: texts.join('; ') }, ...shared };
  else {
    const fix = vpcFix(network, verdict, codes.layer);
    const args = { ...connection, why: texts.join('; ') };
    yield { code: codes.closed, args, ...shared, ...(fix === undefined ? {} : { fix }) };
  }
}

/** A network ACL is asked at each border of a subnet, there and back: an entry that admits all of them is named once. */
function passages(reasons: Verdict['reasons']): string[] {
  const entries = new Map<string, number>();
  for (const { resource, text } of reasons) {
    const entry = `${resource.id}: ${text.slice(text.lastIndexOf(': ') + 2)}`;
    entries.set(entry, (entries.get(entry) ?? 0) + 1);
  }
  return [...entries].map(([entry, count]) => (count === 1 ? entry : `${entry} (${count} passages, there and back)`));
}

function line({ placeOf }: Network, { part, path, text }: Verdict['reasons'][number]): EvidenceLine {
  return { source: placeOf(part, path).item, line: null, text, vantage: 'configuration' };
}
