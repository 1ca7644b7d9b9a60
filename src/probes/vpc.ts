import { isAddress } from '../address.ts';
import type { ItemName } from '../evidence/items.ts';
import type { EvidenceLine, Fix, Patch } from '../finding.ts';
import type { End, NotLocated, Topology, Verdict } from '../vpc/index.ts';
import { locate, locateFrom, parts, readTopology } from '../vpc/index.ts';
import type { Draft, Probe, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { command } from './wording.ts';

/** The Describe* answers that the three layers of the VPC read; each reads only what its way leads through. */
const needs = [
  'aws/describe-network-interfaces.json',
  'aws/describe-security-groups.json',
  'aws/describe-network-acls.json',
  'aws/describe-route-tables.json',
  'aws/describe-subnets.json',
  'aws/describe-vpcs.json',
  'aws/describe-vpc-peering-connections.json',
  'aws/describe-nat-gateways.json',
  'aws/describe-internet-gateways.json',
  'aws/describe-prefix-lists.json',
  'aws/describe-transit-gateways.json',
  'aws/describe-transit-gateway-attachments.json',
  'aws/describe-transit-gateway-vpc-attachments.json',
  'aws/describe-vpn-connections.json',
] as const satisfies ItemName[];
type Item = (typeof needs)[number];
type VpcReader = Reader<Item, never>;

/** DMS uses this network inside a replication instance: packets to it never leave the instance (DMS user guide). */
const reservedByDms = ['192.168.0.0/24'];

type Judge = (topology: Topology, from: End, to: End, port: number) => Verdict;
type Codes =
  | { layer: 'route'; open: 'RTE001'; closed: 'RTE002'; unknown: 'RTE003' }
  | { layer: 'security-group'; open: 'SG001'; closed: 'SG002'; unknown: 'SG003' }
  | { layer: 'network-acl'; open: 'ACL001'; closed: 'ACL002'; unknown: 'ACL003' };

/** A layer of the VPC, judged for each address that the connection may come from. */
export function vpcProbe(codes: Codes, judge: Judge): Probe {
  return probe({
    layer: codes.layer,
    needs,
    *judge(e) {
      const host = e.fact('host');
      const port = e.fact('port');
      const absent = new Set<Item>();
      const topology = lazyTopology(e, absent);
      for (const address of e.fact('from')) {
        for (const draft of ofAddress(e, codes, judge, topology, address, host, port)) {
          // What the engine asked for and did not get is the reason of an unknown: named before any other words.
          if (draft.code === codes.unknown) for (const item of absent) e.need(item);
          yield draft;
        }
      }
    },
  });
}

function* ofAddress(
  e: VpcReader,
  codes: Codes,
  judge: Judge,
  topology: Topology,
  from: string,
  to: string,
  port: number,
): Generator<Draft> {
  const connection = { from, to, port };
  const unknown = (why: string): Draft => ({
    code: codes.unknown,
    args: { ...connection, why },
    evidence: [{ source: 'flow', line: null, text: `${from} to ${to}:${port}`, vantage: 'configuration' }],
    subject: from,
  });
  if (!isAddress(from)) return yield unknown(`${from} is a network: which interface it is cannot be told`);
  if (!isAddress(to)) return yield unknown(`${to} is a name, and its address for DMS was not seen`);
  const source = ended(e, locate(topology, from));
  if (source.kind === 'unknown') return yield unknown(source.detail);
  const target = ended(e, locateFrom(topology, source, to));
  if (target.kind === 'unknown') return yield unknown(target.detail);
  const sender = source.kind === 'outside' ? source : { ...source, keeps: reservedByDms };
  const verdict = judge(topology, sender, target, port);
  needMissing(e, verdict.missing ?? []);
  const deciding = verdict.reasons.filter(({ status }) => status === verdict.status);
  const [first = { source: 'flow', line: null, text: `${from} to ${to}`, vantage: 'configuration' as const }, ...rest] =
    (deciding.length > 0 ? deciding : verdict.reasons).map(line);
  const texts =
    codes.layer === 'network-acl' && verdict.status === 'open'
      ? passages(deciding)
      : [...new Set(deciding.map(({ text }) => text))];
  const shared = { evidence: [first, ...rest] as const, subject: from, caveats: verdict.caveats ?? [] };
  if (verdict.status === 'open') yield { code: codes.open, args: { ...connection, how: texts.join('; ') }, ...shared };
  else if (verdict.status === 'unknown')
    yield { code: codes.unknown, args: { ...connection, why: texts.join('; ') }, ...shared };
  else
    yield {
      code: codes.closed,
      args: { ...connection, why: texts.join('; ') },
      ...shared,
      ...fixOf(verdict, codes.layer),
    };
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

/** Ends the probe where the place of an address depends on an answer that was not gathered. */
function ended(e: VpcReader, end: End | NotLocated): End | NotLocated {
  if (end.kind === 'unknown') needMissing(e, end.missing ?? []);
  return end;
}

function needMissing(e: VpcReader, operations: readonly string[]): void {
  for (const operation of operations) {
    const item = needs.find((name) => name === `aws/${operation}.json`);
    if (item !== undefined) e.need(item);
  }
}

function line({ part, text }: { part: string; text: string }): EvidenceLine {
  return { source: `aws/${part}.json`, line: null, text, vantage: 'configuration' };
}

function fixOf(verdict: Verdict, layer: string): { fix?: Fix } {
  if (verdict.fix === undefined) return {};
  return {
    fix: {
      steps: verdict.fix.map(({ command: run, undo, risk, instead }) => ({
        where: 'AWS',
        run,
        effect: 'none',
        risk,
        ...(instead === undefined ? {} : { instead }),
        undo: command(undo),
        verify: `\`dms-doctor check --only ${layer}\`, then DMS’s own connection test`,
      })),
      patches: verdict.fix.map(({ patch: { part, ...edit } }): Patch => ({ item: `aws/${part}.json`, ...edit })),
    },
  };
}

type ListPart = keyof typeof parts;

/**
 * A topology whose parts are read when the engine asks for them, so that a layer does not depend on an answer that its
 * judgement never looks at.
 */
function lazyTopology(e: VpcReader, absent: Set<Item>): Topology {
  const topology = {};
  for (const [name, { operation, member }] of Object.entries(parts)) {
    const item = needs.find((known) => known === `aws/${operation}.json`);
    if (item === undefined) continue;
    Object.defineProperty(topology, name, {
      enumerable: true,
      get: () => {
        const part = readPart(e, item, name as ListPart, operation, member);
        if (part === undefined) absent.add(item);
        return part;
      },
    });
  }
  return topology;
}

function readPart(e: VpcReader, item: Item, name: ListPart, operation: string, member: string) {
  return e.once(`vpc ${item} ${e.simulated}`, () => {
    const entries = e.maybe(item);
    if (entries === undefined) return undefined;
    const { topology, damaged } = readTopology({ [operation]: { [member]: entries } });
    const [first] = damaged;
    return first === undefined ? topology[name] : e.notUnderstood(item, first.detail);
  });
}
