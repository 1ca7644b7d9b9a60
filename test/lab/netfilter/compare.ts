import { expect } from 'vitest';
import { judge, symptomOf, type Host, type Outcome, type Ruleset } from '../../../src/netfilter/index.ts';
import { HOST, type Flow, type Kernel } from './kernel.ts';

/** What a client would see of an outcome, as the lab's helper words it; several where the kernel has a choice. */
function expected(outcome: Outcome): readonly string[] | undefined {
  switch (outcome.result) {
    case 'accepted':
      return [`open ${outcome.delivery.kind === 'local' ? 'host' : 'container'} ${outcome.delivery.port}`];
    case 'dropped':
      // Whether somebody answers the packet with a reset at the place where it was led to is not the rules' to say.
      if (outcome.phase === 'data' && outcome.by.chain === 'conntrack')
        return ['half', 'ECONNRESET', 'ECONNRESET-later'];
      return [outcome.phase === 'data' || outcome.phase === 'reply' ? 'half' : 'silent'];
    case 'rejected':
      return outcome.phase === 'data'
        ? ['half', 'ECONNRESET', 'ECONNRESET-later', symptomOf(outcome.with), `${symptomOf(outcome.with)}-later`]
        : [symptomOf(outcome.with)];
    case 'unknown':
      return undefined;
  }
}

const DESTINATIONS = { 4: ['172.31.40.17', '192.0.2.17', '172.31.40.18'], 6: ['fd31::17'] } as const;
const SOURCES = {
  4: [
    '10.1.0.1',
    '10.1.0.2',
    '10.1.0.3',
    '10.1.0.4',
    '10.1.0.7',
    '10.1.3.9',
    '10.2.0.1',
    '10.130.0.1',
    '10.200.0.1',
    '10.200.0.2',
    '10.200.0.3',
    '10.201.5.4',
  ],
  6: [
    'fd10:1::1',
    'fd10:1::2',
    'fd10:1::3',
    'fd10:1::4',
    'fd10:1::7',
    'fd10:1:3::9',
    'fd10:2::1',
    'fd10:9000::1',
    'fd10:200::1',
    'fd10:200::2',
    'fd10:200::3',
    'fd10:201::4',
  ],
} as const;

/** What was compared, for the reader of the log. */
export class Tally {
  readonly name: string;
  readonly seed: number;
  rulesets = 0;
  flows = 0;
  unknown = 0;
  uncertain = 0;
  /** Attempts that were made again, with more patience. */
  patient = 0;
  deep = 0;
  readonly seen = new Map<string, number>();
  readonly reasons = new Map<string, number>();
  readonly decided = new Map<string, number>();

  constructor(name: string, seed: number) {
    this.name = name;
    this.seed = seed;
  }

  get unknownShare(): number {
    return (this.unknown + this.uncertain) / Math.max(1, this.flows);
  }

  count(map: Map<string, number>, key: string): void {
    map.set(key, (map.get(key) ?? 0) + 1);
  }

  print(): void {
    const list = (map: Map<string, number>) =>
      [...map]
        .sort((a, b) => b[1] - a[1])
        .map(([key, n]) => `${key} ${n}`)
        .join(', ');
    console.log(
      `${this.name}: seed ${this.seed}, ${this.rulesets} rulesets, ${this.flows} flows, ` +
        `${this.unknown} unknown, ${this.uncertain} with several outcomes, ${this.patient} tried again, ` +
        `${((100 * this.deep) / Math.max(1, this.flows)).toFixed(0)} % through three chains or more\n` +
        `  seen: ${list(this.seen)}\n  decided by rules with: ${list(this.decided)}` +
        (this.reasons.size > 0 ? `\n  not certain because of: ${list(this.reasons)}` : ''),
    );
  }
}

let nextPort = 32768;
function freshPort(): number {
  nextPort = nextPort >= 60999 ? 32768 : nextPort + 1;
  return nextPort;
}

const FEATURES =
  /--match-set [a-z]+|(?<= )(?:-m (?!set)\w+(?: (?:! )?--[a-z-]+)*|-[psdiog](?= )|--(?:dport|sport|tcp-flags|dports|ports|sports|ctstate|ctorigdstport|ctdir|ctstatus)(?= ))/g;

