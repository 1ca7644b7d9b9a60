import { formatAddress, formatRanges } from './addresses.ts';
import type { RejectKind, SourceRef } from './model.ts';
import { intersect, subtract, type Bound, type Ranges } from './ranges.ts';
import {
  listed,
  type Block,
  type Chained,
  type Condition,
  type Decider,
  type Phase,
  type ShadowedAccept,
  type Step,
} from './state.ts';

/** Where an accepted connection ends: at a socket of this host, or behind it (a container's published port). */
export type Delivery =
  | {
      readonly kind: 'local';
      readonly address: string;
      readonly port: number;
      /** The interfaces that the request comes in by and the answer leaves by, where known. */
      readonly arrivesBy?: string;
      readonly answersBy?: string;
    }
  | {
      readonly kind: 'forwarded';
      readonly address: string;
      readonly port: number;
      readonly interface: string | undefined;
    };

export type Outcome =
  | { readonly result: 'accepted'; readonly by: Decider; readonly path: readonly Step[]; readonly delivery: Delivery }
  | {
      readonly result: 'dropped';
      readonly by: Decider;
      readonly path: readonly Step[];
      readonly phase: Phase;
      /** The decider rejects, but this drops its answer. */
      readonly silencedBy?: Decider;
    }
  | {
      readonly result: 'rejected';
      readonly with: RejectKind;
      readonly by: Decider;
      readonly path: readonly Step[];
      readonly phase: Phase;
    }
  | { readonly result: 'unknown'; readonly why: string; readonly at: SourceRef; readonly path: readonly Step[] };

/** Clients that share a fate. */
export type Part = {
  /** Addresses and CIDRs. */
  readonly from: readonly string[];
  /** One outcome is certain; of several any may happen, and `conditions` says what that depends on. */
  readonly outcomes: readonly Outcome[];
  readonly conditions: readonly Condition[];
  /** What each base chain on the way said, for the first outcome. */
  readonly hookVerdicts: readonly Step[];
  /** ACCEPT rules that would match, and that the packet never reaches. */
  readonly shadowedAccepts: readonly ShadowedAccept[];
  /** What else would have stopped the packet, had the decider let it pass. */
  readonly alsoBlocks: readonly Decider[];
};

/** One possible end of the way, for a set of sources. */
export type Ended = {
  readonly set: Ranges;
  readonly path: Chained<Step> | undefined;
  readonly conditions: Chained<Condition> | undefined;
} & (
  | {
      readonly kind: 'accepted';
      readonly by: Decider;
      readonly delivery: {
        readonly kind: 'local' | 'forwarded';
        readonly address: Bound;
        readonly port: number;
        readonly interface: string | undefined;
        readonly arrivesBy: string | undefined;
        readonly answersBy: string | undefined;
      };
    }
  | { readonly kind: 'blocked'; readonly block: Block }
  | { readonly kind: 'unknown'; readonly why: string; readonly at: SourceRef }
);

/** What makes two ends the same to a client. */
function sameness(end: Ended): string {
  if (end.kind === 'accepted') {
    const { kind, address, port, arrivesBy, answersBy } = end.delivery;
    return `accepted ${kind} ${address} ${port} ${arrivesBy === answersBy}`;
  }
  if (end.kind === 'unknown') return 'unknown';
  return `${end.block.result} ${end.block.with ?? ''} ${end.block.phase}`;
}

/** Splits the sources into parts whose possible ends are the same. `missing`: rules were not seen, so nothing is certain. */
export function partition(ends: readonly Ended[], missing: { source: string; why: string } | undefined): Part[] {
  let cells: { set: Ranges; ends: readonly Ended[] }[] = [];
  for (const end of ends) {
    let left = end.set;
    const next: typeof cells = [];
    for (const cell of cells) {
      const inside = left.length === 0 ? [] : intersect(cell.set, left);
      if (inside.length === 0) {
        next.push(cell);
        continue;
      }
      left = subtract(left, inside);
      const rest = subtract(cell.set, inside);
      next.push({ set: inside, ends: [...cell.ends, end] });
      if (rest.length > 0) next.push({ set: rest, ends: cell.ends });
    }
    if (left.length > 0) next.push({ set: left, ends: [end] });
    cells = next;
  }
  return cells
    .sort((a, b) => ((a.set[0] as Bound) < (b.set[0] as Bound) ? -1 : 1))
    .map(({ set, ends: own }) => toPart(set, own, missing));
}

function toPart(set: Ranges, ends: readonly Ended[], missing: { source: string; why: string } | undefined): Part {
  const distinct = new Map<string, Ended>();
  for (const end of ends) {
    const key = sameness(end);
    const other = distinct.get(key);
    if (other === undefined || (end.conditions?.length ?? 0) < (other.conditions?.length ?? 0)) distinct.set(key, end);
  }
  const chosen = [...distinct.values()];
  const blocks = chosen.flatMap((end) => (end.kind === 'blocked' ? [end.block] : []));
  const conditions =
    chosen.length < 2
      ? []
      : unique(
          chosen.flatMap((end) => listed(end.conditions)),
          ({ at, why }) => `${at.source}:${at.line}:${why}`,
        );
  const outcomes = chosen.map(toOutcome).map((outcome) => (missing === undefined ? outcome : unseen(outcome, missing)));
  return {
    from: formatRanges(set),
    outcomes: missing === undefined ? outcomes : outcomes.slice(0, 1),
    conditions,
    hookVerdicts: listed(chosen[0]?.path),
    shadowedAccepts: unique(
      blocks.flatMap(({ shadowed }) => shadowed),
      ({ rule }) => `${rule.source}:${rule.line}:${rule.text}`,
    ),
    alsoBlocks: unique(
      blocks.flatMap(({ alsoBlocks }) => alsoBlocks),
      placeOf,
    ).filter((other) => !blocks.some(({ by }) => placeOf(by) === placeOf(other))),
  };
}

const placeOf = ({ source, table, chain, index, kind }: Decider) => [source, table, chain, index, kind].join('\n');

function unique<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}

function blockOutcome(block: Block, path: Chained<Step> | undefined): Outcome {
  const common = { by: block.by, path: listed(path), phase: block.phase };
  return block.result === 'dropped'
    ? { result: 'dropped', ...common, ...(block.silencedBy && { silencedBy: block.silencedBy }) }
    : { result: 'rejected', with: block.with as RejectKind, ...common };
}

function toOutcome(end: Ended): Outcome {
  if (end.kind === 'blocked') return blockOutcome(end.block, end.path);
  if (end.kind === 'unknown') return { result: 'unknown', why: end.why, at: end.at, path: listed(end.path) };
  const { kind, address, port, interface: name, arrivesBy, answersBy } = end.delivery;
  const place = { address: formatAddress(address), port };
  const ways = { ...(arrivesBy !== undefined && { arrivesBy }), ...(answersBy !== undefined && { answersBy }) };
  const delivery: Delivery = kind === 'local' ? { kind, ...place, ...ways } : { kind, ...place, interface: name };
  return { result: 'accepted', by: end.by, path: listed(end.path), delivery };
}

function unseen(outcome: Outcome, missing: { source: string; why: string }): Outcome {
  const why = `not all rules were seen: ${missing.source}: ${missing.why}`;
  return { result: 'unknown', why, at: { source: missing.source, line: 0, text: '' }, path: outcome.path };
}
