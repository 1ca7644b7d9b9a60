import * as v from 'valibot';
import type { Absence, Item as EvidenceItem } from '../evidence/item.ts';
import { isItem, NotUnderstood } from '../evidence/item.ts';
import type { ItemName } from '../evidence/items.ts';
import { awsName } from '../evidence/network/topology.ts';
import { entriesOf } from '../evidence/parse/aws.ts';
import { json } from '../evidence/parse/json.ts';
import type { Merged, Topology } from '../vpc/index.ts';
import { entriesOperation, mergeTopologies, parts, readTopology, transitRoutesOperation } from '../vpc/index.ts';
import type { Reader } from './probe.ts';

/** The Describe* answers that the layers of the VPC read; each reads only what its way leads through. */
export const networkNeeds = [
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
  'aws/describe-vpc-endpoints.json',
] as const satisfies ItemName[];

/** A reader of the network's answers. */
export type NetworkReader = Reader<(typeof networkNeeds)[number], never>;

type ListPart = keyof typeof parts;

/** The network of every account that was gathered, read when the engine asks for it. */
export type Network = {
  readonly topology: Topology;
  /** Ends the probe where one of the answers that were asked for was not had: that is why something is unknown. */
  readonly needAbsent: () => void;
  /** Ends the probe where an operation's answer was not had. */
  readonly needMissing: (operations: readonly string[]) => void;
  /** The item, and the path in it, that a part's path leads to. */
  readonly placeOf: (part: string, path: readonly (string | number)[]) => Place;
};

type Place = { readonly item: string; readonly path: readonly (string | number)[] };

/**
 * A topology whose parts are read when the engine asks for them, so that a layer does not depend on an answer that its
 * judgement never looks at.
 */
export function networkOf(e: NetworkReader): Network {
  const absent = new Set<string>();
  const origins = new Map<string, { items: readonly string[]; merged: Merged }>();
  const topology = {};
  const define = (name: string, get: () => unknown) => Object.defineProperty(topology, name, { enumerable: true, get });
  for (const [name, { operation }] of Object.entries(parts) as [ListPart, (typeof parts)[ListPart]][])
    define(name, () => {
      const { items, missing, merged } = e.once(`vpc ${operation} ${e.simulated}`, () => listPart(e, name));
      for (const item of missing) absent.add(item);
      origins.set(operation, { items, merged });
      return merged.topology[name];
    });
  define('prefixListEntries', () => byArgument(e, entriesOperation).topology.prefixListEntries);
  define('transitGatewayRoutes', () => byArgument(e, transitRoutesOperation).topology.transitGatewayRoutes);
  return {
    topology,
    needAbsent: () => {
      for (const item of absent) lack(e, item);
    },
    needMissing: (operations) => {
      for (const operation of operations) lack(e, `aws/${operation}.json`);
    },
    placeOf: (part, path) => {
      const known = origins.get(part);
      const origin = known?.merged.originOf(part, path);
      const item = known?.items[origin?.source ?? 0] ?? argumentItem(e, part);
      return { item, path: origin?.path ?? path };
    },
  };
}

function lack(e: NetworkReader, item: string): void {
  const own = networkNeeds.find((name) => name === item);
  if (own !== undefined) e.need(own);
  else if (!isItem(e.file(item as `aws/${string}`))) e.lacks(item as `aws/${string}`);
}

/** One list of every account; the connection's own comes first. */
function listPart(e: NetworkReader, name: ListPart) {
  const { operation, member } = parts[name];
  const own = networkNeeds.find((item) => item === `aws/${operation}.json`);
  const others = [...e.names()].filter((item) => {
    const answer = awsName(item);
    return answer !== undefined && answer.account !== '' && answer.operation === operation;
  });
  const entries = own === undefined ? undefined : e.maybe(own);
  const found = [
    { item: `aws/${operation}.json`, part: entries === undefined ? undefined : read(e, operation, member, entries) },
    ...others.map((item) => {
      const answer = e.file(item as `aws/${string}`);
      return {
        item,
        part: isItem(answer) ? read(e, operation, member, understood(e, item, answer, entriesOf(member))) : undefined,
      };
    }),
  ];
  const had = found.filter(({ part }) => part !== undefined);
  const topologies = had.flatMap(({ part }): Topology[] => (part === undefined ? [] : [part]));
  return {
    items: had.map(({ item }) => item),
    missing: found.filter(({ part }) => part === undefined).map(({ item }) => item),
    merged: mergeTopologies(topologies),
  };
}

const topologies = new WeakMap<object, Topology>();

function read(e: NetworkReader, operation: string, member: string, entries: readonly unknown[]): Topology {
  const known = topologies.get(entries);
  if (known !== undefined) return known;
  const { topology, damaged } = readTopology({ [operation]: { [member]: entries } });
  const [first] = damaged;
  const item = networkNeeds.find((name) => name === `aws/${operation}.json`);
  if (first !== undefined && item !== undefined) e.notUnderstood(item, first.detail);
  topologies.set(entries, topology);
  return topology;
}

function understood<T>(e: NetworkReader, name: string, item: EvidenceItem, parse: (text: string) => T): T {
  try {
    return parse(item.text);
  } catch (error) {
    if (error instanceof NotUnderstood) return e.lacks(name as `aws/${string}`);
    throw error;
  }
}

const anyDocument = json(v.looseObject({}));

/** The answers of an operation that is asked about one thing at a time. */
function byArgument(e: NetworkReader, operation: string): { topology: Topology } {
  return e.once(`vpc ${operation} ${e.simulated}`, () => {
    const documents: Record<string, unknown> = {};
    for (const item of e.names()) {
      const answer = awsName(item);
      if (answer?.operation.startsWith(`${operation}--`) !== true) continue;
      const entry: EvidenceItem | Absence = e.file(item as `aws/${string}`);
      if (isItem(entry)) documents[answer.operation] = understood(e, item, entry, anyDocument);
    }
    return readTopology(documents);
  });
}

/** The item of an answer about one thing, in whichever account it was gathered. */
function argumentItem(e: NetworkReader, part: string): string {
  return [...e.names()].find((item) => awsName(item)?.operation === part) ?? `aws/${part}.json`;
}
