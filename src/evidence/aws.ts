/**
 * Gathers the AWS part of the evidence through two narrow ports. Everything of DMS is asked together, then everything of
 * EC2 together, then only what those answers name; each answer is shared by all connections. A call that is refused leaves
 * its reason in its item's place and stops nothing else.
 */
import type { AwsItem, AwsPorts } from './aws/ask.ts';
import { ask, asking } from './aws/ask.ts';
import { dmsCalls, itemOf } from './aws/calls.ts';
import { readDms, whereOf } from './aws/documents.ts';
import { endsOf } from './aws/ends.ts';
import { gatherNetwork, networkItems } from './aws/network.ts';
import type { AwsConnection, AwsRequest } from './aws/select.ts';
import { select } from './aws/select.ts';

export type { AwsItem, AwsPorts } from './aws/ask.ts';
export type { AwsConnection, AwsRequest } from './aws/select.ts';

/** What gathering brings back. */
export type Gathered = {
  /** Each answer by its name in a bundle (`aws/describe-….json`), or why it could not be had; secrets are taken out. */
  readonly items: Map<string, AwsItem>;
  /** The account and Region that answered, as DMS's ARNs name them; undefined where no ARN came. */
  readonly account?: string;
  readonly region?: string;
  /** The connections to judge: one, or with `all` every one; none where DMS kept back what would name them. */
  readonly connections: readonly AwsConnection[];
  /** The connections among which the user must choose; EC2 was not asked then. */
  readonly choices?: readonly AwsConnection[];
  /** Why nothing was found by what was asked for: a name that does not exist, no connection at all, no credentials. */
  readonly problem?: string;
};

/**
 * Asks AWS everything that the probes may want to know of a connection, or of all.
 *
 * @returns never rejects, whatever the ports do
 */
export async function gatherAws(request: AwsRequest, ports: AwsPorts): Promise<Gathered> {
  const items = new Map<string, AwsItem>();
  const running = asking(ports);
  const answers = await Promise.all(dmsCalls.map((call) => ask(running, call, [{}])));
  for (const [index, call] of dmsCalls.entries()) {
    const answer = answers[index];
    if (answer !== undefined) items.set(itemOf(call), answer.item);
  }
  const refusals = answers.map((answer) => ('refusal' in answer ? answer.refusal : undefined));
  const [first] = refusals;
  if (first !== undefined && refusals.every((refusal) => refusal?.kind === 'credentials')) {
    // Without credentials EC2 would say the same, and finding that out can take long.
    for (const name of networkItems) items.set(name, { error: first.error, at: ports.now() });
    return { items, connections: [], problem: first.words };
  }
  const documents = readDms(items);
  const where = whereOf(documents);
  const selection = select(request, documents);
  if ('choices' in selection) return { items, ...where, connections: [], choices: selection.choices };
  if ('problem' in selection) return { items, ...where, connections: [], problem: selection.problem };
  const { connections } = selection;
  const ends = await endsOf(connections, request, documents, running);
  for (const [name, item] of await gatherNetwork(running, ends)) items.set(name, item);
  return { items, ...where, connections };
}
