import {
  formatAddress,
  fullMask,
  parseNumericHost,
  prefixMask,
  widthOf,
  type Address,
  type Family,
} from './address.ts';

/**
 * Every address of a family that agrees with `value` in the bits of `mask`. The mask need not be a prefix: PostgreSQL takes
 * `255.0.255.0`, and these blocks are closed under intersection and difference all the same.
 */
export type AddressBlock = { readonly family: Family; readonly value: bigint; readonly mask: bigint };

/** The block of one address. */
export function blockOfAddress({ family, value }: Address): AddressBlock {
  return { family, value, mask: fullMask(family) };
}

/** A block with the bits outside of its mask cleared. */
export function block(family: Family, value: bigint, mask: bigint): AddressBlock {
  return { family, value: value & mask, mask };
}

/** Whether the address lies in the block. */
export function contains(set: AddressBlock, { family, value }: Address): boolean {
  return family === set.family && (value & set.mask) === set.value;
}

/** What two blocks share; undefined where that is nothing. */
export function intersection(one: AddressBlock, other: AddressBlock): AddressBlock | undefined {
  if (one.family !== other.family || ((one.value ^ other.value) & one.mask & other.mask) !== 0n) return undefined;
  return { family: one.family, value: one.value | other.value, mask: one.mask | other.mask };
}

/** Whether every address of `inner` lies in `outer`. */
export function covers(outer: AddressBlock, inner: AddressBlock): boolean {
  return (
    outer.family === inner.family && (outer.mask & ~inner.mask) === 0n && (inner.value & outer.mask) === outer.value
  );
}

/** `from` without `taken`, as blocks that do not overlap: one for each bit that `taken` fixes and `from` leaves open. */
export function difference(from: AddressBlock, taken: AddressBlock): AddressBlock[] {
  if (!intersection(from, taken)) return [from];
  const rest: AddressBlock[] = [];
  let { value, mask } = from;
  for (let bit = BigInt(widthOf(from.family)) - 1n; bit >= 0n; bit--) {
    const flag = 1n << bit;
    if ((taken.mask & flag) === 0n || (mask & flag) !== 0n) continue;
    mask |= flag;
    rest.push({ family: from.family, value: value | (~taken.value & flag), mask });
    value |= taken.value & flag;
  }
  return rest;
}

/** Prefix length of a block whose mask is a prefix; undefined for other masks. */
export function prefixLength({ family, mask }: AddressBlock): number | undefined {
  const inverted = mask ^ fullMask(family);
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return widthOf(family) - inverted.toString(2).length + (inverted === 0n ? 1 : 0);
}

/** A block as people write it: an address, a CIDR, or an address and its mask where the mask is no prefix. */
export function formatBlock(set: AddressBlock): string {
  const address = formatAddress(set);
  const length = prefixLength(set);
  if (length === undefined) return `${address}/${formatAddress({ family: set.family, value: set.mask })}`;
  return length === widthOf(set.family) ? address : `${address}/${length}`;
}

/**
 * A block from an address or CIDR, host bits ignored.
 * @returns undefined where the text is neither
 */
export function parseBlock(text: string): AddressBlock | undefined {
  const [host = '', length, ...rest] = text.split('/');
  const address = parseNumericHost(host);
  if (!address || rest.length > 0) return undefined;
  if (length === undefined) return blockOfAddress(address);
  if (!/^[0-9]{1,3}$/.test(length) || Number(length) > widthOf(address.family)) return undefined;
  return block(address.family, address.value, prefixMask(address.family, Number(length)));
}
