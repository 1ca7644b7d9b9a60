import { expect, test } from 'vitest';
import { expectedOf, hostEvidence } from '../../src/evidence/host-evidence.ts';
import { gather } from '../../src/evidence/gather.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import type { Item } from '../../src/evidence/item.ts';
import { isItem } from '../../src/evidence/item.ts';
import type { ScriptRequest } from '../../src/evidence/run-script.ts';
import type { Source } from '../../src/evidence/source.ts';
import { readDestination } from '../../src/evidence/ssh/destination.ts';
import { sshSource } from '../../src/evidence/ssh/source.ts';
import { emptyFlow } from '../../src/flow.ts';

const request = (psql: boolean): ScriptRequest => ({
  port: 5432,
  addresses: [],
  database: 'orders',
  user: 'dms',
  psql,
  askSudoPassword: false,
});
const settings = 'postgres/settings.json';
const going = () => new AbortController().signal;
/** A host at whose SSH port nobody listens. */
const closed = (psql: boolean) =>
  sshSource(
    'src/evidence/host-facts.sh',
    () => Promise.resolve(request(psql)),
    readDestination('ops@127.0.0.1:1'),
    undefined,
  );
const item = (name: string): Item => ({ name, text: '[]', vantage: 'database', at: '2026-11-22T12:00:00Z' });
const bundleOf = (...items: Item[]): Bundle => ({
  items: new Map(items.map((one) => [one.name, one])),
  flow: emptyFlow,
  collectedAt: '2026-11-20T12:00:00Z',
  notes: [],
});
const gathered = (sources: Source[], ...recorded: Bundle[]) =>
  gather({
    bundles: recorded.map((bundle) => ({ name: 'recorded', bundle })),
    sources,
    maxAge: undefined,
    signal: going(),
    now: () => '2026-11-22T12:00:00Z',
  });

test('where SSH fails, what psql would have said there says so; where a SQL session was to say it, nothing is said', async () => {
  const { items } = await closed(true).gather(going());
  expect(items.get(settings)).toMatchObject({ why: 'not-gathered' });
  expect(items.get(settings)).toMatchObject({ detail: expect.stringContaining('the connection was refused') });
  expect(items.get('postgres/files.json')).toMatchObject({ why: 'not-gathered' });
  const without = await closed(false).gather(going());
  expect(without.items.has(settings)).toBe(false);
  expect(without.items.get('postgres/pg_hba.conf')).toMatchObject({ why: 'not-gathered' });
  expect(without.items.get('postgres/files.json')).toMatchObject({ why: 'not-gathered' });
});

test('a SQL session’s own item, and a recorded one, win over it', async () => {
  const session: Source = { name: 'PostgreSQL', gather: () => Promise.resolve(bundleOf(item(settings))) };
  for (const sources of [
    [session, closed(true)],
    [closed(true), session],
  ])
    expect(isItem((await gathered(sources)).items.get(settings))).toBe(true);
  const recorded = (await gathered([closed(true)], bundleOf(item(settings)))).items.get(settings);
  expect(isItem(recorded) && recorded.caveat).toMatch(
    /settings\.json is the one recorded at .*not-gathered: ssh ops@127\.0\.0\.1:1: .*the connection was refused/,
  );
});

test('an output that was cut before psql’s part says so of it; one that is whole leaves nothing to say', async () => {
  const expected = await expectedOf(() => Promise.resolve(request(true)), going());
  const half = 'dms-doctor-bundle 1\nitem host/load.txt 2 2026-11-22T12:00:00Z\nx\n\n';
  const read = (output: string) => {
    const printed = { output: Buffer.from(output), complaint: '', cut: 'the connection was lost' };
    return hostEvidence(printed, 'ssh db1', expected, going(), Date.parse('2026-11-22T12:00:00Z')).items;
  };
  expect(read(half).get(settings)).toMatchObject({ detail: expect.stringContaining('the connection was lost') });
  expect(read(`${half}end 1\n`).has(settings)).toBe(false);
});

test('a run that is over does not wait for what only others could tell', async () => {
  const over = AbortSignal.abort();
  const began = performance.now();
  const expected = await expectedOf(() => new Promise(() => undefined), over);
  expect(performance.now() - began).toBeLessThan(500);
  expect([expected('host/ss.txt'), expected(settings)]).toEqual([true, false]);
  expect((await expectedOf(() => Promise.resolve(request(true)), over))(settings)).toBe(true);
});
