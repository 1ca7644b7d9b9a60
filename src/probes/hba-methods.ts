import type { HbaMethod } from '../hba/index.ts';
import { decide, parseHba } from '../hba/index.ts';
import type { HbaSeen } from './hba-files.ts';
import { contextOf, filesOf, main, settingsOf } from './hba-files.ts';
import { serverVersion } from './hba-version.ts';

/** Methods that hold what the client sends against the verifier that is stored with the role. */
const ofVerifier: readonly HbaMethod[] = ['md5', 'scram-sha-256', 'password'];

/**
 * Whether the lines of pg_hba.conf that decide DMS's SQL connection ask for the password that is stored with the role;
 * undefined where that cannot be told: the file, the server's version or the flow is not known, or no line decides.
 */
export function asksForStoredPassword(e: HbaSeen): boolean | undefined {
  const text = e.maybe(main);
  const version = serverVersion(e);
  const { from, database, user, tls } = e.flow;
  if (text === undefined || version === undefined || database === undefined || user === undefined || tls === undefined)
    return undefined;
  const hba = parseHba(filesOf(e, text), version, settingsOf(e));
  if (hba.problems.length > 0 || hba.unknowns.length > 0) return undefined;
  const attempt = { from, database, user, tls: tls !== 'none', kind: 'sql' } as const;
  const decisions = decide(hba, attempt, contextOf(e, hba, version));
  const methods = decisions.map((one) => (one.verdict === 'line' ? one.method : undefined));
  if (methods.some((method) => method !== undefined && ofVerifier.includes(method))) return true;
  return methods.length === 0 || methods.includes(undefined) ? undefined : false;
}
