import { expect, test } from 'vitest';
import { firewallLayers } from '../../src/layers.ts';
import { nextWords } from '../../src/report/next.ts';
import { behindWords, simulationWords, verdictWords } from '../../src/report/sentences.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';

const pathUnknown = undetermined.layers;

test.each<[string, Report, string]>([
  ['blocked', blocked, 'Blocked by 3 walls: shorewall, pg-hba and wal-level.'],
  ['one wall', { ...blocked, blockedAt: ['tls'] }, 'Blocked by 1 wall: tls.'],
  [
    'blocked, and part of it not known',
    {
      ...blocked,
      layers: blocked.layers.map((entry) => (entry.layer === 'dns' ? { layer: 'dns', status: 'unknown' } : entry)),
    },
    'Blocked by 3 walls: shorewall, pg-hba and wal-level; not known: dns.',
  ],
  ['open', open, 'Open.'],
  [
    'open with warnings',
    { ...open, layers: open.layers.map((entry) => (entry.layer === 'dns' ? { layer: 'dns', status: 'warn' } : entry)) },
    'Open, with warnings in 1 layer.',
  ],
  ['of a scope', { ...open, scope: ['dns', 'route'] }, 'Open. Only the layers that were asked for were judged.'],
  [
    'undetermined',
    undetermined,
    'Undetermined: nothing that was seen blocks, but 5 layers could not be judged: iptables, nftables, shorewall, login and wal-level.',
  ],
  ['nothing judged', { ...undetermined, layers: [] }, 'Undetermined: nothing was judged.'],
])('the verdict: %s', (_what, report, words) => {
  expect(verdictWords(report)).toBe(words);
});

test('walls that stand behind others are named, and only those', () => {
  expect(behindWords(blocked)).toBe('');
  const behind: Report = { ...blocked, blockedAt: ['shorewall', 'ufw', 'pg-hba', 'wal-level'] };
  expect(behindWords(behind)).toBe('Behind the others, as the simulation shows: ufw.');
});

test.each<[string, Partial<Report>, string]>([
  ['opens', {}, 'In simulation the whole path is open after these 5 steps.'],
  [
    'opens a scope',
    { scope: ['shorewall'] },
    'In simulation every layer that was asked for is open after these 5 steps.',
  ],
  [
    'one step',
    { plan: { steps: blocked.plan.steps.slice(0, 1), opens: true } },
    'In simulation the whole path is open after this step.',
  ],
  [
    'is stuck',
    { plan: { ...blocked.plan, opens: false, stuck: 'SHW002' } },
    'In simulation shorewall (SHW002) still blocks after these 5 steps.',
  ],
  [
    'is stuck behind the first walls',
    { plan: { ...blocked.plan, opens: false, stuck: 'UFW002' } },
    'In simulation UFW002 still blocks after these 5 steps.',
  ],
  [
    'knows no step',
    { plan: { steps: [], opens: false, stuck: 'SHW002' } },
    'No step is known here that opens shorewall (SHW002).',
  ],
  [
    'leaves something unknown',
    { plan: { ...blocked.plan, opens: false }, layers: pathUnknown },
    'In simulation nothing blocks after these 5 steps, but that the path opens is not shown; not known: iptables, nftables, shorewall, login and wal-level.',
  ],
])('the simulation: %s', (_what, more, words) => {
  expect(simulationWords({ ...blocked, ...more })).toBe(words);
});

test('what to do next: the first step, as a command where it is one', () => {
  expect(nextWords(blocked)[0]).toBe(
    'Next: edit /etc/shorewall/rules on the source host: step 1 of 5 of the plan. Check again after the last.',
  );
  const run = blocked.plan.steps.find((step) => 'run' in step);
  expect(nextWords({ ...blocked, plan: { steps: run === undefined ? [] : [run], opens: true } })[0]).toBe(
    'Next (the only step): on the source host, run: shorewall check && shorewall reload',
  );
});

test('what to do next: where no step is known, read about what blocks', () => {
  expect(nextWords({ ...blocked, plan: { steps: [], opens: false, stuck: 'SHW002' } })).toEqual([
    'Next: read how to mend what blocks: `dms-doctor explain SHW002`',
  ]);
});

test('what to do next: what is missing, by name, each once', () => {
  expect(nextWords(undetermined)).toEqual([
    'Next: give --user and gather host/iptables-nft-save.txt and postgres/settings.json, then check again.',
  ]);
});

test('what to do next: an option is called as the command line calls it, and a doubt by its layer', () => {
  const unknown = [
    finding('endpoint', 'EVD007', 'unknown', 'not known', { subject: 'replicationInstance' }),
    finding('dns', 'DNS002', 'unknown', 'what db1.example resolves to is not known'),
  ];
  expect(nextWords({ ...undetermined, findings: unknown, layers: statusesOf(unknown) })).toEqual([
    'Next: give --replication-instance and settle what is not known of dns, then check again.',
  ]);
});

test('what to do next: many missing items are counted after the first', () => {
  const unknown = Array.from({ length: 9 }, (_, index) =>
    finding(firewallLayers[index % 5] ?? 'iptables', 'EVD001', 'unknown', 'was not gathered', {
      subject: `item-${index}`,
      evidence: [line(`item-${index}`, null, 'not-gathered')],
    }),
  );
  expect(nextWords({ ...undetermined, findings: unknown })).toEqual([
    'Next: gather item-0, item-1, item-2, item-3, item-4 and 4 more, then check again.',
  ]);
});

test('what to do next: open', () => {
  expect(nextWords(open)[0]).toBe(
    'Next: test the connection from orders-dms to orders-legacy-source in DMS, then start the task.',
  );
  expect(nextWords({ ...open, scope: ['dns'] })).toEqual([
    'Next: check again without --only and --skip: the other layers were not judged.',
  ]);
});
