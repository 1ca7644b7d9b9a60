import { expect } from 'vitest';
import { judge, symptomOf, type Host, type Outcome, type Ruleset } from '../../../src/netfilter/index.ts';
import { HOST, type Flow, type Kernel } from './kernel.ts';
import type { Tally } from './tally.ts';

const TORN = [
  'half',
  ...['ECONNRESET', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOPROTOOPT', 'EACCES'].flatMap((each) => [
    each,
    `${each}-later`,
  ]),
];

/** What a client would see of an outcome, as the lab's helper words it; several where the kernel has a choice. */
function expected(outcome: Outcome): readonly string[] | undefined {
  const seen = atOnce(outcome);
  // The greeting had come through before the connection was cut: then the client may have read it.
  const greeted = 'phase' in outcome && outcome.phase === 'data' && outcome.path.some(({ phase }) => phase === 'reply');
  return greeted && seen !== undefined ? [...seen, 'open host 22', 'open host 5432'] : seen;
}

function atOnce(outcome: Outcome): readonly string[] | undefined {
  switch (outcome.result) {
    case 'accepted':
      return [`open ${outcome.delivery.kind === 'local' ? 'host' : 'container'} ${outcome.delivery.port}`];
    case 'dropped':
      // What answers the packet at the place where it was led to is not the rules' to say.
      if (outcome.phase === 'data' && outcome.by.chain === 'conntrack') return TORN;
      return [outcome.phase === 'data' || outcome.phase === 'reply' ? 'half' : 'silent'];
    case 'rejected':
      return outcome.phase === 'data'
        ? ['half', 'ECONNRESET', 'ECONNRESET-later', symptomOf(outcome.with), `${symptomOf(outcome.with)}-later`]
        : [symptomOf(outcome.with)];
    case 'unknown':
      return undefined;
  }
}

const DESTINATIONS = { 4: ['172.31.40.17', '192.0.2.17', '198.51.100.17'], 6: ['fd31::17'] } as const;
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
    '172.31.32.1',
    '192.0.2.1',
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
    'fd31::1',
  ],
} as const;

let nextPort = 32768;
function freshPort(): number {
  nextPort = nextPort >= 60999 ? 32768 : nextPort + 1;
  return nextPort;
}

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
  await compareFlows(kernel, hostWith(rulesets, sysctls, ipsets), family, tally);
}

/** The same for a host that is set up already. */
export async function compareFlows(kernel: Kernel, host: Host, family: 4 | 6, tally: Tally): Promise<void> {
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
    if (!tried.agrees) {
      const story = outcomes.map((outcome) =>
        JSON.stringify(outcome, (key, value: unknown) => (key === 'path' ? undefined : value)),
      );
      throw new Error(
        `${JSON.stringify(flow)}: the kernel says "${actual}", the engine ${JSON.stringify(possible)}: ${story.join('\n')}\n${JSON.stringify(conditions)}`,
      );
    }
    tally.add(actual, outcomes, conditions, host.rulesets);
  }
}
