import { sqlIdentifier } from '../sql.ts';
import { probe } from './probe.ts';
import { ofFlowsRole } from './session-database.ts';
import { isClient } from './restart-step.ts';
import { connectionsNeeded, tasksOfSource } from './tasks.ts';
import { command, sqlLiteral } from './wording.ts';

/** What DROP DATABASE leaves behind when it is interrupted (DATCONNLIMIT_INVALID_DB in pg_database.h). */
const invalidDatabase = -2;

/** Whether the endpoint's database exists and lets the role in. */
export const database = probe({
  layer: 'database',
  needs: ['postgres/databases.json', 'postgres/roles.json', 'postgres/activity.json'],
  sharpens: ['aws/describe-endpoints.json', 'aws/describe-replication-tasks.json', 'postgres/server.json'],
  *judge(e) {
    const name = e.fact('database');
    const user = e.fact('user');
    const databases = e.need('postgres/databases.json');
    if (databases.size === 0) return e.notUnderstood('postgres/databases.json', 'it lists no database at all');
    const row = databases.get(name);
    if (row === undefined) {
      yield {
        code: 'DBS002',
        args: { database: name },
        evidence: [e.cite('postgres/databases.json', `no row with datname = ${name}`)],
      };
      return;
    }
    ofFlowsRole(e);
    const limit = row.datconnlimit;
    if (limit === invalidDatabase) {
      yield {
        code: 'DBS007',
        args: { database: name },
        evidence: [e.cite('postgres/databases.json', `datname = ${name}, datconnlimit = ${limit}`)],
      };
      return;
    }
    let room = true;
    // A superuser is not counted (CheckMyDatabase in postinit.c).
    if (limit >= 0 && !e.need('postgres/roles.json').get(user)?.rolsuper) {
      const used = e
        .need('postgres/activity.json')
        .filter((session) => session.datname === name && isClient(session)).length;
      const needed = connectionsNeeded(tasksOfSource(e)).connections;
      room = used + needed <= limit;
      if (!room) {
        const run = `ALTER DATABASE ${sqlIdentifier(name)} CONNECTION LIMIT ${used + needed};`;
        const undo = `ALTER DATABASE ${sqlIdentifier(name)} CONNECTION LIMIT ${limit};`;
        yield {
          code: used >= limit ? 'DBS005' : 'DBS006',
          args: { database: name, limit, used, needed },
          evidence: [
            e.cite('postgres/databases.json', `datname = ${name}, datconnlimit = ${limit}`),
            e.cite('postgres/activity.json', `${used} sessions with datname = ${name}`),
          ],
          fix: fix(name, run, undo, 'The database may hold that many of the server’s connections.', {
            datconnlimit: used + needed,
          }),
        };
      }
    }
    const text = `datname = ${name}, datallowconn = ${row.datallowconn}, CONNECT for ${user} = ${row.connect ?? 'not asked'}`;
    const evidence = [e.cite('postgres/databases.json', text)] as const;
    if (!row.datallowconn) {
      const run = `ALTER DATABASE ${sqlIdentifier(name)} ALLOW_CONNECTIONS true;`;
      yield {
        code: 'DBS003',
        args: { database: name },
        evidence,
        fix: fix(
          name,
          run,
          run.replace('true', 'false'),
          'Everybody whom pg_hba.conf and CONNECT admit can connect again.',
          { datallowconn: true },
        ),
      };
    } else if (row.connect === false) {
      const run = `GRANT CONNECT ON DATABASE ${sqlIdentifier(name)} TO ${sqlIdentifier(user)};`;
      const undo = `REVOKE CONNECT ON DATABASE ${sqlIdentifier(name)} FROM ${sqlIdentifier(user)};`;
      yield {
        code: 'DBS004',
        args: { database: name, user },
        evidence,
        fix: fix(name, run, undo, 'None for others.', { connect: true }),
      };
    } else if (room) {
      if (row.connect !== true)
        return e.notUnderstood('postgres/databases.json', `whether ${user} may CONNECT was not asked`);
      yield { code: 'DBS001', args: { database: name }, evidence };
    }
  },
});

function fix(name: string, run: string, undo: string, risk: string, set: Record<string, unknown>) {
  const verify = command(
    `SELECT datallowconn, datconnlimit, datacl FROM pg_database WHERE datname = ${sqlLiteral(name)};`,
  );
  return {
    steps: [{ where: 'database' as const, run, effect: 'none' as const, risk, undo: command(undo), verify }],
    patches: [{ item: 'postgres/databases.json', row: { datname: name }, set }],
  };
}
