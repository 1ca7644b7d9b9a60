import { matchedNames } from './match.ts';
import type { ConnectionAttempt } from './connection.ts';
import { versionRules } from './version-rules.ts';

/**
 * What the server tells a client that it refuses before asking for any password (auth.c `ClientAuthentication`; SQLSTATE 28000).
 *
 * Up to 13 a logical walsender is told of a "replication connection" although from 10 on a line for its *database* is what lacks.
 * @param reason no line matches, or the line that does says `reject`
 * @param host the client's address as the server prints it
 * @param version `server_version_num`
 */
export function refusalMessage(
  reason: 'no-entry' | 'reject',
  host: string,
  attempt: ConnectionAttempt,
  version: number,
): string {
  const { encryptionWords, refusalSaysReplication } = versionRules(version);
  const { user, database } = matchedNames(attempt, version);
  const replication =
    attempt.kind === 'physical-walsender' ||
    (attempt.kind === 'logical-walsender' && refusalSaysReplication === 'every walsender');
  const encryption = attempt.tls ? encryptionWords.tls : encryptionWords.plain;
  const who = replication ? `user "${user}"` : `user "${user}", database "${database}"`;
  if (reason === 'reject') {
    return `pg_hba.conf rejects ${replication ? 'replication ' : ''}connection for host "${host}", ${who}, ${encryption}`;
  }
  return `no pg_hba.conf entry for ${replication ? 'replication connection from ' : ''}host "${host}", ${who}, ${encryption}`;
}
