import type { HostView } from './host-view.ts';
import type { Chain, Rule, Table } from './model.ts';
import type { Packet } from './packet.ts';
import { intersect, subtract, type Ranges } from './ranges.ts';
import type { Decider, ShadowedAccept } from './state.ts';
import type { Frame } from './walk.ts';
import type { Doubt, Partly } from './program.ts';

const MOST_NAMED = 20;

/** The part of the set that the rule matches or may match, and its verdicts; effects are left out. */
function reach(
  rule: Rule,
  packet: Packet,
  set: Ranges,
  host: HostView,
): { set: Ranges; verdict: string; chain?: string }[] {
  let live = set;
  const found: { set: Ranges; verdict: string; chain?: string }[] = [];
  for (const operation of rule.program) {
    if (live.length === 0) break;
    if (operation.kind === 'match') {
      const truth = operation.match(packet, live, host);
      if (truth === true) continue;
      if (truth === false) return found;
      if (Array.isArray(truth)) live = intersect(live, truth);
      else if (!('why' in truth)) {
        const { yes, maybe } = truth as Exclude<Partly, Doubt>;
        live = subtract(live, subtract(subtract(live, yes), maybe));
      }
    } else if (operation.kind === 'verdict') {
      const { verdict } = operation;
      found.push({ set: live, verdict: verdict.kind, ...('chain' in verdict && { chain: verdict.chain }) });
      break;
    } else if (operation.kind === 'map') {
      for (const each of operation.map(packet, live, host)) {
        const inside = intersect(live, each.set);
        if (inside.length > 0)
          found.push({
            set: inside,
            verdict: each.verdict.kind,
            ...('chain' in each.verdict && { chain: each.verdict.chain }),
          });
      }
    }
  }
  return found;
}

/**
 * The ACCEPT rules that stand behind the deciding rule in the same base chain, and would match some of the set.
 * At most 20, in order.
 */
export function shadowedAccepts(
  table: Table,
  frames: readonly Frame[],
  packet: Packet,
  set: Ranges,
  host: HostView,
  by: Decider,
): ShadowedAccept[] {
  const found: ShadowedAccept[] = [];
  const seen = new Set<Chain>(frames.map(({ chain }) => chain));
  const visit = (chain: Chain, from: number, live: Ranges): void => {
    for (let at = from; at < chain.rules.length && found.length < MOST_NAMED; at++) {
      const rule = chain.rules[at] as Rule;
      for (const each of reach(rule, packet, live, host)) {
        if (each.verdict === 'accept') {
          if (found.some((other) => other.rule.line === rule.ref.line)) continue;
          found.push({
            rule: rule.ref,
            place: { table: table.name, chain: chain.name, index: rule.index, rule: rule.ref },
            shadowedBy: by,
          });
        }
        const called = each.chain === undefined ? undefined : table.chains.get(each.chain);
        if (called !== undefined && !seen.has(called)) {
          seen.add(called);
          visit(called, 0, each.set);
        }
      }
    }
  };
  for (const { chain, at } of [...frames].reverse()) visit(chain, at + 1, set);
  return found;
}
