import { isItem } from '../evidence/item.ts';
import type { CapacityReader } from './capacity.ts';
import type { Draft } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords } from './wording.ts';

/** Blocks that were read before the share of the cache says anything: 800 MB. */
const enoughReads = 100_000;
const goodShare = 0.9;
/** PostgreSQL's own default, in kB. */
const decodingMemory = 65_536;

/** What the database does already: reads that miss its cache, jobs of pg_cron, little memory for decoding. */
export function* busyDatabase(e: CapacityReader): Generator<Draft, void> {
  const stats = e.maybe('postgres/database-stats.json')?.find((row) => row.datname === e.flow.database);
  const [hit, read] = [stats?.blks_hit ?? 0, stats?.blks_read ?? 0];
  const share = hit / Math.max(1, hit + read);
  if (read > enoughReads && share < goodShare)
    yield {
      code: 'CAP009',
      args: { percent: Math.floor(share * 100) },
      evidence: [e.cite('postgres/database-stats.json', `blks_hit = ${hit}, blks_read = ${read}`)],
    };
  const jobs = (e.maybe('postgres/cron-jobs.json') ?? []).filter((job) => job.active !== false);
  const [first, ...more] = jobs.map((job) =>
    e.cite('postgres/cron-jobs.json', `${job.schedule} in ${job.database ?? '?'}`),
  );
  if (first !== undefined)
    yield {
      code: 'CAP010',
      args: {
        count: jobs.length,
        schedules: jobs
          .slice(0, 5)
          .map((job) => job.schedule)
          .join(' · '),
      },
      evidence: [first, ...more],
    };
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
