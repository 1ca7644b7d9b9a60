import type { Patch } from '../finding.ts';
import type { Absence, Item } from './item.ts';
import { isItem } from './item.ts';

type Items = ReadonlyMap<string, Item | Absence>;
type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/**
 * Edits raw evidence in memory. Lines are inserted and replaced from the bottom of each item up, so that the line numbers of
 * the patches, which were all read from the same text, stay true.
 *
 * @returns new items; those that no patch names are the same objects, and keep their parses
 */
export function applyPatches(items: Items, patches: readonly Patch[]): Items {
  const patched = new Map(items);
  // Reversed first: of two patches before one line, the first then ends up above the second.
  const lines = patches
    .filter((patch) => 'lines' in patch)
    .toReversed()
    .toSorted((a, b) => placeOf(b) - placeOf(a));
  for (const patch of [...lines, ...patches.filter((one) => !('lines' in one))]) {
    const entry = patched.get(patch.item);
    if (isItem(entry)) patched.set(patch.item, { ...entry, text: edited(entry.text, patch) });
  }
  return patched;
}

/** A line is replaced before others are put in front of it. */
function placeOf(patch: Extract<Patch, { lines: readonly string[] }>): number {
  return 'line' in patch ? patch.line + 0.5 : patch.before;
}

function edited(text: string, patch: Patch): string {
  if ('lines' in patch) {
    const lines = text.split('\n');
    if ('line' in patch) lines.splice(patch.line - 1, 1, ...patch.lines);
    else lines.splice(patch.before - 1, 0, ...patch.lines);
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
