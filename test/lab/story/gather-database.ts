import pg from 'pg';
import { gatherPostgres } from '../../../src/evidence/postgres.ts';

/**
 * Runs in the source host's network: asks the very questions of a live run as the database's administrator, and prints the
 * items as JSON, by name.
 */
const client = new pg.Client({
  host: '127.0.0.1',
  port: 5432,
  database: 'orders',
  user: 'dba',
  password: 'dba-password',
  application_name: 'dms-doctor',
  options: '-c default_transaction_read_only=on',
});
await client.connect();
const query = async (sql: string): Promise<Record<string, unknown>[]> => (await client.query(sql)).rows;
const items = await gatherPostgres(query, () => new Date().toISOString(), 'dms');
await client.end();
process.stdout.write(JSON.stringify(Object.fromEntries(items)));
