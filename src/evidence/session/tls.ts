import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import { checkServerIdentity, connect } from 'node:tls';
import { SourceError } from '../source.ts';
import type { Environment } from './environment.ts';
import { userFolder } from './service-file.ts';
import type { Target } from './target.ts';

/** What was seen of a server's TLS: that there is transport encryption is one fact, whether it can be trusted another. */
export type TlsFacts = {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly names: readonly string[];
    readonly validFrom: string;
    readonly validTo: string;
    readonly sha256: string;
  };
  /** `ok`, or OpenSSL's word for what is wrong with the chain. */
  readonly chain: string;
  /** Which certificate authorities the chain was held against. */
  readonly against: string;
  /** `ok`, or why the certificate is not one for this host's name. */
  readonly name: string;
  readonly host: string;
};

/** The files that TLS uses, read. */
export type TlsMaterial = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase'> & { readonly against: string };

/**
 * Reads certificate authorities, certificate and key: those that were named, else those of the user's folder.
 *
 * @throws {@link SourceError} where a file that is needed cannot be read, or others may read the key
 */
export async function tlsMaterial(target: Target, env: Environment): Promise<TlsMaterial> {
  const folder = userFolder(env);
  if (target.sslMode === 'disable') return { against: 'none' };
  const passphrase = target.sslPassword();
  const [root, cert, key] = await Promise.all([
    target.sslRootCertificate === 'system'
      ? undefined
      : fileOr(target.sslRootCertificate, path.join(folder, 'root.crt')),
    fileOr(target.sslCertificate, path.join(folder, 'postgresql.crt')),
    keyOr(target.sslKey, path.join(folder, 'postgresql.key')),
  ]);
  if (root === undefined && target.sslRootCertificate !== 'system' && target.sslMode.startsWith('verify-'))
    throw new SourceError(
      `sslmode=${target.sslMode} needs a root certificate: sslrootcert=FILE, or sslrootcert=system for the authorities that come with Node`,
    );
  return {
    ...(root === undefined ? {} : { ca: root.text }),
    ...(cert === undefined ? {} : { cert: cert.text }),
    ...(key === undefined || cert === undefined ? {} : { key: key.text }),
    ...(passphrase === undefined ? {} : { passphrase }),
    against: root?.file ?? 'the certificate authorities that come with Node',
  };
}

type Read = { readonly file: string; readonly text: string };

async function fileOr(named: string | undefined, usual: string): Promise<Read | undefined> {
  const file = named ?? usual;
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    if (named === undefined) return undefined;
    throw new SourceError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

/** As for libpq: nobody else may read a key, but root may own one that a group reads. */
async function keyOr(named: string | undefined, usual: string): Promise<Read | undefined> {
  const read = await fileOr(named, usual);
  if (read === undefined || process.platform === 'win32') return read;
  const { mode, uid } = await stat(read.file);
  if ((mode & (uid === 0 ? 0o037 : 0o077)) !== 0)
    throw new SourceError(`${read.file}: others may read this private key; chmod 0600 it`);
  return read;
}

/**
 * Makes a TLS connection of one on which the server has agreed to it.
 *
 * @throws where the handshake fails, or the mode asks for a trust that the certificate does not give
 */
export async function secured(stream: Duplex, target: Target, material: TlsMaterial, signal: AbortSignal) {
  const { against, ...files } = material;
  const isName = /[^0-9.]/.test(target.host) && !target.host.includes(':') && !target.host.startsWith('/');
  const socket = connect({
    socket: stream,
    ...files,
    ...(isName ? { servername: target.host } : {}),
    // Both are looked at below: which of them counts is the mode's.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  await shaken(socket, signal);
  const facts = factsOf(socket, target.host, against);
  const verifies = target.sslMode.startsWith('verify-') || (target.sslMode === 'require' && material.ca !== undefined);
  const refused =
    verifies && facts.chain !== 'ok'
      ? `the server's certificate is not to be trusted (${facts.chain}, held against ${facts.against})`
      : target.sslMode === 'verify-full' && facts.name !== 'ok'
        ? `the server's certificate is not one for ${target.host}: ${facts.name}`
        : undefined;
  return { socket, facts, refused };
}

async function shaken(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const aborted = () => failed(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    const closed = () => failed(new Error('the connection was closed during the TLS handshake'));
    socket.once('error', failed).once('close', closed);
    signal.addEventListener('abort', aborted, { once: true });
    socket.once('secureConnect', () => {
      socket.off('error', failed).off('close', closed);
      signal.removeEventListener('abort', aborted);
      resolve();
    });
  });
}

function factsOf(socket: TLSSocket, host: string, against: string): TlsFacts {
  const certificate = socket.getPeerCertificate();
  const names = (certificate.subjectaltname ?? '').split(', ').filter((name) => name !== '');
  const mismatch = checkServerIdentity(host, certificate);
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().name,
    certificate: {
      subject: distinguished(certificate.subject),
      issuer: distinguished(certificate.issuer),
      names,
      validFrom: dateOf(certificate.valid_from),
      validTo: dateOf(certificate.valid_to),
      sha256: certificate.fingerprint256,
    },
    chain: socket.authorized ? 'ok' : wordOf(socket.authorizationError),
    against,
    name: mismatch === undefined ? 'ok' : mismatch.message,
    host,
  };
}

function wordOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

function distinguished(name: PeerCertificate['subject'] | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ');
}

function dateOf(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}
