import { readsChanges } from '../flow.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { comesBack } from './restart-return.ts';
import { standbysAfter } from './restart-standbys.ts';
import { isClient, restartHits, standbysOf } from './restart-step.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords, countOf, someOf } from './wording.ts';

/** What the restart's probe and its parts read. */
export type RestartJudge = Reader<
  | 'postgres/settings.json'
  | 'postgres/replication.json'
  | 'postgres/activity.json'
  | 'postgres/file-settings.json'
  | 'postgres/hba-file-rules.json'
  | 'postgres/slots.json'
  | 'postgres/server.json'
  | 'postgres/prepared-xacts.json'
  | 'host/clusters.json',
  'postgres/wal.json'
>;

const needRestart = [
  'wal_level',
  'max_replication_slots',
  'max_wal_senders',
  'shared_preload_libraries',
  'rds.logical_replication',
];

/** Less than this is written and recovered in a moment. */
const muchWal = 256 * 1_048_576;

/** What recovery reads in a second, cautiously: the words say that it is assumed. */
const recovered = 64 * 1_048_576;

/** What a restart would hit, where the migration needs one, and whether the server would come back from it. */
export const restart = probe({
  layer: 'restart',
  needs: [
    'postgres/settings.json',
    'postgres/replication.json',
    'postgres/activity.json',
    'postgres/file-settings.json',
    'postgres/hba-file-rules.json',
    'postgres/slots.json',
    'postgres/server.json',
    'postgres/prepared-xacts.json',
    'host/clusters.json',
  ],
  sharpens: ['postgres/wal.json'],
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
    yield {
      code: 'RST002',
      args: { hits: restartHits(e), longest: longest(e), also: also(e) },
      evidence: [...evidence, ...whoIsHit(e)],
    };
    yield* others(e);
    yield* standbysAfter(e);
    yield* comesBack(e);
  },
});

function* others(e: RestartJudge): Generator<Draft, void> {
  const pending = [...e.need('postgres/settings.json').values()].filter(
    (row) => row.pending_restart && !needRestart.includes(row.name),
  );
  const [first, ...more] = pending;
  if (first === undefined) return;
  const files = e.maybe('postgres/file-settings.json');
  const words = pending.map((row) => {
    const next = files?.findLast((one) => one.name === row.name);
    return `${row.name} (${row.setting ?? 'null'}, then ${next?.setting ?? 'its default'})`;
  });
  const show = (row: typeof first): EvidenceLine => e.cite('postgres/settings.json', settingText(row));
  yield { code: 'RST004', args: { what: someOf(words, 10) }, evidence: [show(first), ...more.map(show)] };
}

/** The sessions by application and address, the oldest first: those that live for days may not know how to reconnect. */
function longest(e: RestartJudge): string {
  const groups = new Map<string, { count: number; since: string }>();
  for (const row of e.need('postgres/activity.json').filter(isClient)) {
    const key = `${row.application_name || row.usename || 'an unnamed application'} from ${row.client_addr ?? 'the host itself'}`;
    const known = groups.get(key);
    const since = row.backend_start ?? '';
    groups.set(key, {
      count: (known?.count ?? 0) + 1,
      since: known === undefined || (since !== '' && since < known.since) ? since : known.since,
    });
  }
  const oldest = [...groups].toSorted(([, a], [, b]) => (a.since < b.since ? -1 : 1));
  if (oldest.length === 0) return '';
  const now = Date.parse(e.collectedAt ?? '');
  const words = oldest.map(
    ([name, { count, since }]) =>
      `${count} of ${name}, since ${since || 'a time that is not shown'}${age(now - Date.parse(since))}`,
  );
  return `Sessions, the oldest first: ${someOf(words)}. `;
}

function age(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  return days > 0 ? ` (${countOf(days, 'day')})` : '';
}

function also(e: RestartJudge): string {
  const prepared = e.need('postgres/prepared-xacts.json').length;
  const distance = e.need('postgres/server.json').checkpoint_distance;
  return [
    prepared === 0 ? '' : `${countOf(prepared, 'prepared transaction')} would stay, with their locks. `,
    typeof distance === 'number' && distance >= muchWal
      ? `${bytesWords(distance)} of WAL since the last checkpoint: run CHECKPOINT first, so that stopping is quick. After a crash it would be read again: about ${Math.ceil(distance / recovered)} s at an assumed 64 MiB a second. `
      : '',
  ].join('');
}

function whoIsHit(e: RestartJudge): EvidenceLine[] {
  const standbys = (standbysOf(e) ?? []).map((row) =>
    e.cite(
      'postgres/replication.json',
      `application_name = ${row.application_name ?? ''}, client_addr = ${row.client_addr ?? ''}, state = ${row.state ?? ''}, slot_name = ${row.slot_name ?? 'null'}`,
    ),
  );
  const clients = e.need('postgres/activity.json').filter(isClient);
  const shown = clients
    .slice(0, 10)
    .map((row) =>
      e.cite(
        'postgres/activity.json',
        `application_name = ${row.application_name ?? ''}, client_addr = ${row.client_addr ?? 'local'}, backend_start = ${row.backend_start ?? ''}`,
      ),
    );
  return [...standbys, ...shown];
}
