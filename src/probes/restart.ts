import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { isClient, restartHits } from './restart-step.ts';
import { numberOf, settingText } from './settings.ts';
import { someOf } from './wording.ts';

const waitsForRestart = /^setting could not be applied$|cannot be changed without restarting the server/;
const needRestart = ['wal_level', 'max_replication_slots', 'max_wal_senders'];

/** What a restart would hit, where the migration needs one. */
export const restart = probe({
  layer: 'restart',
  needs: [
    'postgres/settings.json',
    'postgres/replication.json',
    'postgres/activity.json',
    'postgres/file-settings.json',
    'postgres/hba-file-rules.json',
    'postgres/slots.json',
  ],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const wal = settings.get('wal_level');
    if (!wal?.setting) return e.notUnderstood('postgres/settings.json', 'it has no row for wal_level');
    const full =
      e.need('postgres/slots.json').length >= (numberOf(settings.get('max_replication_slots')) ?? Infinity) ||
      e.need('postgres/replication.json').length >= (numberOf(settings.get('max_wal_senders')) ?? Infinity);
    const pending = [...settings.values()].filter((row) => row.pending_restart);
    const awaited = pending.some((row) => needRestart.includes(row.name));
    const evidence = [
      e.cite('postgres/settings.json', settingText(wal)),
      e.cite('postgres/settings.json', `${pending.length} settings with pending_restart`),
    ] as const;
    if (!readsChanges(e.flow) || (wal.setting === 'logical' && !full && !awaited)) {
      yield { code: 'RST001', args: {}, evidence };
      return;
    }
    const activity = e.need('postgres/activity.json').filter(isClient);
    const oldest = activity.map((row) => row.backend_start ?? '').filter(Boolean).sort()[0];
    const others = pending.filter((row) => row.name !== 'wal_level').map((row) => row.name);
    yield {
      code: 'RST002',
      args: {
        hits: restartHits(e),
        longest: oldest === undefined ? '' : `The oldest session is there since ${oldest}. `,
        also: others.length === 0 ? '' : `These settings would come with it: ${someOf(others)}. `,
      },
      evidence: [
        ...evidence,
        ...e.need('postgres/replication.json').map((row) =>
          e.cite('postgres/replication.json', `application_name = ${row.application_name ?? ''}, client_addr = ${row.client_addr ?? ''}, state = ${row.state ?? ''}`),
        ),
        ...activity.slice(0, 10).map((row) =>
          e.cite('postgres/activity.json', `application_name = ${row.application_name ?? ''}, client_addr = ${row.client_addr ?? 'local'}, backend_start = ${row.backend_start ?? ''}`),
        ),
      ],
    };
    for (const row of e.need('postgres/file-settings.json')) {
      // Such a line is no error: its value, or the default in place of a line that is gone, waits for the restart that is meant.
      if (!row.error || waitsForRestart.test(row.error)) continue;
      const place = `${row.sourcefile ?? 'a configuration file'}:${row.sourceline ?? '?'}`;
      yield { code: 'RST003', args: { place, why: row.error }, evidence: [e.cite('postgres/file-settings.json', `${place}: ${row.error}`)], subject: place };
    }
    for (const row of e.need('postgres/hba-file-rules.json')) {
      // The server takes such a line, and starts with it: it only never matches.
      if (!row.error || /record cannot match because/.test(row.error)) continue;
      const place = `pg_hba.conf:${row.line_number ?? '?'}`;
      yield { code: 'RST003', args: { place, why: row.error }, evidence: [e.cite('postgres/hba-file-rules.json', `${place}: ${row.error}`)], subject: place };
    }
  },
});
