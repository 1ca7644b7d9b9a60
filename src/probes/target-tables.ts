import type { Endpoint } from '../evidence/parse/aws.ts';
import type { Draft, Reader } from './probe.ts';

type TargetTablesReader = Reader<
  never,
  | 'aws/describe-endpoints.json'
  | 'postgres/server.json'
  | 'postgres/roles.json'
  | 'postgres/settings.json'
  | 'postgres/role-settings.json'
  | 'postgres/tables.json'
>;

/** What slows or breaks a full load into tables that are there already: triggers and foreign keys, secondary indexes. */
export function* targetTables(e: TargetTablesReader, endpoint: Endpoint): Generator<Draft> {
  const name = endpoint.EndpointIdentifier;
  const tables = e.maybe('postgres/tables.json')?.filter(({ relkind }) => relkind === 'r' || relkind === 'p');
  if (tables === undefined) {
    const text = `${name}: its tables were not looked at`;
    yield { code: 'TGT006', args: { name }, evidence: [e.cite('postgres/tables.json', text)], subject: name };
    return;
  }
  const { isReplica, caveats } = replicationRole(e, endpoint);
  const replica = 'session_replication_role = replica';
  if (!isReplica && tables.length > 0)
    yield {
      code: 'TGT007',
      args: { name, tables: tables.length },
      evidence: [e.cite('aws/describe-endpoints.json', `${name}: no ${replica} in its sessions`)],
      subject: name,
      caveats,
    };
  const indexed = tables.filter(({ indexes, primary_key: key }) => (indexes ?? 0) > (key ? 1 : 0));
  const [first] = indexed;
  if (first !== undefined)
    yield {
      code: 'TGT008',
      args: { name, count: indexed.length, worst: `${first.nspname}.${first.relname}` },
      evidence: [e.cite('postgres/tables.json', `${first.nspname}.${first.relname}: indexes = ${first.indexes}`)],
      subject: name,
    };
  if (indexed.length === 0 && (isReplica || tables.length === 0)) {
    const how =
      tables.length === 0 ? 'no table is there yet' : `${tables.length} tables without secondary indexes, ${replica}`;
    yield {
      code: 'TGT009',
      args: { name, how },
      evidence: [e.cite('postgres/tables.json', how)],
      subject: name,
      caveats,
    };
  }
}

/** From this version on a role may be given the right to set one parameter (GRANT … ON PARAMETER). */
const grantable = 150_000;

/** Whether DMS's sessions are replicas: by the endpoint's script, where the role may set it, else by what the server sets for them. */
function replicationRole(
  e: TargetTablesReader,
  { ExtraConnectionAttributes: attributes, PostgreSQLSettings: settings }: Endpoint,
): { readonly isReplica: boolean; readonly caveats: readonly string[] } {
  const script = `${attributes ?? ''} ${String(settings?.AfterConnectScript ?? '')}`;
  const bySettings = settingOf(e) === 'replica';
  if (!/session_replication_role\s*=?\s*(?:to\s+)?'?replica/i.test(script))
    return { isReplica: bySettings, caveats: [] };
  const user = e.flow.user ?? '';
  const role = e.maybe('postgres/roles.json')?.get(user);
  if (role?.rolsuper === true) return { isReplica: true, caveats: [] };
  const server = e.maybe('postgres/server.json');
  const refused =
    role !== undefined && server !== undefined && server.server_version_num < grantable && server.is_rds !== true;
  return refused
    ? {
        isReplica: bySettings,
        caveats: [
          `The endpoint’s script sets it, and ${user} may not: before PostgreSQL 15 only a superuser may. ALTER ROLE … SET session_replication_role by a superuser does without the script.`,
        ],
      }
    : {
        isReplica: true,
        caveats: [
          `Whether ${user || 'the role'} may set session_replication_role, as the endpoint’s script does, is not seen.`,
        ],
      };
}

/**
 * What a session of the role in the endpoint's database begins with: the setting for both goes before that for the role,
 * that before the database's, that before the one for all roles, and all of them before the server's own.
 * https://www.postgresql.org/docs/current/sql-alterrole.html
 */
function settingOf(e: TargetTablesReader): string | undefined {
  const { user, database } = e.flow;
  const ofServer = e.maybe('postgres/settings.json')?.get('session_replication_role');
  const [best] = (e.maybe('postgres/role-settings.json') ?? [])
    .filter((one) => (!one.role || one.role === user) && (!one.database || one.database === database))
    .map((one) => ({ ...one, rank: (one.role ? 2 : 0) + (one.database ? 1 : 0) }))
    .flatMap(({ setting, rank }) => {
      const value = /^session_replication_role=(.*)$/i.exec(setting)?.[1];
      return value === undefined ? [] : [{ value: value.toLowerCase(), rank }];
    })
    .toSorted((a, b) => b.rank - a.rank);
  // What the session that looked has by its own role or database is no fact about DMS's.
  const shared = ['default', 'configuration file', 'command line', 'environment variable'];
  return best?.value ?? (shared.includes(ofServer?.source ?? '') ? ofServer?.setting?.toLowerCase() : undefined);
}
