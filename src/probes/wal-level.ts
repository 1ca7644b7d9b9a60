import type { Setting } from '../evidence/parse/postgres.ts';
import type { Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { clusterOfFlow, restartHits, restartStep, settingStep } from './restart-step.ts';
import { originOf, settingText } from './settings.ts';

type WalReader = Reader<
  'postgres/settings.json',
  | 'host/clusters.json'
  | 'postgres/file-settings.json'
  | 'postgres/replication.json'
  | 'postgres/activity.json'
  | 'postgres/slots.json'
  | 'postgres/server.json'
>;

/** Whether the WAL holds what logical decoding needs, and whether it would after a restart. */
export const walLevel = probe({
  layer: 'wal-level',
  needs: ['postgres/settings.json'],
  sharpens: [
    'host/clusters.json',
    'postgres/file-settings.json',
    'postgres/replication.json',
    'postgres/activity.json',
    'postgres/slots.json',
    'postgres/server.json',
  ],
  *judge(e) {
    const setting = e.need('postgres/settings.json').get('wal_level');
    if (!setting?.setting) return e.notUnderstood('postgres/settings.json', 'it has no row for wal_level');
    const evidence = [e.cite('postgres/settings.json', settingText(setting))] as const;
    if (!readsChanges(e.flow)) {
      yield { code: 'WAL004', args: {}, evidence };
      return;
    }
    const next = nextValue(e);
    if (setting.setting === 'logical') {
      if (next !== undefined && next.setting !== 'logical' && setting.pending_restart)
        yield {
          code: 'WAL005',
          args: { next: next.setting ?? 'its default', where: next.place },
          evidence: [
            ...evidence,
            e.cite('postgres/file-settings.json', `${next.place}: wal_level = ${next.setting ?? 'null'}`),
          ],
          fix: {
            steps: [setLogical(e, { ...setting, setting: next.setting ?? null, sourcefile: next.file })],
            patches: [{ item: 'postgres/settings.json', row: { name: 'wal_level' }, set: { pending_restart: false } }],
          },
        };
      yield { code: 'WAL001', args: { where: originOf(setting) }, evidence };
      return;
    }
    yield blocked(e, setting, next);
  },
});

type NextValue = { readonly setting: string | undefined; readonly place: string; readonly file: string | undefined };

/** wal_level as the configuration files would have it after a restart: the last line wins. */
function nextValue(e: WalReader): NextValue | undefined {
  const row = e.maybe('postgres/file-settings.json')?.findLast((one) => one.name?.toLowerCase() === 'wal_level');
  return (
    row && {
      setting: row.setting?.toLowerCase(),
      file: row.sourcefile ?? undefined,
      place: `${row.sourcefile ?? '?'}:${row.sourceline ?? '?'}`,
    }
  );
}

function blocked(e: WalReader, setting: Setting, next: NextValue | undefined): Draft {
  const hits = restartHits(e);
  const value = setting.setting ?? '';
  const evidence = [e.cite('postgres/settings.json', settingText(setting))] as const;
  const flag = e.need('postgres/settings.json').get('rds.logical_replication');
  if (e.maybe('postgres/server.json')?.is_rds && flag !== undefined) {
    const on = { item: 'postgres/settings.json', row: { name: flag.name }, set: { setting: 'on' } };
    const steps = [
      settingStep(
        e,
        { ...flag, setting: '0' },
        '1',
        'It sets wal_level, and raises senders and slots where they are lower. WAL grows somewhat.',
      ),
      restartStep(e),
    ];
    return {
      code: 'WAL007',
      args: { setting: value, hits },
      evidence: [...evidence, e.cite('postgres/settings.json', settingText(flag))],
      fix: { steps, patches: [...patches, on] },
    };
  }
  // What stands on the server's command line wins over every file, and so over ALTER SYSTEM (setting parameters, manual).
  if (setting.source === 'command line' && clusterOfFlow(e)?.managedBy !== 'patroni')
    return { code: 'WAL006', args: { setting: value, hits }, evidence, fix: { steps: [restartStep(e)], patches: [] } };
  if (next?.setting === 'logical')
    return {
      code: 'WAL003',
      args: { setting: value, hits },
      evidence: [...evidence, e.cite('postgres/file-settings.json', `${next.place}: wal_level = logical`)],
      fix: { steps: [restartStep(e)], patches },
    };
  return {
    code: 'WAL002',
    args: { setting: value, where: originOf(setting), hits },
    evidence,
    fix: { steps: [setLogical(e, setting), restartStep(e)], patches },
  };
}

function setLogical(e: WalReader, setting: Setting) {
  return settingStep(
    e,
    setting,
    'logical',
    'None until the restart. Then the WAL grows somewhat; standbys need no change of their own for wal_level.',
  );
}

const patches: Fix['patches'] = [
  { item: 'postgres/settings.json', row: { name: 'wal_level' }, set: { setting: 'logical', pending_restart: false } },
];
