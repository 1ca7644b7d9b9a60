import { SourceError } from '../source.ts';

/** Connection parameters by libpq's names. */
export type Parameters = Readonly<Record<string, string>>;

const syntax = 'postgres://[USER@][HOST][:PORT][/DATABASE][?NAME=VALUE]';

/**
 * Reads a connection URL as libpq does (PostgreSQL, "Connection URIs"): every part may be missing. Messages never repeat a
 * part of it, since any part of a misspelt one may be the password.
 *
 * @throws {@link SourceError} where it is none
 */
export function parseConnectionUrl(url: string): Parameters {
  const [, user, password, netloc = '', path, query] =
    /^postgres(?:ql)?:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url) ?? [];
  if (!/^postgres(?:ql)?:\/\//.test(url)) throw new SourceError(`--pg-url: not a connection URL; write ${syntax}`);
  if (/[@,]/.test(netloc) || /[@/]/.test(path ?? ''))
    throw new SourceError(
      netloc.includes(',')
        ? '--pg-url: names several hosts; name the one that the endpoint is'
        : `--pg-url: an @, : or / in a user or password must be written as %40, %3A or %2F; write ${syntax}`,
    );
  const [, bracketed, plainHost = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(netloc) ?? [];
  if (port === undefined && netloc.includes(':') && bracketed === undefined)
    throw new SourceError('--pg-url: an IPv6 address is written in brackets, as [::1]');
  const found: Record<string, string> = {};
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') found[name] = decoded(value);
  };
  set('user', user);
  set('password', password);
  set('host', bracketed ?? plainHost);
  set('port', port);
  set('dbname', path);
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) {
    const at = pair.indexOf('=');
    if (at < 1) throw new SourceError('--pg-url: behind the ? stand NAME=VALUE pairs, with & between');
    const name = decoded(pair.slice(0, at));
    set(
      name === 'ssl' && pair.slice(at + 1) === 'true' ? 'sslmode' : name,
      name === 'ssl' ? 'require' : pair.slice(at + 1),
    );
  }
  return found;
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes('\0')) return plain;
  } catch {
    // The message below holds for both.
  }
  throw new SourceError('--pg-url: a % in it must be written as %25');
}
