import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding, Step } from '../../src/finding.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { sessionCases, type Case } from './cases.ts';
import { evidenceOf, findingsOf, patched, plainWorld, run, statementsOf, type World } from './source.ts';

const tried = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors : [10, 13, 16, 18];
const cases: readonly Case[] = [...sessionCases];

const setUp = [
  'CREATE ROLE dms LOGIN REPLICATION',
  "SET password_encryption = 'scram-sha-256'; ALTER ROLE dms PASSWORD 'x'",
  'CREATE ROLE app LOGIN',
  'CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2))',
  'CREATE TABLE lines (id int PRIMARY KEY, orders_id int, amount int)',
  'GRANT SELECT ON ALL TABLES IN SCHEMA public TO dms',
];

/** Carries a step out: in the database for real, at DMS by what its command says. */
async function carryOut(server: Server, world: World, text: string): Promise<void> {
  const settings = /--postgre-sql-settings '(\{.*\})'$/.exec(text)?.[1];
  if (settings === undefined) await run(server, statementsOf(text));
  else world.endpoint = JSON.parse(settings) as Record<string, unknown>;
}

const textOf = (step: Step) => ('run' in step ? step.run : step.edit.lines.join('\n'));

describe.each(tried)('on PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major, settings: { wal_level: 'logical', max_prepared_transactions: '5', max_replication_slots: '6', max_wal_senders: '6' } });
    await run(server, ['CREATE DATABASE orders'], 'postgres', 'postgres');
    await run(server, setUp);
  });
  afterAll(() => server.stop());

  const legal = cases.filter((one) => (one.from ?? 0) <= major && major <= (one.to ?? 99));
  const look = async (one: Case, world: World) => {
    const evidence = await evidenceOf(server, world);
    const findings = findingsOf(evidence, [one.layer]);
    return { evidence, findings, found: findings.filter(({ code }) => code === one.code) };
  };

  test.each(legal.map((one, index) => ({ name: `${one.code} ${index}`, one })))('$name is seen, mended as printed, and gone', async ({ one }) => {
    expect((await look(one, plainWorld())).found.map(({ summary }) => summary)).toEqual([]);
    const world = plainWorld();
    const sessions: pg.Client[] = [];
    try {
      await run(server, one.setUp ?? []);
      one.world?.(world);
      for (const { user, first } of one.sessions ?? []) {
        const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, database: 'orders', application_name: `${user}-session` });
        client.on('error', () => undefined);
        await client.connect();
        if (first !== undefined) await client.query(first);
        sessions.push(client);
      }
      const { found, findings, evidence } = await look(one, world);
      const [seen] = found;
      expect(findings.map(({ code }) => code)).toContain(one.code);
      if (seen === undefined) throw new Error('not reached');
      if (one.says) expect(`${seen.summary}\n${seen.detail}`).toMatch(one.says);
      const steps = seen.fix?.steps ?? [];
      if (steps.length > 0) expect(findingsOf(patched(evidence, seen), [one.layer]).filter((other) => isSame(other, seen))).toEqual([]);
      for (const step of steps) await carryOut(server, world, textOf(step));
      if (steps.length === 0) await run(server, one.mend ?? []);
      one.mendWorld?.(world);
      const after = await look(one, world);
      expect(after.found.map(({ summary }) => summary)).toEqual([]);
      expect(after.findings.filter(({ status }) => status === 'block' || status === 'unknown')).toEqual([]);
      if (steps.length === 0 || one.undo === false) return;
      for (const step of steps.toReversed()) await carryOut(server, world, step.undo);
      expect((await look(one, world)).found.map(({ code }) => code)).toContain(one.code);
    } finally {
      for (const client of sessions) await client.end();
      await run(server, one.tearDown ?? []);
    }
  });
});

const isSame = (a: Finding, b: Finding) => a.code === b.code && a.subject === b.subject;
