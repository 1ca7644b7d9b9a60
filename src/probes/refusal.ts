import type { EvidenceLine } from '../finding.ts';
import type { Reader } from './probe.ts';

/** How the server turned this machine away. */
export type RefusalHere = { readonly code: string; readonly message: string; readonly evidence: EvidenceLine };

type HereReader = Pick<Reader<never, 'here/session.json'>, 'flow' | 'maybe' | 'cite'>;

/** What came of the log-in that this machine tried, where it was at the endpoint's very name and port. */
function triedAtEndpoint(e: HereReader) {
  const session = e.maybe('here/session.json');
  const { host, port } = e.flow;
  return session?.host.toLowerCase() === host?.toLowerCase() && session?.port === port ? session : undefined;
}

/** The session that this machine got straight at the endpoint's very name and port. */
export function sessionAtEndpoint(e: HereReader): { readonly user: string; readonly way: string } | undefined {
  const session = triedAtEndpoint(e);
  // Through the host it may have been the loopback's.
  return session === undefined || session.way !== `${session.host}:${session.port}`
    ? undefined
    : { user: session.user, way: session.way };
}

/**
 * The server's own refusal of a log-in that this machine tried at the endpoint's very name and port; undefined where it got a
 * session, or was somewhere else. It is a state of the server, and no proof of DMS's path.
 */
export function refusalAtEndpoint(e: HereReader): RefusalHere | undefined {
  const session = triedAtEndpoint(e);
  if (session === undefined || session.way !== null) return undefined;
  const last = session.refusals.at(-1);
  if (last?.phase !== 'login' || last.code === undefined) return undefined;
  const evidence = e.cite('here/session.json', `${session.user} at ${last.way}: ${last.message} (${last.code})`);
  return { code: last.code, message: last.message, evidence };
}
