import fc from 'fast-check';

/**
 * Rules that put one match in the place where it decides: the match with one verdict, and what it leaves over with another. Random
 * rules alone reach the rarer matches too seldom.
 */
export type Focus = {
  readonly table: 'filter' | 'mangle';
  /** The built-in chains that the rules stand in, or that call the chain which holds them. */
  readonly chains: readonly string[];
  /** Each without its `-A CHAIN`; with `called`, they stand in a chain of their own. */
  readonly rules: readonly string[];
  readonly called: boolean;
};

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** A match, and the same negated. */
type Pair = readonly [string, string];
/** `before` stands in front of the `!` that negates the rest. */
const pair = (before: string, rest: string): Pair => [`${before}${rest}`, `${before}! ${rest}`];

const TCP = '-p tcp -m tcp ';
const MULTIPORT = '-p tcp -m multiport ';

function inwards(family: 4 | 6): readonly Pair[] {
  const four = family === 4;
  const some = four ? '10.1.0.0/29' : 'fd10:1::/125';
  const one = four ? '10.1.0.2' : 'fd10:1::2';
  const mask = four ? '10.0.0.1/255.0.0.1' : 'fd00::1/ff00::1';
  const range = four ? '10.1.0.2-10.200.0.1' : 'fd10:1::2-fd10:200::1';
  const own = four ? '172.31.40.17' : 'fd31::17';
  return [
    pair('', `-s ${some}`),
    pair('', `-s ${mask}`),
    pair('', `-d ${own}`),
    pair('', '-p tcp'),
    pair('', '-p udp'),
    pair('-m iprange ', `--src-range ${range}`),
    pair(TCP, '--dport 5432'),
    pair(TCP, '--sport 32768:46000'),
    pair(TCP, '--sport 5432'),
    pair(TCP, '--tcp-flags SYN,ACK SYN'),
    pair(TCP, '--tcp-option 2'),
    pair(MULTIPORT, '--dports 22,6000:7000'),
    pair(MULTIPORT, '--sports 32768:40000,50000'),
    pair(MULTIPORT, '--ports 5432,1:21'),
    pair('-m conntrack ', '--ctstate NEW'),
    pair('-m conntrack ', '--ctproto tcp'),
    pair('-m conntrack ', `--ctorigsrc ${one}`),
    pair('-m conntrack ', `--ctorigsrc ${some}`),
    pair('-m conntrack ', `--ctorigdst ${own}`),
    pair('-p tcp -m conntrack ', '--ctorigdstport 5432'),
    ['-m conntrack --ctdir ORIGINAL', '-m conntrack --ctdir REPLY'],
    pair('-m conntrack ', '--ctstatus SEEN_REPLY'),
    pair('-m state ', '--state NEW'),
    pair('', '-i eth0'),
    pair('', '-i eth+'),
    pair('-m addrtype ', '--dst-type LOCAL'),
    pair('-m addrtype ', '--src-type UNICAST'),
    pair('-m mark ', '--mark 0x1/0x1'),
    pair('-m connmark ', '--mark 0x1/0x1'),
    ['-m comment --comment "why \\"not\\""', '-m comment --comment rest'],
    pair('-m pkttype ', '--pkt-type unicast'),
    ...['01', '03', '99'].map((end) => pair('-m mac ', `--mac-source 02:00:00:00:00:${end}`)),
    pair('-m physdev ', '--physdev-is-bridged'),
    pair('-m physdev ', '--physdev-in eth0'),
    ['-m policy --dir in --pol none', '-m policy --dir in --pol ipsec'],
    pair('-m length ', '--length 30:200'),
    pair('-m length ', '--length 0:39'),
  ];
}

const outwards: readonly Pair[] = [
  pair('', '-o eth0'),
  pair('', '-o eth+'),
  pair('-m owner ', '--uid-owner 26'),
  pair('-m owner ', '--uid-owner 0-25'),
  pair('-m owner ', '--gid-owner 27'),
  pair('-m owner ', '--socket-exists'),
];

/** Matches of which only the kernel, at that moment, knows whether they hold. */
const doubtful: readonly Pair[] = [
  ['-m limit --limit 1000/sec --limit-burst 20', ''],
  ['-m hashlimit --hashlimit-upto 5/min --hashlimit-burst 2 --hashlimit-name lab --hashlimit-mode srcip', ''],
  ['-p tcp -m connlimit --connlimit-above 1 --connlimit-mask 32', ''],
  ['-m recent --rcheck --name lab --rsource', ''],
  ['-m statistic --mode nth --every 2 --packet 0', ''],
];

const verdicts = fc.tuple(pick('ACCEPT', 'DROP', 'REJECT'), pick('ACCEPT', 'DROP', 'REJECT'));

/** A focus on every match in its turn. */
export function iptablesFoci(family: 4 | 6): readonly fc.Arbitrary<Focus>[] {
  const called = ([match, rest]: Pair): fc.Arbitrary<Focus> =>
    verdicts.map(([one, other]) => ({
      table: 'filter',
      chains: ['INPUT', 'FORWARD'],
      rules: [`${match} -j ${one}`, ...(rest === '' ? [] : [`${rest} -j ${other}`])],
      called: true,
    }));
  const output = (match: Pair): fc.Arbitrary<Focus> =>
    fc
      .tuple(pick(...match), pick('DROP', 'REJECT'))
      .map((both) => ({ table: 'filter', chains: ['OUTPUT'], rules: [both.join(' -j ')], called: false }));
  const reversePath = (match: string): fc.Arbitrary<Focus> =>
    fc.constant({ table: 'mangle', chains: ['PREROUTING'], rules: [`${match} -j DROP`], called: false });
  return [
    ...inwards(family).map(called),
    ...[...outwards, ...outwards].map(output),
    ...['-m rpfilter --invert', '-m rpfilter --loose --invert', '-m rpfilter'].map(reversePath),
    ...doubtful.map(called),
  ];
}
