import type { Absence, Item } from './item.ts';

const within = /^aws\/([^/]+\/[^/]+)\/([^/]+)$/;

/**
 * A bundle may hold AWS's answers under `aws/ACCOUNT/REGION/` only. The account and Region whose answers name the DMS
 * endpoints is then the connection's own, and its answers stand directly under `aws/`, where the probes look for them.
 *
 * @param items changed in place; left as they are where DMS's endpoints stand under `aws/` already, or in several places
 * @returns a note where answers were moved, in a sentence
 */
export function bringHome(items: Map<string, Item | Absence>): string | undefined {
  const names = [...items.keys()];
  if (names.some((name) => /^aws\/describe-endpoints\.json(?:\.error)?$/.test(name))) return undefined;
  const homes = new Set(
    names.flatMap((name) => {
      const [, place, file] = within.exec(name) ?? [];
      return place !== undefined && file === 'describe-endpoints.json' ? [place] : [];
    }),
  );
  const [home] = homes;
  if (home === undefined || homes.size > 1) return undefined;
  for (const [name, entry] of [...items]) {
    const [, place, file] = within.exec(name) ?? [];
    if (place !== home || items.has(`aws/${file}`)) continue;
    items.delete(name);
    items.set(`aws/${file}`, { ...entry, name: entry.name.replace(`aws/${home}/`, 'aws/') });
  }
  return `The endpoint is DMS's in aws/${home}/: the answers there are judged as those of its own account and Region.`;
}
