import type { Fix } from '../finding.ts';
import { sqlIdentifier } from '../sql.ts';
import { main, sharpens as hbaSharpens } from './hba-files.ts';
import { asksForStoredPassword } from './hba-methods.ts';
import { isClient } from './restart-step.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { connectionsNeeded, tasksOfSource } from './tasks.ts';
import { sqlLiteral } from './wording.ts';

type LoginReader = Reader<
  'postgres/roles.json' | 'postgres/activity.json',
  | 'aws/describe-endpoints.json'
  | 'aws/describe-replication-tasks.json'
  | typeof main
  | 'postgres/server.json'
  | (typeof hbaSharpens)[number]
>;

const passwordCaveat = 'Whether DMS has the right password cannot be seen from here.';

const noneAsked = 'It has no password stored; the deciding line of pg_hba.conf does not ask for that one.';

/** Whether the endpoint's user exists and can log in. */
export const login = probe({
  layer: 'login',
  needs: ['postgres/roles.json', 'postgres/activity.json'],
  sharpens: [
    'aws/describe-endpoints.json',
    'aws/describe-replication-tasks.json',
    main,
    'postgres/server.json',
    ...hbaSharpens,
  ],
  *judge(e) {
    const user = e.fact('user');
    const roles = e.need('postgres/roles.json');
    if (roles.size === 0) return e.notUnderstood('postgres/roles.json', 'it lists no role at all');
    const role = roles.get(user);
    if (role === undefined) {
      yield {
        code: 'LGN002',
        args: { user },
        evidence: [e.cite('postgres/roles.json', `no row with rolname = ${user}`)],
      };
      return;
    }
    const evidence = [
      e.cite(
        'postgres/roles.json',
        `rolname = ${user}, rolcanlogin = ${role.rolcanlogin}, rolvaliduntil = ${role.rolvaliduntil ?? 'null'}, verifier = ${role.verifier ?? 'not shown'}`,
      ),
    ] as const;
    let well = true;
    if (!role.rolcanlogin) {
      well = false;
      yield { code: 'LGN003', args: { user }, evidence, fix: alter(user, 'LOGIN', 'NOLOGIN', { rolcanlogin: true }) };
    }
    const until = role.rolvaliduntil;
    if (
      until &&
      until !== 'infinity' &&
      e.collectedAt !== undefined &&
      Date.parse(until) <= Date.parse(e.collectedAt)
    ) {
      well = false;
      const fix = alter(user, "VALID UNTIL 'infinity'", `VALID UNTIL ${sqlLiteral(until)}`, { rolvaliduntil: null });
      yield { code: 'LGN004', args: { user, until }, evidence, fix };
    }
    const asked = role.verifier === 'none' ? asksForStoredPassword(e) : false;
    if (asked !== false) {
      well = false;
      yield { code: asked ? 'LGN005' : 'LGN008', args: { user }, evidence };
    }
    // A superuser is not counted (InitializeSessionUserId in miscinit.c).
    const limited = role.rolconnlimit >= 0 && !role.rolsuper ? limit(e, user, role.rolconnlimit) : undefined;
    if (limited !== undefined) yield limited;
    if (well && limited === undefined)
      yield {
        code: 'LGN001',
        args: { user, verifier: verifierWords(role.verifier) },
        evidence,
        caveats: role.verifier === 'none' ? [noneAsked] : [passwordCaveat],
      };
  },
});

function limit(e: LoginReader, user: string, most: number): Draft | undefined {
  const used = e.need('postgres/activity.json').filter((row) => row.usename === user && isClient(row)).length;
  const needed = connectionsNeeded(tasksOfSource(e)).connections;
  if (used + needed <= most) return undefined;
  const name = sqlIdentifier(user);
  return {
    code: used >= most ? 'LGN006' : 'LGN007',
    args: { user, limit: most, used, needed },
    evidence: [
      e.cite('postgres/roles.json', `rolname = ${user}, rolconnlimit = ${most}`),
      e.cite('postgres/activity.json', `${used} sessions with usename = ${user}`),
    ],
    fix: {
      steps: [
        {
          where: 'database',
          run: `ALTER ROLE ${name} CONNECTION LIMIT ${used + needed};`,
          effect: 'none',
          risk: 'The role may hold that many of the server’s connections.',
          undo: `\`ALTER ROLE ${name} CONNECTION LIMIT ${most};\``,
          verify: `\`SELECT rolconnlimit FROM pg_roles WHERE rolname = ${sqlLiteral(user)};\``,
        },
      ],
      patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set: { rolconnlimit: used + needed } }],
    },
  };
}

function verifierWords(verifier: string | null | undefined): string {
  return verifier ? `password stored as ${verifier}` : 'how its password is stored was not shown';
}

function alter(user: string, words: string, back: string, set: Record<string, unknown>): Fix {
  const name = sqlIdentifier(user);
  return {
    steps: [
      {
        where: 'database',
        run: `ALTER ROLE ${name} ${words};`,
        effect: 'none',
        risk: 'The role can log in from wherever pg_hba.conf admits it.',
        undo: `\`ALTER ROLE ${name} ${back};\``,
        verify: `\`SELECT rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = ${sqlLiteral(user)};\``,
      },
    ],
    patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set }],
  };
}
