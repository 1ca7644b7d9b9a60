import type { ConnectionAttempt, ServerContext } from './connection.ts';
import { cutName } from './connection.ts';
import { matchesExpression } from './regular-expression.ts';
import type { HbaToken } from './token.ts';
import { versionRules } from './version-rules.ts';

/** Yes, no, or why that cannot be said. */
export type Trilean = boolean | { readonly unsure: string };

/** Yes if one token is; else unsure if one is; else no. */
function anyOf(tokens: readonly HbaToken[], matches: (token: HbaToken) => Trilean): Trilean {
  let result: Trilean = false;
  for (const token of tokens) {
    const value = matches(token);
    if (value === true) return true;
    if (value !== false && result === false) result = value;
  }
  return result;
}

/** A character that could not be decoded stands for any byte. */
const undecodable = '\u{fffd}';

/** The names by which a connection is matched. */
export type MatchedNames = {
  readonly user: string;
  readonly database: string;
  /** It matches only the keyword `replication`. */
  readonly byKeyword: boolean;
};

/** The names of an attempt as the server uses them: cut to length, and the user's for a database that is not named. */
export function matchedNames(attempt: ConnectionAttempt, version: number): MatchedNames {
  const rules = versionRules(version);
  const cut = rules.namesCut ? cutName : (name: string) => name;
  const physical = attempt.kind === 'physical-walsender';
  return {
    user: cut(attempt.user),
    database: cut(attempt.database === '' ? attempt.user : attempt.database),
    byKeyword: physical || (attempt.kind === 'logical-walsender' && rules.logicalWalsender === 'keyword replication'),
  };
}

/**
 * Whether a role is a member of another, directly or not; every role is its own. Superusers are members of nothing that they were
 * not made (acl.c `is_member_of_role_nosuper`), and a role that does not exist of nothing at all.
 */
function isMember(user: string, role: string, roles: ServerContext['roles']): Trilean {
  if (!roles) return { unsure: `which roles are members of "${role}"` };
  const known = roles.get(user);
  return known !== undefined && roles.has(role) && (user === role || known.memberOf.includes(role));
}

const isKeyword = (token: HbaToken, keyword: string): boolean => !token.quoted && token.text === keyword;

function matchesName(token: HbaToken, name: string): Trilean {
  if (token.expression) return matchesExpression(token.expression, name);
  if (token.text.includes(undecodable)) return { unsure: 'a name with bytes that are not UTF-8' };
  return token.text === name;
}

/** Whether a line's databases hold that of the connection (hba.c `check_db`). */
export function matchesDatabase(
  tokens: readonly HbaToken[],
  names: MatchedNames,
  roles: ServerContext['roles'],
): Trilean {
  const matches = (token: HbaToken): Trilean => {
    if (names.byKeyword) return isKeyword(token, 'replication');
    if (isKeyword(token, 'all')) return true;
    if (isKeyword(token, 'sameuser')) return names.database === names.user;
    if (isKeyword(token, 'samerole') || isKeyword(token, 'samegroup'))
      return isMember(names.user, names.database, roles);
    if (isKeyword(token, 'replication')) return false;
    return matchesName(token, names.database);
  };
  return anyOf(tokens, matches);
}

/** Whether a line's users hold that of the connection (hba.c `check_role`). */
export function matchesUser(tokens: readonly HbaToken[], names: MatchedNames, roles: ServerContext['roles']): Trilean {
  const matches = (token: HbaToken): Trilean => {
    if (!token.quoted && token.text.startsWith('+')) {
      if (token.text.includes(undecodable)) return { unsure: 'a name with bytes that are not UTF-8' };
      return isMember(names.user, token.text.slice(1), roles);
    }
    return isKeyword(token, 'all') || matchesName(token, names.user);
  };
  return anyOf(tokens, matches);
}
