import type { Setting } from '../evidence/parse/postgres.ts';
import type { Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords } from './wording.ts';

type RetentionReader = Reader<'postgres/settings.json' | 'postgres/server.json', never>;

/** Whether a slot that falls behind keeps its WAL. */
export const walRetention = probe({
  layer: 'wal-retention',
  needs: ['postgres/settings.json', 'postgres/server.json'],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const server = e.need('postgres/server.json');
    if (!readsChanges(e.flow)) {
      yield { code: 'RET003', args: {}, evidence: [e.cite('postgres/server.json', server.server_version)] };
      return;
    }
    yield* idleLimit(e, settings.get('idle_replication_slot_timeout'));
    const keep = settings.get('max_slot_wal_keep_size');
    const size = numberOf(keep);
    if (keep === undefined && server.server_version_num < 130_000) {
      // The setting came with PostgreSQL 13; before that nothing took WAL from a slot.
      const how = `PostgreSQL ${server.server_version} never takes WAL from a slot`;
      yield { code: 'RET001', args: { how }, evidence: [e.cite('postgres/server.json', server.server_version)] };
    } else if (keep === undefined || size === undefined) {
      return e.notUnderstood('postgres/settings.json', 'it has no row for max_slot_wal_keep_size');
    } else {
      const evidence = [e.cite('postgres/settings.json', settingText(keep))] as const;
      if (size < 0) yield { code: 'RET001', args: { how: 'max_slot_wal_keep_size = -1: no limit' }, evidence };
      else
        yield {
          code: 'RET002',
          args: { limit: bytesWords(size * 1024 * 1024) },
          evidence,
          fix: reset(
            keep,
            '-1',
            `${size}MB`,
            'A task that stops while its slot stays then keeps WAL until the disk is full: watch the slot, and drop it when the migration ends.',
          ),
        };
    }
  },
});

/** From version 18 on a slot that nobody reads for so long is given up. */
function* idleLimit(e: RetentionReader, setting: Setting | undefined): Generator<Draft, void> {
  const value = numberOf(setting);
  if (setting === undefined || value === undefined || value === 0) return;
  yield {
    code: 'RET004',
    args: { limit: `${value} ${setting.unit ?? 's'}` },
    evidence: [e.cite('postgres/settings.json', settingText(setting))],
    fix: reset(setting, '0', `${value}${setting.unit ?? 's'}`, 'A slot that is forgotten keeps its WAL again.'),
  };
}

function reset(setting: Setting, to: string, old: string, risk: string): Fix {
  const back = setting.sourcefile?.endsWith('postgresql.auto.conf')
    ? `SET ${setting.name} = '${old}'`
    : `RESET ${setting.name}`;
  return {
    steps: [
      {
        where: 'database',
        run: `ALTER SYSTEM SET ${setting.name} = '${to}'; SELECT pg_reload_conf();`,
        effect: 'reload',
        risk,
        undo: `\`ALTER SYSTEM ${back}; SELECT pg_reload_conf();\``,
        verify: `\`SHOW ${setting.name};\``,
      },
    ],
    patches: [{ item: 'postgres/settings.json', row: { name: setting.name }, set: { setting: to } }],
  };
}
