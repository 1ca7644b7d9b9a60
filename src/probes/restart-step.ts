import type { Cluster } from '../evidence/parse/host.ts';
import type { Setting } from '../evidence/parse/postgres.ts';
import type { Step } from '../finding.ts';
import { shellQuote } from '../shell.ts';
import type { Reader } from './probe.ts';
import { command, countOf } from './wording.ts';

/** What the words of a restart, and of a change that needs one, are made of. */
export type RestartReader = Reader<
  never,
  | 'postgres/replication.json'
  | 'postgres/activity.json'
  | 'postgres/slots.json'
  | 'postgres/server.json'
  | 'host/clusters.json'
>;

/**
 * What a restart would hit, in words: standbys that stream, and clients by application. An item that was not gathered is
 * said to be unknown.
 */
export function restartHits(e: RestartReader): string {
  const standbys = standbysOf(e);
  const clients = e.maybe('postgres/activity.json')?.filter(isClient);
  const applications = new Map<string, number>();
  for (const client of clients ?? []) {
    const name = client.application_name || client.usename || 'an unnamed application';
    applications.set(name, (applications.get(name) ?? 0) + 1);
  }
  const named = [...applications].map(([name, count]) => `${count} of ${name}`).join(', ');
  return [
    standbys === undefined ? 'standbys unknown' : countOf(standbys.length, 'standby', 'standbys'),
    clients === undefined ? 'clients unknown' : `${countOf(clients.length, 'client')}${named ? ` (${named})` : ''}`,
  ].join(' and ');
}

/** The walsenders of standbys: not those that decode, and not a backup's; undefined where they were not gathered. */
export function standbysOf(e: RestartReader) {
  const logical = new Set(
    e
      .maybe('postgres/slots.json')
      ?.filter((slot) => slot.slot_type === 'logical')
      .map((slot) => slot.slot_name),
  );
  return e
    .maybe('postgres/replication.json')
    ?.filter((row) => row.state !== 'backup' && !(row.slot_name && logical.has(row.slot_name)));
}

/** A session that somebody's application holds: not a walsender, not a worker of the server, not this tool. */
export function isClient(row: {
  backend_type?: string | null | undefined;
  application_name?: string | null | undefined;
}): boolean {
  return (
    (row.backend_type ?? 'client backend') === 'client backend' &&
    !(row.application_name ?? '').startsWith('dms-doctor')
  );
}

/** The cluster behind the flow's port, as far as the host was looked at. */
export function clusterOfFlow(e: RestartReader): Cluster | undefined {
  return e.maybe('host/clusters.json')?.find((one) => one.port === e.flow.port);
}

/** The step that restarts the server, in the words of whoever runs it. */
export function restartStep(e: RestartReader, cluster: Cluster | undefined = clusterOfFlow(e)): Step {
  const hits = restartHits(e);
  const common = {
    effect: 'restart' as const,
    verify: command('SHOW wal_level; SELECT application_name, state FROM pg_stat_replication;'),
  };
  if (e.maybe('postgres/server.json')?.is_rds)
    return {
      ...common,
      where: 'AWS',
      run: `aws rds reboot-db-instance --db-instance-identifier ${instanceName(e)}`,
      risk: `Ends every session: it hits ${hits}. Of an Aurora cluster or a Multi-AZ cluster it is the writer that must be rebooted.`,
      undo: 'A restart cannot be taken back; the parameters of the steps before it can, with one more reboot.',
    };
  if (cluster === undefined)
    return {
      ...common,
      where: 'source host',
      run: 'systemctl restart postgresql',
      risk: `Ends every session: it hits ${hits}. The cluster was not looked at, so use the command that belongs to it.`,
      undo: 'A restart cannot be taken back.',
    };
  return {
    ...common,
    where: 'source host',
    run: restartCommand(cluster),
    risk: `Ends every session: it hits ${hits}. Clients that do not reconnect by themselves stay cut off until they are restarted; a standby reconnects.${managerRisk(cluster)}`,
    undo: 'A restart cannot be taken back; the settings of the steps before it can, with one more restart.',
  };
}

/** Who runs a cluster stops and starts it; behind its back it would take the server for dead. */
function managerRisk({ managedBy }: Cluster): string {
  if (!managedBy || managedBy === 'systemd') return '';
  return ` ${managedBy} runs this cluster: with another command it takes the server for dead, and may fail over.`;
}

