import ipaddr from 'ipaddr.js';

/**
 * IP version of an address or block. The two never match each other (routes, rules and entries of one say nothing about
 * the other).
 */
type Family = 4 | 6;

/** One address as a number: 32 bits for family 4, 128 bits for family 6. */
export type Address = { readonly family: Family; readonly value: bigint };

/** A CIDR block: every address whose value lies between `first` and `last`, both included. */
export type Block = {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
  /** Length of the network prefix in bits: 0 to 32 or 0 to 128. */
  readonly prefix: number;
};

const longestText = 49;

/**
 * Reads an IPv4 address in dotted decimal or an IPv6 address.
 * @returns undefined for anything else: zone identifiers, octal or short IPv4 forms, host names.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > longestText || text.includes('%')) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 4, value: number(ipaddr.IPv4.parse(text)) };
  if (text.includes(':') && ipaddr.IPv6.isValid(text)) return { family: 6, value: number(ipaddr.IPv6.parse(text)) };
  return undefined;
}

/**
 * Reads a CIDR block, or a single address as the block that holds only it. Bits behind the prefix are masked, as EC2
 * does.
 * @returns undefined when the text is neither.
 */
export function parseBlock(text: string): Block | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = bitsOf(address.family);
  const suffix = slash === -1 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > bits) return undefined;
  const prefix = Number(suffix);
  const hosts = (1n << BigInt(bits - prefix)) - 1n;
  const first = (address.value >> BigInt(bits - prefix)) << BigInt(bits - prefix);
  return { family: address.family, first, last: first + hosts, prefix };
}

/** Whether the address lies in the block; false across families. */
export function holds(block: Block, address: Address): boolean {
  return block.family === address.family && block.first <= address.value && address.value <= block.last;
}

/** The same on texts; false where either cannot be read. */
export function textHolds(block: string, address: string): boolean {
  const [parsedBlock, parsedAddress] = [parseBlock(block), parseAddress(address)];
  return parsedBlock !== undefined && parsedAddress !== undefined && holds(parsedBlock, parsedAddress);
}

/** The narrowest block around one address, as text: `/32` or `/128`. */
export function hostBlock(address: Address): string {
  return `${formatAddress(address)}/${bitsOf(address.family)}`;
}

/** The address in its usual form: dotted decimal, or RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
  const parsed = ipaddr.fromByteArray(bytes);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
}

/** Whether the internet carries packets to the address: globally unicast, so neither RFC 1918 nor RFC 6598. */
export function isInternetAddress(address: Address): boolean {
  return ipaddr.parse(formatAddress(address)).range() === 'unicast';
}

/** The IPv4 blocks that the internet carries no packets to, as text. */
export function specialBlocks(): readonly string[] {
  // The library's types leave the member out.
  const { SpecialRanges } = ipaddr.IPv4.parse('0.0.0.0') as unknown as {
    SpecialRanges: Readonly<Record<string, readonly (readonly [ipaddr.IPv4, number])[]>>;
  };
  return Object.values(SpecialRanges)
    .flat()
    .map(([address, prefix]) => `${address.toString()}/${prefix}`);
}

function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

function number(parsed: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return parsed.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
