import type { Cluster } from '../evidence/parse/host.ts';
import type { Step } from '../finding.ts';
import { shellQuote } from '../shell.ts';
import type { Reader } from './probe.ts';

type RestartReader = Reader<never, 'postgres/replication.json' | 'postgres/activity.json'>;

/**
 * What a restart would hit, in words: standbys that stream, and clients by application and database. An item that was
 * not gathered is said to be unknown.
 */
export function restartHits(e: RestartReader): string {
  const standbys = e.maybe('postgres/replication.json');
  const activity = e.maybe('postgres/activity.json');
  const clients = activity?.filter(isClient);
  const applications = new Map<string, number>();
  for (const client of clients ?? []) {
    const name = client.application_name || client.usename || 'an unnamed application';
    applications.set(name, (applications.get(name) ?? 0) + 1);
  }
  const named = [...applications].map(([name, count]) => `${count} of ${name}`).join(', ');
  return [
    standbys === undefined ? 'standbys unknown' : count(standbys.length, 'standby', 'standbys'),
    clients === undefined ? 'clients unknown' : `${count(clients.length, 'client', 'clients')}${named ? ` (${named})` : ''}`,
  ].join(' and ');
}

/** A session that somebody's application holds: not a walsender, not a worker of the server, not this tool. */
export function isClient(row: { backend_type?: string | null | undefined; application_name?: string | null | undefined }): boolean {
  return (row.backend_type ?? 'client backend') === 'client backend' && !(row.application_name ?? '').startsWith('dms-doctor');
}

/** The step that restarts a cluster, in the words of whoever runs it. */
export function restartStep(e: RestartReader, cluster: Cluster): Step {
  return {
    where: 'source host',
    run: restartCommand(cluster),
    effect: 'restart',
    risk: `Ends every session: it hits ${restartHits(e)}. Clients that do not reconnect by themselves stay cut off until they are restarted; a standby reconnects.`,
    undo: 'A restart cannot be taken back; the settings of the steps before it can, with one more restart.',
    verify: 'SHOW wal_level; SELECT application_name, state FROM pg_stat_replication;',
  };
}

function restartCommand(cluster: Cluster): string {
  if (cluster.unit) return `systemctl restart ${shellQuote(cluster.unit)}`;
  // Debian's layout: its own tool knows where the log goes; pg_ctl would leave the server writing to the administrator's terminal.
  const debian = /^\/etc\/postgresql\/([^/]+)\/([^/]+)\//.exec(cluster.configFile ?? '');
  if (debian) return `pg_ctlcluster ${shellQuote(debian[1] ?? '')} ${shellQuote(debian[2] ?? '')} restart`;
  const binaries = cluster.exe?.replace(/\/[^/]*$/, '');
  const control = binaries ? `${binaries}/pg_ctl` : 'pg_ctl';
  return `runuser -u ${shellQuote(cluster.osUser ?? 'postgres')} -- ${shellQuote(control)} -D ${shellQuote(cluster.dataDirectory)} -m fast -w restart`;
}

function count(n: number, one: string, many: string): string {
  return n === 0 ? `no ${one}` : `${n} ${n === 1 ? one : many}`;
}
