import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Step } from '../../src/finding.ts';
import type { Layer } from '../../src/layers.ts';
import { groups } from '../../src/layers.ts';
import { fetchedServer, majors, startServer, type Server } from '../servers/postgres.ts';
import { engine } from './cases.ts';
import { planCodes } from './plan-codes.ts';
import { carryOut, clusterItem, evidenceOf, findingsOf, plainWorld, run, type World } from './source.ts';

/** The versions on which more is tried than the plan and its proof. */
const thorough = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors : [10, 16, 18];
const scope: readonly Layer[] = ['login', 'database', ...groups.replication, ...groups.readiness];
const isRoot = process.getuid?.() === 0;

/** Runs a command of the plan on the host; who is not root is the server's own account already. */
function onHost(command: string): void {
  execFileSync('sh', ['-c', isRoot ? command : command.replace(/^runuser -u \S+ -- /, '')], {
    stdio: 'ignore',
    cwd: tmpdir(),
  });
}

describe.each(majors)('a source on PostgreSQL %i on which everything is wrong', (major) => {
  let server: Server;
  let world: World;
  const binaries = () => `${fetchedServer(major)}/bin`;
  const control = (action: string) =>
    onHost(`${isRoot ? 'runuser -u nobody -- ' : ''}${binaries()}/pg_ctl -D ${server.data} ${action}`);

  beforeAll(async () => {
    server = await startServer({ major, settings: { wal_level: 'replica', max_prepared_transactions: '5' } });
    await run(server, ['CREATE DATABASE orders'], 'postgres', 'postgres');
    await run(server, [
      'CREATE ROLE dms LOGIN CONNECTION LIMIT 0 PASSWORD $$x$$',
      'CREATE SCHEMA shop',
      'CREATE TABLE shop.orders (id int PRIMARY KEY, total numeric(10, 2))',
      'ALTER DATABASE orders CONNECTION LIMIT 0',
      'REVOKE CONNECT ON DATABASE orders FROM PUBLIC',
      "ALTER SYSTEM SET wal_sender_timeout = '5s'",
      'SELECT pg_reload_conf()',
      'SELECT pg_sleep(0.2)',
    ]);
    world = plainWorld();
    world.endpoint = { PluginName: 'test-decoding' };
    const account = isRoot ? 'nobody' : undefined;
    world.items['host/clusters.json'] = clusterItem(server, {
      exe: `${binaries()}/postgres`,
      ...(account ? { osUser: account } : {}),
    });
  });
  // After the restart of the plan the server is no child of the tests any more.
  afterAll(async () => {
    try {
      control('-m immediate stop');
    } finally {
      await server.stop();
    }
  });

  const carry = async (step: Step) => {
    if (!('run' in step)) throw new Error('no step of these layers edits a file');
    if (step.where === 'source host') onHost(step.run);
    else await carryOut(server, world, step.run);
  };

  test('is open after the plan’s steps, and the DMS role decodes changes', async () => {
    world.flow = { migrationType: 'full-load' };
    const load = check(await evidenceOf(server, world), { scope });
    expect(load.blockedAt).toEqual(['login', 'database', 'role']);
    expect(load.plan.steps.map(({ effect }) => effect)).not.toContain('restart');
    expect(load.layers.filter(({ status }) => status === 'skip').map(({ layer }) => layer)).toEqual(
      expect.arrayContaining(['wal-level', 'slots', 'senders', 'plugin', 'wal-retention', 'restart']),
    );
    world.flow = {};
    const before = check(await evidenceOf(server, world), { scope });
    expect(before.blockedAt).toEqual(['login', 'database', 'role', 'wal-level', 'senders']);
    const codesOf = (checked: typeof before) => new Set(checked.findings.map(({ code }) => code));
    expect([...codesOf(before)]).toEqual(expect.arrayContaining([...planCodes.emitted]));
    expect(before.plan).toMatchObject({ opens: true });
    expect(before.plan.steps.filter(({ effect }) => effect === 'restart')).toHaveLength(1);
    for (const step of before.plan.steps.filter(({ effect }) => effect !== 'restart')) await carry(step);
    await run(server, ['SELECT pg_reload_conf()', 'SELECT pg_sleep(0.2)']);
    expect(findingsOf(await evidenceOf(server, world), ['wal-level']).map(({ code }) => code)).toEqual([
      ...planCodes.between,
    ]);
    for (const step of before.plan.steps.filter(({ effect }) => effect === 'restart')) await carry(step);

    const after = check(await evidenceOf(server, world), { scope });
    expect(
      after.findings
        .filter(({ status }) => status === 'block' || status === 'unknown')
        .map(({ code, summary }) => `${code} ${summary}`),
    ).toEqual([]);
    expect(after.blockedAt).toEqual([]);
    expect(planCodes.emitted.filter((code) => codesOf(after).has(code))).toEqual([]);
    expect(await decodedBy(server, 'dms')).toContain('table shop.orders: INSERT: id[integer]:1 total[numeric]:9.50');
  });

  if (!thorough.includes(major)) return;

  test('with wal_level on its command line ALTER SYSTEM does not reach it', async () => {
    const started = async (wal_level: string) => {
      control(`-m fast -w -o "-c wal_level=${wal_level}" restart`);
      return findingsOf(await evidenceOf(server, world), ['wal-level']);
    };
    const [found, ...others] = await started('replica');
    expect({ code: found?.code, others }).toEqual({ code: 'WAL006', others: [] });
    expect(found?.fix?.patches).toEqual([]);
    await run(server, ["ALTER SYSTEM SET wal_level = 'logical'"]);
    expect((await started('replica')).map(({ code }) => code)).toEqual(['WAL006']);
    expect((await started('logical')).map(({ code }) => code)).toEqual(['WAL001']);
  });

  test('as a standby it is one that can decode from version 16 on, and says what its slots need', async () => {
    server.write(major >= 12 ? 'standby.signal' : 'recovery.conf', major >= 12 ? '' : "standby_mode = 'on'\n");
    control('-m fast -w restart');
    const seen = async () => findingsOf(await evidenceOf(server, world), ['standby']);
    const codes = async () => (await seen()).map(({ code }) => code);
    if (major < 16) {
      expect(await codes()).toEqual(['STB002']);
      return;
    }
    expect(await codes()).toEqual(['STB003', 'STB004']);
    for (const step of (await seen()).flatMap(({ fix }) => fix?.steps ?? [])) await carry(step);
    await run(server, ['SELECT pg_sleep(0.2)']);
    expect(await codes()).toEqual(['STB003']);
    world.flow = { replicationInstance: 'ri' };
    world.items['aws/describe-replication-instances.json'] = engine('3.5.4');
    expect(await codes()).toEqual(['STB003', 'STB005']);
    world.items['aws/describe-replication-instances.json'] = engine('3.6.1');
    expect(await codes()).toEqual(['STB003']);
  });
});

/** Makes a logical slot as a role through a replication connection, writes a row, and reads what test_decoding says of it. */
async function decodedBy(server: Server, user: string): Promise<string> {
  const asWalsender = { replication: 'database' };
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, database: 'orders', ...asWalsender });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('CREATE_REPLICATION_SLOT proof LOGICAL test_decoding');
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    const decoded = new Promise<string>((resolve) => {
      connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
        const text = chunk.subarray(25).toString();
        if (chunk[0] === 'w'.charCodeAt(0) && text.includes('INSERT')) resolve(text);
      });
    });
    client.query('START_REPLICATION SLOT proof LOGICAL 0/0').catch(() => undefined);
    await run(server, ['INSERT INTO shop.orders VALUES (1, 9.5)']);
    return await decoded;
  } finally {
    client.end().catch(() => undefined);
    await run(server, [
      'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active',
      'SELECT pg_sleep(0.2)',
      "SELECT pg_drop_replication_slot('proof')",
    ]);
  }
}
