/** Address family by its width in bits. */
export type Family = 4 | 6;

/** An address as a number: 32 bits for family 4, 128 for family 6. */
export type Address = { readonly family: Family; readonly value: bigint };

/** Width of an address in bits. */
export const widthOf = (family: Family): number => (family === 4 ? 32 : 128);

/** The mask with all bits set. */
export const fullMask = (family: Family): bigint => (1n << BigInt(widthOf(family))) - 1n;

/** The mask of a prefix length from 0 to the family's width. */
export function prefixMask(family: Family, length: number): bigint {
  const rest = BigInt(widthOf(family) - length);
  return (fullMask(family) >> rest) << rest;
}

/** A number as C's `strtoul` with base 0 reads it: decimal, octal after `0`, hexadecimal after `0x`. */
function cNumber(text: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]{1,40}$/.test(text)) return BigInt(text);
  if (/^0[0-7]{0,40}$/.test(text)) return BigInt(`0o0${text}`);
  if (/^[1-9][0-9]{0,40}$/.test(text)) return BigInt(text);
  return undefined;
}

/** `inet_aton`: one to four parts, octal and hexadecimal too, the last part filling the bytes that are left. */
function parseIPv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  let value = 0n;
  for (const [index, part] of parts.entries()) {
    const number = cNumber(part);
    if (number === undefined) return undefined;
    const last = index === parts.length - 1;
    const bits = last ? BigInt(8 * (5 - parts.length)) : 8n;
    if (number >> bits !== 0n) return undefined;
    value = (value << bits) | number;
  }
  return { family: 4, value };
}

/** Four decimal parts without leading zeros, as `inet_pton` takes them. */
function parseDottedQuad(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** Groups of up to four hexadecimal digits, the last of them possibly a dotted quad. */
function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const quad = parseDottedQuad(part);
      if (quad === undefined) return undefined;
      groups.push(quad >> 16n, quad & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** `inet_pton` for IPv6. */
function parseIPv6(text: string): Address | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : [];
  if (!head || !tail || (halves.length === 2 && halves[0]!.includes('.'))) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...tail];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

/**
 * A numeric address as `getaddrinfo` with `AI_NUMERICHOST` takes it in the server (glibc): IPv4 also in the short, octal and
 * hexadecimal forms of `inet_aton` (`10.1` is 10.0.0.1, `010.0.0.1` is 8.0.0.1), IPv6 also with a zone after `%`.
 * @returns undefined for anything else, which the server then takes for a host name
 */
export function parseNumericHost(text: string): Address | undefined {
  if (text.length > 120) return undefined;
  const zone = text.indexOf('%');
  if (zone < 0) return parseIPv4(text) ?? parseIPv6(text);
  const address = parseIPv6(text.slice(0, zone));
  const linkLocal = address !== undefined && (address.value >> 118n === 0x3fan || address.value >> 112n === 0xff02n);
  return (linkLocal && text.length > zone + 1) || /^[0-9]{1,9}$/.test(text.slice(zone + 1)) ? address : undefined;
}

/** Length of the longest run of zero groups and where it starts, the first of equals; a run of one counts for nothing. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** An address as the server prints it (`getnameinfo` with `NI_NUMERICHOST`, which is `inet_ntop`). */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const { start, length } = longestZeroRun(groups);
  const quadAfter = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  if (quadAfter) {
    const quad = formatAddress({ family: 4, value: value & 0xffff_ffffn });
    return length === 5 ? `::ffff:${quad}` : `::${quad}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
