import pg from 'pg';
import { expect, test } from 'vitest';
import { gatherPostgres } from '../../src/evidence/postgres.ts';
import { majors, startServer } from '../servers/postgres.ts';

// The package of 10 has one question that fails, and with it a transaction: there every lock of it is gone.
test.each(majors.filter((major) => major > 10))(
  'everything is asked with ACCESS SHARE on catalogs alone, on one connection, in two statements: PostgreSQL %i',
  async (major) => {
    const server = await startServer({ major });
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
    try {
      await client.connect();
      await client.query(
        'CREATE TABLE people (id int PRIMARY KEY, name text); CREATE VIEW names AS SELECT name FROM people',
      );
      // In one transaction, so that its locks can still be seen at its end.
      await client.query('BEGIN READ ONLY');
      let statements = 0;
      const items = await gatherPostgres(
        async (sql) => {
          statements += 1;
          return (await client.query<Record<string, unknown>>(sql)).rows;
        },
        () => '',
        'postgres',
      );
      expect(statements).toBe(2);
      expect(items.get('postgres/tables.json')).toMatchObject({ text: expect.stringContaining('"people"') });
      const { rows } = await client.query<{ mode: string; schema: string }>(
        `SELECT DISTINCT l.mode, n.nspname AS schema FROM pg_locks AS l
          JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
          WHERE l.pid = pg_backend_pid()`,
      );
      expect(rows).toEqual([{ mode: 'AccessShareLock', schema: 'pg_catalog' }]);
    } finally {
      await client.end().catch(() => undefined);
      await server.stop();
    }
  },
);
