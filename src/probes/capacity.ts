import { readsChanges } from '../flow.ts';
import type { EvidenceLine } from '../finding.ts';
import { disksOf } from './disks.ts';
import { loadSize } from './load-size.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { refusalAtEndpoint } from './refusal.ts';
import { isClient } from './restart-step.ts';
import { numberOf, settingText } from './settings.ts';
import { connectionsNeeded, streamsOfATask, tasksOfSource } from './tasks.ts';
import { jobs } from './jobs.ts';
import { busyDatabase, standbyServes, tightMemory } from './usage.ts';
import { walRate } from './wal-rate.ts';
import { bytesWords, someOf } from './wording.ts';

const longTransaction = 10 * 60_000;
/** A task that fails on a Friday evening is seen on Monday; a day is the least that somebody needs to see it. */
const enoughHours = 24;

/** What the capacity probe and its parts read. */
export type CapacityReader = Reader<
  | 'postgres/settings.json'
  | 'postgres/activity.json'
  | 'host/load.txt'
  | 'host/df.txt'
  | 'host/clusters.json'
  | 'postgres/prepared-xacts.json'
  | 'postgres/tables.json'
  | 'postgres/server.json',
  | 'postgres/wal.json'
  | 'postgres/database-stats.json'
  | 'postgres/cron-jobs.json'
  | 'postgres/bgwriter.json'
  | 'postgres/checkpointer.json'
  | 'host/cron.txt'
  | 'aws/describe-endpoints.json'
  | 'aws/describe-replication-tasks.json'
  | 'here/session.json'
>;

/** SQLSTATE of a server whose connections are all taken (PostgreSQL, Appendix A). */
const tooManyConnections = '53300';

/** Whether the source has room for the load: connections, processors, disk, transactions that hold up the slot. */
export const capacity = probe({
  layer: 'capacity',
  needs: [
    'postgres/settings.json',
    'postgres/activity.json',
    'host/load.txt',
    'host/df.txt',
    'host/clusters.json',
    'postgres/prepared-xacts.json',
    'postgres/tables.json',
    'postgres/server.json',
  ],
  sharpens: [
    'postgres/wal.json',
    'postgres/database-stats.json',
    'postgres/cron-jobs.json',
    'postgres/bgwriter.json',
    'postgres/checkpointer.json',
    'host/cron.txt',
    'aws/describe-endpoints.json',
    'aws/describe-replication-tasks.json',
    'here/session.json',
  ],
  *judge(e) {
    const refusal = refusalAtEndpoint(e);
    if (refusal?.code === tooManyConnections)
      yield { code: 'CAP018', args: { message: refusal.message }, evidence: [refusal.evidence] };
    const connections = yield* freeConnections(e);
    const quiet = yield* longRunning(e);
    yield* busyDatabase(e);
    yield* jobs(e);
    yield* loadSize(e);
    // Last, since the host may not have been looked at: what the database says then stands nevertheless.
    const managed = e.need('postgres/server.json').is_rds === true;
    const host = managed ? yield* unseenHost(e) : yield* hostRoom(e);
    if (connections.enough && host.enough && quiet && !managed)
      yield {
        code: 'CAP001',
        args: { connections: connections.words, load: host.load, disk: host.disk },
        evidence: [connections.evidence, ...host.evidence],
        caveats: host.caveats,
      };
  },
});

/** Connections free against what the tasks that do not run yet will open. */
function* freeConnections(
  e: CapacityReader,
): Generator<Draft, { enough: boolean; words: string; evidence: EvidenceLine }> {
  const settings = e.need('postgres/settings.json');
  const setting = settings.get('max_connections');
  const max = numberOf(setting);
  if (setting === undefined || max === undefined)
    return e.notUnderstood('postgres/settings.json', 'it has no row for max_connections');
  const reserves = ['superuser_reserved_connections', 'reserved_connections', 'rds.rds_superuser_reserved_connections'];
  const reserved = reserves.reduce((sum, name) => sum + (numberOf(settings.get(name)) ?? 0), 0);
  const sessions = e
    .need('postgres/activity.json')
    .filter((row) => (row.backend_type ?? 'client backend') === 'client backend').length;
  const tasks = tasksOfSource(e);
  const { connections: needed, waiting } = connectionsNeeded(tasks);
  const free = max - reserved - sessions;
  const evidence = e.cite('postgres/settings.json', settingText(setting));
  const shown = [evidence, e.cite('postgres/activity.json', `${sessions} sessions, ${reserved} reserved`)] as const;
  // Less than the streams of a task: it cannot even start. Else the last sub-tasks are refused, or the last applications.
  if (needed > 0 && free < streamsOfATask) yield { code: 'CAP002', args: { free, max, needed }, evidence: shown };
  else if (free < needed)
    yield {
      code: 'CAP006',
      args: { free, max, needed, subTasks: Math.max(1, Math.floor(free / Math.max(1, waiting)) - streamsOfATask) },
      evidence: shown,
    };
  return {
    enough: free >= needed,
    words: `${free} of ${max} connections free, the tasks open about ${needed}`,
    evidence,
  };
}

