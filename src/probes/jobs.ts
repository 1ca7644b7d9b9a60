import { isItem } from '../evidence/item.ts';
import type { CapacityReader } from './capacity.ts';
import type { Draft } from './probe.ts';
import { isClient } from './restart-step.ts';
import { someOf } from './wording.ts';

/** Programs that read or rewrite whole databases. */
const heavy =
  /\b(pg_dump|pg_dumpall|pg_restore|pg_basebackup|pgbackrest|barman|wal-g|wal-e|vacuumdb|reindexdb|clusterdb|pg_repack|pg_cron|pgagent)\b/i;

/** Jobs that a load would meet: those of pg_cron, those that run now, and those of the host's cron. */
export function* jobs(e: CapacityReader): Generator<Draft, void> {
  const scheduled = (e.maybe('postgres/cron-jobs.json') ?? []).filter((job) => job.active !== false);
  const [first, ...more] = scheduled.map((job) =>
    e.cite('postgres/cron-jobs.json', `${job.schedule} in ${job.database ?? '?'}`),
  );
  if (first !== undefined)
    yield {
      code: 'CAP010',
      args: {
        count: scheduled.length,
        schedules: scheduled
          .slice(0, 5)
          .map((job) => job.schedule)
          .join(' · '),
      },
      evidence: [first, ...more],
    };

  const running = e
    .need('postgres/activity.json')
    .filter((row) => isClient(row) && heavy.test(row.application_name ?? ''))
    .map((row) => ({
      words: `${row.application_name} since ${row.backend_start ?? 'a time that is not shown'}`,
      line: e.cite('postgres/activity.json', `application_name = ${row.application_name}, pid = ${row.pid}`),
    }));
  const [one, ...others] = [...running, ...ofHost(e)];
  if (one !== undefined)
    yield {
      code: 'CAP017',
      args: { what: someOf([one, ...others].map(({ words }) => words)) },
      evidence: [one.line, ...others.slice(0, 9).map(({ line }) => line)],
    };
}

/** The host's cron lines that name such a program, as the host script prints them: when, who and which program. */
function ofHost(e: CapacityReader) {
  const entry = e.entry('host/cron.txt');
  if (!isItem(entry)) return [];
  return entry.text.split('\n').flatMap((line, index) => {
    const program = heavy.exec(line)?.[1];
    if (program === undefined || line.startsWith('#')) return [];
    const when = /^(@\w+|(?:[\d*][\d*/,A-Za-z-]* ){4}[\d*/,A-Za-z-]+)/.exec(line)?.[1] ?? 'times of its own';
    return [{ words: `${program} by cron (${when})`, line: e.quote('host/cron.txt', index + 1) }];
  });
}
