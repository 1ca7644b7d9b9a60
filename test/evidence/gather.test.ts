import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { assemble, readBundle } from '../../src/evidence/bundle.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import { toEvidence } from '../../src/evidence/evidence-of.ts';
import { gather } from '../../src/evidence/gather.ts';
import type { Absence, Evidence, Item } from '../../src/evidence/item.ts';
import { isItem } from '../../src/evidence/item.ts';
import { savedBundle } from '../../src/evidence/save.ts';
import type { Source } from '../../src/evidence/source.ts';
import { emptyFlow } from '../../src/flow.ts';
import { evidenceFrom, filesOf, withFile } from '../support/bundles.ts';

const now = '2026-11-22T12:00:00.000Z';
const item = (name: string, text: string, at = now): [string, Item] => [name, { name, text, vantage: 'host', at }];
const absent = (name: string, why: Absence['why']): [string, Absence] => [
  name,
  { name: `${name}.error`, why, detail: 'as it was' },
];
const bundle = (items: [string, Item | Absence][], collectedAt: string | undefined = now): Bundle => ({
  items: new Map(items),
  flow: emptyFlow,
  collectedAt,
  notes: [],
});
const source = (name: string, items: [string, Item | Absence][]): Source => ({
  name,
  gather: () => Promise.resolve(bundle(items)),
});

async function gathered(sources: Source[], recorded: Bundle[], maxAge?: number): Promise<Evidence> {
  const merged = await gather({
    bundles: recorded.map((one, index) => ({ name: `bundle ${index}`, bundle: one })),
    sources,
    maxAge,
    signal: new AbortController().signal,
    now: () => now,
  });
  return toEvidence(merged, emptyFlow);
}

const ufw = 'host/ufw/status.txt';
const textOf = (evidence: Evidence, name: string) => {
  const entry = evidence.items.get(name);
  return isItem(entry) ? entry.text : entry?.why;
};

describe('live evidence beside recorded evidence', () => {
  test('what is live wins', async () => {
    const evidence = await gathered([source('ssh', [item(ufw, 'live')])], [bundle([item(ufw, 'recorded')])]);
    expect(textOf(evidence, ufw)).toBe('live');
    expect(evidence.collectedAt).toBe(now);
  });

  test('where live was denied the recorded one counts, and every verdict that rests on it carries the date', async () => {
    const files = filesOf('legacy-host-fixed');
    const fixed = assemble({ files, dated: false, problem: undefined }, 'fixed');
    const evidence = await gathered([source('ssh', [absent(ufw, 'denied')])], [fixed]);
    const recorded = evidence.items.get('host/ufw/status.txt');
    // The story's host has no ufw: that is a fact of the recording, and not the live one.
    expect(isItem(recorded) ? recorded.text : recorded?.why).toBe('denied');
    const hba = 'postgres/pg_hba.conf';
    const second = await gathered([source('ssh', [absent(hba, 'denied')])], [fixed]);
    const finding = check(second).findings.find(({ layer }) => layer === 'pg-hba');
    expect(finding?.status).toBe('pass');
    expect(finding?.caveats.join('\n')).toMatch(/pg_hba\.conf is the one recorded at 20.*denied: as it was/);
    const other = check(second).findings.find(({ layer }) => layer === 'tls');
    expect(other?.caveats.join('\n')).not.toMatch(/pg_hba/);
  });

  test('what a live source saw not to be there, and damage, are not covered by a recording', async () => {
    for (const why of ['not-installed', 'damaged'] as const) {
      const evidence = await gathered([source('ssh', [absent(ufw, why)])], [bundle([item(ufw, 'recorded')])]);
      expect(textOf(evidence, ufw)).toBe(why);
    }
    const evidence = await gathered([source('ssh', [absent(ufw, 'denied')])], [bundle([absent(ufw, 'damaged')])]);
    expect(textOf(evidence, ufw)).toBe('damaged');
  });

  test('of two live sources the first that has an item counts', async () => {
    const [first, second] = [source('sql', [item(ufw, 'first')]), source('ssh', [item(ufw, 'second')])];
    expect(textOf(await gathered([first, second], []), ufw)).toBe('first');
    expect(textOf(await gathered([source('sql', [absent(ufw, 'denied')]), second], []), ufw)).toBe('second');
  });

  test('recorded evidence older than the limit is not gathered; undated evidence dates nothing', async () => {
    const old = bundle([item(ufw, 'recorded', '2026-11-20T00:00:00Z')], '2026-11-20T00:00:00Z');
    const evidence = await gathered([source('aws', [])], [old], 24 * 3600 * 1000);
    expect(evidence.items.get(ufw)).toMatchObject({ why: 'not-gathered', detail: expect.stringMatching(/--max-age/) });
    expect(textOf(await gathered([source('aws', [])], [old], 72 * 3600 * 1000), ufw)).toBe('recorded');
    // A copy's own time is newer than what it copies.
    const copied = bundle([item(ufw, 'recorded')], '2026-11-20T00:00:00Z');
    expect(textOf(await gathered([], [copied], 24 * 3600 * 1000), ufw)).toBe('not-gathered');
    const undated = { ...bundle([item(ufw, 'recorded')]), collectedAt: undefined };
    expect((await gathered([source('aws', [])], [undated])).collectedAt).toBeUndefined();
  });
});

test('a source that brings nothing says why, at once and in the report', async () => {
  const told: (string | undefined)[] = [];
  const merged = await gather({
    bundles: [],
    sources: [source('ssh db1', [absent(ufw, 'not-gathered')]), source('AWS', [item(ufw, 'x')])],
    maxAge: undefined,
    signal: new AbortController().signal,
    now: () => now,
    progress: (name, state, problem) => told.push(`${name} ${state} ${problem ?? ''}`),
  });
  expect(told).toContain('ssh db1 ended ssh db1: as it was');
  expect(told).toContain('AWS ended ');
  expect(merged.notes).toContain('ssh db1: as it was.');
});

describe('a saved bundle', () => {
  const again = async (evidence: Evidence) =>
    gathered([], [await readBundle({ stdin: savedBundle(evidence) })]).then((read) => check(read));

  test.each(['legacy-host', 'legacy-host-fixed', 'closed-security-group'])('of %s is judged the same', async (name) => {
    const evidence = evidenceFrom(filesOf(name));
    expect(await again(evidence)).toEqual(check(evidence));
  });

  test('of damaged and of denied evidence, too', async () => {
    const files = filesOf('legacy-host-fixed');
    const changes: [string, Uint8Array | undefined][] = [
      ['postgres/pg_hba.conf', undefined],
      ['host/iptables-nft-save.txt', Buffer.from('cut')],
      ['host/ufw/status.txt.error', Buffer.from('denied: no')],
      ['bundle.json', Buffer.from('{"version":1}')],
      ['host/../x', Buffer.from('x')],
    ];
    for (const [name, bytes] of changes) {
      const evidence = evidenceFrom(withFile(files, name, bytes));
      expect(await again(evidence), name).toEqual(check(evidence));
    }
  });

  test('of live evidence with a recorded part', async () => {
    const files = filesOf('legacy-host-fixed');
    const fixed = assemble({ files, dated: false, problem: undefined }, 'fixed');
    const evidence = await gathered([source('ssh', [absent('postgres/pg_hba.conf', 'timed-out')])], [fixed]);
    expect(await again(evidence)).toEqual(check(evidence));
  });
});
