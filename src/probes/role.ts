import type { Role, Setting } from '../evidence/parse/postgres.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import { sqlIdentifier } from '../sql.ts';
import { artefacts } from './artefacts.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { readTables } from './role-tables.ts';
import { inFlowsDatabase, ofFlowsRole } from './session-database.ts';
import { targetEndpoint, targetRole } from './target-side.ts';
import { sqlLiteral } from './wording.ts';

/** What the role's probe and its parts read. */
export type RoleReader = Reader<
  | 'postgres/roles.json'
  | 'postgres/tables.json'
  | 'postgres/server.json'
  | 'postgres/privileges.json'
  | 'postgres/event-triggers.json'
  | 'aws/describe-endpoints.json',
  'aws/describe-replication-tasks.json' | 'postgres/settings.json'
>;

/** Whether the role may read changes and tables, and make what DMS makes. */
export const role = probe({
  layer: 'role',
  needs: [
    'postgres/roles.json',
    'postgres/tables.json',
    'postgres/server.json',
    'postgres/privileges.json',
    'postgres/event-triggers.json',
    'aws/describe-endpoints.json',
  ],
  sharpens: ['aws/describe-replication-tasks.json', 'postgres/settings.json'],
  *judge(e) {
    if (targetEndpoint(e) !== undefined) return yield* targetRole(e);
    const user = e.fact('user');
    const roles = e.need('postgres/roles.json');
    if (roles.size === 0) return e.notUnderstood('postgres/roles.json', 'it lists no role at all');
    const found = roles.get(user);
    if (found === undefined)
      return e.notUnderstood('postgres/roles.json', `it has no row for ${user}, so its rights cannot be judged`);
    const replication = yield* replicates(e, found);
    inFlowsDatabase(e);
    ofFlowsRole(e);
    const reading = yield* readTables(e, found);
    const caveats = readsChanges(e.flow) ? yield* artefacts(e, found) : [];
    if (replication.may)
      yield {
        code: 'ROL001',
        args: { user, how: `${replication.how}, ${reading.how}` },
        evidence: [...replication.evidence, ...reading.evidence],
        caveats,
      };
  },
});

type Replication = { readonly may: boolean; readonly how: string; readonly evidence: readonly [EvidenceLine] };

function* replicates(e: RoleReader, found: Role): Generator<Draft, Replication> {
  const user = found.rolname;
  const managed = e.need('postgres/server.json').is_rds === true;
  const member = found.memberof.includes('rds_replication');
  const may = found.rolsuper || found.rolreplication || (managed && member);
  const text = `rolname = ${user}, rolsuper = ${found.rolsuper}, rolreplication = ${found.rolreplication}${managed ? `, memberof rds_replication = ${member}` : ''}`;
  const evidence = [e.cite('postgres/roles.json', text)] as const;
  if (!readsChanges(e.flow)) return { may: true, how: 'no REPLICATION needed', evidence };
  if (!may)
    yield {
      code: 'ROL002',
      args: { user, managed, off: managed && isOff(e.maybe('postgres/settings.json')?.get('rds.logical_replication')) },
      evidence,
      fix: managed ? joinReplication(found) : giveReplication(user),
    };
  return {
    may,
    how: found.rolsuper ? 'superuser' : found.rolreplication ? 'REPLICATION' : 'rds_replication',
    evidence,
  };
}

const isOff = (flag: Setting | undefined) => flag !== undefined && !['on', '1'].includes(flag.setting ?? '');

function giveReplication(user: string): Fix {
  return {
    steps: [
      {
        where: 'database',
        run: `ALTER ROLE ${sqlIdentifier(user)} REPLICATION;`,
        effect: 'none',
        risk: 'The role can read every change of every database of the cluster.',
        undo: `\`ALTER ROLE ${sqlIdentifier(user)} NOREPLICATION;\``,
        verify: `\`SELECT rolreplication FROM pg_roles WHERE rolname = ${sqlLiteral(user)};\``,
      },
    ],
    patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set: { rolreplication: true } }],
  };
}

/** On RDS and Aurora nobody may give the attribute; a role stands in its place. */
function joinReplication({ rolname, memberof }: Role): Fix {
  return {
    steps: [
      {
        where: 'database',
        run: `GRANT rds_replication TO ${sqlIdentifier(rolname)};`,
        effect: 'none',
        risk: 'The role can read every change of every database of the instance.',
        undo: `\`REVOKE rds_replication FROM ${sqlIdentifier(rolname)};\``,
        verify: `\`SELECT pg_has_role(${sqlLiteral(rolname)}, 'rds_replication', 'MEMBER');\``,
      },
    ],
    patches: [{ item: 'postgres/roles.json', row: { rolname }, set: { memberof: [...memberof, 'rds_replication'] } }],
  };
}
