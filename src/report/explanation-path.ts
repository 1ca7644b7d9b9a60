import { firewallLayers } from '../layers.ts';
import type { Explanation, Place } from '../errors/cause.ts';

/** What is known of one station of the drawn path. */
export type Mark = 'open' | 'blocked' | 'suspect' | 'unknown';

/** One station of the drawn path: the five host firewalls are drawn as one. */
export type Station = { readonly name: string; readonly mark: Mark };

const always: readonly (readonly [string, readonly Place[]])[] = [
  ['dns', ['dns']],
  ['route', ['route']],
  ['security-group', ['security-group']],
  ['network-acl', ['network-acl']],
  ['host firewall', firewallLayers],
  ['listener', ['listener']],
  ['tls', ['tls']],
  ['pg-hba', ['pg-hba']],
  ['login', ['login']],
  ['database', ['database']],
];
const insideNetwork: ReadonlySet<string> = new Set(['route', 'security-group', 'network-acl', 'host firewall']);

/**
 * The path from the replication instance to the server as an error leaves it.
 *
 * @param explanation what the error says
 * @returns the stations in path order, the layer itself last where it lies beyond the database; empty where the error says
 *   nothing of a layer
 */
export function drawnPath({ layer, layers, cleared }: Explanation): Station[] {
  if (layer === null) return [];
  const stations = always.map(([name, places]): Station => {
    if (places.some((place) => place === layer)) return { name, mark: 'blocked' };
    if (places.every((place) => cleared.includes(place))) return { name, mark: 'open' };
    const suspected =
      places.some((place) => layers.includes(place)) || (layers.includes('network') && insideNetwork.has(name));
    return { name, mark: suspected ? 'suspect' : 'unknown' };
  });
  const drawn = layer === 'network' || always.some(([, places]) => places.includes(layer));
  return drawn ? stations : [...stations, { name: layer, mark: 'blocked' }];
}
