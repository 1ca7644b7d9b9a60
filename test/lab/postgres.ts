import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host.ts';

/** A PostgreSQL cluster on a host, laid out and named as Debian does: `13/main`. */
export type Cluster = {
  host: Host;
  major: number;
  /** `/etc/postgresql/13/main`: postgresql.conf and pg_hba.conf. */
  configuration: string;
  /** `/var/lib/postgresql/13/main`. */
  data: string;
  /**
   * Runs SQL as the superuser `postgres` through the Unix socket.
   * @returns the rows, one a line, columns separated by `|`
   * @throws with the server's message
   */
  sql(statements: string, database?: string): Promise<string>;
  /** `pg_ctlcluster 13 main <action>`; resolves when it is done, also the reload, for which the command does not wait. */
  control(action: 'start' | 'stop' | 'restart' | 'reload'): Promise<void>;
};

/** Where scripts/fetch-postgres.mjs puts the programs of a major. */
const programs = (major: number): string => join(process.cwd(), '.cache/postgres', String(major), 'native');

/**
 * Puts a PostgreSQL server's programs where Debian has them (`/usr/lib/postgresql/<major>`), on one host.
 * @throws when no server of that major was fetched
 */
async function installServer(host: Host, major: number): Promise<void> {
  const source = programs(major);
  if (!existsSync(join(source, 'bin/initdb')))
    throw new Error(`no PostgreSQL ${major} under .cache/postgres: run scripts/fetch-postgres.mjs`);
  const target = `/usr/lib/postgresql/${major}`;
  await host.run(`mkdir -p ${target}`);
  await cp(source, `/proc/${host.pid}/root${target}`, { recursive: true, verbatimSymlinks: true });
  // The fetched servers come without clients; Debian's own serve them all, and stand already where the versions are the same.
  const clients = `cd "$(dirname "$(ls -d /usr/lib/postgresql/*/bin/psql | tail -1)")" && { [ -e ${target}/bin/psql ] || ln -s "$PWD/psql" "$PWD/pg_basebackup" ${target}/bin/; }`;
  await host.run(`chown -R root:root ${target} && chmod 755 ${target}/bin/* && ${clients}`);
}

/** The cluster `<major>/main` of a host, whose server is installed. */
function clusterOf(host: Host, major: number): Cluster {
  const sql: Cluster['sql'] = (statements, database = 'postgres') =>
    host.run(`psql -X -q -A -t -v ON_ERROR_STOP=1 -d ${database}`, { user: 'postgres', input: statements });
  // A new session has the time at which its parent, who reads pg_hba.conf, last loaded its configuration.
  const loadTime = (): Promise<string> => sql('select pg_conf_load_time()');
  return {
    host,
    major,
    configuration: `/etc/postgresql/${major}/main`,
    data: `/var/lib/postgresql/${major}/main`,
    sql,
    async control(action) {
      const before = action === 'reload' ? await loadTime() : '';
      await host.run(`pg_ctlcluster ${major} main ${action}`);
      if (action === 'reload')
        await until(`PostgreSQL on ${host.name} reloads`, async () => (await loadTime()) !== before);
    },
  };
}

/**
 * Installs a server, creates the cluster `<major>/main` with Debian's own tool and starts it.
 * @param settings lines for postgresql.conf, `name = value`, added after Debian's own
 */
export async function startPostgres(host: Host, major: number, settings: readonly string[] = []): Promise<Cluster> {
  await installServer(host, major);
  const cluster = clusterOf(host, major);
  // Beside a cluster of another version Debian's tool would choose another port.
  await host.run(`pg_createcluster --port 5432 --locale C.UTF-8 ${major} main`);
  await host.run(`cat >> ${cluster.configuration}/postgresql.conf`, {
    input: settings.map((line) => `${line}\n`).join(''),
  });
  await cluster.control('start');
  return cluster;
}

/**
 * Makes a streaming standby of a cluster on another host, with pg_basebackup, and waits until it streams.
 * @param login a role with REPLICATION whom the primary's pg_hba.conf admits
 */
export async function startStandby(
  primary: Cluster,
  host: Host,
  login: { user: string; password: string },
): Promise<Cluster> {
  const { major } = primary;
  await installServer(host, major);
  const standby = clusterOf(host, major);
  // Debian's tool lays out the configuration; the data then comes from the primary.
  await host.run(`pg_createcluster --locale C.UTF-8 ${major} main && rm -rf ${standby.data}`);
  const source = `host=${primary.host.address} user=${login.user} password=${login.password} application_name=${host.name}`;
  await host.run(`pg_basebackup -D ${standby.data} -X stream -c fast -d '${source}'`, { user: 'postgres' });
  // Not pg_basebackup -R: a newer client writes options that an older server does not know.
  const conf = major >= 12 ? 'postgresql.auto.conf' : 'recovery.conf';
  const input = `primary_conninfo = '${source}'\n${major >= 12 ? '' : "standby_mode = 'on'\n"}`;
  const signal = major >= 12 ? ` && touch ${standby.data}/standby.signal` : '';
  await host.run(`cat >> ${standby.data}/${conf}${signal}`, { user: 'postgres', input });
  await standby.control('start');
  await untilStreaming(primary, host.name);
  return standby;
}

/**
 * Waits until a standby streams from its primary.
 * @param name the standby's application_name
 * @throws when it does not within 20 seconds
 */
export async function untilStreaming(primary: Cluster, name: string): Promise<void> {
  const state = `select state from pg_stat_replication where application_name = '${name}'`;
  await until(`${name} streams`, async () => (await primary.sql(state)).trim() === 'streaming');
}

/** Waits until something holds; throws, naming it, when it does not within 20 seconds. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
