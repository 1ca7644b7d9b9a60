import { isObject, type Json, type JsonObject } from './nft-fields.ts';
import type { Match } from './program.ts';
import { oneOrEvery } from './truth.ts';

/** Where the fields of a header that nft compares whole begin, and their length, in bytes. */
const PLACES: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  ether: { daddr: [0, 6], saddr: [6, 6], type: [12, 2] },
  ip: { length: [2, 2], id: [4, 2], ttl: [8, 1], protocol: [9, 1], checksum: [10, 2] },
  ip6: { length: [4, 2], nexthdr: [6, 1], hoplimit: [7, 1] },
  tcp: { sport: [0, 2], dport: [2, 2], flags: [13, 1], window: [14, 2] },
};

/** The place of the field that the statement compares with one value by `!=`. */
function negatedPlace(statement: Json | undefined): { protocol: string; from: number; to: number } | undefined {
  const { op, left, right } =
    isObject(statement) && isObject(statement['match']) ? statement['match'] : ({} as JsonObject);
  if (op !== '!=' || !isObject(left) || !isObject(left['payload'])) return undefined;
  const many = isObject(right) ? !('|' in right) : typeof right === 'string' && right.startsWith('@');
  if (many) return undefined;
  const protocol = String(left['payload']['protocol']);
  const fields = Object.hasOwn(PLACES, protocol) ? PLACES[protocol] : undefined;
  const field = String(left['payload']['field']);
  const [from, length] = (fields && Object.hasOwn(fields, field) ? fields[field] : undefined) ?? [];
  return from === undefined || length === undefined ? undefined : { protocol, from, to: from + length };
}

/**
 * How many statements from this place on, at least two, nft may have loaded as one; otherwise 0. Some releases load `!=` of
 * fields that are neighbours in a header as one comparison, true where one of them differs, and list that as a `!=` of each, in
 * the header's order (stmt_reduce of nftables, seen with `nft --debug=netlink` of 1.0.6); later ones load each alone. Two
 * addresses are too long to be joined.
 */
export function mergedAt(statements: readonly Json[], at: number): number {
  let last = negatedPlace(statements[at]);
  let count = 1;
  while (last !== undefined) {
    const next = negatedPlace(statements[at + count]);
    if (next?.protocol !== last.protocol || next.from !== last.to) break;
    last = next;
    count++;
  }
  return count > 1 ? count : 0;
}

/** What negated matches of neighbouring fields mean, whichever release of nft loaded them. */
export const mayBeMerged = (matches: readonly Match[]): Match =>
  oneOrEvery(matches, 'some releases of nft read negated matches of neighbouring fields as one');
