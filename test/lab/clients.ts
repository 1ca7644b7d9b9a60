import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Host, Outcome } from './host.ts';

/** Where and as whom a client connects. */
export type Login = { server: string; port: number; database: string; user: string; password: string };

/**
 * Connects as AWS DMS does: with PostgreSQL's ODBC driver (psqlODBC) through unixODBC, with a login time limit.
 * @param seconds the login time limit, libpq's connect_timeout
 * @returns `connected`, and the driver's own text when not
 */
export async function connectAsDms(
  host: Host,
  login: Login,
  seconds = 3,
): Promise<{ connected: boolean; text: string }> {
  const connection = [
    'Driver={PostgreSQL Unicode}',
    `Server=${login.server}`,
    `Port=${login.port}`,
    `Database=${login.database}`,
    `Uid=${login.user}`,
    `Pwd=${login.password}`,
    'SSLmode=disable',
    `Pqopt={connect_timeout=${seconds}}`,
  ].join(';');
  const { stdout, stderr } = await host.exec(`isql -b -v -k "$(cat)"`, { input: connection, seconds: seconds + 30 });
  const text = `${stdout}${stderr}`.trim();
  return { connected: text === '', text };
}

/** A libpq connection string, without the password. */
const sourceOf = ({ server, port, database, user }: Login): string =>
  `host=${server} port=${port} dbname=${database} user=${user}`;

/**
 * Runs one command of the streaming replication protocol on a logical replication connection (`replication=database`).
 * @returns the outcome; `stdout` holds the rows, columns separated by `|`
 */
export function replicationCommand(host: Host, login: Login, command: string): Promise<Outcome> {
  const source = `${sourceOf(login)} replication=database connect_timeout=3`;
  return host.exec(`PGPASSWORD='${login.password}' psql -X -A -t -d '${source}' -c '${command}'`, { seconds: 30 });
}

/**
 * Opens a session that then sits idle, as a forgotten application's does.
 * @param application its application_name
 * @returns the client's process, connected; ending it ends the session
 * @throws with the client's text when it cannot connect
 */
export async function idleClient(host: Host, login: Login, application: string): Promise<ChildProcess> {
  const source = `${sourceOf(login)} application_name=${application} connect_timeout=5`;
  const client = host.spawn(`PGPASSWORD='${login.password}' exec psql -X -q -A -t -d '${source}'`);
  let complaint = '';
  client.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  client.stdin?.write('select 1;\n');
  if (client.stdout === null) throw new Error('the client has no standard output');
  await Promise.race([once(client.stdout, 'data'), once(client, 'close')]);
  if (client.exitCode !== null) throw new Error(`${application} could not connect: ${complaint}`);
  return client;
}
