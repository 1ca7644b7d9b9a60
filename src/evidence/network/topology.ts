import type { Merged } from '../../vpc/index.ts';
import { mergeTopologies, readTopology } from '../../vpc/index.ts';
import type { Absence, Item } from '../item.ts';
import { isItem } from '../item.ts';

/** An answer of AWS among the items of a bundle: of which account and Region, and of which operation (with its argument). */
export type AwsName = { readonly account: string; readonly operation: string };

/**
 * Reads an item's name as that of an answer of AWS. Those of the connection's own account stand right below `aws/`, those
 * of others below `aws/ACCOUNT/REGION/`.
 *
 * @returns `account` as `ACCOUNT/REGION/`, or empty for the own one; undefined where it is no such name
 */
export function awsName(item: string): AwsName | undefined {
  const [, account = '', operation] = /^aws\/((?:[^/]+\/){2})?([\w.-]+)\.json$/.exec(item) ?? [];
  return operation === undefined ? undefined : { account, operation };
}

const merged = new WeakMap<object, Merged['topology']>();

/** The networks of all accounts as one topology; a part that cannot be read is missing, and the probes say of it why. */
export function networkIn(items: ReadonlyMap<string, Item | Absence>): Merged['topology'] {
  const known = merged.get(items);
  if (known !== undefined) return known;
  const accounts = new Map<string, Record<string, unknown>>();
  for (const [name, entry] of items) {
    const answer = awsName(name);
    if (answer === undefined || !isItem(entry)) continue;
    const documents = accounts.get(answer.account) ?? {};
    accounts.set(answer.account, documents);
    try {
      documents[answer.operation] = JSON.parse(entry.text) as unknown;
    } catch {
      // Left out: the probe that needs it says that it is not understood.
    }
  }
  const own = accounts.get('') ?? {};
  const others = [...accounts].filter(([account]) => account !== '').map(([, documents]) => documents);
  const { topology } = mergeTopologies([own, ...others].map((documents) => readTopology(documents).topology));
  merged.set(items, topology);
  return topology;
}
