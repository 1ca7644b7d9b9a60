import type { Endpoint } from '../evidence/parse/aws.ts';
import { isTarget } from '../evidence/parse/aws.ts';
import type { Fix } from '../finding.ts';
import type { Layer } from '../layers.ts';
import { groups } from '../layers.ts';
import { sqlIdentifier } from '../sql.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { inFlowsDatabase, ofFlowsRole } from './session-database.ts';
import { seenEndpoint } from './tasks.ts';

/** Layers that only a source has: nothing is decoded, retained or read ahead on a target. */
export const sourceLayers: readonly Layer[] = [
  ...groups.replication.filter((layer) => layer !== 'role'),
  ...groups.readiness,
];

type EndpointReader = Reader<never, 'aws/describe-endpoints.json'>;

/** The flow's endpoint where it is a target. */
export function targetEndpoint(e: EndpointReader): Endpoint | undefined {
  const endpoint = e.flow.endpoint === undefined ? undefined : seenEndpoint(e);
  return endpoint !== undefined && isTarget(endpoint) ? endpoint : undefined;
}

/** In the place of a source's layer, where the endpoint is a target. */
export function ofSourceOnly(layer: Layer) {
  return probe({
    layer,
    needs: [],
    sharpens: ['aws/describe-endpoints.json'],
    *judge(e) {
      const endpoint = targetEndpoint(e);
      if (endpoint === undefined) return;
      const name = endpoint.EndpointIdentifier;
      yield {
        code: 'EVD013',
        args: { name },
        evidence: [e.cite('aws/describe-endpoints.json', `${name}: EndpointType ${endpoint.EndpointType}`)],
      };
    },
  });
}

type TargetRoleReader = Reader<
  'postgres/server.json' | 'postgres/tables.json' | 'postgres/privileges.json',
  'aws/describe-endpoints.json'
>;

/** What DMS's role needs on a target: to make tables in a schema, and to write those that are there. */
export function* targetRole(e: TargetRoleReader): Generator<Draft> {
  const user = e.fact('user');
  const server = e.need('postgres/server.json');
  if (server.pg_is_in_recovery)
    yield {
      code: 'ROL021',
      args: { user },
      evidence: [e.cite('postgres/server.json', 'pg_is_in_recovery = true')],
    };
  inFlowsDatabase(e);
  ofFlowsRole(e);
  const privileges = e.need('postgres/privileges.json');
  const schemas = privileges.filter((one) => one.object === 'schema');
  const database = privileges.find((one) => one.object === 'database');
  const usable = schemas.filter((one) => one.usage === true && one.create === true);
  if (database?.create !== true && usable.length === 0) {
    const names = schemas.map(({ name }) => name).join(', ') || 'none';
    yield {
      code: 'ROL022',
      args: { user, schemas: names },
      evidence: [e.cite('postgres/privileges.json', `CREATE in no schema of ${names}, and not on the database`)],
      ...createFix(user, schemas.length === 1 ? schemas[0]?.name : undefined),
    };
    return;
  }
  const tables = e.need('postgres/tables.json').filter(({ relkind }) => relkind === 'r' || relkind === 'p');
  const unseen = tables.filter(({ writable }) => writable === undefined || writable === null);
  if (unseen.length > 0)
    e.notUnderstood('postgres/tables.json', `whether ${user} may write is not said of ${unseen.length} tables`);
  // Rights on a table are of no use without the schema's.
  const closed = tables.filter(({ writable, schema_usable: usableSchema }) => !writable || usableSchema === false);
  const [first] = closed;
  if (first !== undefined) {
    const worst = `${first.nspname}.${first.relname}`;
    yield {
      code: 'ROL023',
      args: { user, count: closed.length, of: tables.length, worst },
      evidence: [
        e.cite('postgres/tables.json', `${worst}: ${first.writable ? 'schema_usable = false' : 'writable = false'}`),
      ],
    };
  } else {
    const how = `CREATE in ${usable.map(({ name }) => name).join(', ') || 'the database'}, may write ${tables.length} tables`;
    yield { code: 'ROL024', args: { user, how }, evidence: [e.cite('postgres/privileges.json', how)] };
  }
}

function createFix(user: string, schema: string | undefined): { fix?: Fix } {
  if (schema === undefined) return {};
  const on = `USAGE, CREATE ON SCHEMA ${sqlIdentifier(schema)}`;
  return {
    fix: {
      steps: [
        {
          where: 'database',
          run: `GRANT ${on} TO ${sqlIdentifier(user)};`,
          effect: 'none',
          risk: 'The role can make tables in this schema.',
          undo: `\`REVOKE ${on} FROM ${sqlIdentifier(user)};\``,
          verify: 'DMS’s premigration assessment, or the task’s start.',
        },
      ],
      patches: [
        {
          item: 'postgres/privileges.json',
          row: { object: 'schema', name: schema },
          set: { usage: true, create: true },
        },
      ],
    },
  };
}
