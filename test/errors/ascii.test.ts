import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAscii } from '../../src/errors/ascii.ts';

describe('isAscii', () => {
  it('agrees with looking at each byte, wherever the bytes begin in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 128, maxLength: 40 }), fc.nat(8), (bytes, offset) => {
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        expect(isAscii(moved)).toBe(bytes.every((byte) => byte < 128));
      }),
      { numRuns: 500 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });
});
