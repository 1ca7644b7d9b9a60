import type { Fix } from '../finding.ts';
import type { Draft } from './probe.ts';
import type { RestartJudge } from './restart.ts';
import { restartStep, standbysFirst, standbysOf } from './restart-step.ts';
import { numberOf, settingText } from './settings.ts';
import { walRate } from './wal-rate.ts';
import { bytesWords, someOf } from './wording.ts';

/** A standby is back within minutes; WAL that is kept for less than this at the rate that was seen may be gone by then. */
const awayFor = 600;

/** What a restart does to standbys: WAL that they may miss, and commits that wait for them. */
export function* standbysAfter(e: RestartJudge): Generator<Draft, void> {
  yield* withoutSlot(e);
  yield* awaited(e);
  yield* outgrown(e);
}

/** What a standby must have at least as high as its primary (hot standby, Administrator's Overview); senders from 12 on. */
const notLower = ['max_connections', 'max_worker_processes', 'max_prepared_transactions', 'max_locks_per_transaction'];

/** Settings that wait for the restart, and with which the primary would outgrow its standbys. */
function* outgrown(e: RestartJudge): Generator<Draft, void> {
  const standbys = standbysOf(e) ?? [];
  if (standbys.length === 0) return;
  const server = e.need('postgres/server.json');
  const files = e.maybe('postgres/file-settings.json') ?? [];
  const names = server.server_version_num >= 120_000 ? [...notLower, 'max_wal_senders'] : notLower;
  const raised = names.flatMap((name) => {
    const setting = e.need('postgres/settings.json').get(name);
    if (!setting?.pending_restart) return [];
    const value = files.findLast((row) => row.name === name)?.setting ?? setting.boot_val ?? '';
    return Number(value) > (numberOf(setting) ?? Infinity) ? [{ name, value, setting }] : [];
  });
  const [first, ...more] = raised;
  if (first === undefined) return;
  const show = ({ setting, value }: typeof first) =>
    e.cite('postgres/settings.json', `${settingText(setting)}, then ${value}`);
  yield {
    code: 'RST009',
    args: {
      what: raised.map(({ name, value, setting }) => `${name} (${setting.setting}, then ${value})`).join(', '),
      names: someOf(standbys.map((row) => row.application_name || row.client_addr || 'a standby')),
      stops: server.server_version_num < 140_000,
    },
    evidence: [show(first), ...more.map(show)],
    ...(server.is_rds ? {} : { fix: standbysThenPrimary(e, raised) }),
  };
}

function* withoutSlot(e: RestartJudge): Generator<Draft, void> {
  const bare = (standbysOf(e) ?? []).filter((row) => !row.slot_name);
  const settings = e.need('postgres/settings.json');
  // wal_keep_size (MB) from version 13 on, wal_keep_segments before.
  const setting = settings.get('wal_keep_size') ?? settings.get('wal_keep_segments');
  const value = numberOf(setting);
  if (bare.length === 0 || setting === undefined || value === undefined) return;
  const inSize = setting.name === 'wal_keep_size';
  const bytes = value * (inSize ? 1_048_576 : segmentSize(e));
  const rate = walRate(e);
  if (bytes > 0 && (rate === undefined || bytes >= rate.bytesPerSecond * awayFor)) return;
  const wanted = inSize ? '1GB' : '64';
  const names = someOf(bare.map((row) => row.application_name || row.client_addr || 'a standby'));
  const auto = setting.sourcefile?.endsWith('postgresql.auto.conf');
  yield {
    code: 'RST005',
    args: { names, kept: bytes === 0 ? 'none' : bytesWords(bytes) },
    evidence: [
      e.cite('postgres/settings.json', settingText(setting)),
      e.cite('postgres/replication.json', `slot_name = null: ${names}`),
    ],
    fix: {
      steps: [
        {
          where: 'database',
          run: `ALTER SYSTEM SET ${setting.name} = '${wanted}'; SELECT pg_reload_conf();`,
          effect: 'reload',
          risk: 'pg_wal grows by that much and stays so.',
          undo: `ALTER SYSTEM ${auto ? `SET ${setting.name} = '${value}'` : `RESET ${setting.name}`}; SELECT pg_reload_conf();`,
          verify: `\`SHOW ${setting.name};\``,
        },
      ],
      patches: [
        { item: 'postgres/settings.json', row: { name: setting.name }, set: { setting: inSize ? '1024' : '64' } },
      ],
    },
  };
}

function standbysThenPrimary(e: RestartJudge, raised: readonly { name: string; value: string }[]): Fix {
  return {
    steps: [...standbysFirst(e, raised), restartStep(e)],
    patches: raised.map(({ name, value }) => ({
      item: 'postgres/settings.json',
      row: { name },
      set: { setting: value, pending_restart: false },
    })),
  };
}

function segmentSize(e: RestartJudge): number {
  const setting = e.need('postgres/settings.json').get('wal_segment_size');
  // In blocks of 8 kB up to version 10, in bytes since.
  return (numberOf(setting) ?? 16_777_216) * (setting?.unit === '8kB' ? 8192 : 1);
}

function* awaited(e: RestartJudge): Generator<Draft, void> {
  const setting = e.need('postgres/settings.json').get('synchronous_standby_names');
  if (!setting?.setting) return;
  const names = e
    .need('postgres/replication.json')
    .filter((row) => row.sync_state === 'sync' || row.sync_state === 'quorum');
  yield {
    code: 'RST006',
    args: {
      names: names.length === 0 ? 'none is connected' : someOf(names.map((row) => row.application_name ?? '?')),
      setting: setting.setting,
    },
    evidence: [e.cite('postgres/settings.json', settingText(setting))],
  };
}
