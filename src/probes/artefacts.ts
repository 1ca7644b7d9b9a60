import type { Endpoint } from '../evidence/parse/aws.ts';
import type { Role } from '../evidence/parse/postgres.ts';
import type { Fix } from '../finding.ts';
import { shellQuote } from '../shell.ts';
import { sqlIdentifier } from '../sql.ts';
import { endpointOf } from './dms.ts';
import type { Draft } from './probe.ts';
import type { RoleReader } from './role.ts';
import { command, sqlLiteral } from './wording.ts';

const trigger = 'awsdms_intercept_ddl';
const auditTable = 'awsdms_ddl_audit';

/**
 * What DMS makes in the source for DDL and for its heartbeat, and whether the role may. `CaptureDdls` is on where the endpoint
 * does not say (AWS DMS user guide, PostgreSQL as a source, endpoint settings).
 *
 * @returns caveats
 */
export function* artefacts(e: RoleReader, role: Role): Generator<Draft, readonly string[]> {
  const triggers = e.need('postgres/event-triggers.json');
  const found = triggers.find((one) => one.evtname === trigger);
  const maker =
    role.rolsuper || (e.need('postgres/server.json').is_rds === true && role.memberof.includes('rds_superuser'));
  if (e.flow.endpoint === undefined && e.maybe('aws/describe-endpoints.json') === undefined)
    return maker
      ? []
      : [
          'The endpoint was not seen: DMS captures DDL unless CaptureDdls is false there, which needs an event trigger that this role may not make.',
        ];
  const endpoint =
    endpointOf(e) ?? e.notUnderstood('aws/describe-endpoints.json', `it lists no endpoint ${e.fact('endpoint')}`);
  const captures = settingOf(endpoint, 'CaptureDdls') !== 'false';
  if (captures && found === undefined && !maker)
    yield {
      code: 'ROL007',
      args: { user: role.rolname, schema: schemaOf(endpoint, 'DdlArtifactsSchema') },
      evidence: [
        e.cite(
          'aws/describe-endpoints.json',
          `${endpoint.EndpointIdentifier}: CaptureDdls ${settingOf(endpoint, 'CaptureDdls') ?? 'not given, so on'}`,
        ),
        e.cite('postgres/event-triggers.json', `no row with evtname = ${trigger}`),
        e.cite('postgres/roles.json', `rolname = ${role.rolname}, rolsuper = false`),
      ],
      fix: withoutCapture(endpoint, e.need('aws/describe-endpoints.json').indexOf(endpoint)),
    };
  if (found !== undefined) yield* intercepted(e, found.evtenabled);
  yield* places(e, role, endpoint, captures && found === undefined && maker);
  return found?.evtenabled === 'O'
    ? [`${trigger} fires for local sessions only: where the source is itself replicated to, it must be ENABLE ALWAYS.`]
    : [];
}

function* intercepted(e: RoleReader, enabled: string): Generator<Draft, void> {
  const evidence = [e.cite('postgres/event-triggers.json', `evtname = ${trigger}, evtenabled = ${enabled}`)] as const;
  if (enabled === 'D' || enabled === 'R')
    yield {
      code: 'ROL008',
      args: { how: enabled === 'D' ? 'disabled' : 'enabled for replicated changes only' },
      evidence,
      fix: {
        steps: [
          {
            where: 'database',
            run: `ALTER EVENT TRIGGER ${trigger} ENABLE ALWAYS;`,
            effect: 'none',
            risk: 'Every CREATE, ALTER and DROP of a table runs DMS’s function again: whoever runs DDL needs rights on its audit table.',
            undo: `\`ALTER EVENT TRIGGER ${trigger} ${enabled === 'D' ? 'DISABLE' : 'ENABLE REPLICA'};\``,
            verify: `\`SELECT evtenabled FROM pg_event_trigger WHERE evtname = ${sqlLiteral(trigger)};\``,
          },
        ],
        patches: [{ item: 'postgres/event-triggers.json', row: { evtname: trigger }, set: { evtenabled: 'A' } }],
      },
    };
  const audit = e
    .need('postgres/privileges.json')
    .find((row) => row.object === 'relation' && row.name.endsWith(`.${auditTable}`));
  if (
    enabled === 'D' ||
    audit === undefined ||
    (audit.acl ?? []).some((grant) => grant.startsWith('=') && grant.slice(0, grant.indexOf('/')).includes('a'))
  )
    return;
  const [schema = '', table = ''] = audit.name.split('.');
  const name = `${sqlIdentifier(schema)}.${sqlIdentifier(table)}`;
  yield {
    code: 'ROL009',
    args: { table: audit.name, owner: audit.owner ?? 'its owner' },
    evidence: [
      ...evidence,
      e.cite(
        'postgres/privileges.json',
        `${audit.name}: owner ${audit.owner ?? 'null'}, acl ${(audit.acl ?? []).join(' ') || 'null'}`,
      ),
    ],
    fix: {
      steps: [
        {
          where: 'database',
          run: `GRANT SELECT, INSERT, DELETE ON ${name} TO PUBLIC; GRANT USAGE ON SEQUENCE ${sqlIdentifier(schema)}.${auditTable}_c_key_seq TO PUBLIC;`,
          effect: 'none',
          risk: 'Everybody who may use the schema can write rows into DMS’s audit table.',
          undo: `\`REVOKE SELECT, INSERT, DELETE ON ${name} FROM PUBLIC; REVOKE USAGE ON SEQUENCE ${sqlIdentifier(schema)}.${auditTable}_c_key_seq FROM PUBLIC;\``,
          verify: `\`SELECT relacl FROM pg_class WHERE oid = ${sqlLiteral(name)}::regclass;\``,
        },
      ],
      patches: [
        {
          item: 'postgres/privileges.json',
          row: { object: 'relation', name: audit.name },
          set: { acl: [...(audit.acl ?? []), `=ard/${audit.owner ?? ''}`] },
        },
      ],
    },
  };
}

