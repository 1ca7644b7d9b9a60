import { Writable } from 'node:stream';
import type { Target } from './target.ts';

/** Asks a person for a password on the terminal; undefined where there is nobody to ask. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

/** The server asks for a password, and there is none. */
export class NoPassword extends Error {
  constructor(more: readonly string[]) {
    super(
      `the server asks for a password and there is none: write one into ~/.pgpass (mode 0600) or PGPASSWORD${more.map((one) => `; ${one}`).join('')}`,
    );
    this.name = 'NoPassword';
  }
}

/**
 * The password for a server that asks for one: what was given, else the password file's (PGPASSFILE or ~/.pgpass, which
 * nobody else may read).
 *
 * @throws {@link NoPassword}
 */
export async function passwordFor(target: Target): Promise<string> {
  const given = target.password();
  if (given !== undefined) return given;
  const { found, warnings } = await fromFile(target);
  if (found !== undefined) return found;
  throw new NoPassword(warnings);
}

async function fromFile(target: Target): Promise<{ found: string | undefined; warnings: string[] }> {
  const { default: pgpass } = await import('pgpass');
  const warnings: string[] = [];
  pgpass.warnTo(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        warnings.push(
          chunk
            .toString('utf8')
            .trim()
            .replace(/^WARNING: /, ''),
        );
        done();
      },
    }),
  );
  // Lines for a socket in the usual place are written for `localhost`.
  const host = /^\/(?:var\/run\/postgresql|tmp)\/?$/.test(target.host) ? 'localhost' : target.host;
  const { port, database, user } = target;
  const found = await new Promise<string | undefined>((resolve) => pgpass({ host, port, database, user }, resolve));
  return { found, warnings };
}
