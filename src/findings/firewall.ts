import type { FirewallLayer } from '../layers.ts';
import type { Words } from './define.ts';
import { codesOf, words } from './define.ts';

type Connection = { from: string; to: string; port: number };
type Decided = Connection & { chain: string; table: string; how: string };

/** The words that the five firewall layers share; each has them under its own letters. */
function verdicts(owner: string) {
  return {
    pass: words<Decided>({
      status: 'pass',
      title: `${owner} lets the connection through`,
      summary: ({ chain, how }) => `lets the connection through (${chain === '' ? '' : `${chain}: `}${how})`,
      detail: ({ from, to, port }) =>
        `A new TCP connection from ${from} to ${to}:${port} was followed through the kernel’s hooks, and its answers back.`,
    }),
    block: words<Decided>({
      status: 'block',
      title: `${owner} blocks the connection`,
      summary: ({ chain, how, from }) => `blocks ${from}: ${how} in chain ${chain}`,
      detail: ({ from, to, port, table }) =>
        `A new TCP connection from ${from} to ${to}:${port} ends here (table ${table}), whatever stands in rules behind it.`,
    }),
    unknown: words<Connection & { why: string }>({
      status: 'unknown',
      title: `What ${owner} does with the connection depends on what cannot be known from here`,
      summary: ({ why }) => why,
      detail: ({ from, to, port }) =>
        `For a new TCP connection from ${from} to ${to}:${port} more than one outcome is possible.`,
    }),
    limited: words<Connection & { why: string }>({
      status: 'warn',
      title: `${owner} limits how fast connections may come`,
      summary: ({ why }) => why,
      detail: ({ from, to, port }) =>
        `Single connections from ${from} to ${to}:${port} pass; a full load that opens many at once may lose some of them.`,
    }),
    absent: words<{ what: string }>({
      status: 'skip',
      reason: 'not-on-path',
      title: `${owner} has nothing in the kernel’s rules`,
      summary: ({ what }) => what,
      detail: () => 'The kernel’s rules were gathered, and none of them is of this owner.',
    }),
    missing: words<{ what: string }>({
      status: 'skip',
      reason: 'not-installed',
      title: `${owner} is not installed`,
      summary: ({ what }) => what,
      detail: () => 'The host says that it is not there, and the kernel’s rules hold nothing of it.',
    }),
    shadowed: words<Connection & { rule: string; place: string; by: string; byPlace: string }>({
      status: 'warn',
      title: 'A rule that would admit the connection is never reached',
      summary: ({ place, byPlace }) => `an ACCEPT for it (${place}) is never reached: ${byPlace} decides first`,
      detail: ({ rule, by }) =>
        `The rule \`${rule}\` admits this connection, but the packet never gets to it, because \`${by}\` comes first. Adding more rules behind it changes nothing.`,
    }),
  } as const satisfies Record<string, Words<never>>;
}

type Differences = { lost: number; back: number; lostNames: string; backNames: string; where: string };

/** What a boot would make of the rules that no front end owns. */
function reboot(things: string) {
  const some = (count: number) => (count === 1 ? things : `${things}s`);
  return words<Differences>({
    status: 'warn',
    title: `A reboot would change the ${things}s`,
    summary: ({ lost, back }) =>
      `a reboot would ${[
        ...(lost === 0 ? [] : [`lose ${lost} ${some(lost)} made by hand`]),
        ...(back === 0 ? [] : [`bring in ${back} ${some(back)} that ${back === 1 ? 'is' : 'are'} not in the kernel`]),
      ].join(' and ')}`,
    detail: ({ lost, back, lostNames, backNames, where }) =>
      [
        ...(lost === 0 ? [] : [`It would lose ${lostNames}.`]),
        ...(back === 0 ? [] : [`It would bring in ${backNames}.`]),
        `For ${where}.`,
      ].join(' '),
  });
}

/** A front end that does not run, and whose rules are on disk. */
function stopped(owner: string) {
  return words<{ state: string; rules: string; boot: string }>({
    status: 'warn',
    title: `${owner} does not run, and has rules on disk`,
    summary: ({ state, boot }) => `${owner} is ${state}, and ${boot}`,
    detail: ({ rules }) =>
      `On disk are ${rules}. What is judged here is the kernel as it is; the next start of ${owner} may close it.`,
  });
}

const iptables = verdicts('iptables');
const nftables = verdicts('nftables');
const shorewall = verdicts('shorewall');
const ufw = verdicts('ufw');
const firewalld = verdicts('firewalld');