/** The schemas in which DMS would make something: CREATE there is no longer everybody's from version 15 on. */
function* places(e: RoleReader, role: Role, endpoint: Endpoint, makesAudit: boolean): Generator<Draft, void> {
  const schemas = [
    ...(makesAudit ? [{ schema: schemaOf(endpoint, 'DdlArtifactsSchema'), what: auditTable }] : []),
    ...(settingOf(endpoint, 'HeartbeatEnable') === 'true'
      ? [{ schema: schemaOf(endpoint, 'HeartbeatSchema'), what: 'awsdms_heartbeat' }]
      : []),
  ];
  if (role.rolsuper || schemas.length === 0) return;
  const rows = e.need('postgres/privileges.json');
  for (const { schema, what } of schemas) {
    const row = rows.find((one) => one.object === 'schema' && one.name === schema);
    if (
      (row?.create === true && row.usage === true) ||
      rows.some((one) => one.object === 'relation' && one.name === `${schema}.${what}`)
    )
      continue;
    const [name, user] = [sqlIdentifier(schema), sqlIdentifier(role.rolname)];
    const make = row === undefined ? `CREATE SCHEMA ${name}; ` : '';
    yield {
      code: 'ROL010',
      args: {
        user: role.rolname,
        schema,
        what,
        why: row === undefined ? 'there is no such schema' : 'the role has no CREATE there',
      },
      evidence: [
        e.cite(
          'postgres/privileges.json',
          row === undefined ? `no schema ${schema}` : `schema ${schema}: create = ${row.create}, usage = ${row.usage}`,
        ),
      ],
      subject: what,
      fix: {
        steps: [
          {
            where: 'database',
            run: `${make}GRANT USAGE, CREATE ON SCHEMA ${name} TO ${user};`,
            effect: 'none',
            risk: 'The role can make tables and functions in this schema.',
            undo: command(row === undefined ? `DROP SCHEMA ${name};` : `REVOKE CREATE ON SCHEMA ${name} FROM ${user};`),
            verify: `\`SELECT has_schema_privilege(${sqlLiteral(role.rolname)}, ${sqlLiteral(name)}, 'CREATE');\``,
          },
        ],
        patches: [
          row === undefined
            ? {
                item: 'postgres/privileges.json',
                path: [],
                push: { object: 'schema', name: schema, create: true, usage: true },
              }
            : {
                item: 'postgres/privileges.json',
                row: { object: 'schema', name: schema },
                set: { create: true, usage: true },
              },
        ],
      },
    };
  }
}

/** A setting of the endpoint as text; the same name stands in its extra connection attributes, but the setting wins. */
export function settingOf(endpoint: Endpoint, name: string): string | undefined {
  const value = endpoint.PostgreSQLSettings?.[name];
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return String(value);
  const attributes = (endpoint.ExtraConnectionAttributes ?? '').split(';').map((one) => one.split('='));
  const [, found] = attributes.find(([key]) => key?.trim().toLowerCase() === name.toLowerCase()) ?? [];
  const word = found?.trim().toLowerCase();
  if (word === 'n' || word === 'no') return 'false';
  return word === 'y' || word === 'yes' ? 'true' : found?.trim();
}

function schemaOf(endpoint: Endpoint, name: 'DdlArtifactsSchema' | 'HeartbeatSchema'): string {
  return settingOf(endpoint, name) || 'public';
}

/** The whole of the settings is given again: what is left out of a modification was seen to be lost. */
function withoutCapture(endpoint: Endpoint, index: number): Fix {
  const settings = JSON.stringify({ ...endpoint.PostgreSQLSettings, CaptureDdls: false });
  const run = (value: string) =>
    `aws dms modify-endpoint --endpoint-arn ${endpoint.EndpointArn} --postgre-sql-settings ${shellQuote(value)}`;
  return {
    steps: [
      {
        where: 'DMS',
        run: run(settings),
        effect: 'none',
        risk: 'DDL on the source is no longer replicated: change both sides by hand. The other settings of the endpoint are given as they are.',
        undo: command(run(JSON.stringify({ ...endpoint.PostgreSQLSettings, CaptureDdls: true }))),
        verify: `\`aws dms describe-endpoints --filters Name=endpoint-arn,Values=${endpoint.EndpointArn} --query 'Endpoints[].PostgreSQLSettings'\``,
      },
    ],
    patches: [
      endpoint.PostgreSQLSettings
        ? {
            item: 'aws/describe-endpoints.json',
            path: ['Endpoints', index, 'PostgreSQLSettings', 'CaptureDdls'],
            set: false,
          }
        : {
            item: 'aws/describe-endpoints.json',
            path: ['Endpoints', index, 'PostgreSQLSettings'],
            set: { CaptureDdls: false },
          },
    ],
  };
}
