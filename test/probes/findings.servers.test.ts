import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding, Step } from '../../src/finding.ts';
import { sqlIdentifier } from '../../src/sql.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import {
  capacityCases,
  dataCases,
  endpointCases,
  managedCases,
  replicationCases,
  restartCases,
  sessionCases,
  type Case,
} from './cases.ts';
import { carryOut, evidenceOf, findingsOf, open, patched, plainWorld, run, type World } from './source.ts';

const tried = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors : [10, 13, 16, 18];
/** The printed undo is carried out on one version, on every one where SAMPLES asks for more. */
const tryUndo = (major: number) => tried.length > 4 || major === 18;
const cases: readonly Case[] = [
  ...sessionCases,
  ...managedCases,
  ...replicationCases,
  ...restartCases,
  ...capacityCases,
  ...dataCases,
  ...endpointCases,
];

const setUp = [
  'CREATE ROLE dms LOGIN REPLICATION',
  "SET password_encryption = 'scram-sha-256'; ALTER ROLE dms PASSWORD 'x'",
  'CREATE ROLE app LOGIN',
  'CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2))',
  'CREATE TABLE lines (id int PRIMARY KEY, orders_id int, amount int)',
  'GRANT SELECT ON ALL TABLES IN SCHEMA public TO dms',
];

/** The versions that a case is tried on: all that can show it where SAMPLES asks for more, else the newest of them and one other. */
function runsOn(one: Case, index: number): readonly number[] {
  const legal = tried.filter((major) => (one.from ?? 0) <= major && major <= (one.to ?? 99));
  if (tried.length > 4) return legal;
  // What DMS and the host say is the same beside every version.
  if (one.setUp === undefined && one.sessions === undefined) return legal.slice(-1);
  const others = legal.slice(0, -1);
  return [...legal.slice(-1), ...others.slice(index % Math.max(1, others.length)).slice(0, 1)];
}

const textOf = (step: Step) => ('run' in step ? step.run : step.edit.lines.join('\n'));

describe.each(tried)('on PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        wal_level: 'logical',
        max_prepared_transactions: '5',
        max_replication_slots: '6',
        max_wal_senders: '6',
      },
    });
    await run(server, ['CREATE DATABASE orders'], 'postgres', 'postgres');
    await run(server, setUp);
  });
  afterAll(() => server.stop());

  const legal = cases.filter((one, index) => runsOn(one, index).includes(major));
  const look = async (one: Case, world: World) => {
    const evidence = await evidenceOf(server, world);
    const findings = findingsOf(evidence, [one.layer]);
    return { evidence, findings, found: findings.filter(({ code }) => code === one.code) };
  };

  test('a source with nothing wrong gives none of the findings', async () => {
    const world = plainWorld();
    const layers = [...new Set(cases.filter(({ alone }) => !alone).map(({ layer }) => layer))];
    const findings = findingsOf(await evidenceOf(server, world), layers);
    expect(
      findings
        .filter(({ status }) => status !== 'pass' && status !== 'skip')
        .map(({ code, summary }) => `${code} ${summary}`),
    ).toEqual([]);
  });

  test('every keyword and every odd name is quoted at least as the server would', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'orders' });
    await client.connect();
    const names =
      "SELECT word, quote_ident(word) AS quoted FROM (SELECT word FROM pg_get_keywords() UNION ALL SELECT unnest(ARRAY['a', 'A b', 'x\"y', '1st', '$', 'ü', 'a-b'])) AS w (word)";
    const { rows } = await client.query<{ word: string; quoted: string }>(names);
    await client.end();
    expect(rows.length).toBeGreaterThan(300);
    expect(
      rows.filter(({ word, quoted }) => sqlIdentifier(word) !== quoted && sqlIdentifier(word) !== `"${word}"`),
    ).toEqual([]);
  });

  test.each(legal.map((one, index) => ({ name: `${one.code} ${index}`, one })))(
    '$name is seen, mended as printed, and gone',
    async ({ one }) => {
      const world = plainWorld();
      const sessions: pg.Client[] = [];
      try {
        await run(server, one.setUp ?? []);
        one.world?.(world, server);
        for (const session of one.sessions ?? []) sessions.push(await open(server, session));
        if (one.sessions) await run(server, ['SELECT pg_sleep(0.2)']);
        const { found, findings, evidence } = await look(one, world);
        const [seen] = found;
        expect(findings.map(({ code }) => code)).toContain(one.code);
        if (seen === undefined) throw new Error('not reached');
        if (one.says) expect(`${seen.summary}\n${seen.detail}`).toMatch(one.says);
        const steps = seen.fix?.steps ?? [];
        if (steps.length > 0)
          expect(findingsOf(patched(evidence, seen), [one.layer]).filter((other) => isSame(other, seen))).toEqual([]);
        const printed = one.simulated ? [] : steps;
        for (const step of printed) await carryOut(server, world, textOf(step));
        if (steps.some(({ effect }) => effect === 'reload')) await run(server, ['SELECT pg_sleep(0.2)']);
        if (one.simulated) for (const client of sessions.splice(0)) client.end().catch(() => undefined);
        if (one.simulated && one.sessions) await run(server, ['SELECT pg_sleep(0.3)']);
        await run(server, one.mend ?? []);
        one.mendWorld?.(world, server);
        const after = await look(one, world);
        expect(after.found.map(({ summary }) => summary)).toEqual([]);
        if (!one.alone)
          expect(after.findings.filter(({ status }) => status === 'block' || status === 'unknown')).toEqual([]);
        if (printed.length === 0 || one.undo === false || !tryUndo(major)) return;
        for (const step of printed.toReversed()) await carryOut(server, world, step.undo.replaceAll('`', ''));
        if (steps.some(({ effect }) => effect === 'reload')) await run(server, ['SELECT pg_sleep(0.2)']);
        expect((await look(one, world)).found.map(({ code }) => code)).toContain(one.code);
      } finally {
        for (const client of sessions) client.end().catch(() => undefined);
        await run(server, one.tearDown ?? []);
      }
    },
  );
});

const isSame = (a: Finding, b: Finding) => a.code === b.code && a.subject === b.subject;