const NFT_FEATURES =
  /\b(?:ip6? [sd]addr|tcp [sd]port|th dport|tcp flags|ct (?:original )?[a-z-]+|meta [a-z0-9]+|[io]ifn?a?m?e?(?= )|fib [sd]addr(?: \. iif)? \w+|vmap|reject)|@\w+| \. /g;

/** What one connection gets; a busy machine answers late, so silence is given a second, more patient look. */
export async function answer(kernel: Kernel, flow: Flow): Promise<string> {
  const [first = 'nothing'] = await kernel.connect([flow]);
  if (first.startsWith('open ')) return first;
  return (await kernel.connect([{ ...flow, sport: freshPort() }], 1))[0] ?? 'nothing';
}

/** The lab's host with these rules and settings. */
export function hostWith(
  rulesets: readonly Ruleset[],
  sysctls: Readonly<Record<string, string>>,
  ipsets?: Host['ipsets'],
): Host {
  const settings = {
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    ...sysctls,
  };
  return { ...HOST, rulesets, ...(ipsets && { ipsets }), sysctls: new Map(Object.entries(settings)) };
}

/** One flow as the engine judges it, beside what the kernel did with it; an unknown agrees with everything. */
function trial(host: Host, flow: Flow, actual = 'nothing') {
  const { parts } = judge(host, { ...flow, from: [flow.from], sourcePorts: [flow.sport, flow.sport] });
  expect(parts).toHaveLength(1);
  const { outcomes, conditions } = parts[0] as (typeof parts)[0];
  const possible = outcomes.map(expected);
  const agrees = possible.some((words) => words === undefined || words.includes(actual));
  return { actual, outcomes, conditions, possible, agrees };
}

/** Judges and tries the same flows; a certain verdict that the kernel does not share is an error. */
export async function compare(
  kernel: Kernel,
  rulesets: readonly Ruleset[],
  family: 4 | 6,
  sysctls: Readonly<Record<string, string>>,
  tally: Tally,
  ipsets?: Host['ipsets'],
): Promise<void> {
  await kernel.set(sysctls);
  const host = hostWith(rulesets, sysctls, ipsets);
  const flows: Flow[] = [];
  for (const from of SOURCES[family]) {
    for (const to of DESTINATIONS[family])
      for (const port of [5432, 22]) flows.push({ from, sport: freshPort(), to, port });
  }
  const results = await kernel.connect(flows);
  tally.rulesets++;
  for (const [index, flow] of flows.entries()) {
    let tried = trial(host, flow, results[index]);
    // A busy machine answers late. What the rules decide is the same in a second, more patient attempt.
    for (let again = 0; again < 2 && !tried.agrees; again++) {
      const later = { ...flow, sport: freshPort() };
      tally.patient++;
      tried = trial(host, later, (await kernel.connect([later], 1))[0]);
    }
    const { actual, outcomes, conditions, possible } = tried;
    const [first] = outcomes;
    tally.flows++;
    tally.count(tally.seen, actual);
    if (possible.includes(undefined)) {
      tally.unknown++;
      for (const outcome of outcomes) if (outcome.result === 'unknown') tally.count(tally.reasons, outcome.why);
      continue;
    }
    if (outcomes.length > 1) {
      tally.uncertain++;
      for (const { why } of conditions) tally.count(tally.reasons, why);
    }
    if (!tried.agrees) {
      const story = outcomes.map((outcome) =>
        JSON.stringify(outcome, (key, value: unknown) => (key === 'path' ? undefined : value)),
      );
      throw new Error(
        `${JSON.stringify(flow)}: the kernel says "${actual}", the engine ${JSON.stringify(possible)}: ${story.join('\n')}\n${JSON.stringify(conditions)}`,
      );
    }
    const chains = new Set(
      (first?.path ?? []).flatMap((step) => [
        `${step.by.table} ${step.by.chain}`,
        ...step.by.jumps.map((jump) => `${jump.table} ${jump.chain}`),
      ]),
    );
    if (chains.size >= 3) tally.deep++;
    if (first && 'by' in first) {
      const features =
        first.by.kind === 'rule'
          ? new Set(
              first.by.rule?.text.match(first.by.rule.text.startsWith('-A') ? FEATURES : NFT_FEATURES) ?? ['no match'],
            )
          : [first.by.kind];
      for (const feature of features) tally.count(tally.decided, feature);
    }
  }
}
