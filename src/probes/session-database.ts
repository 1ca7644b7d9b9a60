import type { Reader } from './probe.ts';

/**
 * Ends the probe where the session that gathered was in another database than the endpoint's: tables, schemas, extensions
 * and event triggers belong to one database, and those of another one prove nothing.
 */
export function inFlowsDatabase(e: Reader<'postgres/server.json', never>): void {
  const seen = e.need('postgres/server.json').current_database;
  const wanted = e.flow.database;
  if (seen && wanted !== undefined && seen !== wanted)
    e.notUnderstood(
      'postgres/server.json',
      `the session was in database ${seen}, and the endpoint names ${wanted}: gather from that one`,
    );
}

/** Ends the probe where the session asked for the privileges of another role than the endpoint's. */
export function ofFlowsRole(e: Pick<Reader<'postgres/server.json', never>, 'flow' | 'maybe' | 'notUnderstood'>): void {
  const seen = e.maybe('postgres/server.json')?.dms_role;
  const wanted = e.flow.user;
  if (seen && wanted !== undefined && seen !== wanted)
    e.notUnderstood(
      'postgres/server.json',
      `the session asked for the privileges of ${seen}, and the endpoint names ${wanted}: say --user ${wanted}`,
    );
}
