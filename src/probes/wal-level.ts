import type { Fix, Step } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import type { Setting } from '../evidence/parse/postgres.ts';
import { probe } from './probe.ts';
import { restartHits, restartStep } from './restart-step.ts';
import { originOf, settingText } from './settings.ts';

/** Whether the WAL holds what logical decoding needs. */
export const walLevel = probe({
  layer: 'wal-level',
  needs: ['postgres/settings.json'],
  sharpens: ['host/clusters.json', 'postgres/file-settings.json', 'postgres/replication.json', 'postgres/activity.json'],
  *judge(e) {
    const setting = e.need('postgres/settings.json').get('wal_level');
    if (!setting?.setting) return e.notUnderstood('postgres/settings.json', 'it has no row for wal_level');
    const evidence = [e.cite('postgres/settings.json', settingText(setting))] as const;
    if (!readsChanges(e.flow)) {
      yield { code: 'WAL004', args: {}, evidence };
      return;
    }
    if (setting.setting === 'logical') {
      yield { code: 'WAL001', args: { where: originOf(setting) }, evidence };
      return;
    }
    const hits = restartHits(e);
    const cluster = e.maybe('host/clusters.json')?.find((one) => one.port === e.flow.port);
    const waiting = e.maybe('postgres/file-settings.json')?.findLast((row) => row.name === 'wal_level');
    const restart = cluster === undefined ? anyRestart(hits) : restartStep(e, cluster);
    if (waiting?.setting === 'logical')
      yield { code: 'WAL003', args: { setting: setting.setting, hits }, evidence, fix: { steps: [restart], patches } };
    else
      yield {
        code: 'WAL002',
        args: { setting: setting.setting, where: originOf(setting), hits },
        evidence,
        fix: setAndRestart(setting, restart),
      };
  },
});

const patches: Fix['patches'] = [
  { item: 'postgres/settings.json', row: { name: 'wal_level' }, set: { setting: 'logical', pending_restart: false } },
];

function setAndRestart(setting: Setting, restart: Step): Fix {
  const auto = setting.sourcefile?.endsWith('postgresql.auto.conf');
  return {
    steps: [
      {
        where: 'database',
        run: "ALTER SYSTEM SET wal_level = 'logical';",
        effect: 'none',
        risk: 'None until the restart. Then the WAL grows somewhat; standbys need no change of their own for wal_level.',
        undo: auto ? `ALTER SYSTEM SET wal_level = '${setting.setting}';` : 'ALTER SYSTEM RESET wal_level;',
        verify: "SELECT setting, pending_restart FROM pg_settings WHERE name = 'wal_level';",
      },
      restart,
    ],
    patches,
  };
}

function anyRestart(hits: string): Step {
  return {
    where: 'source host',
    run: 'systemctl restart postgresql',
    effect: 'restart',
    risk: `Ends every session: it hits ${hits}. The cluster was not looked at, so use the command that belongs to it.`,
    undo: 'A restart cannot be taken back.',
    verify: 'SHOW wal_level;',
  };
}
