import fc from 'fast-check';

/** Rules that put one match of nft in the place where it decides; where they stand, and what they are. */
export type Focus = {
  readonly chain: 'in' | 'out' | 'early';
  readonly rules: readonly string[];
};

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** A match, and the same negated. */
type Pair = readonly [string, string];
const pair = (left: string, right: string): Pair => [`${left} ${right}`, `${left} != ${right}`];
const compared = (left: string, right: string): Pair => [`${left} == ${right}`, `${left} != ${right}`];

const INWARDS: readonly Pair[] = [
  pair('ip saddr', '10.1.0.0/29'),
  pair('ip saddr', '{ 10.1.0.1, 10.200.0.0/16 }'),
  ['ip saddr < 10.1.3.9', 'ip saddr >= 10.1.3.9'],
  pair('ip daddr', '172.31.40.17'),
  pair('ip6 saddr', 'fd10:1::/125'),
  pair('ip6 daddr', 'fd31::17'),
  pair('ip6 daddr', 'fd31::/64'),
  compared('ip saddr & 255.0.0.1', '10.0.0.1'),
  compared('ip6 saddr & ff00::1', 'fd00::1'),
  pair('tcp dport', '5432'),
  pair('tcp dport', '5000-6000'),
  ['tcp dport < 1024', 'tcp dport >= 1024'],
  pair('tcp sport', '32768-46000'),
  pair('th dport', '{ 22, 6000-7000 }'),
  compared('tcp flags & (fin|syn|rst|ack)', 'syn'),
  ['tcp option maxseg exists', 'tcp option maxseg missing'],
  pair('ip protocol', 'tcp'),
  pair('ip6 nexthdr', 'tcp'),
  ...['01', '03', '99', '01', '99'].map((end) => pair('ether saddr', `02:00:00:00:00:${end}`)),
  pair('meta l4proto', '{ tcp, udp }'),
  pair('meta nfproto', 'ipv4'),
  pair('meta protocol', 'ip'),
  pair('meta protocol', 'ip6'),
  pair('meta mark', '1'),
  compared('meta mark & 1', '1'),
  pair('meta pkttype', 'host'),
  pair('meta length', '30-200'),
  ['meta length < 39', 'meta length >= 39'],
  ['meta secpath missing', 'meta secpath exists'],
  pair('iifname', '"eth0"'),
  pair('iifname', '"eth*"'),
  pair('iif', '"eth0"'),
  pair('ct state', 'new'),
  ['ct state { new, established }', 'ct state { invalid, untracked }'],
  pair('ct direction', 'original'),
  pair('ct status', 'dnat'),
  pair('ct mark', '1'),
  pair('meta l4proto tcp ct original proto-dst', '5432'),
  pair('ct original ip saddr', '10.1.0.0/29'),
  pair('ct original ip daddr', '172.31.40.17'),
  pair('ct original ip6 saddr', 'fd10:1::/125'),
  pair('fib daddr type', 'local'),
  pair('fib saddr type', 'unicast'),
  pair('ip saddr', '@clients'),
  pair('ip saddr', '@networks'),
  pair('ip6 saddr', '@clients6'),
  pair('tcp dport', '@ports'),
  pair('ip saddr . tcp dport', '@pairs'),
  pair('ip saddr . ip daddr . tcp dport', '{ 10.1.0.0/29 . 172.31.40.17 . 22-5432, 10.200.0.1 . 192.0.2.17 . 22 }'),
];

/** Verdict maps, which need no verdict of their own. */
const MAPS = [
  'tcp dport vmap { 22 : accept, 5432 : drop }',
  'ip saddr vmap { 10.1.0.0/29 : accept, 10.200.0.0/16 : drop, * : accept }',
  'ip saddr vmap @verdicts',
  'ip saddr vmap @verdicts drop',
  'ip saddr vmap @verdicts accept',
  'iifname . tcp dport vmap { "eth0" . 22 : drop, "eth1" . 5000-6000 : accept }',
  'ct state vmap { new : accept, established : accept, invalid : drop }',
  'meta nfproto vmap { ipv4 : accept, ipv6 : drop }',
];

const OUTWARDS: readonly Pair[] = [
  pair('oifname', '"eth0"'),
  pair('oifname', '"eth*"'),
  pair('oif', '"eth0"'),
  pair('meta skuid', '26'),
  pair('meta skuid', '{ 0-25, 27 }'),
  pair('meta skgid', '27'),
];

const BEFORE: readonly Pair[] = [
  ['fib saddr . iif oif missing', 'fib saddr . iif oif exists'],
  pair('fib daddr . iif type', 'local'),
];

/** Of these nobody knows beforehand whether they hold. */
const DOUBTFUL = [
  'limit rate 1000/second burst 10 packets',
  'limit rate over 5/minute',
  'ct count over 3',
  'numgen inc mod 2 0',
];

const VERDICTS = [
  'accept',
  'drop',
  // The counter keeps the listing whole, see nft-hidden.ts.
  'counter reject with tcp reset',
  'reject with icmpx port-unreachable',
  'reject with icmpx admin-prohibited',
];
/** A reject of one family alone cannot stand behind a match of the other. */
const REJECTS = {
  ip: ['icmp port-unreachable', 'icmp net-unreachable', 'icmp host-unreachable', 'icmp prot-unreachable'].concat(
    'icmp net-prohibited',
    'icmp host-prohibited',
    'icmp admin-prohibited',
  ),
  ip6: ['icmpv6 no-route', 'icmpv6 admin-prohibited', 'icmpv6 addr-unreachable', 'icmpv6 port-unreachable'].concat(
    'icmpv6 policy-fail',
    'icmpv6 reject-route',
  ),
};

function endings(match: string): readonly string[] {
  const kinds = /\bip6 /.test(match) ? REJECTS.ip6 : /\bip /.test(match) ? REJECTS.ip : [];
  return [...VERDICTS, ...kinds.map((kind) => `reject with ${kind}`)];
}

const input = ([match, rest]: Pair): fc.Arbitrary<Focus> =>
  fc
    .tuple(pick(...endings(match)), pick(...endings(rest)))
    .map(([one, other]) => ({ chain: 'in', rules: [`${match} ${one}`, `${rest} ${other}`] }));
const output = (match: Pair): fc.Arbitrary<Focus> =>
  fc.tuple(pick(...match), pick('drop', 'reject')).map((both) => ({ chain: 'out', rules: [both.join(' ')] }));
const before = (match: Pair): fc.Arbitrary<Focus> =>
  pick(...match).map((each) => ({ chain: 'early', rules: [`${each} drop`] }));

/** A focus on every match in its turn. */
export const NFT_FOCI: readonly fc.Arbitrary<Focus>[] = [
  ...INWARDS.map(input),
  ...MAPS.map((map) => fc.constant<Focus>({ chain: 'in', rules: [map] })),
  ...[...OUTWARDS, ...OUTWARDS].map(output),
  ...[...BEFORE, ...BEFORE].map(before),
  ...DOUBTFUL.map((match) => pick('accept', 'drop').map((end): Focus => ({ chain: 'in', rules: [`${match} ${end}`] }))),
];
