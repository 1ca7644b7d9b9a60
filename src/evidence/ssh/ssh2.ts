/** Connections with ssh2: one a hop, each inside the one before it. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientChannel, PseudoTtyOptions } from 'ssh2';
import ssh2 from 'ssh2';
import type { Printed } from '../printed.ts';
import { Collector } from '../printed.ts';
import type { Terminal } from '../terminal.ts';
import { authentication } from './authentication.ts';
import type { HostConfig } from './config.ts';
import type { HostKeyError } from './host-key.ts';
import { knownHost, preferredAlgorithms, refusalOf } from './host-key.ts';
import { offersFor } from './keys.ts';
import type { Link } from './link.ts';
import { ConnectError } from './link.ts';

/**
 * Connects through all hops.
 *
 * @param hops the hosts on the way, the destination last
 * @throws SourceError, ConnectError, or the signal's reason
 */
export async function ssh2Link(
  hops: readonly HostConfig[],
  notes: readonly string[],
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Link> {
  const clients: ssh2.Client[] = [];
  const socket = new Socket();
  // On its way while known hosts and keys are read.
  const reached = connected(socket, hops[0] as HostConfig);
  const close = () => {
    for (const client of clients.toReversed()) client.end();
    // A far end that does not close its side must not keep this process.
    socket.unref();
    setTimeout(() => socket.destroy(), 500).unref();
  };
  try {
    let stream: Duplex = socket;
    for (const [index, hop] of hops.entries()) {
      const before = clients.at(-1);
      if (before !== undefined) stream = await forwarded(before, hop.host, hop.port, signal);
      const client = new ssh2.Client();
      clients.push(client);
      await ready(client, hop, { stream, reached: index === 0 ? reached : undefined }, terminal, signal);
    }
  } catch (error) {
    for (const client of clients) client.destroy();
    socket.destroy();
    throw error;
  }
  const last = clients.at(-1) as ssh2.Client;
  return {
    notes,
    exec: (command, input, withTerminal, ends) => executed(last, command, input, withTerminal, ends),
    forward: (host, port, ends) => forwarded(last, host, port, ends),
    close,
  };
}

type Way = {
  readonly stream: Duplex;
  /** Ended when the stream is connected; undefined behind a jump host. */ readonly reached: Promise<void> | undefined;
};

function connected(socket: Socket, { host, port }: HostConfig): Promise<void> {
  const reached = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.setNoDelay(true);
    socket.connect(port, host, resolve);
  });
  // Whoever waits for it hears of an error; it may come before anybody does.
  reached.catch(() => undefined);
  return reached;
}

/** One hop's handshake and log-in. */
async function ready(
  client: ssh2.Client,
  hop: HostConfig,
  { stream, reached }: Way,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<void> {
  const [known, offers] = await Promise.all([knownHost(hop), offersFor(hop, terminal, signal)]);
  signal.throwIfAborted();
  const place = `${hop.user}@${hop.host}`;
  const login = authentication(place, hop.user, offers, terminal, signal);
  const algorithms = preferredAlgorithms(known);
  let refusal: HostKeyError | undefined;
  let stage = `a connection to ${hop.host}, port ${hop.port}`;
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', stop);
      end();
    };
    const fail = (error: Error) => settle(() => reject(refusal ?? failure(error, place, stage)));
    const stop = () => {
      client.destroy();
      stream.destroy();
      settle(() => reject(new ConnectError(`ended while waiting for ${stage}`, { cause: signal.reason })));
    };
    signal.addEventListener('abort', stop, { once: true });
    const begin = () => {
      stage = `the SSH banner of ${hop.host}`;
      stream.once('data', () => {
        stage = `the key exchange with ${hop.host}`;
      });
      client.connect({
        sock: stream,
        username: hop.user,
        readyTimeout: 0,
        hostVerifier: (blob: Buffer) => {
          refusal = refusalOf(known, blob);
          return refusal === undefined;
        },
        authHandler: login.handler,
        algorithms: {
          ...(algorithms === undefined ? {} : { serverHostKey: algorithms as ssh2.ServerHostKeyAlgorithm[] }),
          // Hosts of the age of RHEL 6 and Ubuntu 12.04 have nothing better.
          kex: {
            append: ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1'],
            prepend: [],
            remove: [],
          },
        },
      });
    };
    client.on('handshake', () => {
      stage = `the log-in as ${place}`;
    });
    client.on('error', (error: Error & { level?: string }) => {
      // An agent's key that did not sign is followed by the next one.
      if (error.level === 'agent') return;
      fail(
        error.level === 'client-authentication'
          ? new ConnectError(`${place} was not let in: ${login.story()}`, {
              kerberos: hop.gssapi && login.taken().some((method) => method.startsWith('gssapi')),
            })
          : error,
      );
    });
    client.on('close', () => fail(new Error('the connection was closed')));
    client.on('ready', () => settle(resolve));
    if (reached === undefined) begin();
    else reached.then(begin, fail);
  });
}

function failure(error: Error, place: string, stage: string): Error {
  if (error instanceof ConnectError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'no such host name is known here'
      : code === 'ECONNREFUSED'
        ? 'the connection was refused'
        : error.message;
  return new ConnectError(`${place}: ${why} (while waiting for ${stage})`, { cause: error });
}

function forwarded(client: ssh2.Client, host: string, port: number, signal: AbortSignal): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const done = (error: Error | undefined, channel: ClientChannel) => {
      signal.removeEventListener('abort', stop);
      if (error)
        reject(
          new ConnectError(`from there, ${host} port ${port} cannot be reached: ${error.message}`, { cause: error }),
        );
      else if (signal.aborted) channel.destroy();
      else resolve(channel);
    };
    if (host.startsWith('/')) client.openssh_forwardOutStreamLocal(`${host}/.s.PGSQL.${port}`, done);
    else client.forwardOut('127.0.0.1', 0, host, port, done);
  });
}

/** A terminal that changes nothing on its way: no echo, no line ends of its own, no signals from bytes. */
const rawTerminal: PseudoTtyOptions = {
  modes: {
    ECHO: 0,
    ECHOE: 0,
    ECHOK: 0,
    ECHONL: 0,
    ICANON: 0,
    ISIG: 0,
    IEXTEN: 0,
    ICRNL: 0,
    IXON: 0,
    OPOST: 0,
    ONLCR: 0,
  },
};

function executed(
  client: ssh2.Client,
  command: string,
  input: Buffer,
  withTerminal: boolean,
  signal: AbortSignal,
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    const collector = new Collector(() => {
      // The far end is told, so that nothing runs on there; what it does with that is not waited for.
      channel?.signal('TERM');
      channel?.close();
      finish();
    });
    const lost = () => collector.end('the connection was lost');
    const finish = () => {
      client.off('close', lost);
      resolve(collector.printed());
    };
    collector.until(signal);
    if (collector.cut !== undefined) return;
    client.once('close', lost);
    client.exec(command, withTerminal ? { pty: rawTerminal } : {}, (error, opened) => {
      if (error) {
        collector.release();
        client.off('close', lost);
        reject(new ConnectError(`no command may be run there: ${error.message}`, { cause: error }));
        return;
      }
      channel = opened;
      if (collector.cut !== undefined) {
        opened.close();
        return;
      }
      opened.on('data', collector.output);
      opened.stderr.on('data', collector.complaint);
      opened.on('error', () => undefined);
      opened.on('close', finish);
      // Not ended: a channel that was ended on this side takes no signal any more.
      opened.write(input);
    });
  });
}
