import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '../../src/layers.ts';
import { fetchedServer, majors, startServer, type Server } from '../servers/postgres.ts';
import { evidenceOf, findingsOf, plainWorld, run, type World } from './source.ts';

const tried = Number(process.env['SAMPLES'] ?? 1) >= 3 ? majors : [11, 17];
const isRoot = process.getuid?.() === 0;

/** A row more in pg_settings, for a parameter that only RDS has; everything else of the view stays as it is. */
const withFlag = (value: string) => `DO $$ DECLARE own text; made text; BEGIN
  SELECT string_agg(CASE attname WHEN 'name' THEN quote_literal('rds.logical_replication')
      WHEN 'setting' THEN quote_literal('${value}') ELSE quote_ident(attname) END, ', ' ORDER BY attnum) INTO made
    FROM pg_attribute WHERE attrelid = 'pg_catalog.pg_settings'::regclass AND attnum > 0;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO own
    FROM pg_attribute WHERE attrelid = 'pg_catalog.pg_settings'::regclass AND attnum > 0;
  EXECUTE format('CREATE OR REPLACE VIEW pg_catalog.pg_settings AS SELECT %s FROM pg_show_all_settings()
    UNION ALL SELECT %s FROM pg_show_all_settings() WHERE name = ''hot_standby_feedback''', own, made);
END $$`;

describe.each(tried)('a server that shows itself as RDS does, PostgreSQL %i', (major) => {
  let server: Server;
  let world: World;
  const codes = async (layer: Layer) => findingsOf(await evidenceOf(server, world), [layer]).map(({ code }) => code);
  const control = (...words: string[]) => {
    const program = [join(fetchedServer(major), 'bin', 'pg_ctl'), '-D', server.data, ...words];
    const command = isRoot ? ['runuser', '-u', 'nobody', '--', ...program] : program;
    execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore', cwd: tmpdir() });
  };

  beforeAll(async () => {
    server = await startServer({ major, settings: { wal_level: 'replica', allow_system_table_mods: 'on' } });
    await run(server, ['CREATE DATABASE orders'], 'postgres', 'postgres');
    await run(server, [
      'CREATE ROLE rds_superuser',
      'CREATE ROLE rds_replication',
      'CREATE ROLE dms LOGIN',
      'CREATE TABLE orders (id int PRIMARY KEY)',
      'GRANT SELECT ON orders TO dms',
      withFlag('off'),
    ]);
    world = plainWorld();
    world.flow = { host: 'orders.c9xyz.eu-west-1.rds.amazonaws.com' };
  });
  afterAll(async () => {
    try {
      control('-m', 'immediate', 'stop');
    } finally {
      await server.stop();
    }
  });

  test('without membership the role is a wall, and the flag is named as what to look at first', async () => {
    const [found] = findingsOf(await evidenceOf(server, world), ['role']);
    expect(found).toMatchObject({ code: 'ROL002', summary: 'dms is no member of rds_replication' });
    expect(found?.detail).toContain('change that first');
    await run(server, ['GRANT rds_replication TO dms']);
    expect(await codes('role')).toEqual(['ROL001']);
  });

  test('the flag is off: a parameter and a reboot, in AWS’s words', async () => {
    const [found] = findingsOf(await evidenceOf(server, world), ['wal-level']);
    expect(found?.code).toBe('WAL007');
    expect(found?.fix?.steps.map((step) => ('run' in step ? step.run : ''))).toEqual([
      expect.stringContaining('ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot'),
      'aws rds reboot-db-instance --db-instance-identifier orders',
    ]);
  });

  test('the flag is on, and wal_level follows it: gone', async () => {
    await run(server, [withFlag('on'), "ALTER SYSTEM SET wal_level = 'logical'"]);
    control('-m', 'fast', '-w', 'restart');
    expect(await codes('wal-level')).toEqual(['WAL001']);
    expect(await codes('restart')).toEqual(['RST001']);
    expect(await codes('plugin')).toEqual(['PLG001']);
    await run(server, ['REVOKE rds_replication FROM dms']);
    const [found] = findingsOf(await evidenceOf(server, world), ['role']);
    expect(found?.code).toBe('ROL002');
    expect(found?.detail).not.toContain('change that first');
  });
});
