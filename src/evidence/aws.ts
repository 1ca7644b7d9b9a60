/**
 * Gathers the AWS part of the evidence through two narrow ports. Everything of DMS is asked together, then everything of
 * EC2 together, then only what those answers name; each answer is shared by all connections. A call that is refused leaves
 * its reason in its item's place and stops nothing else.
 */
import type { Asking, AwsItem, AwsPorts } from './aws/ask.ts';
import { ask, asking } from './aws/ask.ts';
import { dmsCalls, itemOf } from './aws/calls.ts';
import { readDms, whereOf } from './aws/documents.ts';
import type { DmsDocuments } from './aws/documents.ts';
import { endsOf } from './aws/ends.ts';
import { gatherNetwork, networkItems } from './aws/network.ts';
import type { AwsConnection, AwsRequest, Selection } from './aws/select.ts';
import { select } from './aws/select.ts';

export type { AwsItem, AwsPorts } from './aws/ask.ts';
export type { AwsConnection, AwsRequest } from './aws/select.ts';

/** What gathering brings back. */
export type Gathered = {
  /** Each answer by its name in a bundle (`aws/describe-….json`), or why it could not be had; secrets are taken out. */
  readonly items: Map<string, AwsItem>;
  /** Which of the accounts has the connections, and the network of each other one; where several were asked. */
  readonly home?: number;
  readonly networks?: ReadonlyMap<number, ReadonlyMap<string, AwsItem>>;
  /** The account and Region that answered, as DMS's ARNs name them; undefined where no ARN came. */
  readonly account?: string;
  readonly region?: string;
  /** The connections to judge: one, or with `all` every one; none where DMS kept back what would name them. */
  readonly connections: readonly AwsConnection[];
  /** The connections among which the user must choose; EC2 was not asked then. */
  readonly choices?: readonly AwsConnection[];
  /** Why nothing was found by what was asked for: a name that does not exist, no connection at all, no credentials. */
  readonly problem?: string;
  /** The problem is that AWS has no credentials or no Region to be asked with. */
  readonly noCredentials?: true;
};

/**
 * Asks AWS everything that the probes may want to know of a connection, or of all.
 *
 * @returns never rejects, whatever the ports do
 */
export async function gatherAws(request: AwsRequest, ports: AwsPorts): Promise<Gathered> {
  return gatherAccounts(request, [ports]);
}

/**
 * The same of several accounts: the first in which DMS has what was asked for is the connections' home, of the others only
 * the network is looked at.
 *
 * @param defined told what DMS defines as soon as that is known: the network is asked after it
 * @returns never rejects, whatever the ports do
 */
export async function gatherAccounts(
  request: AwsRequest,
  accounts: readonly AwsPorts[],
  defined?: (known: Pick<Gathered, 'items' | 'connections'>) => void,
): Promise<Gathered> {
  const running = accounts.map(asking);
  const asked = await Promise.all(running.map((ports) => askDms(request, ports)));
  const [withConnections, withChoices] = [hasConnections, hasChoices].map((has) => asked.findIndex(has)) as [
    number,
    number,
  ];
  const home = Math.max(0, withConnections === -1 ? withChoices : withConnections);
  const [own, ports] = [asked[home], running[home]];
  if (own === undefined || ports === undefined) return { items: new Map(), connections: [], problem: 'no account' };
  const { items, documents, selection } = own;
  const where = { ...whereOf(documents), ...(accounts.length > 1 ? { home } : {}) };
  if ('choices' in selection) return { items, ...where, connections: [], choices: selection.choices };
  if ('problem' in selection) {
    const { problem } = selection;
    return { items, ...where, connections: [], problem, ...(own.noCredentials ? { noCredentials: true } : {}) };
  }
  const { connections } = selection;
  defined?.({ items, connections });
  const ends = await endsOf(connections, request, documents, ports);
  const networks = await Promise.all(running.map((one) => gatherNetwork(one, ends)));
  for (const [name, item] of networks[home] ?? []) items.set(name, item);
  if (ends.names.size > 0) items.set('here/dns.json', { text: namesText(ends.names), at: ports.now() });
  const others = new Map([...networks.entries()].filter(([index]) => index !== home));
  return { items, ...where, connections, ...(others.size === 0 ? {} : { networks: others }) };
}

type Asked = {
  readonly items: Map<string, AwsItem>;
  readonly documents: DmsDocuments;
  readonly selection: Selection;
  readonly noCredentials: boolean;
};

/** Everything of DMS, and which connection is meant. */
async function askDms(request: AwsRequest, ports: Asking): Promise<Asked> {
  const items = new Map<string, AwsItem>();
  const answers = await Promise.all(dmsCalls.map((call) => ask(ports, call, [{}])));
  for (const [index, call] of dmsCalls.entries()) {
    const answer = answers[index];
    if (answer !== undefined) items.set(itemOf(call), answer.item);
  }
  const documents = readDms(items);
  const refusals = answers.map((answer) => ('refusal' in answer ? answer.refusal : undefined));
  const [first] = refusals;
  if (first !== undefined && refusals.every((refusal) => refusal?.kind === 'credentials')) {
    // Without credentials EC2 would say the same, and finding that out can take long.
    for (const name of networkItems) items.set(name, { error: first.error, at: ports.now() });
    return { items, documents, selection: { problem: first.words }, noCredentials: true };
  }
  return { items, documents, selection: select(request, documents), noCredentials: false };
}

function hasConnections({ selection }: Asked): boolean {
  return 'connections' in selection && selection.connections.length > 0;
}

function hasChoices({ selection }: Asked): boolean {
  return 'choices' in selection;
}

function namesText(names: ReadonlyMap<string, readonly string[]>): string {
  return `${JSON.stringify(Object.fromEntries(names), null, 4)}\n`;
}
