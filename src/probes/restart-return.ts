import type { Draft } from './probe.ts';
import type { RestartJudge } from './restart.ts';
import { clusterOfFlow } from './restart-step.ts';

/** Such a line is no error: its value, or the default in place of a line that is gone, waits for the restart that is meant. */
const waitsForRestart = /^setting could not be applied$|cannot be changed without restarting the server/;

/** What would keep the server from coming back, or bring back another one. */
export function* comesBack(e: RestartJudge): Generator<Draft, void> {
  // RDS shows neither its files nor its host; AWS writes both.
  if (e.need('postgres/server.json').is_rds) return;
  for (const row of e.need('postgres/file-settings.json')) {
    if (!row.error || waitsForRestart.test(row.error)) continue;
    const place = `${row.sourcefile ?? 'a configuration file'}:${row.sourceline ?? '?'}`;
    const why = row.name ? `${row.name}: ${row.error}` : row.error;
    yield {
      code: 'RST003',
      args: { place, why },
      evidence: [e.cite('postgres/file-settings.json', `${place}: ${why}`)],
      subject: place,
    };
  }
  for (const row of e.need('postgres/hba-file-rules.json')) {
    // The server takes such a line, and starts with it: it only never matches.
    if (!row.error || /record cannot match because/.test(row.error)) continue;
    const place = `pg_hba.conf:${row.line_number ?? '?'}`;
    yield {
      code: 'RST003',
      args: { place, why: row.error },
      evidence: [e.cite('postgres/hba-file-rules.json', `${place}: ${row.error}`)],
      subject: place,
    };
  }
  yield* preloaded(e);
  yield* replaced(e);
  if (e.need('postgres/server.json').pg_is_in_backup)
    yield {
      code: 'RST007',
      args: { how: 'an exclusive base backup is under way: its backup_label may keep the server from starting again' },
      evidence: [e.cite('postgres/server.json', 'pg_is_in_backup = true')],
    };
  const backups = e.need('postgres/replication.json').filter((row) => row.state === 'backup');
  const [first] = backups;
  if (first !== undefined)
    yield {
      code: 'RST007',
      args: {
        how: `${first.application_name || 'a client'} from ${first.client_addr ?? 'the host itself'} takes a base backup, which a restart would end`,
      },
      evidence: [
        e.cite('postgres/replication.json', `application_name = ${first.application_name ?? ''}, state = backup`),
      ],
      subject: 'walsender',
    };
}

/** A library that is to be preloaded and is not installed; the host script looks for each that the files name. */
function* preloaded(e: RestartJudge): Generator<Draft, void> {
  e.need('host/clusters.json');
  const plugins = clusterOfFlow(e)?.plugins ?? {};
  const line = e.need('postgres/file-settings.json').findLast((row) => row.name === 'shared_preload_libraries');
  const names = (line?.setting ?? '').split(',').map((name) =>
    name
      .trim()
      .replaceAll(/["']/g, '')
      .replace(/^\$libdir\//, ''),
  );
  for (const name of names.filter((one) => plugins[one] === null)) {
    const place = `${line?.sourcefile ?? 'a configuration file'}:${line?.sourceline ?? '?'}`;
    const why = `shared_preload_libraries names ${name}, which is not installed`;
    yield {
      code: 'RST003',
      args: { place, why },
      evidence: [
        e.cite('host/clusters.json', `plugins.${name} = null`),
        e.cite('postgres/file-settings.json', `${place}: ${line?.setting ?? ''}`),
      ],
      subject: name,
    };
  }
}

/** The kernel shows that the running binary's file was replaced or removed: what starts again is what lies there now. */
function* replaced(e: RestartJudge): Generator<Draft, void> {
  e.need('host/clusters.json');
  const cluster = clusterOfFlow(e);
  if (cluster?.exeDeleted !== true) return;
  const exe = cluster.exe ?? 'postgres';
  yield {
    code: 'RST008',
    args: { exe, version: e.need('postgres/server.json').server_version },
    evidence: [e.cite('host/clusters.json', `pid ${cluster.pid}: exe = ${exe}, exeDeleted = true`)],
    fix: {
      steps: [
        {
          where: 'source host',
          run: `${exe} --version`,
          effect: 'none',
          risk: 'It only looks. Where it names the same major version, the restart is also that minor update: read its release notes. Where the file is gone, install the package first.',
          undo: 'Nothing to undo.',
          verify: `\`${exe} --version\``,
        },
      ],
      patches: [{ item: 'host/clusters.json', row: { pid: cluster.pid }, set: { exeDeleted: false } }],
    },
  };
}
