import { emptyFlow, overlay } from '../flow.ts';
import type { Bundle } from './bundle.ts';
import type { Absence, Item } from './item.ts';
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

/**
 * Lays what live sources brought over each other and over what was recorded. What is live wins; of two live sources the first.
 * Where a live source was refused, the recorded item counts, with a caveat that dates it. What a live source saw not to be
 * there is a fact, and damage is never lost.
 *
 * @param now when the live evidence was gathered (ISO 8601): the judgement's date, but undated recorded evidence dates nothing
 * @param withRecorded whether anything recorded was given at all
 */
export function mergeSources(live: readonly Bundle[], recorded: Bundle, now: string, withRecorded: boolean): Bundle {
  const items: Bundle['items'] = new Map();
  for (const bundle of live)
    for (const [name, entry] of bundle.items) {
      const known = items.get(name);
      if (known === undefined || (!isItem(known) && outranks(entry, known))) items.set(name, entry);
    }
  for (const [name, entry] of recorded.items) {
    const known = items.get(name);
    if (known === undefined) items.set(name, entry);
    else if (isItem(known) || known.why === 'not-installed' || known.why === 'damaged') continue;
    else if (isItem(entry)) items.set(name, { ...entry, caveat: caveatOf(entry, known) });
    else if (entry.why === 'damaged') items.set(name, entry);
  }
  const undated = withRecorded && recorded.collectedAt === undefined;
  const recordedAt =
    withRecorded && recorded.collectedAt !== undefined
      ? [`Part of the evidence was recorded at ${recorded.collectedAt}.`]
      : [];
  const assumed = live.find((bundle) => bundle.assumed !== undefined)?.assumed;
  return {
    ...(assumed === undefined ? {} : { assumed }),
    items,
    flow: overlay(emptyFlow, ...live.map(({ flow }) => flow), recorded.flow),
    collectedAt: undated ? undefined : now,
    notes: [...new Set([...live.flatMap(({ notes }) => notes), ...recordedAt, ...recorded.notes])],
  };
}

/** An item outranks any absence, damage any other reason, and a reason that was met one that was not even tried. */
function outranks(entry: Item | Absence, known: Absence): boolean {
  if (isItem(entry)) return true;
  return known.why !== 'damaged' && (entry.why === 'damaged' || known.why === 'not-gathered');
}

function caveatOf(recorded: Item, live: Absence): string {
  return `${recorded.name} is the one recorded at ${recorded.at}; now it could not be had (${live.why}: ${live.detail})`;
}
