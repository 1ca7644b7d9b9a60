import type { HostView } from './host-view.ts';
import type { Packet } from './packet.ts';
import type { Doubt, Truth } from './program.ts';
import { NOTHING, intersect, subtract, union, type Ranges } from './ranges.ts';

const UNKNOWN: Doubt = { kind: 'unknown', why: 'the routes of this host are not known' };

/**
 * Which sources pass the reverse path test: those that the main table routes back by the interface they came in by
 * (strict), or routes back at all (loose). ip-sysctl of the kernel's documentation, rp_filter.
 */
export function passesReversePath(packet: Packet, set: Ranges, host: HostView, loose: boolean): Truth {
  if (packet.varies !== 'source' || packet.inInterface === 'lo') return true;
  const routes = host.routes(packet.family);
  if (routes.length === 0 || packet.inInterface === undefined) return UNKNOWN;
  let left = subtract(set, host.local[packet.family]);
  let passed = NOTHING;
  for (const route of routes) {
    if (left.length === 0) break;
    if (loose || route.interface === packet.inInterface) passed = union(passed, intersect(left, route.range));
    left = subtract(left, route.range);
  }
  return passed;
}
