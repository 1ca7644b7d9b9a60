import { isItem } from '../evidence/item.ts';
import type { CapacityReader } from './capacity.ts';

type Disk = { readonly mount: string; readonly kilobytes: number; readonly free: number; readonly line: number };

/**
 * The file systems that hold the data directory and the write-ahead log, which may stand on one of its own. The host script
 * asks `df` for each under a heading; without headings (made by hand) the path decides.
 */
export function disksOf(e: CapacityReader): { data: Disk; wal: Disk } {
  const disks = e.need('host/df.txt');
  const directory = e.need('host/clusters.json').find((one) => one.port === e.flow.port)?.dataDirectory ?? '/';
  const data =
    headed(e, disks, '# data directory:') ??
    holding(disks, directory) ??
    e.notUnderstood('host/df.txt', `no file system of it holds ${directory}`);
  return { data, wal: headed(e, disks, '# write-ahead log:') ?? holding(disks, `${directory}/pg_wal`) ?? data };
}

function headed(e: CapacityReader, disks: readonly Disk[], heading: string): Disk | undefined {
  const entry = e.entry('host/df.txt');
  const at = isItem(entry) ? entry.text.split('\n').findIndex((line) => line.startsWith(heading)) + 1 : 0;
  return at === 0 ? undefined : disks.find(({ line }) => line > at);
}

function holding(disks: readonly Disk[], path: string): Disk | undefined {
  return disks
    .filter(({ mount }) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .toSorted((a, b) => b.mount.length - a.mount.length)[0];
}
