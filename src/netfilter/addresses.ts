import { canonical, subtract, type Bound, type Ranges } from './ranges.ts';

export type Family = 4 | 6;

/** A set of IPv4 and IPv6 addresses: canonical, sorted, disjoint ranges (flat half-open boundaries), one list a family. */
export type AddressSet = { readonly ipv4: Ranges; readonly ipv6: Ranges };

export const BITS = { 4: 32, 6: 128 } as const;
export const ALL: Readonly<Record<Family, Ranges>> = { 4: [0, 2 ** 32], 6: [0n, 1n << 128n] };

/** An IPv4 address in dotted form (four decimal parts) as a number, or undefined. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let part = -1;
  let parts = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (part < 0 || part > 255) return undefined;
      value = value * 256 + part;
      part = -1;
      parts++;
    } else if (code >= 48 && code <= 57) {
      part = (part < 0 ? 0 : part) * 10 + (code - 48);
      if (part > 255) return undefined;
    } else return undefined;
  }
  return parts === 4 ? value : undefined;
}

function groups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const result: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const embedded = parseIpv4(part);
      if (embedded === undefined) return undefined;
      result.push(BigInt(Math.floor(embedded / 65536)), BigInt(embedded % 65536));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) result.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return result;
}

/** An IPv6 address (RFC 4291 text forms, also with an embedded IPv4 part) as a bigint, or undefined. */
export function parseIpv6(text: string): bigint | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const gap = text.indexOf('::');
  const head = groups(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2));
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array.from({ length: missing }, () => 0n), ...tail]) value = (value << 16n) | group;
  return value;
}

/** One address of the given family, or undefined. */
export function parseAddress(text: string, family: Family): Bound | undefined {
  return family === 4 ? parseIpv4(text) : parseIpv6(text);
}

/** The address after the given one; as the open end of a range of one. */
export function after(address: Bound): Bound {
  return typeof address === 'bigint' ? address + 1n : address + 1;
}

/** The range of one address. */
export function single(address: Bound): Ranges {
  return [address, after(address)];
}

/** The range of a network: host bits of `address` are ignored. */
export function network(address: Bound, prefixLength: number): readonly [Bound, Bound] {
  if (typeof address === 'bigint') {
    const size = 1n << BigInt(128 - prefixLength);
    const start = (address / size) * size;
    return [start, start + size];
  }
  const size = 2 ** (32 - prefixLength);
  const start = Math.floor(address / size) * size;
  return [start, start + size];
}

/** `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS-ADDRESS` of one family as a [start, end) pair, or undefined. */
export function parseRange(text: string, family: Family): readonly [Bound, Bound] | undefined {
  const slash = text.indexOf('/');
  if (slash >= 0) {
    const address = parseAddress(text.slice(0, slash), family);
    const length = text.slice(slash + 1);
    if (address === undefined || !/^\d{1,3}$/.test(length) || Number(length) > BITS[family]) return undefined;
    return network(address, Number(length));
  }
  const dash = text.indexOf('-');
  const start = parseAddress(dash < 0 ? text : text.slice(0, dash), family);
  const end = dash < 0 ? start : parseAddress(text.slice(dash + 1), family);
  return start === undefined || end === undefined ? undefined : [start, after(end)];
}

/**
 * A set from addresses, CIDRs and ranges (`a-b`) of both families.
 * @throws {RangeError} naming the text that is none of these.
 */
export function parseAddressSet(texts: readonly string[]): AddressSet {
  const pairs: Record<Family, (readonly [Bound, Bound])[]> = { 4: [], 6: [] };
  for (const text of texts) {
    const family = text.includes(':') ? 6 : 4;
    const range = parseRange(text.trim(), family);
    if (range === undefined) throw new RangeError(`neither an address nor a CIDR: ${JSON.stringify(text)}`);
    pairs[family].push(range);
  }
  return { ipv4: canonical(pairs[4]), ipv6: canonical(pairs[6]) };
}

/** An address as text: dotted, or RFC 5952 (lower case, the longest run of zeros shortened). */
export function formatAddress(address: Bound): string {
  if (typeof address === 'number') {
    return [address / 2 ** 24, address / 2 ** 16, address / 256, address].map((x) => Math.floor(x) % 256).join('.');
  }
  const parts = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && parts[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = parts.map((part) => part.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** The fewest addresses and CIDRs that make up the ranges, in order; single addresses without a length. */
export function formatRanges(ranges: Ranges): string[] {
  const result: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const end = ranges[i + 1] as Bound;
    let start = ranges[i] as Bound;
    const bits = typeof start === 'bigint' ? 128 : 32;
    while (start < end) {
      let length = bits;
      while (length > 0) {
        const [low, high] = network(start, length - 1);
        if (low !== start || high > end) break;
        length--;
      }
      result.push(length === bits ? formatAddress(start) : `${formatAddress(start)}/${length}`);
      start = network(start, length)[1];
    }
  }
  return result;
}

/** The set as the fewest addresses and CIDRs, IPv4 first. */
export function formatAddressSet(set: AddressSet): string[] {
  return [...formatRanges(set.ipv4), ...formatRanges(set.ipv6)];
}

/** Whether all of some addresses, CIDRs and ranges lie within others. False where one of them is none of these. */
export function containsAddresses(outer: readonly string[], inner: readonly string[]): boolean {
  try {
    const [within, asked] = [parseAddressSet(outer), parseAddressSet(inner)];
    return subtract(asked.ipv4, within.ipv4).length === 0 && subtract(asked.ipv6, within.ipv6).length === 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
