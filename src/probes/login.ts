import type { Fix } from '../finding.ts';
import { sqlIdentifier } from '../sql.ts';
import { probe } from './probe.ts';

const passwordCaveat = 'Whether DMS has the right password cannot be seen from here.';

/** Whether the endpoint's user exists and can log in. */
export const login = probe({
  layer: 'login',
  needs: ['postgres/roles.json'],
  *judge(e) {
    const user = e.fact('user');
    const roles = e.need('postgres/roles.json');
    if (roles.size === 0) return e.notUnderstood('postgres/roles.json', 'it lists no role at all');
    const role = roles.get(user);
    if (role === undefined) {
      yield { code: 'LGN002', args: { user }, evidence: [e.cite('postgres/roles.json', `no row with rolname = ${user}`)] };
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
    if (until && until !== 'infinity' && e.collectedAt !== undefined && Date.parse(until) <= Date.parse(e.collectedAt)) {
      well = false;
      const fix = alter(user, "VALID UNTIL 'infinity'", `VALID UNTIL '${until.replaceAll("'", "''")}'`, { rolvaliduntil: null });
      yield { code: 'LGN004', args: { user, until }, evidence, fix };
    }
    if (role.verifier === 'none') {
      well = false;
      yield { code: 'LGN005', args: { user }, evidence };
    }
    if (well)
      yield { code: 'LGN001', args: { user, verifier: verifierWords(role.verifier) }, evidence, caveats: [passwordCaveat] };
  },
});

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
        undo: `ALTER ROLE ${name} ${back};`,
        verify: `SELECT rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = '${user.replaceAll("'", "''")}';`,
      },
    ],
    patches: [{ item: 'postgres/roles.json', row: { rolname: user }, set }],
  };
}
