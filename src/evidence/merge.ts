import { emptyFlow, overlay } from '../flow.ts';
import type { Bundle } from './bundle.ts';
import { isItem } from './item.ts';
import { BundleError } from './manifest.ts';

/**
 * Lays several bundles together: each brings its own items. Two bundles that both hold an item would be two states of one
 * host, or two hosts, and are refused.
 *
 * @param names how the bundles are called in messages
 * @throws BundleError where two bundles hold the same item with different contents
 */
export function mergeBundles(bundles: readonly Bundle[], names: readonly string[]): Bundle {
  const items: Bundle['items'] = new Map();
  const from = new Map<string, string>();
  for (const [index, bundle] of bundles.entries()) {
    for (const [name, entry] of bundle.items) {
      const known = items.get(name);
      if (known !== undefined && isItem(known) && isItem(entry) && known.text !== entry.text)
        throw new BundleError(
          `${from.get(name)} and ${names[index]} both hold ${name}, and differ; judge them one by one`,
        );
      if (known !== undefined && (isItem(known) || !isItem(entry))) continue;
      items.set(name, entry);
      from.set(name, names[index] ?? '');
    }
  }
  return {
    items,
    flow: overlay(emptyFlow, ...bundles.map(({ flow }) => flow)),
    // The oldest date stands for all: no part of the evidence is then taken for newer than it is.
    collectedAt: bundles.some(({ collectedAt }) => collectedAt === undefined)
      ? undefined
      : bundles.map(({ collectedAt }) => collectedAt ?? '').sort()[0],
    notes: [...new Set(bundles.flatMap(({ notes }) => notes))],
  };
}
