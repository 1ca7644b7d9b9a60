import { expect } from 'vitest';
import type { Condition, Outcome, Place, Ruleset, Step } from '../../../src/netfilter/index.ts';
import type { Labels } from './matches.ts';
import { SEED, SEED_IS_FIXED } from './seed.ts';

/** Doubts that a generator asks for: matches of which nobody can know from the rules alone whether they hold. */
const ASKED_FOR =
  /rate limit|connections at once|hardware address|length of the packet|where TCP has its ports|is on the list|statistic|numgen|registered last|listing of nft leaves out/;

/** What was compared, for the reader of the log. */
export class Tally {
  readonly name: string;
  readonly #matches: Labels;
  readonly #others: Labels;
  rulesets = 0;
  flows = 0;
  /** Flows without one certain outcome, though all that their rules ask can be known. */
  unknown = 0;
  /** Flows whose rules ask what cannot be known, and what became of them was among the outcomes. */
  doubted = 0;
  /** Attempts that were made again, with more patience. */
  patient = 0;
  deep = 0;
  readonly seen = new Map<string, number>();
  readonly reasons = new Map<string, number>();
  readonly decided = new Map<string, number>();

  /** `matches` are looked for in the deciding rule, `others` in all rules that led to it. */
  constructor(name: string, matches: Labels = {}, others: Labels = {}) {
    this.name = name;
    this.#matches = matches;
    this.#others = others;
  }

  get deepShare(): number {
    return this.deep / Math.max(1, this.flows);
  }

  /** Counts one flow whose fate agrees. */
  add(
    actual: string,
    outcomes: readonly Outcome[],
    conditions: readonly Condition[],
    rulesets: readonly Ruleset[],
  ): void {
    this.flows++;
    count(this.seen, actual);
    const [first] = outcomes;
    if (first !== undefined && chainsOf(first, rulesets).size >= 3) this.deep++;
    const why = [
      ...conditions.map((condition) => condition.why),
      ...outcomes.flatMap((outcome) => (outcome.result === 'unknown' ? [outcome.why] : [])),
    ];
    if (outcomes.length > 1 || first?.result === 'unknown') {
      for (const each of new Set(why)) count(this.reasons, each);
      if (why.every((each) => ASKED_FOR.test(each))) this.doubted++;
      else this.unknown++;
    } else if (first !== undefined && 'by' in first) this.#decides(first);
  }

  #decides(outcome: Exclude<Outcome, { result: 'unknown' }>): void {
    const { by, path } = outcome;
    const changes = path.filter(({ verdict }) => verdict === 'change').flatMap((step) => step.by.rule ?? []);
    const led = [...(by.rule ? [by.rule] : []), ...by.jumps.map(({ rule }) => rule), ...changes].map(
      ({ text }) => text,
    );
    const text = by.kind === 'rule' ? by.rule?.text : undefined;
    if (text === undefined) count(this.decided, by.kind === 'policy' ? 'policy of a chain' : by.kind);
    for (const [label, pattern] of Object.entries(this.#matches))
      if (text !== undefined && pattern.test(text)) count(this.decided, label);
    for (const [label, pattern] of Object.entries(this.#others))
      if (led.some((each) => pattern.test(each))) count(this.decided, label);
  }

  print(): void {
    const list = (map: Map<string, number>) =>
      [...map]
        .sort((a, b) => b[1] - a[1])
        .map(([key, n]) => `${key} ${n}`)
        .join(', ');
    console.log(
      `${this.name}: seed ${SEED}, ${this.rulesets} rulesets, ${this.flows} flows, ` +
        `${this.unknown} not certain though all could be known, ${this.doubted} in a doubt that was asked for, ` +
        `${this.patient} tried again, ${(100 * this.deepShare).toFixed(0)} % through three chains with rules or more\n` +
        `  seen: ${list(this.seen)}\n  decided by rules with: ${list(this.decided)}` +
        (this.reasons.size > 0 ? `\n  not certain because of: ${list(this.reasons)}` : ''),
    );
  }
}

const SAMPLES = Number(process.env.SAMPLES ?? 1);
/** How many flows each label must decide: from three samples on, with one a rare match may have been drawn where it decides little. */
const LEAST = SAMPLES >= 3 ? 100 : 1;

/**
 * Each of the labels decided its share of all flows, and enough flows went through several chains. Another seed than the fixed one
 * is for finding disagreements: there the counts are printed alone.
 */
export function expectCounts(tallies: readonly Tally[], labels: Labels): void {
  const total = (label: string) => tallies.reduce((sum, { decided }) => sum + (decided.get(label) ?? 0), 0);
  const few = Object.keys(labels).filter((label) => total(label) < LEAST);
  const counts = Object.keys(labels).map((label) => `${label} ${total(label)}`);
  console.log(`${tallies.map(({ name }) => name).join(', ')} together, at least ${LEAST} each: ${counts.join(', ')}`);
  const unknown = tallies.reduce((sum, tally) => sum + tally.unknown, 0);
  const flows = tallies.reduce((sum, tally) => sum + tally.flows, 0);
  expect(unknown / flows).toBeLessThan(0.02);
  if (!SEED_IS_FIXED) return;
  expect(few.map((label) => `${label} ${total(label)}`)).toEqual([]);
  for (const { deepShare } of tallies) expect(deepShare).toBeGreaterThan(0.6);
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

/** The chains with rules that the packets of the connection went through. */
function chainsOf({ path }: { path: readonly Step[] }, rulesets: readonly Ruleset[]): Set<string> {
  const holdsRules = ({ source, table, chain }: { source: string; table: string; chain: string }) =>
    rulesets.some(
      (ruleset) =>
        ruleset.source === source &&
        ruleset.tables.some((each) => each.name === table && (each.chains.get(chain)?.rules.length ?? 0) > 0),
    );
  const places = path.flatMap(({ by }) => [
    ...(by.kind === 'routing' ? [] : [{ source: by.source, table: by.table, chain: by.chain }]),
    ...by.jumps.map(({ table, chain }: Place) => ({ source: by.source, table, chain })),
  ]);
  return new Set(places.filter(holdsRules).map((place) => `${place.source} ${place.table} ${place.chain}`));
}
