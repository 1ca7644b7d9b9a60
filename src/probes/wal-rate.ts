import type { Reader } from './probe.ts';

type RateReader = Reader<never, 'postgres/server.json' | 'postgres/wal.json'>;

/** How fast WAL was written: bytes a second, and over how many seconds that was seen. */
export type WalRate = { readonly bytesPerSecond: number; readonly seconds: number };

/** Shorter than this, what was seen is chance. */
const atLeast = 60;

/**
 * How fast the server writes WAL: by the counters of pg_stat_wal (from version 14 on) since they were reset, else by the
 * distance to the last checkpoint; undefined where neither was seen over at least a minute. One gathering has no second
 * look, so this is the mean of the time before it.
 */
export function walRate(e: RateReader): WalRate | undefined {
  const wal = e.maybe('postgres/wal.json');
  const server = e.maybe('postgres/server.json');
  const now = wal?.now ?? e.collectedAt ?? '';
  return rate(wal?.wal_bytes, wal?.stats_reset, now) ?? rate(server?.checkpoint_distance, server?.checkpoint_time, now);
}

function rate(bytes: number | null | undefined, since: string | null | undefined, now: string): WalRate | undefined {
  const seconds = (Date.parse(now) - Date.parse(since ?? '')) / 1000;
  return typeof bytes === 'number' && bytes >= 0 && seconds >= atLeast
    ? { bytesPerSecond: bytes / seconds, seconds }
    : undefined;
}
