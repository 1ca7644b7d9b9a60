/** The variables of a process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment names a PostgreSQL server to libpq's programs. */
export function namesServer(env: Environment): boolean {
  return Boolean(env['PGHOST'] ?? env['PGHOSTADDR'] ?? env['PGSERVICE']);
}
