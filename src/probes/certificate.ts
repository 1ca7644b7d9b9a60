import { isAddress, sameAddress } from '../address.ts';

/** The names of a certificate as this machine saw them: `DNS:…` and `IP Address:…`, and the subject with its `CN=…`. */
type Names = { readonly names: readonly string[]; readonly subject: string };

/**
 * Whether a certificate is one for a host, as libpq's `verify-full` has it (PostgreSQL, "Client Verification of Server
 * Certificates"): an alternative name, else the common name; a `*` stands for the whole first label.
 */
export function certifies({ names, subject }: Names, host: string): boolean {
  const dns = names.flatMap((name) => (name.startsWith('DNS:') ? name.slice('DNS:'.length) : []));
  const addresses = names.flatMap((name) => (name.startsWith('IP Address:') ? name.slice('IP Address:'.length) : []));
  if (isAddress(host) && addresses.some((address) => sameAddress(address, host))) return true;
  if (dns.some((name) => matches(name, host))) return true;
  if (dns.length > 0 || (isAddress(host) && addresses.length > 0)) return false;
  const common = /(?:^|, )CN=([^,+]*)/.exec(subject)?.[1];
  return common !== undefined && matches(common, host);
}

function matches(pattern: string, host: string): boolean {
  const [own, wanted] = [pattern.toLowerCase(), host.toLowerCase()];
  if (own === wanted) return true;
  // An address is never meant by a wildcard.
  if (!own.startsWith('*.') || isAddress(host)) return false;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === own.slice(1);
}
