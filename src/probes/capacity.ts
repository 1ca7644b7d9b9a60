import { probe } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords } from './wording.ts';

/** Connections that a task opens beside its full-load sub-tasks: the metadata, capture and apply streams. */
const streamsOfATask = 3;
const defaultSubTasks = 8;
const longTransaction = 10 * 60_000;

/** Whether the source has room for the load: connections, processors, disk, transactions that hold up the slot. */
export const capacity = probe({
  layer: 'capacity',
  needs: ['postgres/settings.json', 'postgres/activity.json', 'host/load.txt', 'host/df.txt', 'host/clusters.json', 'postgres/prepared-xacts.json'],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const max = numberOf(settings.get('max_connections'));
    const reserved = (numberOf(settings.get('superuser_reserved_connections')) ?? 0) + (numberOf(settings.get('reserved_connections')) ?? 0);
    if (max === undefined) return e.notUnderstood('postgres/settings.json', 'it has no row for max_connections');
    const sessions = e.need('postgres/activity.json').filter((row) => (row.backend_type ?? 'client backend') === 'client backend');
    const load = e.need('host/load.txt');
    const disks = e.need('host/df.txt');
    const prepared = e.need('postgres/prepared-xacts.json');
    const free = max - reserved - sessions.length;
    const needed = defaultSubTasks + streamsOfATask;
    const connections = e.cite('postgres/settings.json', settingText(settings.get('max_connections')!));
    if (free < needed) yield { code: 'CAP002', args: { free, max, needed }, evidence: [connections] };

    const processors = load.processors;
    const loadWords = load.loads.join(' ');
    const busy = processors !== undefined && load.loads[1] > processors;
    if (busy) yield { code: 'CAP003', args: { load: loadWords, processors }, evidence: [e.quote('host/load.txt', load.line)] };

    const directory = e.need('host/clusters.json').find((one) => one.port === e.flow.port)?.dataDirectory ?? '/';
    const disk = disks
      .filter(({ mount }) => mount === '/' || directory === mount || directory.startsWith(`${mount}/`))
      .toSorted((a, b) => b.mount.length - a.mount.length)[0];
    if (disk === undefined) return e.notUnderstood('host/df.txt', `no file system of it holds ${directory}`);
    const percent = Math.floor((disk.free / Math.max(1, disk.kilobytes)) * 100);
    const freeWords = bytesWords(disk.free * 1024);
    const tight = percent < 15;
    if (tight) yield { code: 'CAP004', args: { mount: disk.mount, free: freeWords, percent }, evidence: [e.quote('host/df.txt', disk.line)] };

    const now = Date.parse(e.collectedAt ?? '');
    const started = [...sessions.map((row) => row.xact_start), ...prepared.map((row) => row.prepared)].filter((start) => !!start) as string[];
    const long = started.filter((start) => now - Date.parse(start) > longTransaction).sort();
    if (long[0] !== undefined)
      yield { code: 'CAP005', args: { count: long.length, oldest: long[0] }, evidence: [e.cite('postgres/activity.json', `xact_start = ${long[0]}`)] };

    if (free >= needed && !busy && !tight && long.length === 0)
      yield {
        code: 'CAP001',
        args: {
          connections: `${free} of ${max} connections free`,
          load: `load ${loadWords}${processors === undefined ? '' : ` on ${processors} processors`}`,
          disk: `${freeWords} free on ${disk.mount}`,
        },
        evidence: [connections, e.quote('host/load.txt', load.line), e.quote('host/df.txt', disk.line)],
        caveats: processors === undefined ? ['How many processors the host has was not gathered.'] : [],
      };
  },
});