type HostRoom = {
  readonly enough: boolean;
  readonly load: string;
  readonly disk: string;
  readonly evidence: readonly EvidenceLine[];
  readonly caveats: readonly string[];
};

function* hostRoom(e: CapacityReader): Generator<Draft, HostRoom> {
  const load = e.need('host/load.txt');
  const { processors } = load;
  const words = load.loads.join(' ');
  const loadLine = e.quote('host/load.txt', load.line);
  const busy = processors !== undefined && load.loads[1] > processors;
  if (busy)
    yield { code: 'CAP003', args: { load: words, processors, standby: standbyServes(e) }, evidence: [loadLine] };

  const full = yield* tightMemory(e);
  const { data, wal } = disksOf(e);
  const lines = data.line === wal.line || data.mount === wal.mount ? [data] : [data, wal];
  let tight = false;
  for (const disk of lines) {
    const percent = Math.floor((disk.free / Math.max(1, disk.kilobytes)) * 100);
    if (percent >= 15) continue;
    tight = true;
    yield {
      code: 'CAP004',
      args: { mount: disk.mount, free: bytesWords(disk.free * 1024), percent },
      evidence: [e.quote('host/df.txt', disk.line)],
      subject: disk.mount,
    };
  }
  const rate = readsChanges(e.flow) ? walRate(e) : undefined;
  const hours = rate === undefined ? Infinity : (wal.free * 1024) / Math.max(1, rate.bytesPerSecond) / 3600;
  const soon = hours < enoughHours;
  const speed =
    rate === undefined
      ? ''
      : `${bytesWords(rate.bytesPerSecond)} of WAL a second (seen over ${Math.round(rate.seconds / 60)} min)`;
  if (soon)
    yield {
      code: 'CAP007',
      args: {
        hours: hours < 10 ? hours.toFixed(1) : String(Math.floor(hours)),
        mount: wal.mount,
        free: bytesWords(wal.free * 1024),
        rate: speed,
        keep: keepAdvice(e, wal.free),
      },
      evidence: [e.quote('host/df.txt', wal.line), e.cite('postgres/server.json', speed)],
    };
  return {
    enough: !busy && !full && !tight && !soon,
    load: `load ${words}${processors === undefined ? '' : ` on ${processors} processors`}`,
    disk: `${bytesWords(data.free * 1024)} free on ${data.mount}${rate === undefined ? '' : `, ${speed}`}`,
    evidence: [loadLine, e.quote('host/df.txt', data.line)],
    caveats: [
      ...(processors === undefined ? ['How many processors the host has was not gathered.'] : []),
      ...(rate === undefined && readsChanges(e.flow)
        ? ['How fast WAL is written was not seen over long enough to say how long the disk lasts.']
        : []),
    ],
  };
}

/** Half of what is free may be a slot's: the other half is left for what the data itself needs. */
function keepAdvice(e: CapacityReader, freeKilobytes: number): string {
  if (e.need('postgres/server.json').server_version_num < 130_000) return '';
  return `ALTER SYSTEM SET max_slot_wal_keep_size = '${Math.max(1, Math.floor(freeKilobytes / 1024 / 2))}MB'`;
}

/** RDS shows its host in CloudWatch only, which is not asked here. */
function* unseenHost(e: CapacityReader): Generator<Draft, HostRoom> {
  const evidence = e.cite('postgres/server.json', 'is_rds = true');
  yield { code: 'CAP011', args: {}, evidence: [evidence] };
  return { enough: true, load: '', disk: '', evidence: [evidence], caveats: [] };
}

/** Transactions that making the slot, or the first read of the load, would wait for. */
function* longRunning(e: CapacityReader): Generator<Draft, boolean> {
  const now = Date.parse(e.collectedAt ?? '');
  const old = (start: string | null | undefined) => !!start && now - Date.parse(start) > longTransaction;
  const sessions = e.need('postgres/activity.json').filter((row) => isClient(row) && old(row.xact_start));
  const found = sessions
    .map((row) => ({
      since: row.xact_start ?? '',
      text: `pid ${row.pid}, ${row.application_name || row.usename || 'unnamed'} from ${row.client_addr ?? 'the host itself'}, ${row.state ?? 'state not shown'}, xact_start = ${row.xact_start}`,
    }))
    .toSorted((a, b) => (a.since < b.since ? -1 : 1));
  const [first, ...more] = found;
  if (first !== undefined)
    yield {
      code: 'CAP005',
      args: { count: found.length, oldest: first.since },
      evidence: [
        e.cite('postgres/activity.json', first.text),
        ...more.slice(0, 9).map(({ text }) => e.cite('postgres/activity.json', text)),
      ],
    };
  const prepared = e.need('postgres/prepared-xacts.json');
  const oldest = prepared.map((row) => row.prepared ?? '').sort()[0];
  if (oldest !== undefined)
    yield {
      code: 'CAP008',
      args: {
        count: prepared.length,
        oldest,
        databases: someOf([...new Set(prepared.map((row) => row.database ?? '?'))]),
      },
      evidence: [e.cite('postgres/prepared-xacts.json', `${prepared.length} rows, the oldest prepared ${oldest}`)],
    };
  return first === undefined && oldest === undefined;
}
