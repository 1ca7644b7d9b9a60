import { readsChanges } from '../flow.ts';
import { sqlIdentifier } from '../sql.ts';
import { someOf } from './wording.ts';
import { probe } from './probe.ts';

/** Whether the role may read changes and tables. */
export const role = probe({
  layer: 'role',
  needs: ['postgres/roles.json', 'postgres/tables.json'],
  *judge(e) {
    const user = e.fact('user');
    const roles = e.need('postgres/roles.json');
    if (roles.size === 0) return e.notUnderstood('postgres/roles.json', 'it lists no role at all');
    const found = roles.get(user);
    if (found === undefined) return e.notUnderstood('postgres/roles.json', `it has no row for ${user}, so its rights cannot be judged`);
    const evidence = [
      e.cite('postgres/roles.json', `rolname = ${user}, rolsuper = ${found.rolsuper}, rolreplication = ${found.rolreplication}`),
    ] as const;
    const mayReplicate = found.rolsuper || found.rolreplication;
    if (readsChanges(e.flow) && !mayReplicate) {
      const name = sqlIdentifier(user);
      yield {
        code: 'ROL002',
        args: { user },
        evidence,
        fix: {
          steps: [
            {
              where: 'database',
              run: `ALTER ROLE ${name} REPLICATION;`,
              effect: 'none',
              risk: 'The role can read every change of every database of the cluster.',
              undo: `ALTER ROLE ${name} NOREPLICATION;`,
              verify: `SELECT rolreplication FROM pg_roles WHERE rolname = '${user.replaceAll("'", "''")}';`,
            },
          ],
          patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set: { rolreplication: true } }],
        },
      };
    }
    const tables = e.need('postgres/tables.json').filter((table) => ['r', 'p'].includes(table.relkind));
    const asked = tables.filter((table) => table.selectable !== undefined && table.selectable !== null);
    const denied = asked.filter((table) => table.selectable === false || table.schema_usable === false);
    const names = denied.map((table) => `${table.nspname}.${table.relname}`);
    const shown = [e.cite('postgres/tables.json', `${denied.length} of ${asked.length} tables without SELECT for ${user}`)] as const;
    if (!found.rolsuper && denied.length > 0 && denied.length === asked.length)
      yield { code: 'ROL004', args: { user, of: asked.length }, evidence: shown };
    else if (!found.rolsuper && denied.length > 0)
      yield { code: 'ROL003', args: { user, count: denied.length, of: asked.length, worst: someOf(names) }, evidence: shown };
    if (mayReplicate || !readsChanges(e.flow)) {
      const caveats = asked.length === tables.length ? [] : [`SELECT was not asked for ${tables.length - asked.length} of ${tables.length} tables.`];
      const how = `${found.rolsuper ? 'superuser' : found.rolreplication ? 'REPLICATION' : 'no REPLICATION needed'}, SELECT on ${asked.length - denied.length} of ${tables.length} tables`;
      yield { code: 'ROL001', args: { user, how }, evidence: [...evidence, ...shown], caveats };
    }
  },
});
