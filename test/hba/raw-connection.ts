import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionAttempt } from '../../src/hba/index.ts';

/** What a server answered to a start-up packet, before any password was sent. */
export type Answer =
  | { readonly kind: 'authentication'; readonly code: number; readonly mechanisms: readonly string[] }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

/** An answer, the one to a wrong password where one was sent, and the local port that the server's log names. */
export type Answered = { readonly answer: Answer; readonly last?: Answer; readonly port: number };

/** Reads messages of a connection one after the other. */
class Reader {
  #buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #failure: Error | undefined;
  #ended = false;

  constructor(socket: Socket) {
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    socket.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) {
      if (this.#failure) throw this.#failure;
      if (this.#ended) throw new Error(`the server closed the connection after ${this.#buffer.length} bytes`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  async message(): Promise<{ type: string; body: Buffer }> {
    const header = await this.bytes(5);
    return { type: String.fromCharCode(header[0]!), body: await this.bytes(header.readInt32BE(1) - 4) };
  }
}

function withLength(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

function startupPacket({ user, database, kind }: ConnectionAttempt): Buffer {
  const parameters: string[] = ['user', user];
  if (kind !== 'physical-walsender') parameters.push('database', database);
  if (kind !== 'sql') parameters.push('replication', kind === 'logical-walsender' ? 'database' : 'true');
  return withLength(Buffer.from([0, 3, 0, 0]), Buffer.from(`${parameters.join('\0')}\0\0`));
}

/** Fields of an ErrorResponse by their letter. */
function errorFields(body: Buffer): Map<string, string> {
  const fields = body
    .toString('utf8')
    .split('\0')
    .filter((field) => field !== '');
  return new Map(fields.map((field) => [field[0]!, field.slice(1)]));
}

function answerOf({ type, body }: { type: string; body: Buffer }): Answer {
  if (type === 'E') {
    const fields = errorFields(body);
    return { kind: 'error', code: fields.get('C') ?? '', message: fields.get('M') ?? '' };
  }
  if (type !== 'R') throw new Error(`message of type ${type} in place of an authentication request`);
  const code = body.readInt32BE(0);
  const mechanisms = code === 10 ? body.subarray(4).toString('latin1').split('\0').filter(Boolean) : [];
  return { kind: 'authentication', code, mechanisms };
}

/** Opens a TCP connection, with TLS on it where the attempt wants that. */
async function open(
  port: number,
  host: string,
  attempt: ConnectionAttempt,
): Promise<{ socket: Socket; reader: Reader; localPort: number }> {
  const plain = connectSocket({ port, host, localAddress: attempt.from[0]! });
  await new Promise<void>((resolve, reject) => {
    plain.once('connect', resolve).once('error', reject);
  });
  const localPort = plain.localPort ?? 0;
  if (!attempt.tls) return { socket: plain, reader: new Reader(plain), localPort };
  plain.write(withLength(Buffer.from([0x04, 0xd2, 0x16, 0x2f])));
  const [willing] = await new Promise<Buffer>((resolve, reject) => {
    plain
      .once('data', resolve)
      .once('error', reject)
      .once('close', () => reject(new Error('closed at the TLS request')));
  });
  if (willing !== 'S'.charCodeAt(0)) throw new Error('the server does no TLS');
  const socket = connectTls({ socket: plain, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject);
  });
  return { socket, reader: new Reader(socket), localPort };
}

/**
 * Starts a session and returns the server's first answer. Where it asks for a password in clear or by MD5 and `wrongPassword` is set,
 * a wrong one is sent, so that the server's log names the line that matched.
 */
export async function attemptConnection(
  port: number,
  attempt: ConnectionAttempt,
  wrongPassword: boolean,
): Promise<Answered> {
  const host = attempt.from[0]!.includes(':') ? '::1' : '127.0.0.1';
  const { socket, reader, localPort } = await open(port, host, attempt);
  try {
    socket.write(startupPacket(attempt));
    const answer = answerOf(await reader.message());
    if (wrongPassword && answer.kind === 'authentication' && (answer.code === 3 || answer.code === 5)) {
      socket.write(Buffer.concat([Buffer.from('p'), withLength(Buffer.from('wrong\0'))]));
      return { answer, last: answerOf(await reader.message()), port: localPort };
    }
    return { answer, port: localPort };
  } finally {
    socket.destroy();
  }
}
