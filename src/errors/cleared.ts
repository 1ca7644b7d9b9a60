import { firewallLayers } from '../layers.ts';
import type { Place, Reached } from './cause.ts';

const outside: readonly Place[] = ['dns', 'route', 'security-group', 'network-acl'];

/** What each stage proves open beyond the stage before it, in the order in which a connection meets them. */
const stages: readonly (readonly [Reached, readonly Place[]])[] = [
  ['nothing', []],
  ['host', outside],
  ['listener', [...firewallLayers, 'listener']],
  ['tls', ['tls']],
  ['hba', ['pg-hba']],
  ['authenticated', ['login']],
  ['session', ['database']],
  ['walsender', ['senders']],
];

/** What `network` may turn out to be. */
const network: ReadonlySet<Place> = new Set<Place>(['route', 'security-group', 'network-acl', ...firewallLayers]);

/**
 * The layers that a connection is proved to have passed when it had come as far as `reached`.
 *
 * @param reached how far the connection had come
 * @param suspects the layers that the error itself may stand for: none of them is ever cleared
 * @returns the layers proved open, in path order
 */
export function clearedBy(reached: Reached, suspects: readonly Place[]): Place[] {
  const cleared: Place[] = [];
  for (const [stage, layers] of stages) {
    cleared.push(...layers);
    if (stage === reached) break;
  }
  const inDoubt = new Set<Place>(suspects);
  return cleared.filter((layer) => !inDoubt.has(layer) && !(inDoubt.has('network') && network.has(layer)));
}
