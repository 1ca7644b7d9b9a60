import { isIP } from 'node:net';
import { SourceError } from '../source.ts';

/** Where an SSH connection goes, as a user wrote it: a name of `ssh_config`, a host name or an address. */
export type Destination = {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
};

/**
 * Reads `[user@]host[:port]`, an IPv6 address in brackets where a port follows, and `ssh://` before it as `ProxyJump` takes it.
 *
 * @throws SourceError where it is none
 */
export function readDestination(text: string): Destination {
  const plain = text.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  const at = plain.lastIndexOf('@');
  const user = at < 0 ? undefined : plain.slice(0, at);
  const rest = plain.slice(at + 1);
  const [, bracketed, name, digits] =
    isIP(rest) === 6 ? ['', rest] : (/^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(rest) ?? []);
  const host = bracketed ?? name ?? '';
  const port = digits === undefined ? undefined : Number(digits);
  // A host that begins with a dash would be an option of ssh; one with blanks or controls is a mistake.
  if (host === '' || user === '' || !isWord(host) || (user !== undefined && !isWord(user.replaceAll('\\', ''))))
    throw new SourceError(`--ssh ${text}: write [user@]host[:port]`);
  if (port !== undefined && (port < 1 || port > 65_535))
    throw new SourceError(`--ssh ${text}: a port is a number from 1 to 65535`);
  return { host, user, port };
}

function isWord(text: string): boolean {
  return !text.startsWith('-') && !/[\s\p{Cc}'"`$;&|<>(){}\\]/u.test(text);
}

/** How a destination is called in messages. */
export function wordsOf({ host, user, port }: Destination): string {
  const place = host.includes(':') && port !== undefined ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${place}${port === undefined ? '' : `:${port}`}`;
}
