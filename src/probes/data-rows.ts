import type { Table } from '../evidence/parse/postgres.ts';
import { sqlIdentifier } from '../sql.ts';
import type { DataReader } from './data.ts';
import { namesOf } from './data.ts';
import type { Draft } from './probe.ts';
import { sqlLiteral } from './wording.ts';

/** Row-level security that holds for the DMS role: the load then reads what a policy lets it, and says nothing. */
export function* hiddenRows(e: DataReader, tables: readonly Table[]): Generator<Draft, void> {
  const secured = tables.filter((table) => table.relrowsecurity);
  if (secured.length === 0) return;
  const user = e.fact('user');
  const role = e.need('postgres/roles.json').get(user);
  if (role === undefined || role.rolsuper || role.rolbypassrls) return;
  // An owner is exempt unless the table forces its policies on the owner, too; members of the owner are owners.
  const owns = (table: Table) => table.owner === user || (!!table.owner && role.memberof.includes(table.owner));
  const hidden = secured.filter((table) => !owns(table) || table.relforcerowsecurity);
  if (hidden.length === 0) return;
  const name = sqlIdentifier(user);
  yield {
    code: 'DAT014',
    args: { user, count: hidden.length, worst: namesOf(hidden) },
    evidence: [
      e.cite('postgres/tables.json', `relrowsecurity: ${namesOf(hidden)}`),
      e.cite('postgres/roles.json', `rolname = ${user}, rolbypassrls = ${role.rolbypassrls ?? 'null'}`),
    ],
    fix: {
      steps: [
        {
          where: 'database',
          run: `ALTER ROLE ${name} BYPASSRLS;`,
          effect: 'none',
          risk: 'The role sees every row of every table that it may read.',
          undo: `\`ALTER ROLE ${name} NOBYPASSRLS;\``,
          verify: `\`SELECT rolbypassrls FROM pg_roles WHERE rolname = ${sqlLiteral(user)};\``,
        },
      ],
      patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set: { rolbypassrls: true } }],
    },
  };
}