function restartCommand(cluster: Cluster): string {
  const owner = shellQuote(cluster.osUser ?? 'postgres');
  switch (cluster.managedBy) {
    case 'patroni':
      return 'patronictl restart CLUSTER MEMBER';
    case 'repmgr':
      return `runuser -u ${owner} -- sh -c 'repmgr service pause && repmgr node service --action=restart && repmgr service unpause'`;
    case 'pacemaker':
      return 'crm_resource --restart --resource RESOURCE';
    case 'pg_auto_failover':
      return `runuser -u ${owner} -- pg_autoctl restart --pgdata ${shellQuote(cluster.dataDirectory)}`;
    case 'stolon':
      return 'systemctl restart stolon-keeper';
    case 'cloudnative-pg':
      return 'kubectl cnpg restart CLUSTER';
    default:
  }
  if (typeof cluster['container'] === 'string') return `docker restart ${shellQuote(cluster['container'])}`;
  if (cluster.unit) return `systemctl restart ${shellQuote(cluster.unit)}`;
  // Debian's layout: its own tool knows where the log goes; pg_ctl would leave the server writing to the administrator's terminal.
  const debian = /^\/etc\/postgresql\/([^/]+)\/([^/]+)\//.exec(cluster.configFile ?? '');
  if (debian) return `pg_ctlcluster ${shellQuote(debian[1] ?? '')} ${shellQuote(debian[2] ?? '')} restart`;
  const binaries = cluster.exe?.replace(/\/[^/]*$/, '');
  const control = binaries ? `${binaries}/pg_ctl` : 'pg_ctl';
  return `runuser -u ${owner} -- ${shellQuote(control)} -D ${shellQuote(cluster.dataDirectory)} -m fast -w restart`;
}

/**
 * The step that sets a setting of the server that only a restart brings in, in the words of whoever holds its configuration.
 *
 * @param risk what the new value changes beside the migration
 */
export function settingStep(e: RestartReader, setting: Setting, value: string, risk: string): Step {
  const { name } = setting;
  const verify = command(`SELECT setting, pending_restart FROM pg_settings WHERE name = '${name}';`);
  const old = setting.setting ?? '';
  if (e.maybe('postgres/server.json')?.is_rds) {
    // Aurora holds it in the cluster's group.
    const group = e.maybe('postgres/server.json')?.is_aurora ? 'db-cluster-parameter-group' : 'db-parameter-group';
    const run = (to: string) =>
      `aws rds modify-${group} --${group}-name PARAMETER_GROUP --parameters ParameterName=${name},ParameterValue=${to},ApplyMethod=pending-reboot`;
    return {
      where: 'AWS',
      run: run(value),
      effect: 'none',
      risk: `${risk} Every instance of this parameter group gets it with its next reboot.`,
      undo: command(run(old)),
      verify,
    };
  }
  if (clusterOfFlow(e)?.managedBy === 'patroni') {
    const run = (to: string) => `patronictl edit-config --pg ${name}=${to}`;
    return {
      where: 'source host',
      run: run(value),
      effect: 'none',
      risk: `${risk} Patroni writes it to every member, and gives it on the command line, where ALTER SYSTEM does not reach.`,
      undo: command(run(old)),
      verify,
    };
  }
  return {
    where: 'database',
    run: `ALTER SYSTEM SET ${name} = '${value}';`,
    effect: 'none',
    risk,
    undo: command(
      setting.sourcefile?.endsWith('postgresql.auto.conf')
        ? `ALTER SYSTEM SET ${name} = '${old}';`
        : `ALTER SYSTEM RESET ${name};`,
    ),
    verify,
  };
}

/**
 * The steps before settings are raised that a standby must have at least as high as its primary (hot standby, Administrator's
 * Overview): a standby that has less shuts down (up to 13) or pauses its replay (from 14 on).
 */
export function standbysFirst(
  e: RestartReader,
  settings: readonly { readonly name: string; readonly value: string }[],
): Step[] {
  return (standbysOf(e) ?? []).flatMap((row) => {
    const who = row.application_name || row.client_addr || 'the standby';
    const host = row.client_addr ?? who;
    const psql = (sql: string) => `runuser -u postgres -- psql -d postgres -c ${shellQuote(sql)}`;
    return [
      ...settings.map(({ name, value }) => ({
        where: 'standby' as const,
        host,
        run: psql(`ALTER SYSTEM SET ${name} = '${value}'`),
        effect: 'none' as const,
        risk: `On standby ${who}, before the primary: a standby with less shuts down (up to 13) or pauses its replay (from 14 on).`,
        undo: command(psql(`ALTER SYSTEM RESET ${name}`)),
        verify: command(psql(`SELECT setting, pending_restart FROM pg_settings WHERE name = '${name}'`)),
      })),
      {
        where: 'standby' as const,
        host,
        run: 'systemctl restart postgresql',
        effect: 'restart' as const,
        risk: `Restarts standby ${who}, which must be up again with the new value before the primary restarts. Use the command that belongs to that cluster.`,
        undo: 'A restart cannot be taken back.',
        verify: command(psql(settings.map(({ name }) => `SHOW ${name}`).join('; '))),
      },
    ];
  });
}

function instanceName(e: RestartReader): string {
  const name = /^([^.]+)\..*\.rds\.amazonaws\.com/.exec(e.flow.host ?? '')?.[1];
  return name === undefined ? 'INSTANCE' : shellQuote(name);
}
