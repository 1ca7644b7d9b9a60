import { existsSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { fetchedServer, majors, startServer } from './postgres.ts';

describe('servers for tests', () => {
  test('are of every major version from 10 to 18', async () => {
    expect(majors).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(() => fetchedServer(9)).toThrow(/PostgreSQL 9 is not in .*fetch-postgres/);
  });

  test('run with the settings and files that they were given, and leave nothing', async () => {
    const server = await startServer({ major: 13, settings: { wal_level: 'logical', cluster_name: "it's" } });
    try {
      const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
      await client.connect();
      const { rows } = await client.query(
        "SELECT name, setting FROM pg_settings WHERE name IN ('wal_level', 'cluster_name')",
      );
      await client.end();
      expect(rows).toEqual([
        { name: 'cluster_name', setting: "it's" },
        { name: 'wal_level', setting: 'logical' },
      ]);
    } finally {
      await server.stop();
    }
    expect(existsSync(server.socketFolder)).toBe(false);
    expect(() => server.write('pg_hba.conf', '')).toThrow('has been stopped');
  });

  test('that do not start say why, and leave nothing', async () => {
    const failure = await startServer({ major: 18, hba: 'broken\n' }).then(
      async (server) => server.stop(),
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/invalid connection type "broken"[^]*could not load/);
    const [, folder = ''] = /"(\/[^"]*)\/data\/pg_hba\.conf"/.exec(String(failure)) ?? [];
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  });
});
