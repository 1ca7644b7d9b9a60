import ipaddr from 'ipaddr.js';

/**
 * Whether a text is one literal IPv4 or IPv6 address. Short forms such as `10.1` are names here: libpq would read them,
 * people mistype them.
 */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** Whether a text is one address or a CIDR of either family. */
export function isAddressOrCidr(text: string): boolean {
  return isAddress(text) || ipaddr.isValidCIDR(text);
}

/** Whether two texts are the same address, however they are written. */
export function sameAddress(a: string, b: string): boolean {
  return isAddress(a) && isAddress(b) && ipaddr.process(a).toString() === ipaddr.process(b).toString();
}

/** Whether an address is loopback. */
export function isLoopback(address: string): boolean {
  return isAddress(address) && ipaddr.process(address).range() === 'loopback';
}

/** Whether an address is one that the public Internet does not route: private, shared, link-local or unique local. */
export function isPrivate(address: string): boolean {
  return (
    isAddress(address) &&
    ['private', 'carrierGradeNat', 'linkLocal', 'uniqueLocal', 'loopback'].includes(ipaddr.process(address).range())
  );
}
