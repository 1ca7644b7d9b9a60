import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords } from './wording.ts';

/** Whether a slot that falls behind keeps its WAL. */
export const walRetention = probe({
  layer: 'wal-retention',
  needs: ['postgres/settings.json', 'postgres/server.json'],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const server = e.need('postgres/server.json');
    const keep = settings.get('max_slot_wal_keep_size');
    const size = numberOf(keep);
    if (!readsChanges(e.flow)) {
      yield { code: 'RET003', args: {}, evidence: [e.cite('postgres/server.json', server.server_version)] };
    } else if (keep === undefined && server.server_version_num < 130_000) {
      // The setting came with PostgreSQL 13; before that nothing took WAL from a slot.
      const how = `PostgreSQL ${server.server_version} never takes WAL from a slot`;
      yield { code: 'RET001', args: { how }, evidence: [e.cite('postgres/server.json', server.server_version)] };
    } else if (keep === undefined || size === undefined) {
      return e.notUnderstood('postgres/settings.json', 'it has no row for max_slot_wal_keep_size');
    } else {
      const evidence = [e.cite('postgres/settings.json', settingText(keep))] as const;
      if (size < 0) yield { code: 'RET001', args: { how: 'max_slot_wal_keep_size = -1: no limit' }, evidence };
      else yield { code: 'RET002', args: { limit: bytesWords(size * 1024 * 1024) }, evidence };
    }
  },
});
