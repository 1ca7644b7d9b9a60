import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding.ts';
import { fetchedServer, majors, startServer, type Server } from '../servers/postgres.ts';
import { carryOut, evidenceOf, findingsOf, plainWorld, run, type World } from './source.ts';

const tried = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors.filter((major) => major >= 12) : [13, 16];
/** The others that a standby must have at least as high; one of them unless SAMPLES asks for more. */
const notLower = [
  ['max_connections', '120'],
  ['max_worker_processes', '12'],
  ['max_prepared_transactions', '5'],
  ['max_locks_per_transaction', '96'],
] as const;
const others = tried.length > 2 ? notLower : notLower.slice(0, 1);
const isRoot = process.getuid?.() === 0;

/** Runs pg_ctl as the server's account. */
function control(major: number, ...words: string[]): void {
  const program = join(fetchedServer(major), 'bin', 'pg_ctl');
  const command = isRoot ? ['runuser', '-u', 'nobody', '--', program, ...words] : [program, ...words];
  execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore', cwd: tmpdir() });
}

async function sees(port: number, sql: string, expected: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ answer: string }>(`SELECT (${sql})::text AS answer`);
      if (rows[0]?.answer === expected) return true;
    } catch {
      // It is on its way up or down: asked again.
    } finally {
      await client.end().catch(() => undefined);
    }
    await wait(100);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe.each(tried)('a primary with a streaming standby on PostgreSQL %i', (major) => {
  let primary: Server;
  let folder = '';
  let world: World;
  let port = 0;
  const standbyData = () => join(folder, 'standby');
  const log = () => readFileSync(join(folder, 'log'), 'utf8');
  const streams = () =>
    sees(
      primary.port,
      "SELECT string_agg(application_name || ' ' || state, ',') FROM pg_stat_replication",
      'db2 streaming',
    );
  const restart = ['SELECT pg_reload_conf()', 'SELECT pg_sleep(0.2)'];
  const findings = async () => findingsOf(await evidenceOf(primary, world), ['restart']);
  const codes = (some: readonly Finding[]) => some.map(({ code }) => code);

  beforeAll(async () => {
    primary = await startServer({ major, settings: { wal_level: 'logical', max_wal_senders: '5' } });
    await run(primary, ['CREATE DATABASE orders'], 'postgres', 'postgres');
    await run(primary, ['CREATE ROLE dms LOGIN REPLICATION', 'CREATE TABLE orders (id int PRIMARY KEY)']);
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'dms-doctor-standby-'));
    const backup = new pg.Client({ host: '127.0.0.1', port: primary.port, user: 'postgres', database: 'postgres' });
    await backup.connect();
    await backup.query(
      major >= 15 ? "SELECT pg_backup_start('standby', true)" : "SELECT pg_start_backup('standby', true, false)",
    );
    execFileSync('cp', ['-a', primary.data, standbyData()]);
    const { rows } = await backup.query<{ labelfile: string }>(
      major >= 15
        ? 'SELECT labelfile FROM pg_backup_stop(false)'
        : 'SELECT labelfile FROM pg_stop_backup(false, false)',
    );
    await backup.end();
    rmSync(join(standbyData(), 'postmaster.pid'));
    appendFileSync(join(standbyData(), 'backup_label'), rows[0]?.labelfile ?? '');
    appendFileSync(join(standbyData(), 'standby.signal'), '');
    const settings = [
      `port = ${port}`,
      `unix_socket_directories = '${folder}'`,
      "wal_retrieve_retry_interval = '200ms'",
      `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres application_name=db2'`,
    ];
    appendFileSync(join(standbyData(), 'postgresql.conf'), `${settings.join('\n')}\n`);
    if (isRoot) execFileSync('chown', ['-R', 'nobody', folder]);
    control(major, '-D', standbyData(), '-l', join(folder, 'log'), '-w', 'start');
    if (!(await streams())) throw new Error(`the standby does not stream:\n${log()}`);
    world = plainWorld();
  });
  afterAll(async () => {
    for (const data of [standbyData(), primary.data])
      try {
        control(major, '-D', data, '-m', 'immediate', 'stop');
      } catch {
        // It has stopped by itself.
      }
    await primary.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the restart’s findings name it, and the printed fix keeps WAL for it', async () => {
    // What asks nothing of a standby.
    await run(primary, ['ALTER SYSTEM SET max_replication_slots = 12', ...restart]);
    expect(codes(await findings())).toEqual(['RST002', 'RST005']);
    await run(primary, ['ALTER SYSTEM SET max_wal_senders = 8', ...restart]);
    const outgrown = (await findings()).find(({ code }) => code === 'RST009');
    expect(outgrown?.summary).toBe('with the restart the primary outgrows db2: max_wal_senders (5, then 8)');
    expect(outgrown?.fix?.steps.map(({ where, effect }) => `${where} ${effect}`)).toEqual([
      'standby none',
      'standby restart',
      'source host restart',
    ]);
    const before = await findings();
    expect(before.find(({ code }) => code === 'RST002')?.summary).toContain('1 standby');
    const bare = before.find(({ code }) => code === 'RST005');
    expect(bare?.summary).toBe('db2 holds no slot, and WAL kept beside is none');
    for (const step of bare?.fix?.steps ?? []) if ('run' in step) await carryOut(primary, world, step.run);
    await run(primary, ['SELECT pg_sleep(0.2)']);
    expect(codes(await findings())).toEqual(['RST002', 'RST009']);
  });

  test('raised on the primary alone, max_wal_senders stops the standby (to 13) or its replay (from 14 on)', async () => {
    control(major, '-D', primary.data, '-m', 'fast', '-w', 'restart');
    await run(primary, ['INSERT INTO orders VALUES (1)']);
    if (major >= 14) expect(await sees(port, 'SELECT pg_is_wal_replay_paused()', 'true')).toBe(true);
    else for (let tries = 0; tries < 100 && !/database system is shut down/.test(log()); tries += 1) await wait(100);
    expect(log()).toMatch(
      major >= 14
        ? /hot standby is not possible because of insufficient parameter settings/
        : /max_wal_senders = 5 is a lower setting than on the (?:master|primary) server[^]*database system is shut down/,
    );
  });

  test('with the standby raised it streams again', async () => {
    appendFileSync(join(standbyData(), 'postgresql.conf'), 'max_wal_senders = 8\n');
    control(major, '-D', standbyData(), '-l', join(folder, 'log'), '-m', 'fast', '-w', 'restart');
    expect(await streams()).toBe(true);
    expect(codes(await findings())).toEqual(['RST001']);
  });

  test.each(others)(
    '%s is the same: refused by a standby that has less, taken by one that has as much',
    async (name, value) => {
      const from = log().length;
      await run(primary, [`ALTER SYSTEM SET ${name} = ${value}`, ...restart]);
      control(major, '-D', primary.data, '-m', 'fast', '-w', 'restart');
      for (let tries = 0; tries < 100 && !log().slice(from).includes(`${name} = `); tries += 1) await wait(100);
      expect(log().slice(from)).toMatch(
        new RegExp(`${name} = \\d+ is a lower setting than on the (?:master|primary) server`),
      );
      appendFileSync(join(standbyData(), 'postgresql.conf'), `${name} = ${value}\n`);
      control(major, '-D', standbyData(), '-l', join(folder, 'log'), '-m', 'fast', '-w', 'restart');
      expect(await streams()).toBe(true);
    },
  );
});
