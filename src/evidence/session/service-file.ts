import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SourceError } from '../source.ts';
import type { Environment } from './environment.ts';
import type { Parameters } from './url.ts';

/** The folder where libpq looks for a user's files. */
export function userFolder(env: Environment, windows = process.platform === 'win32'): string {
  return windows ? path.join(env['APPDATA'] ?? '.', 'postgresql') : path.join(env['HOME'] ?? '.', '.postgresql');
}

/**
 * Looks a service up where libpq does: PGSERVICEFILE, else the user's file; then the one of PGSYSCONFDIR (PostgreSQL,
 * "The Connection Service File").
 *
 * @throws {@link SourceError} where no file names it, or one cannot be read
 */
export async function readService(name: string, env: Environment): Promise<Parameters> {
  const own =
    process.platform === 'win32'
      ? path.join(userFolder(env), '.pg_service.conf')
      : path.join(env['HOME'] ?? '.', '.pg_service.conf');
  const files = [
    env['PGSERVICEFILE'] ?? own,
    path.join(env['PGSYSCONFDIR'] ?? '/etc/postgresql-common', 'pg_service.conf'),
  ];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new SourceError(`${file}: cannot be read (${error.code})`, { cause: error });
    });
    const found = text === undefined ? undefined : serviceIn(text, name, file);
    if (found !== undefined) return found;
  }
  throw new SourceError(`the service ${name} is in none of ${files.join(', ')}`);
}

/** The parameters of one section; blanks around a value belong to it, as for libpq. */
function serviceIn(text: string, name: string, file: string): Parameters | undefined {
  let inside = false;
  let found: Record<string, string> | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== undefined) break;
      inside = line === `[${name}]`;
      if (inside) found = {};
      continue;
    }
    if (!inside || found === undefined) continue;
    const at = line.indexOf('=');
    // The line itself is not repeated: it may hold a password.
    if (at < 1) throw new SourceError(`${file}, line ${index + 1}: not NAME=VALUE`);
    found[line.slice(0, at)] ??= line.slice(at + 1);
  }
  return found;
}