/** Rules of iptables that no front end owns. */
export const iptablesCodes = codesOf('iptables', {
  IPT001: iptables.pass,
  IPT002: iptables.block,
  IPT003: iptables.unknown,
  IPT004: iptables.limited,
  IPT005: iptables.absent,
  IPT006: iptables.missing,
  IPT007: iptables.shadowed,
  IPT008: words<{ count: number; max: number }>({
    status: 'warn',
    title: 'The table of tracked connections is nearly full',
    summary: ({ count, max }) => `${count} of ${max} tracked connections: a full table drops every new one`,
    detail: () =>
      'The kernel then logs “nf_conntrack: table full, dropping packet”, and DMS sees a timeout that comes and goes. Raise net.netfilter.nf_conntrack_max, or find who holds so many.',
  }),
  IPT009: words<{ what: string; interface: string }>({
    status: 'unknown',
    title: 'A program sees the packets before netfilter does',
    summary: ({ what, interface: name }) =>
      `${what} on ${name} sees every packet first; what it drops is not known from here`,
    detail: () =>
      'XDP and tc programs run before any rule of iptables or nftables and may drop what these would admit. Whoever loaded it knows what it does.',
  }),
  IPT010: reboot('rule'),
  IPT011: words<{ from: string; arrivesBy: string; answersBy: string }>({
    status: 'unknown',
    title: 'The answer leaves by another interface than the request comes in by',
    summary: ({ from, arrivesBy, answersBy }) =>
      `the answer to ${from} leaves by ${answersBy}, though the request comes in by ${arrivesBy}`,
    detail: () =>
      'The host allows that. The network may not: a VPC drops what an interface sends from an address that is not its own, and a stateful firewall on the way never sees the other half. DMS then sees a timeout.',
  }),
});
/** Native nftables rules that no front end owns. */
export const nftablesCodes = codesOf('nftables', {
  NFT001: nftables.pass,
  NFT002: nftables.block,
  NFT003: nftables.unknown,
  NFT004: nftables.limited,
  NFT005: nftables.absent,
  NFT006: nftables.missing,
  NFT007: nftables.shadowed,
  NFT008: reboot('table'),
});
/** Chains that shorewall compiled. */
export const shorewallCodes = codesOf('shorewall', {
  SHW001: shorewall.pass,
  SHW002: shorewall.block,
  SHW003: shorewall.unknown,
  SHW004: shorewall.limited,
  SHW005: shorewall.absent,
  SHW006: shorewall.missing,
  SHW007: shorewall.shadowed,
  SHW008: stopped('shorewall'),
});
/** Chains that ufw wrote. */
export const ufwCodes = codesOf('ufw', {
  UFW001: ufw.pass,
  UFW002: ufw.block,
  UFW003: ufw.unknown,
  UFW004: ufw.limited,
  UFW005: ufw.absent,
  UFW006: ufw.missing,
  UFW007: ufw.shadowed,
  UFW008: stopped('ufw'),
});
/** Tables and chains that firewalld wrote. */
export const firewalldCodes = codesOf('firewalld', {
  FWD001: firewalld.pass,
  FWD002: firewalld.block,
  FWD003: firewalld.unknown,
  FWD004: firewalld.limited,
  FWD005: firewalld.absent,
  FWD006: firewalld.missing,
  FWD007: firewalld.shadowed,
  FWD008: stopped('firewalld'),
});

/** The seven codes of each firewall layer, by what they say. */
export const firewallCodes = {
  iptables: {
    pass: 'IPT001',
    block: 'IPT002',
    unknown: 'IPT003',
    limited: 'IPT004',
    absent: 'IPT005',
    missing: 'IPT006',
    shadowed: 'IPT007',
  },
  nftables: {
    pass: 'NFT001',
    block: 'NFT002',
    unknown: 'NFT003',
    limited: 'NFT004',
    absent: 'NFT005',
    missing: 'NFT006',
    shadowed: 'NFT007',
  },
  shorewall: {
    pass: 'SHW001',
    block: 'SHW002',
    unknown: 'SHW003',
    limited: 'SHW004',
    absent: 'SHW005',
    missing: 'SHW006',
    shadowed: 'SHW007',
  },
  ufw: {
    pass: 'UFW001',
    block: 'UFW002',
    unknown: 'UFW003',
    limited: 'UFW004',
    absent: 'UFW005',
    missing: 'UFW006',
    shadowed: 'UFW007',
  },
  firewalld: {
    pass: 'FWD001',
    block: 'FWD002',
    unknown: 'FWD003',
    limited: 'FWD004',
    absent: 'FWD005',
    missing: 'FWD006',
    shadowed: 'FWD007',
  },
} as const satisfies Record<FirewallLayer, Record<string, string>>;
