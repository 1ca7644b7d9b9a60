import type { Patch } from '../finding.ts';
import type { Absence, Item } from './item.ts';
import { isItem } from './item.ts';

type Items = ReadonlyMap<string, Item | Absence>;
type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/**
 * Edits raw evidence in memory. Lines are inserted from the bottom of each item up, so that the line numbers of the
 * patches, which were all read from the same text, stay true.
 *
 * @returns new items; those that no patch names are the same objects, and keep their parses
 */
export function applyPatches(items: Items, patches: readonly Patch[]): Items {
  const patched = new Map(items);
  // Reversed first: of two patches before one line, the first then ends up above the second.
  const lines = patches
    .filter((patch) => 'before' in patch)
    .toReversed()
    .toSorted((a, b) => b.before - a.before);
  for (const patch of [...lines, ...patches.filter((one) => !('before' in one))]) {
    const entry = patched.get(patch.item);
    if (isItem(entry)) patched.set(patch.item, { ...entry, text: edited(entry.text, patch) });
  }
  return patched;
}

function edited(text: string, patch: Patch): string {
  if ('before' in patch) {
    const lines = text.split('\n');
    lines.splice(patch.before - 1, 0, ...patch.lines);
    return lines.join('\n');
  }
  const document = JSON.parse(text) as Json;
  if ('row' in patch) {
    const list = (Array.isArray(document) ? document : []) as Record<string, unknown>[];
    for (const row of list)
      if (Object.entries(patch.row).every(([key, value]) => row[key] === value)) Object.assign(row, patch.set);
  } else if ('push' in patch) {
    const list = at(document, patch.path);
    if (Array.isArray(list)) list.push(patch.push as Json);
  } else if ('insert' in patch) {
    const list = at(document, patch.path);
    if (Array.isArray(list)) list.splice(patch.at, 0, ...(patch.insert as Json[]));
  } else {
    const holder = at(document, patch.path.slice(0, -1));
    const key = patch.path.at(-1);
    if (typeof holder === 'object' && holder !== null && key !== undefined)
      (holder as Record<string | number, Json>)[key] = patch.set as Json;
  }
  return JSON.stringify(document);
}

function at(document: Json, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (place, key) => (place as Record<string | number, Json> | undefined)?.[key],
    document,
  );
}
