import type { HostView } from './host-view.ts';
import type { Packet } from './packet.ts';
import { isDoubt, type Choice, type Doubt, type Partly } from './program.ts';
import { intersect, NOTHING, subtract, union, type Ranges } from './ranges.ts';

/** A part of the set, and what is done to its packet. */
export type Chosen = { readonly set: Ranges; readonly changes: Partial<Packet> | Doubt };

/** Parts the set by the choices; `left` is what none of them matches. */
export function choose(
  choices: readonly Choice[],
  packet: Packet,
  set: Ranges,
  host: HostView,
): { readonly chosen: readonly Chosen[]; readonly left: Ranges } {
  const chosen: Chosen[] = [];
  let left = set;
  for (const { match, effect } of choices) {
    if (left.length === 0) break;
    const truth = match(packet, left, host);
    if (truth === false) continue;
    if (truth === true || Array.isArray(truth)) {
      const inside = truth === true ? left : intersect(left, truth as Ranges);
      if (inside.length === 0) continue;
      chosen.push({ set: inside, changes: effect(packet, host) });
      left = subtract(left, inside);
      continue;
    }
    const doubt = truth as Doubt | Partly;
    const touched = isDoubt(doubt) ? left : intersect(left, union(doubt.yes, doubt.maybe));
    if (touched.length > 0) chosen.push({ set: touched, changes: isDoubt(doubt) ? doubt : doubt.doubt });
    left = isDoubt(doubt) ? NOTHING : subtract(left, touched);
  }
  return { chosen, left };
}
