import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { within } from '../deadline.ts';
import type { Query, Row } from '../postgres.ts';
import type { Way } from './transport.ts';
import { abortedBy } from './transport.ts';

/** One session on a server. */
export type Session = {
  /** The way that led there. */
  readonly way: string;
  readonly encrypted: boolean;
  /** Whether something in front of the server refused the session's settings. */
  readonly pooled: boolean;
  /** Runs one statement in a read-only transaction of its own. Rejects at once when the signal comes. */
  readonly query: Query;
  /** Ends it within a second, and on the server what still runs there. */
  readonly close: () => Promise<void>;
};

/**
 * Each message is one transaction, with its settings in it: behind a pooler that hands each transaction to another server
 * session nothing stays behind, and nothing is left open when a statement fails.
 */
const preamble = [
  'SET TRANSACTION READ ONLY',
  'SET LOCAL statement_timeout = 10000',
  'SET LOCAL lock_timeout = 2000',
  'SET LOCAL search_path = pg_catalog',
  '',
].join('; ');

/** A session of a client that is logged in. @param signal ends what runs */
export function sessionOf(
  client: pg.Client,
  way: Way,
  facts: Pick<Session, 'encrypted' | 'pooled'>,
  signal: AbortSignal,
): Session {
  let lost: Error | undefined;
  client.on('error', (error: Error) => (lost ??= error));
  let running: Promise<unknown> = Promise.resolve();
  const query: Query = async (sql) => {
    if (signal.aborted) throw interruption(signal);
    if (lost !== undefined) throw lost;
    // The last result is the statement's; those before are the settings'.
    const answer = client.query(`${preamble}${sql}`).then((results: unknown) => rowsOf(results));
    running = answer.catch(() => undefined);
    return unlessAborted(answer, signal);
  };
  const close = async () => {
    if (signal.aborted) {
      await atMost(300, cancel(client, way));
      await atMost(300, running);
    }
    const ended = client.end().catch(() => undefined);
    // The server's own end of it is a round trip that nobody needs but who has cancelled something.
    if (signal.aborted) await atMost(300, ended);
    closeWhenWritten(client);
  };
  return { way: way.name, ...facts, query, close };
}

function rowsOf(results: unknown): readonly Row[] {
  const last: unknown = Array.isArray(results) ? results.at(-1) : results;
  return (last as { rows: readonly Row[] }).rows;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interruption(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A time limit of ours in the words of the system's, so that it counts as one. */
function interruption(signal: AbortSignal): Error {
  const reason = abortedBy(signal);
  return reason.name === 'TimeoutError'
    ? Object.assign(new Error('the time for gathering was over'), { code: 'ETIMEDOUT' })
    : reason;
}

/** Has the server end what this session runs (PostgreSQL, "Canceling Requests in Progress"). */
async function cancel(client: pg.Client, way: Way): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const { signal, end } = within(new AbortController().signal, 250);
  const stream = await way.open(signal).finally(end);
  await new Promise<void>((resolve) => {
    stream.on('error', () => resolve()).on('close', () => resolve());
    // The server closes the connection when it has passed the request on.
    stream.write(request, () => stream.resume());
  });
  stream.destroy();
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => undefined), over]);
  clearTimeout(timer);
}

function closeWhenWritten(client: pg.Client): void {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  stream.end(() => stream.destroy());
}
