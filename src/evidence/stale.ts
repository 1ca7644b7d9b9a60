import type { Bundle } from './bundle.ts';
import type { Absence, Item } from './item.ts';
import { isItem } from './item.ts';

/**
 * Takes out of a recorded bundle what is older than a limit: rules and settings may have changed since. A bundle that nothing
 * dates is left as it is; it can never be called open anyway.
 *
 * @param now ISO 8601
 * @param maxAge milliseconds
 */
export function withoutStale(bundle: Bundle, now: string, maxAge: number): Bundle {
  const collected = bundle.collectedAt;
  if (collected === undefined) return bundle;
  const items = new Map<string, Item | Absence>();
  for (const [name, entry] of bundle.items) {
    // A file's own time may be that of a copy: whichever is older counts.
    const at = isItem(entry) ? oldest(entry.at, collected) : collected;
    const isStale = isItem(entry) && Date.parse(now) - Date.parse(at) > maxAge;
    const stale = {
      name: `${name}.error`,
      why: 'not-gathered',
      detail: `recorded at ${at}, older than --max-age`,
    } as const;
    items.set(name, isStale ? stale : entry);
  }
  return { ...bundle, items };
}

function oldest(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}
