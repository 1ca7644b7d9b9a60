import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { refusalMessage, type ConnectionAttempt } from '../../src/hba/index.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { attemptConnection } from './raw-connection.ts';

/** One error that a client, or the server's log, was given by a real server. */
type ErrorText = {
  readonly version: string;
  readonly event: string;
  readonly kind?: ConnectionAttempt['kind'];
  readonly tls?: boolean;
  readonly sqlstate?: string;
  readonly message: string;
};

const recordedFile = join(dirname(fileURLToPath(import.meta.url)), 'fixtures', 'error-texts.json');
const recording = process.env['RECORD'] === '1';

const files: Readonly<Record<string, string>> = {
  'no-entry': 'local all all trust\n',
  reject: 'local all all trust\nhost all,replication all all reject\n',
  'hostssl-only': 'local all all trust\nhostssl all,replication all all trust\n',
  'wrong-password': 'local all all trust\nhost all,replication all all password\n',
  'client-certificate': 'local all all trust\nhostssl all,replication all all cert\n',
  ident: 'local all all trust\nhost all,replication all all ident\n',
};

async function reload(server: Server, hba: string): Promise<string> {
  server.write('pg_hba.conf', hba);
  const from = server.log().length;
  server.signal('SIGHUP');
  return server.logged(from, /pg_ident\.conf"? was not reloaded\n/);
}

/** What a server says to every kind of connection under every one of the files. */
async function collect(major: number): Promise<ErrorText[]> {
  const server = await startServer({
    major,
    settings: { ssl: 'on', ssl_ca_file: 'server.crt', log_line_prefix: '' },
    files: { 'pg_ident.conf': 'broken\n' },
  });
  try {
    const client = new pg.Client({
      host: server.socketFolder,
      port: server.port,
      user: 'postgres',
      database: 'postgres',
    });
    await client.connect();
    const version = String((await client.query('SHOW server_version')).rows[0].server_version);
    await client.query("CREATE ROLE dms LOGIN REPLICATION PASSWORD 'right'");
    await client.end();
    const texts: ErrorText[] = [];
    for (const [event, hba] of Object.entries(files)) {
      await reload(server, hba);
      for (const kind of ['sql', 'logical-walsender', 'physical-walsender'] as const) {
        for (const tls of [false, true]) {
          const attempt = { from: ['127.0.0.1'], database: 'orders', user: 'dms', tls, kind };
          const { answer, last } = await attemptConnection(server.port, attempt, true);
          const error = answer.kind === 'error' ? answer : last;
          if (error?.kind !== 'error') continue;
          texts.push({ version, event, kind, tls, sqlstate: error.code, message: error.message });
        }
      }
    }
    const log = await reload(server, 'host all all 10.0.0.0/8 scram\n');
    for (const line of log.split('\n')) {
      if (/^(LOG|CONTEXT): .*(pg_hba|scram)/.test(line)) {
        texts.push({
          version,
          event: 'log of a refused reload',
          message: line.trim().replaceAll(`${server.data}/`, ''),
        });
      }
    }
    return texts;
  } finally {
    await server.stop();
  }
}

describe('error texts', () => {
  test('of every version are as recorded, and refusals as the engine words them', async () => {
    const texts: ErrorText[] = [];
    for (const major of majors) texts.push(...(await collect(major)));
    if (recording) {
      mkdirSync(dirname(recordedFile), { recursive: true });
      writeFileSync(recordedFile, `[\n${texts.map((text) => `  ${JSON.stringify(text)}`).join(',\n')}\n]\n`);
    }
    expect(texts).toEqual(JSON.parse(readFileSync(recordedFile, 'utf8')));

    let refusals = 0;
    for (const { version, kind, tls, message } of texts) {
      if (kind === undefined || tls === undefined || !message.includes('pg_hba.conf')) continue;
      const attempt = { from: ['127.0.0.1'], database: 'orders', user: 'dms', tls, kind };
      const [major = '', minor = ''] = version.split('.');
      const reason = message.startsWith('no ') ? 'no-entry' : 'reject';
      expect(refusalMessage(reason, '127.0.0.1', attempt, Number(major) * 10_000 + Number(minor))).toBe(message);
      refusals++;
    }
    expect(refusals).toBeGreaterThan(12 * majors.length);
    console.log(`${texts.length} error texts, ${refusals} of them refusals by pg_hba.conf`);
  });
});
