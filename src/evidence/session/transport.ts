import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { Tunnel } from '../tunnel.ts';
import type { Target } from './target.ts';

/** Where the session's bytes go: straight to an address or a socket, or through another machine. */
export type Way = {
  /** How it is called in messages: `172.31.40.17:5432`, `127.0.0.1:5432 through ssh db1`. */
  readonly name: string;
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  /** Milliseconds that it may take to open; those of a log-in where none are named. */
  readonly patience?: number;
};

/** Looks a name up on this machine. An address or a socket's folder needs no look-up. */
export async function addressesFor(target: Target): Promise<readonly LookupAddress[]> {
  if (target.host.startsWith('/')) return [];
  return lookup(target.address ?? target.host, { all: true, verbatim: true });
}

/** The straight way. */
export function straight(target: Target, addresses: readonly LookupAddress[]): Way {
  const { host, port } = target;
  if (host.startsWith('/')) {
    const path = `${host.replace(/\/+$/, '')}/.s.PGSQL.${port}`;
    return { name: path, open: (signal) => opened(connect({ path }), signal) };
  }
  return {
    name: `${host}:${port}`,
    open: (signal) =>
      opened(
        connect({
          host,
          port,
          autoSelectFamily: true,
          lookup: (_host, options, done) => {
            const [first] = addresses;
            if (options.all) done(null, [...addresses]);
            else done(null, first?.address ?? '', first?.family ?? 0);
          },
        }),
        signal,
      ),
  };
}

/** The way through another machine to a host and port as that machine reaches them. */
export function through(tunnel: Tunnel, host: string, port: number): Way {
  return { name: `${host}:${port} through ${tunnel.through}`, open: (signal) => tunnel.open(host, port, signal) };
}

async function opened(socket: ReturnType<typeof connect>, signal: AbortSignal): Promise<Duplex> {
  try {
    await once(socket, 'connect', { signal });
    socket.setNoDelay(true);
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? abortedBy(signal) : error;
  }
}

/** The reason of a signal as an error. */
export function abortedBy(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('interrupted');
}

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The server said something else than S or N when it was asked for TLS. */
class NoPostgres extends Error {
  constructor(answer: string) {
    super(`what answers there does not speak PostgreSQL's protocol (it said ${answer} when it was asked for TLS)`);
    this.name = 'NoPostgres';
  }
}

/**
 * Asks the server for TLS (PostgreSQL, "SSL Session Encryption").
 *
 * @returns whether it has it: then nothing but a TLS handshake may follow
 */
export async function asksForTls(stream: Duplex, signal: AbortSignal): Promise<boolean> {
  stream.write(sslRequest);
  const answer = await firstBytes(stream, signal);
  // More than the one letter could only come from somebody in between (CVE-2021-23222).
  if (answer.length === 1 && answer[0] === 0x53) return true;
  if (answer.length === 1 && answer[0] === 0x4e) return false;
  if (answer[0] === 0x45) throw earlyError(answer);
  throw new NoPostgres(JSON.stringify(answer.subarray(0, 20).toString('latin1')));
}

/** What a server says that cannot even start a session, before any log-in. */
function earlyError(answer: Buffer): Error {
  const text = answer.subarray(1).toString('utf8');
  const fields = new Map(
    text
      .slice(4)
      .split('\0')
      .map((field) => [field[0], field.slice(1)] as const),
  );
  const message = fields.get('M') ?? text.replaceAll('\0', ' ').trim();
  return Object.assign(new Error(message), { code: fields.get('C') });
}

async function firstBytes(stream: Duplex, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stream.off('data', onData).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onData = (chunk: Buffer) => {
      stream.pause();
      settle(() => resolve(chunk));
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the connection was closed before the server said anything')));
    const onAbort = () => settle(() => reject(abortedBy(signal)));
    stream.on('data', onData).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Has a client log in over a stream that is connected already. */
export async function connectedAs(client: pg.Client, stream: Duplex, signal: AbortSignal): Promise<void> {
  // pg connects its stream by itself; this one only says that it is.
  Object.assign(stream, {
    connect: () => setImmediate(() => stream.emit('connect')),
    setNoDelay: () => stream,
  });
  stream.resume();
  const stop = () => stream.destroy(abortedBy(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
