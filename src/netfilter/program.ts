import type { HostView } from './host-view.ts';
import type { RejectKind } from './model.ts';
import type { Packet } from './packet.ts';
import type { Ranges } from './ranges.ts';

/** Why a match cannot be decided from here. A rate limit lets some packets by and not others; the rest is not known at all. */
export type Doubt = { readonly kind: 'rate-limit' | 'unknown'; readonly why: string };

/** A match that holds for some of the addresses surely, for some perhaps, and for the others not. */
export type Partly = { readonly yes: Ranges; readonly maybe: Ranges; readonly doubt: Doubt };

/**
 * What a match says of a packet whose one address is a set: true or false for all of it, a set for which it is true (a
 * flat list of boundaries, of any extent), a doubt for all of it, or a mixture.
 */
export type Truth = boolean | Ranges | Doubt | Partly;

export type Match = (packet: Packet, set: Ranges, host: HostView) => Truth;

/** What a rule changes about the packet or its connection. */
export type Effect = (packet: Packet, host: HostView) => Partial<Packet> | Doubt;

/** What ends a base chain. */
export type FinalVerdict =
  | { readonly kind: 'accept' | 'drop' }
  | { readonly kind: 'reject'; readonly with: RejectKind }
  | { readonly kind: 'unknown'; readonly why: string };

export type Verdict =
  | FinalVerdict
  | { readonly kind: 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** Cases of a verdict map: each with the part of the set that it holds for; what is in none goes on with the next rule. */
export type Case = { readonly set: Ranges; readonly verdict: Verdict; readonly doubt?: Doubt };
export type VerdictMap = (packet: Packet, set: Ranges, host: HostView) => readonly Case[];

/** One of several changes, by what the packet is like: that of the first match is made, and what none matches is done with the rule. */
export type Choice = { readonly match: Match; readonly effect: Effect };

export type Operation =
  | { readonly kind: 'match'; readonly match: Match }
  | { readonly kind: 'effect'; readonly effect: Effect; readonly note: string }
  | { readonly kind: 'choose'; readonly choices: readonly Choice[]; readonly note: string }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'map'; readonly map: VerdictMap; readonly chains: readonly string[] };

/** A rule's meaning: its operations in order. An empty program does nothing to a packet that matters here. */
export type Program = readonly Operation[];

export const NO_PROGRAM: Program = [];

/** The program of a rule that cannot be understood. */
export function unknownProgram(why: string): Program {
  return [{ kind: 'verdict', verdict: { kind: 'unknown', why } }];
}

/** A match that cannot be decided from here. */
export function doubtful(why: string, kind: Doubt['kind'] = 'unknown'): Match {
  const doubt: Doubt = { kind, why };
  return () => doubt;
}

export function isDoubt(truth: Exclude<Truth, boolean> | Partial<Packet>): truth is Doubt {
  return 'why' in truth;
}

/** The negation of a match within the packet's set. */
export function negate(match: Match, complement: (set: Ranges, of: Ranges) => Ranges): Match {
  return (packet, set, host) => {
    const truth = match(packet, set, host);
    if (typeof truth === 'boolean') return !truth;
    if (Array.isArray(truth)) return complement(set, truth);
    const partial = truth as Doubt | Partly;
    if (isDoubt(partial)) return partial;
    return { yes: complement(complement(set, partial.yes), partial.maybe), maybe: partial.maybe, doubt: partial.doubt };
  };
}
