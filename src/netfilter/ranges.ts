/**
 * Sets of addresses as flat, sorted boundaries: [start0, end0, start1, end1, …], each range half open, ranges disjoint and
 * not touching. IPv4 addresses are numbers, IPv6 addresses bigints; one set holds one family only. Half-open ranges need no
 * arithmetic, so one code serves both families.
 */
export type Bound = number | bigint;
export type Ranges = readonly Bound[];

export const NOTHING: Ranges = [];

/** True when the two sets hold the same addresses (sets are canonical, so the boundaries are compared). */
export function sameRanges(a: Ranges, b: Ranges): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Index of the first boundary greater than `x`; odd means that `x` lies inside a range. */
function position(set: Ranges, x: Bound): number {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set[middle] as Bound) <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the address is in the set. */
export function includes(set: Ranges, address: Bound): boolean {
  return (position(set, address) & 1) === 1;
}

type Keep = (inA: boolean, inB: boolean) => boolean;

/** One sweep over both sets' boundaries, keeping what `keep` says. Linear. */
function sweep(a: Ranges, b: Ranges, keep: Keep): Ranges {
  const result: Bound[] = [];
  let i = 0;
  let j = 0;
  let inside = false;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    const at = y === undefined || (x !== undefined && x <= y) ? (x as Bound) : y;
    if (x === at) i++;
    if (y === at) j++;
    const now = keep((i & 1) === 1, (j & 1) === 1);
    if (now !== inside) {
      result.push(at);
      inside = now;
    }
  }
  return result;
}

/** The intersection; returns `a` itself where `b` covers it, so that callers can compare by identity. */
export function intersect(a: Ranges, b: Ranges): Ranges {
  if (a.length === 0 || b.length === 0) return NOTHING;
  const first = a[0] as Bound;
  const end = a[a.length - 1] as Bound;
  if (end <= (b[0] as Bound) || first >= (b[b.length - 1] as Bound)) return NOTHING;
  if (a.length === 2 && b.length === 2) {
    const start = first > (b[0] as Bound) ? first : (b[0] as Bound);
    const stop = end < (b[1] as Bound) ? end : (b[1] as Bound);
    return start === first && stop === end ? a : [start, stop];
  }
  const at = position(b, first);
  if ((at & 1) === 1 && end <= (b[at] as Bound)) return a;
  if (a.length === 2 && (at & 1) === 0 && (b[at] as Bound) >= end) return NOTHING;
  if (b.length === 2) return clip(a, b[0] as Bound, b[1] as Bound);
  const result = sweep(a, b, (inA, inB) => inA && inB);
  return sameRanges(result, a) ? a : result;
}

/** The part of `a` inside one range, by bisection. */
function clip(a: Ranges, start: Bound, end: Bound): Ranges {
  const from = position(a, start);
  const result: Bound[] = [];
  if ((from & 1) === 1) result.push(start);
  for (let i = from; i < a.length; i++) {
    const bound = a[i] as Bound;
    if (bound >= end) {
      if ((i & 1) === 1) result.push(end);
      break;
    }
    result.push(bound);
  }
  return result;
}

/** What is in `a` and not in `b`; returns `a` itself where nothing is taken. */
export function subtract(a: Ranges, b: Ranges): Ranges {
  if (a === b) return NOTHING;
  if (a.length === 0 || b.length === 0) return a;
  if ((a[a.length - 1] as Bound) <= (b[0] as Bound) || (a[0] as Bound) >= (b[b.length - 1] as Bound)) return a;
  const result = sweep(a, b, (inA, inB) => inA && !inB);
  return sameRanges(result, a) ? a : result;
}

/** The union. */
export function union(a: Ranges, b: Ranges): Ranges {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  return sweep(a, b, (inA, inB) => inA || inB);
}

/** The union of many; in one go, so that it stays linear but for the sorting. */
export function unionOf(sets: readonly Ranges[]): Ranges {
  const some = sets.filter((set) => set.length > 0);
  if (some.length < 2) return some[0] ?? NOTHING;
  const pairs: [Bound, Bound][] = [];
  for (const set of some) {
    for (let i = 0; i < set.length; i += 2) pairs.push([set[i] as Bound, set[i + 1] as Bound]);
  }
  return canonical(pairs);
}

/** Any ranges, unordered and overlapping, as [start, end) pairs, made canonical. O(n log n). */
export function canonical(pairs: readonly (readonly [Bound, Bound])[]): Ranges {
  const sorted = pairs.filter(([start, end]) => start < end).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const result: Bound[] = [];
  for (const [start, end] of sorted) {
    const last = result[result.length - 1];
    if (last !== undefined && start <= last) {
      if (end > last) result[result.length - 1] = end;
    } else result.push(start, end);
  }
  return result;
}
