import type { Role, Table } from '../evidence/parse/postgres.ts';
import type { EvidenceLine, Fix, Patch, Step } from '../finding.ts';
import { sqlIdentifier } from '../sql.ts';
import { selectionOf } from './mappings.ts';
import type { Draft } from './probe.ts';
import type { RoleReader } from './role.ts';
import { tasksOfSource } from './tasks.ts';
import { command, someOf, sqlLiteral } from './wording.ts';

/** More tables than this are granted by schema: a statement for each would be no script that a person reads. */
const named = 10;

type Reading = { readonly how: string; readonly evidence: readonly EvidenceLine[] };

/** Whether the role may read the tables that the tasks select (all tables where no task is known), every column of them. */
export function* readTables(e: RoleReader, role: Role): Generator<Draft, Reading> {
  const user = role.rolname;
  const tasks = tasksOfSource(e);
  const selected = selectionOf(tasks);
  const tables = e
    .need('postgres/tables.json')
    .filter((table) => ['r', 'p'].includes(table.relkind) && selected(table));
  const asked = tables.filter((table) => table.selectable !== undefined && table.selectable !== null);
  if (!role.rolsuper && asked.length < tables.length)
    e.notUnderstood(
      'postgres/tables.json',
      `whether ${user} may SELECT was not asked for ${tables.length - asked.length} of ${tables.length} tables`,
    );
  const denied = role.rolsuper
    ? []
    : asked.filter((table) => table.schema_usable === false || (!table.selectable && !columnsOf(table)));
  const partly = role.rolsuper
    ? []
    : asked.filter(
        (table) => table.schema_usable !== false && !table.selectable && columnsOf(table) > 0 && !isWhole(table),
      );
  const shown = [
    e.cite('postgres/tables.json', `${denied.length} of ${asked.length} tables without SELECT for ${user}`),
    ...partly
      .slice(0, 5)
      .map((table) =>
        e.cite(
          'postgres/tables.json',
          `${nameOf(table)}: columns_selectable = ${columnsOf(table)} of ${table.columns ?? '?'}`,
        ),
      ),
  ] as const;
  const missing = [...denied, ...partly];
  const fix = missing.length === 0 ? undefined : grants(e, user, missing);
  if (denied.length > 0 && denied.length === asked.length)
    yield { code: 'ROL004', args: { user, of: asked.length }, evidence: shown, ...(fix ? { fix } : {}) };
  else if (denied.length > 0)
    yield {
      code: 'ROL003',
      args: { user, count: denied.length, of: asked.length, worst: someOf(denied.map(nameOf)) },
      evidence: shown,
      ...(fix ? { fix } : {}),
    };
  if (partly.length > 0)
    yield {
      code: tasks === undefined || tasks.length === 0 ? 'ROL006' : 'ROL005',
      args: {
        user,
        count: partly.length,
        worst: someOf(
          partly.map((table) => `${nameOf(table)} (${columnsOf(table)} of ${table.columns ?? '?'} columns)`),
        ),
      },
      evidence: shown,
      ...(fix ? { fix } : {}),
    };
  return {
    how: `SELECT on ${tables.length - missing.length} of ${tables.length} tables`,
    evidence: shown,
  };
}

const columnsOf = (table: Table) => table.columns_selectable ?? 0;
const isWhole = (table: Table) => columnsOf(table) >= (table.columns ?? 0);
const nameOf = (table: Table) => `${table.nspname}.${table.relname}`;

/** More schemas than this are granted at once. */
const manySchemas = 20;

/** The script of grants: for each schema USAGE where it is missing, and SELECT on the very tables, or on all of a schema. */
function grants(e: RoleReader, user: string, tables: readonly Table[]): Fix {
  const schemas = new Map<string, Table[]>();
  for (const table of tables) {
    const known = schemas.get(table.nspname);
    if (known === undefined) schemas.set(table.nspname, [table]);
    else known.push(table);
  }
  if (schemas.size > manySchemas) return grantAll(e, user, [...schemas.keys()]);
  return {
    steps: [...schemas].map(([schema, some]) => grant(user, schema, some)),
    patches: [...schemas].flatMap(([nspname, some]) =>
      isWholeSchema(some) ? [readable({ nspname })] : some.map(({ relname }) => readable({ nspname, relname })),
    ),
  };
}

function readable(row: { nspname?: string; relname?: string }): Patch {
  return { item: 'postgres/tables.json', row, set: { selectable: true, schema_usable: true } };
}

/** Of very many schemas a script would be no script that a person reads; from version 14 on there is a role for it. */
function grantAll(e: RoleReader, user: string, schemas: readonly string[]): Fix {
  const to = sqlIdentifier(user);
  const predefined = e.need('postgres/server.json').server_version_num >= 140_000;
  const list = `ARRAY[${schemas.map(sqlLiteral).join(', ')}]`;
  const each = (verb: string, way: string) => {
    const run = (what: string) => `EXECUTE format('${verb} ${what} %I ${way} %I', s, ${sqlLiteral(user)});`;
    return `DO $grant$ DECLARE s name; BEGIN FOREACH s IN ARRAY ${list} LOOP ${run('USAGE ON SCHEMA')} ${run('SELECT ON ALL TABLES IN SCHEMA')} END LOOP; END $grant$;`;
  };
  return {
    steps: [
      {
        where: 'database',
        run: predefined ? `GRANT pg_read_all_data TO ${to};` : each('GRANT', 'TO'),
        effect: 'none',
        risk: `The role can read every table of ${predefined ? 'every database' : 'these schemas'}: ${schemas.length} schemas are too many to grant one by one.`,
        undo: command(predefined ? `REVOKE pg_read_all_data FROM ${to};` : each('REVOKE', 'FROM')),
        verify: command(
          `SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT has_table_privilege(${sqlLiteral(user)}, oid, 'SELECT');`,
        ),
      },
    ],
    patches: [readable({})],
  };
}

const isWholeSchema = (tables: readonly Table[]) => tables.filter((table) => !table.selectable).length > named;

function grant(user: string, schema: string, tables: readonly Table[]): Step {
  const [to, within] = [sqlIdentifier(user), sqlIdentifier(schema)];
  const needsUsage = tables.some((table) => table.schema_usable === false);
  const needsSelect = tables.filter((table) => !table.selectable);
  const what = isWholeSchema(tables)
    ? `ALL TABLES IN SCHEMA ${within}`
    : needsSelect.map((table) => `${within}.${sqlIdentifier(table.relname)}`).join(', ');
  const statements = (verb: 'GRANT' | 'REVOKE', way: 'TO' | 'FROM') =>
    [
      ...(needsUsage ? [`${verb} USAGE ON SCHEMA ${within} ${way} ${to};`] : []),
      ...(what === '' ? [] : [`${verb} SELECT ON ${what} ${way} ${to};`]),
    ].join(' ');
  return {
    where: 'database',
    run: statements('GRANT', 'TO'),
    effect: 'none',
    risk: `The role can read these tables. Tables that are made later need SELECT again (ALTER DEFAULT PRIVILEGES).${isWholeSchema(tables) ? ' The undo takes SELECT from every table of the schema, also where it was granted before.' : ''}`,
    undo: command(statements('REVOKE', 'FROM')),
    verify: `\`SELECT relname FROM pg_class WHERE relnamespace = ${sqlLiteral(within)}::regnamespace AND relkind IN ('r', 'p') AND NOT has_table_privilege(${sqlLiteral(user)}, oid, 'SELECT');\``,
  };
}
