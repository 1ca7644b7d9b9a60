import { isItem } from '../evidence/item.ts';
import type { Parsed } from '../evidence/items.ts';
import { readsChanges } from '../flow.ts';
import type { CapacityReader } from './capacity.ts';
import type { Draft } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords } from './wording.ts';

/** Blocks that were read before the share of the cache says anything: 800 MB. */
const enoughReads = 100_000;
const goodShare = 0.9;
/** PostgreSQL's own default, in kB. */
const decodingMemory = 65_536;

/** What the database does already: reads that miss its cache, sorts that spill, forced checkpoints, little memory for decoding. */
export function* busyDatabase(e: CapacityReader): Generator<Draft, void> {
  const stats = e.maybe('postgres/database-stats.json')?.find((row) => row.datname === e.flow.database);
  const [hit, read] = [stats?.blks_hit ?? 0, stats?.blks_read ?? 0];
  const share = hit / Math.max(1, hit + read);
  if (read > enoughReads && share < goodShare)
    yield {
      code: 'CAP009',
      args: { percent: Math.floor(share * 100), standby: standbyServes(e) },
      evidence: [e.cite('postgres/database-stats.json', `blks_hit = ${hit}, blks_read = ${read}`)],
    };
  yield* spilled(e, stats);
  yield* forcedCheckpoints(e);
  const memory = e.need('postgres/settings.json').get('logical_decoding_work_mem');
  const kilobytes = numberOf(memory);
  if (memory !== undefined && kilobytes !== undefined && kilobytes < decodingMemory)
    yield {
      code: 'CAP013',
      args: { kilobytes },
      evidence: [e.cite('postgres/settings.json', settingText(memory))],
      fix: {
        steps: [
          {
            where: 'database',
            run: "ALTER SYSTEM SET logical_decoding_work_mem = '64MB'; SELECT pg_reload_conf();",
            effect: 'reload',
            risk: 'Each walsender that decodes may take that much memory.',
            undo: `ALTER SYSTEM ${memory.sourcefile?.endsWith('postgresql.auto.conf') ? `SET logical_decoding_work_mem = '${kilobytes}kB'` : 'RESET logical_decoding_work_mem'}; SELECT pg_reload_conf();`,
            verify: '`SHOW logical_decoding_work_mem;`',
          },
        ],
        patches: [
          { item: 'postgres/settings.json', row: { name: memory.name }, set: { setting: String(decodingMemory) } },
        ],
      },
    };
}

/** Whether a standby could be the source in the primary's place: any for a full load, from version 16 on for changes. */
export function standbyServes(e: CapacityReader): boolean {
  return !readsChanges(e.flow) || e.need('postgres/server.json').server_version_num >= 160_000;
}

/** This much an hour in temporary files keeps the disks busy beside the load. */
const muchSpilled = 1_073_741_824;

type Stats = Parsed<'postgres/database-stats.json'>[number];

function* spilled(e: CapacityReader, stats: Stats | undefined): Generator<Draft, void> {
  const [files, bytes] = [stats?.temp_files ?? 0, stats?.temp_bytes ?? 0];
  const since = stats?.stats_reset;
  const hours = (Date.parse(e.collectedAt ?? '') - Date.parse(since ?? '')) / 3_600_000;
  // Less than a minute says nothing; without a beginning there is no rate.
  if (!since || !(hours >= 1 / 60) || bytes / hours < muchSpilled) return;
  yield {
    code: 'CAP015',
    args: { rate: bytesWords(bytes / hours), files, since },
    evidence: [
      e.cite('postgres/database-stats.json', `temp_files = ${files}, temp_bytes = ${bytes}, stats_reset = ${since}`),
    ],
  };
}

/** Fewer checkpoints than this are chance. */
const enoughCheckpoints = 10;

function* forcedCheckpoints(e: CapacityReader): Generator<Draft, void> {
  const [now] = e.maybe('postgres/checkpointer.json') ?? [];
  const [before] = e.maybe('postgres/bgwriter.json') ?? [];
  const timed = now?.num_timed ?? before?.checkpoints_timed ?? 0;
  const requested = now?.num_requested ?? before?.checkpoints_req ?? 0;
  const size = e.need('postgres/settings.json').get('max_wal_size');
  const megabytes = numberOf(size);
  if (requested < enoughCheckpoints || requested <= timed || size === undefined || megabytes === undefined) return;
  const item = now === undefined ? 'postgres/bgwriter.json' : 'postgres/checkpointer.json';
  yield {
    code: 'CAP016',
    args: { requested, timed, size: bytesWords(megabytes * 1_048_576), twice: `${megabytes * 2}MB` },
    evidence: [
      e.cite(
        item,
        `requested = ${requested}, timed = ${timed}, stats_reset = ${(now ?? before)?.stats_reset ?? 'null'}`,
      ),
      e.cite('postgres/settings.json', settingText(size)),
    ],
  };
}

/** A host with less than this share of its memory to spare has none for a load. */
const spareShare = 0.1;

/** The host's memory, from the kernel's meminfo as the host script prints it beside the load. */
export function* tightMemory(e: CapacityReader): Generator<Draft, boolean> {
  const entry = e.entry('host/load.txt');
  const text = isItem(entry) ? entry.text : '';
  const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const [total, available] = [of('MemTotal'), of('MemAvailable')];
  const tight = available / total < spareShare;
  if (tight)
    yield {
      code: 'CAP014',
      args: { available: bytesWords(available * 1024), total: bytesWords(total * 1024) },
      evidence: [e.cite('host/load.txt', `MemTotal ${total} kB, MemAvailable ${available} kB`)],
    };
  return tight;
}
