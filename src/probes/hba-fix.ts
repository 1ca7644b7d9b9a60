import type { Fix } from '../finding.ts';
import type { ConnectionAttempt, HbaMethod, ParsedHba, ServerContext } from '../hba/index.ts';
import { proposeLine } from '../hba/index.ts';
import type { Reader } from './probe.ts';

type FixReader = Reader<
  never,
  'postgres/server.json' | 'postgres/settings.json' | 'postgres/roles.json' | 'host/clusters.json'
>;

/**
 * The narrowest line that admits a connection, where it must stand, and the fix that puts it there. `fix` is absent where
 * no line can be written.
 */
export function addLine(
  e: FixReader,
  hba: ParsedHba,
  attempt: ConnectionAttempt,
  context: ServerContext,
): { line: string; place: string; fix?: Fix } {
  const edit = proposeLine(hba, attempt, context, methodFor(e, attempt.user, context.version));
  if ('impossible' in edit) return { line: '(none can be written)', place: edit.impossible };
  const file = pathOf(e, edit.file);
  const atEnd = edit.file === hba.main && edit.before > hba.mainLines;
  const place = atEnd ? `at the end of ${file} (line ${edit.before})` : `before line ${edit.before} of ${file}`;
  const reload = 'SELECT pg_reload_conf();';
  const verify =
    context.version >= 100_000
      ? '`SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL;` shows no row for the new line'
      : 'The server’s log, after the reload.';
  return {
    line: edit.lines.filter(Boolean).join(' / '),
    place,
    fix: {
      steps: [
        {
          where: 'source host',
          edit: { file, before: edit.before, lines: edit.lines },
          effect: 'none',
          risk: 'None until the reload; then just this address, database and user get in. A line with a mistake makes the server keep its old rules.',
          undo: `Delete the line again, and reload: ${reload}`,
          verify,
        },
        {
          where: 'database',
          run: reload,
          effect: 'reload',
          risk: 'Also brings in every other edit of the configuration files since the last load.',
          undo: 'Undo the edit and reload again.',
          verify,
        },
      ],
      patches: [{ item: edit.file, before: edit.before, lines: edit.lines }],
    },
  };
}

/** The method that the stored password can do; without knowledge of it, what the server would store today. */
function methodFor(e: FixReader, user: string, version: number): HbaMethod {
  const verifier = e.maybe('postgres/roles.json')?.get(user)?.verifier;
  if (verifier === 'scram-sha-256' || verifier === 'md5') return verifier;
  const stored = e.maybe('postgres/settings.json')?.get('password_encryption')?.setting;
  return version >= 100_000 && stored === 'scram-sha-256' ? 'scram-sha-256' : 'md5';
}

/** The path on the host of a file of the bundle. */
function pathOf(e: FixReader, item: string): string {
  const main =
    e.maybe('postgres/server.json')?.hba_file ??
    e.maybe('host/clusters.json')?.find((one) => one.port === e.flow.port)?.hbaFile;
  if (item.startsWith('postgres/files/')) return item.slice('postgres/files'.length);
  if (!main) return item.slice('postgres/'.length);
  return main.replace(/[^/]*$/, item.slice('postgres/'.length));
}
