import { ALL, BITS, network, parseAddress, type Family } from './addresses.ts';
import { intersect, NOTHING, type Bound, type Ranges } from './ranges.ts';

const MOST_PIECES = 4096;

/** An address with a mask that is no prefix (`10.0.0.5/255.0.0.255`): the addresses whose masked bits are equal. */
export type Masked = { readonly value: bigint; readonly mask: bigint };

/** `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS/MASK` of iptables: a range, a mask that is no prefix, or undefined. */
export function parseIptablesAddress(text: string, family: Family): Ranges | Masked | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash), family);
  if (address === undefined) return undefined;
  if (slash < 0) return network(address, BITS[family]);
  const mask = text.slice(slash + 1);
  if (/^\d{1,3}$/.test(mask)) return Number(mask) > BITS[family] ? undefined : network(address, Number(mask));
  const bits = parseAddress(mask, family);
  if (bits === undefined) return undefined;
  const length = prefixLength(BigInt(bits), family);
  if (length !== undefined) return network(address, length);
  return { value: BigInt(address) & BigInt(bits), mask: BigInt(bits) };
}

function prefixLength(mask: bigint, family: Family): number | undefined {
  const all = (1n << BigInt(BITS[family])) - 1n;
  const inverted = ~mask & all;
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return BITS[family] - (inverted === 0n ? 0 : inverted.toString(2).length);
}

/**
 * The addresses of `set` that agree with the mask. Splits the family's space bit by bit, only where `set` lies.
 * @returns undefined when that would take more pieces than is reasonable.
 */
export function intersectMasked(set: Ranges, { value, mask }: Masked, family: Family): Ranges | undefined {
  const result: Bound[] = [];
  let pieces = 0;
  const visit = (part: Ranges, bit: number): boolean => {
    if (++pieces > MOST_PIECES) return false;
    const low = mask & ((1n << BigInt(bit)) - 1n);
    if (low === 0n) {
      for (let i = 0; i < part.length; i += 2) {
        const start = part[i] as Bound;
        if (result[result.length - 1] === start) result.pop();
        else result.push(start);
        result.push(part[i + 1] as Bound);
      }
      return true;
    }
    const one = BigInt(bit - 1);
    const first = BigInt(part[0] as Bound);
    const base = (first >> BigInt(bit)) << BigInt(bit);
    for (const half of [0n, 1n]) {
      if (((mask >> one) & 1n) === 1n && ((value >> one) & 1n) !== half) continue;
      const start = base + (half << one);
      const inside = intersect(
        part,
        family === 4 ? [Number(start), Number(start + (1n << one))] : [start, start + (1n << one)],
      );
      if (inside.length > 0 && !visit(inside, bit - 1)) return false;
    }
    return true;
  };
  const all = intersect(set, ALL[family]);
  if (all.length === 0) return NOTHING;
  return visit(all, BITS[family]) ? result : undefined;
}
