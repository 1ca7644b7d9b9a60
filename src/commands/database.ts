import { sessionSource } from '../evidence/session/source.ts';
import { readTarget } from '../evidence/session/target.ts';
import { tlsMaterial } from '../evidence/session/tls.ts';
import type { Source } from '../evidence/source.ts';
import type { Terminal } from '../evidence/terminal.ts';
import type { Tunnel } from '../evidence/tunnel.ts';
import type { Flow } from '../flow.ts';

/**
 * The SQL session that the command line or the environment names.
 *
 * @param url undefined where only the environment names a server
 * @param dmsRole the role that DMS logs in as, once it is known
 * @param tunnel the way over the source host, where that is looked at over SSH
 * @throws SourceError where it cannot be used as it is said
 */
export async function databaseSource(
  url: string | undefined,
  flow: Flow,
  dmsRole: () => Promise<string | undefined>,
  terminal: Terminal | undefined,
  tunnel: Tunnel | undefined,
): Promise<Source> {
  const { env } = process;
  const target = await readTarget(url, env, { host: flow.host, database: flow.database });
  return sessionSource(target, {
    material: await tlsMaterial(target, env),
    because:
      url === undefined
        ? 'The environment (PGHOST, PGHOSTADDR or PGSERVICE) names a server, and it was asked'
        : undefined,
    dmsRole,
    tunnel,
    ask: (question, signal) => terminal?.ask(question, signal) ?? Promise.resolve(undefined),
    explain: async (text) => (await import('../errors/explainer.ts')).explainText(text)[0]?.summary,
    now: () => new Date().toISOString(),
  });
}
