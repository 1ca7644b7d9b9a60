import type { Setting } from '../evidence/parse/postgres.ts';
import { sqlIdentifier } from '../sql.ts';

/** Where a setting's value comes from, in words. */
export function originOf(setting: Setting): string {
  if (setting.sourcefile) return `${setting.sourcefile}${setting.sourceline ? `:${setting.sourceline}` : ''}`;
  return setting.source ?? 'an unknown source';
}

/** A setting as a line of evidence. */
export function settingText(setting: Setting): string {
  const pending = setting.pending_restart ? ', a restart is pending' : '';
  return `${setting.name} = ${setting.setting ?? 'null'}${setting.unit ? ` ${setting.unit}` : ''} (${originOf(setting)}${pending})`;
}

/** A setting's value as a number, or undefined where it is none. */
export function numberOf(setting: Setting | undefined): number | undefined {
  const value = Number(setting?.setting ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** A duration as PostgreSQL takes it (`5s`, `1 min`, bare milliseconds) in milliseconds; undefined where it is none. */
export function durationOf(text: string): number | undefined {
  const match = /^(\d+) {0,3}(us|ms|s|min|h|d)?$/.exec(text.trim());
  const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  return match ? Number(match[1]) * (units[match[2] ?? 'ms'] ?? 1) : undefined;
}

/** A row of pg_db_role_setting: `setting` is `name=value`; no role or no database means all of them. */
export type Override = { role?: string | null | undefined; database?: string | null | undefined; setting: string };

/** The override that holds for a role in a database: the role in the database, then the role, then the database (ALTER ROLE, Notes). */
export function overrideOf(
  name: string,
  overrides: readonly Override[],
  flow: { user: string | undefined; database: string | undefined },
): Override | undefined {
  return overrides
    .filter(({ setting }) => setting.startsWith(`${name}=`))
    .filter(({ role, database }) => (!role || role === flow.user) && (!database || database === flow.database))
    .toSorted((a, b) => rank(b) - rank(a))[0];
}

function rank({ role, database }: Override): number {
  return (role ? 2 : 0) + (database ? 1 : 0);
}

/** An override's statement without its verb: `ROLE dms IN DATABASE orders`, `ROLE dms`, `DATABASE orders`. */
export function overrideWords({ role, database }: Override): string {
  if (!role) return database ? `DATABASE ${sqlIdentifier(database)}` : 'ROLE ALL';
  return `ROLE ${sqlIdentifier(role)}${database ? ` IN DATABASE ${sqlIdentifier(database)}` : ''}`;
}

/** A time limit in milliseconds (0 is none), where it comes from, and the override that gives it, if one does. */
export type TimeLimit = {
  readonly milliseconds: number;
  readonly from: string;
  readonly override: Override | undefined;
};

/**
 * A time limit as it holds for a role in a database. The server's own value is taken in milliseconds, the unit of every
 * `..._timeout` of a session; undefined where either value cannot be read as a time.
 */
export function timeLimit(
  setting: Setting,
  overrides: readonly Override[],
  flow: { user: string | undefined; database: string | undefined },
): TimeLimit | undefined {
  const override = overrideOf(setting.name, overrides, flow);
  const milliseconds =
    override === undefined ? numberOf(setting) : durationOf(override.setting.slice(setting.name.length + 1));
  if (milliseconds === undefined) return undefined;
  return {
    milliseconds,
    from: override === undefined ? originOf(setting) : `ALTER ${overrideWords(override)}`,
    override,
  };
}

/** A time in words: `off`, `250 ms`, `60 s`. */
export function timeWords(milliseconds: number): string {
  if (milliseconds === 0) return 'off';
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}
