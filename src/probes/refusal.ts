import type { EvidenceLine } from '../finding.ts';
import type { Reader } from './probe.ts';

/** How the server turned this machine away. */
export type RefusalHere = { readonly code: string; readonly message: string; readonly evidence: EvidenceLine };

/**
 * The server's own refusal of a log-in that this machine tried at the endpoint's very name and port; undefined where it got a
 * session, or was somewhere else. It is a state of the server, and no proof of DMS's path.
 */
export function refusalAtEndpoint(
  e: Pick<Reader<never, 'here/session.json'>, 'flow' | 'maybe' | 'cite'>,
): RefusalHere | undefined {
  const session = e.maybe('here/session.json');
  if (session === undefined || session.way !== null) return undefined;
  const last = session.refusals.at(-1);
  if (last?.phase !== 'login' || last.code === undefined) return undefined;
  const { host, port } = e.flow;
  if (session.host.toLowerCase() !== host?.toLowerCase() || session.port !== port) return undefined;
  const evidence = e.cite('here/session.json', `${session.user} at ${last.way}: ${last.message} (${last.code})`);
  return { code: last.code, message: last.message, evidence };
}
