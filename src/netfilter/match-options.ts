import type { PortRange } from './packet.ts';

const SERVICES: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  http: 80,
  www: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  'netbios-ns': 137,
  'netbios-dgm': 138,
  'netbios-ssn': 139,
  imap2: 143,
  imap: 143,
  snmp: 161,
  ldap: 389,
  https: 443,
  'microsoft-ds': 445,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  'ms-sql-s': 1433,
  nfs: 2049,
  mysql: 3306,
  'ms-wbt-server': 3389,
  postgresql: 5432,
  postgres: 5432,
  x11: 6000,
  'http-alt': 8080,
};

/** A port by number (decimal, or hexadecimal with 0x) or by its well-known name. */
export function parsePort(text: string): number | undefined {
  if (/^(\d{1,5}|0x[0-9a-fA-F]{1,4})$/.test(text)) {
    const port = Number(text);
    return port <= 65535 ? port : undefined;
  }
  return SERVICES[text];
}

/** `PORT`, `FROM:TO`, `:TO` or `FROM:` (also with `-` between, as nft and ipset write) as an inclusive range. */
export function parsePortRange(text: string): PortRange | undefined {
  const at = text.indexOf(':');
  if (at < 0) {
    const port = parsePort(text);
    if (port !== undefined) return [port, port];
    const dash = text.indexOf('-');
    if (dash < 0) return undefined;
    return pair(parsePort(text.slice(0, dash)), parsePort(text.slice(dash + 1)));
  }
  return pair(
    at === 0 ? 0 : parsePort(text.slice(0, at)),
    at === text.length - 1 ? 65535 : parsePort(text.slice(at + 1)),
  );
}

function pair(from: number | undefined, to: number | undefined): PortRange | undefined {
  return from === undefined || to === undefined ? undefined : [from, to];
}

/** Whether any, all or none of the ports in `ports` lie in one of the ranges: true, false, or undefined for some of them. */
export function portsIn(ports: PortRange, ranges: readonly PortRange[]): boolean | undefined {
  let some = false;
  const sorted = ranges.length > 1 ? [...ranges].sort((a, b) => a[0] - b[0]) : ranges;
  let next = ports[0];
  for (const [from, to] of sorted) {
    if (to < ports[0] || from > ports[1] || from > to) continue;
    some = true;
    if (from <= next) next = Math.max(next, to + 1);
  }
  return next > ports[1] ? true : some ? undefined : false;
}

/** `VALUE` or `VALUE/MASK` of 32 bits, decimal, hexadecimal or octal; without a mask `mask` is all ones. */
export function parseMasked(text: string): { value: number; mask: number } | undefined {
  const [value, mask, ...more] = text.split('/');
  const parse = (part: string) =>
    /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(part)
      ? /^0\d+$/.test(part)
        ? parseInt(part, 8)
        : Number(part)
      : Number.NaN;
  const result = { value: parse(value ?? ''), mask: mask === undefined ? 0xffffffff : parse(mask) };
  const fits = (x: number) => x <= 0xffffffff;
  return more.length === 0 && fits(result.value) && fits(result.mask) ? result : undefined;
}
