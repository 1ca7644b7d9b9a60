import type { HostView } from './host-view.ts';
import type { Packet } from './packet.ts';
import type { Doubt, Truth } from './program.ts';
import { NOTHING, subtract, union, type Ranges } from './ranges.ts';

const UNKNOWN: Doubt = { kind: 'unknown', why: 'the routes of this host are not known' };

/**
 * Which sources pass the reverse path test: those that the main table routes back by the interface they came in by
 * (strict), or routes back at all (loose). ip-sysctl of the kernel's documentation, rp_filter.
 */
export function passesReversePath(packet: Packet, set: Ranges, host: HostView, loose: boolean): Truth {
  if (packet.varies !== 'source' || packet.inInterface === 'lo') return true;
  const { inInterface } = packet;
  if (!host.knowsRoutes(packet.family)) return UNKNOWN;
  if (inInterface === undefined) return { kind: 'unknown', why: 'which interface the packet comes in by is not known' };
  let passed = NOTHING;
  for (const part of host.towards(packet.family, subtract(set, host.local[packet.family]))) {
    if (loose ? part.interfaces.length > 0 : part.interfaces.includes(inInterface)) passed = union(passed, part.set);
  }
  return passed;
}
