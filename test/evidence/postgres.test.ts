import { expect, test } from 'vitest';

import { gatherPostgres, type Query, type Row } from '../../src/evidence/postgres.ts';
import { postgresQueries } from '../../src/evidence/postgres-queries.ts';

const now = () => '2026-11-22T11:00:00.000Z';
const everyItem = [...new Set(postgresQueries.map(({ item }) => item))];
const allRights = {
  superuser: true,
  pg_read_all_settings: true,
  pg_read_all_stats: true,
  pg_authid: true,
  pg_control_system: true,
  pg_file_settings: true,
  pg_hba_file_rules: true,
  pg_ls_waldir: true,
  wal_functions: true,
  wal_statistics: true,
  'cron.job': true,
  'pglogical.node': true,
};

/** A database that answers each statement by the items that it asks for. */
function database(
  rights: object,
  answer: (items: string[], sql: string) => Row[],
): { query: Query; asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    query: async (sql) => {
      const items = [...sql.matchAll(/'(postgres\/[a-z-]+\.json)'::text AS item/g)].map(([, item = '']) => item);
      asked.push(items);
      return items.length === 0 ? [{ row: JSON.stringify(rights) }] : answer(items, sql);
    },
  };
}

const oneRowEach = (items: string[]): Row[] => items.map((item) => ({ item, row: '{"a":1}' }));

test('two round trips, every item of the version, one row a line', async () => {
  const { query, asked } = database({ version: 180000, ...allRights }, (items) => [
    ...oneRowEach(items),
    { item: 'postgres/tables.json', row: '{"a":2}' },
  ]);
  const items = await gatherPostgres(query, now, 'dms');
  expect(asked.map(({ length }) => length)).toEqual([0, everyItem.length]);
  expect([...items.keys()].toSorted()).toEqual(everyItem.toSorted());
  expect(items.get('postgres/tables.json')).toEqual({ text: '[\n{"a":1},\n{"a":2}\n]\n', at: now() });
  expect(items.get('postgres/server.json')).toEqual({ text: '[\n{"a":1}\n]\n', at: now() });
});

test('no rows are an empty array, not a missing item', async () => {
  const { query } = database({ version: 150000, ...allRights }, () => []);
  expect((await gatherPostgres(query, now, 'dms')).get('postgres/slots.json')).toEqual({ text: '[]\n', at: now() });
});

test('what the version or the role does not have is said, and not asked', async () => {
  const { query, asked } = database({ version: 90400 }, oneRowEach);
  const items = await gatherPostgres(query, now, 'dms');
  const errors = new Map([...items].flatMap(([item, value]) => ('error' in value ? [[item, value.error]] : [])));
  expect(errors.get('postgres/hba-file-rules.json')).toMatch(/^not-installed: .*90400/);
  expect(errors.get('postgres/cron-jobs.json')).toMatch(/^not-installed: cron\.job/);
  expect(asked[1]).toEqual(everyItem.filter((item) => !errors.has(item)));
  const bare = await gatherPostgres(database({ version: 160000 }, oneRowEach).query, now, 'dms');
  expect(bare.get('postgres/hba-file-rules.json')).toEqual({
    error: 'denied: this role may not read pg_hba_file_rules',
    at: now(),
  });
  expect(bare.get('postgres/roles.json')).toHaveProperty('text');
});

test('Aurora is not asked what makes it raise an error', async () => {
  const refused = /pg_stat_wal\b|pg_stat_wal_receiver|pg_current_wal_lsn|pg_wal_lsn_diff|pg_control_checkpoint/;
  const { query, asked } = database(
    { ...allRights, version: 150000, wal_functions: false, wal_statistics: false },
    (items, sql) => {
      if (refused.test(sql)) throw new Error('Function is currently not supported for Aurora');
      return oneRowEach(items);
    },
  );
  const items = await gatherPostgres(query, now, 'dms');
  expect(asked).toHaveLength(2);
  for (const item of ['server', 'slots', 'settings']) expect(items.get(`postgres/${item}.json`)).toHaveProperty('text');
  expect(items.get('postgres/wal-receiver.json')).toMatchObject({
    error: expect.stringMatching(/^not-installed: Aurora/),
  });
});

test('a question that fails loses its own item alone, with the reason by SQLSTATE', async () => {
  for (const [code, word] of [
    ['42501', 'denied'],
    ['57014', 'timed-out'],
    ['XX000', 'not-gathered'],
  ]) {
    const { query, asked } = database({ version: 160000, ...allRights }, (items) => {
      if (items.includes('postgres/slots.json')) throw Object.assign(new Error('no\nway'), { code });
      return oneRowEach(items);
    });
    const items = await gatherPostgres(query, now, 'dms');
    for (const [item, value] of items) {
      if (item === 'postgres/slots.json') expect(value).toEqual({ error: `${word}: no way`, at: now() });
      else if (item !== 'postgres/checkpointer.json') expect(value).toHaveProperty('text');
    }
    expect(asked.slice(2).every(({ length }) => length === 1)).toBe(true);
  }
});

test('where the fuller question for an item fails the plainer one is asked', async () => {
  const { query } = database({ version: 160000, ...allRights }, (items, sql) => {
    if (sql.includes('pg_control_system')) throw new Error('not here');
    return oneRowEach(items);
  });
  expect((await gatherPostgres(query, now, 'dms')).get('postgres/server.json')).toHaveProperty('text');
});

test('a session that is dead, or answers nonsense, gives a reason for every item and never throws', async () => {
  const dead: Query = async () => {
    throw new Error('Connection terminated unexpectedly');
  };
  const answers: Query[] = [
    dead,
    async () => [],
    async () => [{ row: 'x' }],
    async () => [{ row: 'null' }],
    async () => [{ row: '{"version":"16"}' }],
  ];
  for (const query of answers) {
    const items = await gatherPostgres(query, now, 'dms');
    expect([...items.keys()].toSorted()).toEqual(everyItem.toSorted());
    for (const value of items.values())
      expect(value).toMatchObject({ error: expect.stringMatching(/^not-gathered: ./) });
  }
  let calls = 0;
  const dies: Query = async () => {
    calls += 1;
    if (calls > 1) throw new Error('Connection terminated unexpectedly');
    return [{ row: JSON.stringify({ version: 160000, ...allRights }) }];
  };
  for (const value of (await gatherPostgres(dies, now, 'dms')).values()) expect(value).toHaveProperty('error');
  const { query } = database({ version: 160000, ...allRights }, (items) => items.map((item) => ({ item, row: 7 })));
  expect((await gatherPostgres(query, now, 'dms')).get('postgres/slots.json')).toHaveProperty('error');
});
