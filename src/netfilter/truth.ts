import { isDoubt, negate, type Doubt, type Match, type Partly, type Truth } from './program.ts';
import { intersect, NOTHING, subtract, union, unionOf, type Ranges } from './ranges.ts';

export const always: Match = () => true;
export const never: Match = () => false;
/** A doubt, of the plain kind unless said otherwise. */
export const doubtOf = (why: string, kind: Doubt['kind'] = 'unknown'): Doubt => ({ kind, why });

/** The match, or its negation within the set. */
export function inverted(match: Match, not: boolean): Match {
  return not ? negate(match, subtract) : match;
}

/** Joins truths by "or" over the set. */
export function either(set: Ranges, truths: readonly Truth[]): Truth {
  const yes: Ranges[] = [];
  const maybe: Ranges[] = [];
  let doubt: Doubt | undefined;
  for (const truth of truths) {
    if (truth === true) return true;
    if (truth === false) continue;
    if (Array.isArray(truth)) yes.push(intersect(set, truth));
    else if (isDoubt(truth)) {
      doubt = truth;
      maybe.push(set);
    } else {
      doubt = (truth as Partly).doubt;
      yes.push(intersect(set, (truth as Partly).yes));
      maybe.push(intersect(set, (truth as Partly).maybe));
    }
  }
  const surely = unionOf(yes);
  return doubt === undefined ? surely : { yes: surely, maybe: subtract(unionOf(maybe), surely), doubt };
}

/** Joins truths by "and" over the set. */
export function both(set: Ranges, truths: readonly Truth[]): Truth {
  let yes: Ranges = set;
  let perhaps: Ranges = set;
  let doubt: Doubt | undefined;
  for (const truth of truths) {
    if (truth === false) return false;
    if (truth === true) continue;
    if (Array.isArray(truth)) {
      yes = intersect(yes, truth);
      perhaps = intersect(perhaps, truth);
    } else if (isDoubt(truth)) {
      doubt = truth;
      yes = NOTHING;
    } else {
      doubt = (truth as Partly).doubt;
      yes = intersect(yes, (truth as Partly).yes);
      perhaps = intersect(perhaps, union((truth as Partly).yes, (truth as Partly).maybe));
    }
  }
  return doubt === undefined ? yes : { yes, maybe: subtract(perhaps, yes), doubt };
}

/** A match that holds where all of the matches do; those behind a false one are not asked. */
export function every(matches: readonly Match[]): Match {
  return (packet, set, host) => {
    const truths: Truth[] = [];
    for (const match of matches) {
      const truth = match(packet, set, host);
      if (truth === false) return false;
      if (truth !== true) truths.push(truth);
    }
    return truths.length === 0 || both(set, truths);
  };
}

/** A match that surely holds where all of the matches do, and perhaps where some do: of those, either one or every one is asked for. */
export function oneOrEvery(matches: readonly Match[], why: string): Match {
  const doubt = doubtOf(why);
  return (packet, set, host) => {
    const truths = matches.map((match) => match(packet, set, host));
    const yes = extent(set, both(set, truths)).least;
    const maybe = subtract(extent(set, either(set, truths)).most, yes);
    return maybe.length === 0 ? yes : { yes, maybe, doubt };
  };
}

/** Where the truth surely holds, and where it may. */
function extent(set: Ranges, truth: Truth): { least: Ranges; most: Ranges } {
  if (typeof truth === 'boolean') return { least: truth ? set : NOTHING, most: truth ? set : NOTHING };
  if (Array.isArray(truth)) return { least: truth, most: truth };
  if (isDoubt(truth)) return { least: NOTHING, most: set };
  const { yes, maybe } = truth as Partly;
  return { least: yes, most: union(yes, maybe) };
}
