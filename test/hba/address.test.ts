import * as fc from 'fast-check';
import { isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  block,
  blockOfAddress,
  contains,
  covers,
  difference,
  formatBlock,
  intersection,
  parseBlock,
  prefixLength,
  type AddressBlock,
} from '../../src/hba/address-set.ts';
import {
  formatAddress,
  fullMask,
  parseNumericHost,
  prefixMask,
  type Address,
  type Family,
} from '../../src/hba/address.ts';

const numRuns = 300 * Number(process.env['SAMPLES'] ?? 1);
const valueOf = (family: Family): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: fullMask(family) });
const family: fc.Arbitrary<Family> = fc.constantFrom(4 as const, 6 as const);
const address: fc.Arbitrary<Address> = family.chain((each) => valueOf(each).map((value) => ({ family: each, value })));

/** Blocks that are close to each other: a few fixed bits, many of them the same. */
const nearBlock: fc.Arbitrary<AddressBlock> = fc
  .tuple(fc.bigInt({ min: 0n, max: 255n }), fc.bigInt({ min: 0n, max: 255n }))
  .map(([value, mask]) => block(4, 0x7f000000n | value, 0xffffff00n | mask));

describe('numeric addresses as the server takes them', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['10.1', '10.0.0.1'],
    ['10.1.2', '10.1.0.2'],
    ['010.0.0.1', '8.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3'],
    ['::10.1.2.3', '::10.1.2.3'],
    ['1:0:0:2::', '1:0:0:2::'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is %s', (text, printed) => {
    expect(formatAddress(parseNumericHost(text)!)).toBe(printed);
  });

  test.each([
    '',
    '256.0.0.1',
    '1.2.3.4.5',
    '1.2.3.256',
    '08.0.0.1',
    '1..2',
    '1.2.3.4 ',
    '10.16777216',
    '4294967296',
    '0x',
    'db1',
    '1:2',
    ':1',
    '1::2::3',
    '12345::',
    '::1.2',
    '::01.2.3.4',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3.4::',
    '::1%',
    '::1%lo',
    '-1',
  ])('%j is none', (text) => {
    expect(parseNumericHost(text)).toBeUndefined();
  });

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(address, (each) => {
        const printed = formatAddress(each);
        expect(parseNumericHost(printed)).toEqual(each);
        expect(isIPv6(printed)).toBe(each.family === 6);
      }),
      { numRuns },
    );
  });
});

describe('sets of addresses', () => {
  test('a difference and an intersection are a partition', () => {
    fc.assert(
      fc.property(nearBlock, nearBlock, fc.bigInt({ min: 0n, max: 255n }), (from, taken, last) => {
        const one: Address = { family: 4, value: 0x7f000000n | last };
        const shared = intersection(from, taken);
        const parts = [...difference(from, taken), ...(shared ? [shared] : [])];
        expect(parts.filter((part) => contains(part, one)).length).toBe(contains(from, one) ? 1 : 0);
        expect(shared !== undefined && contains(shared, one)).toBe(contains(from, one) && contains(taken, one));
        expect(difference(from, taken).length === 0).toBe(covers(taken, from));
      }),
      { numRuns },
    );
  });

  test('CIDRs are read and written', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), ({ family: each, value }, length) => {
        const set = block(each, value, prefixMask(each, length));
        expect(prefixLength(set)).toBe(length);
        expect(parseBlock(formatBlock(set))).toEqual(set);
        expect(formatBlock(blockOfAddress({ family: each, value }))).not.toContain('/');
      }),
      { numRuns },
    );
    expect(formatBlock(block(4, 0x0a000001n, 0xff0000ffn))).toBe('10.0.0.1/255.0.0.255');
  });
});
