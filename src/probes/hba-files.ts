import type { Absence, Item } from '../evidence/item.ts';
import { isItem } from '../evidence/item.ts';
import { quoteLine } from '../evidence/reader.ts';
import type { EvidenceLine } from '../finding.ts';
import type { HbaFiles, ParsedHba, ServerContext } from '../hba/index.ts';
import type { Reader } from './probe.ts';

/** The item that pg_hba.conf itself is. */
export const main = 'postgres/pg_hba.conf';

/** What only makes the answer about pg_hba.conf sharper. */
export const sharpens = [
  'postgres/settings.json',
  'postgres/roles.json',
  'host/ip-addr.json',
  'host/clusters.json',
  'postgres/files.json',
  'postgres/hba-file-rules.json',
  'postgres/log.txt',
] as const;
/** A reader of everything that is known of pg_hba.conf. */
export type HbaReader = Reader<
  typeof main | 'postgres/server.json' | 'postgres/settings.json',
  (typeof sharpens)[number]
>;

/** A reader of the same to whom none of it is what its answer rests on. */
export type HbaSeen = Reader<never, typeof main | 'postgres/server.json' | (typeof sharpens)[number]>;

/** What of the server's settings decides how the file is read. */
export function settingsOf(e: HbaSeen) {
  const ssl = e.maybe('postgres/settings.json')?.get('ssl')?.setting;
  return ssl === undefined ? {} : { sslEnabled: ssl === 'on' };
}

/** What the server knows beside its file. */
export function contextOf(e: HbaSeen, hba: ParsedHba, version: number): ServerContext {
  const text = hba.lines.map((line) => line.text).join('\n');
  // What no line speaks of is not read: its absence then decides nothing.
  const roles = /\+|same(?:role|group)/.test(text) ? e.maybe('postgres/roles.json') : undefined;
  const links = /samehost|samenet/.test(text) ? e.maybe('host/ip-addr.json') : undefined;
  return {
    version,
    ...settingsOf(e),
    ...(roles === undefined
      ? {}
      : {
          roles: new Map(
            [...roles].map(([name, role]) => [name, { memberOf: role.memberof, superuser: role.rolsuper }]),
          ),
        }),
    ...(links === undefined ? {} : { interfaces: links.flatMap((link) => link.addresses) }),
  };
}

/** pg_hba.conf and the way to the files that it names. */
export function filesOf(e: HbaSeen, text: string): HbaFiles {
  return {
    main,
    text,
    include: (path, fromFile) => {
      const entry = e.file(includedName(path, fromFile));
      if (isItem(entry)) return { name: entry.name, text: entry.text };
      return /No such file/i.test(entry.detail) ? { missing: 'No such file or directory' } : undefined;
    },
    directory: (path, fromFile) => {
      const name = includedName(path, fromFile);
      const found = e.maybe('postgres/files.json')?.find((file) => file.item === name);
      return found?.entries ? { names: found.entries } : undefined;
    },
  };
}

/** Included files stand in a bundle below `postgres/` by their relative path, or below `postgres/files/` by an absolute one. */
function includedName(path: string, fromFile: string): `postgres/${string}` {
  if (path.startsWith('/')) return `postgres/files${path}`;
  const folder = fromFile.slice(0, fromFile.lastIndexOf('/') + 1);
  return `postgres/${`${folder}${path.replace(/^(?:\.\/)+/, '')}`.replace(/^postgres\//, '')}`;
}

/** A line of pg_hba.conf or of a file that it includes, as evidence. */
export function quote(e: HbaReader, file: string, line: number): EvidenceLine {
  if (file === main) return e.quote(main, line);
  const entry: Item | Absence = e.file(file as `postgres/${string}`);
  return isItem(entry) ? quoteLine(entry, line) : { source: file, line: null, text: '', vantage: 'host' };
}

/** A line of pg_hba.conf or of a file that it includes, as people write it: `pg_hba.conf:12`. */
export function place(file: string, line: number): string {
  return `${file.replace(/^postgres\//, '')}:${line}`;
}
