/** What is said of pg_hba.conf as a whole, whoever connects. */
import { isItem } from '../evidence/item.ts';
import { quoteLine } from '../evidence/reader.ts';
import type { EvidenceLine } from '../finding.ts';
import type { ParsedHba } from '../hba/index.ts';
import { unreachableLines } from '../hba/index.ts';
import type { HbaReader } from './hba-files.ts';
import { main, place, quote } from './hba-files.ts';
import type { Draft } from './probe.ts';

/** Lines that keep the server from taking the file, and those that are not understood. */
export function* notInForce(e: HbaReader, hba: ParsedHba): Generator<Draft> {
  const refusal = lastRefusal(e);
  for (const { file, line, why, endsServer } of hba.problems)
    yield {
      code: 'HBA006',
      args: { place: place(file, line), why },
      evidence: [quote(e, file, Math.max(1, line)), ...refusal],
      subject: place(file, line),
      caveats: endsServer
        ? ['Do not reload before this is mended: this one ends the server, and with it every session.']
        : [],
    };
  for (const { file, line, why } of hba.unknowns)
    yield {
      code: 'HBA005',
      args: { why: `${place(file, line)}: ${why}` },
      evidence: [quote(e, file, Math.max(1, line))],
      subject: place(file, line),
    };
}

/** What the server's log says of the last load that it refused. */
function lastRefusal(e: HbaReader): EvidenceLine[] {
  const log = e.entry('postgres/log.txt');
  if (!isItem(log)) return [];
  const line = log.text.split('\n').findLastIndex((text) => /not reloaded|could not load/.test(text));
  return line < 0 ? [] : [quoteLine(log, line + 1)];
}

/** Lines that no connection ever gets to. */
export function* neverMatching(e: HbaReader, hba: ParsedHba): Generator<Draft> {
  const found = unreachableLines(hba);
  const [first] = found;
  if (first === undefined || e.simulated) return;
  const lines = found
    .slice(0, 5)
    .flatMap(({ line, by }) => [quote(e, line.file, line.line), quote(e, by.file, by.line)]);
  yield {
    code: 'HBA013',
    args: {
      count: found.length,
      first: place(first.line.file, first.line.line),
      by: place(first.by.file, first.by.line),
    },
    evidence: [quote(e, first.line.file, first.line.line), ...lines.slice(1)],
  };
}

/** The server's own reading of the file on disk, where it was asked, must be ours: line by line, method by method. */
export function* asServerReads(e: HbaReader, hba: ParsedHba): Generator<Draft> {
  const view = e.maybe('postgres/hba-file-rules.json');
  if (view === undefined || e.simulated) return;
  const mainPath = e.maybe('postgres/server.json')?.hba_file;
  const own = hba.lines.filter(({ file }) => file === main).map(({ line, method }) => `line ${line} ${method}`);
  const servers = view
    .filter(({ file_name: file, auth_method: method }) => method && (!file || !mainPath || file === mainPath))
    .map(({ line_number: line, auth_method: method }) => `line ${line} ${method}`);
  const differs = [...own.filter((one) => !servers.includes(one)), ...servers.filter((one) => !own.includes(one))];
  if (differs.length === 0) return;
  yield {
    code: 'HBA012',
    args: { what: differs.slice(0, 3).join(', ') },
    evidence: [e.cite('postgres/hba-file-rules.json', differs.join(', '))],
  };
}

/** The file on disk is not what the server runs: its ctime (a kept mtime hides an edit) against the last load. */
export function* editedSinceLoad(e: HbaReader): Generator<Draft> {
  if (e.simulated) return;
  const loaded = e.maybe('postgres/server.json')?.pg_conf_load_time;
  const changed = e.maybe('postgres/files.json')?.find((file) => file.item === main)?.ctime;
  if (!loaded || !changed || Date.parse(changed) <= Date.parse(loaded)) return;
  const evidence = [
    e.cite('postgres/files.json', `${main}: ctime ${changed}`),
    e.cite('postgres/server.json', `pg_conf_load_time = ${loaded}`),
  ] as const;
  yield { code: 'HBA010', args: { changed, loaded }, evidence };
}
