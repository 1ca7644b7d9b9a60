import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  formatRanges,
  parseAddressSet,
  parseIpv4,
  parseIpv6,
  formatAddressSet,
} from '../../src/netfilter/addresses.ts';
import {
  canonical,
  includes,
  intersect,
  subtract,
  union,
  type Bound,
  type Ranges,
} from '../../src/netfilter/ranges.ts';

const runs = { numRuns: 500 * Number(process.env.SAMPLES ?? 1) };
const SPACE = 40;

/** A set within 0…39, of numbers or of bigints, and the same as plain members. */
const sets = (big: boolean) =>
  fc.uniqueArray(fc.nat(SPACE - 1)).map((members) => {
    const bound = (n: number): Bound => (big ? BigInt(n) : n);
    return { members: new Set(members), ranges: canonical(members.map((n) => [bound(n), bound(n + 1)] as const)) };
  });
const membersOf = (ranges: Ranges, big: boolean) =>
  new Set(Array.from({ length: SPACE }, (_, n) => n).filter((n) => includes(ranges, big ? BigInt(n) : n)));

describe.each([false, true])('sets of addresses (bigint: %s)', (big) => {
  test('union, intersection and difference are those of the members', () => {
    fc.assert(
      fc.property(sets(big), sets(big), (a, b) => {
        expect(membersOf(union(a.ranges, b.ranges), big)).toEqual(new Set([...a.members, ...b.members]));
        expect(membersOf(intersect(a.ranges, b.ranges), big)).toEqual(
          new Set([...a.members].filter((n) => b.members.has(n))),
        );
        expect(membersOf(subtract(a.ranges, b.ranges), big)).toEqual(
          new Set([...a.members].filter((n) => !b.members.has(n))),
        );
      }),
      runs,
    );
  });

  test('one set has one form', () => {
    fc.assert(
      fc.property(sets(big), sets(big), (a, b) => {
        const joined = union(a.ranges, b.ranges);
        expect(union(b.ranges, a.ranges)).toEqual(joined);
        expect(subtract(joined, subtract(joined, a.ranges))).toEqual(intersect(joined, a.ranges));
        for (let i = 1; i < joined.length; i++) expect((joined[i - 1] as Bound) < (joined[i] as Bound)).toBe(true);
      }),
      runs,
    );
  });

  test('what covers a set gives it back as it is', () => {
    fc.assert(
      fc.property(
        sets(big).filter(({ members }) => members.size > 0),
        ({ ranges }) => {
          expect(intersect(ranges, big ? [0n, 99n] : [0, 99])).toBe(ranges);
          expect(subtract(ranges, big ? [50n, 99n] : [50, 99])).toBe(ranges);
        },
      ),
      runs,
    );
  });
});

describe('addresses as text', () => {
  test('IPv6 is read and written as the URL standard does', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const value = parseIpv6(text);
        expect(value).toBeDefined();
        expect(`[${formatAddress(value as bigint)}]`).toBe(new URL(`http://[${text}]`).hostname);
      }),
      runs,
    );
  });

  test('IPv4 goes both ways', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(formatAddress(parseIpv4(text) as number)).toBe(text);
      }),
      runs,
    );
  });

  test.each([
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.',
    '',
    'a.b.c.d',
    ':::',
    '1::2::3',
    '12345::',
    '::1.2.3',
    '1:2:3:4:5:6:7:8:9',
  ])('%j is no address', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
    expect(parseIpv6(text)).toBeUndefined();
  });

  test('CIDRs are the fewest that make up the set', () => {
    expect(formatAddressSet(parseAddressSet(['10.0.0.1-10.0.0.6', 'fd00::/16', '10.0.0.7']))).toEqual([
      '10.0.0.1',
      '10.0.0.2/31',
      '10.0.0.4/30',
      'fd00::/16',
    ]);
    expect(formatRanges([0, 2 ** 32])).toEqual(['0.0.0.0/0']);
    expect(() => parseAddressSet(['10.0.0.0/33'])).toThrow(RangeError);
  });

  test('a set is the same after it was written and read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, length]) => `${ip}/${length}`)),
        (texts) => {
          const set = parseAddressSet(texts);
          expect(parseAddressSet(formatAddressSet(set))).toEqual(set);
        },
      ),
      runs,
    );
  });
});
