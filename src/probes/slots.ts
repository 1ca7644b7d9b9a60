import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { numberOf, settingText } from './settings.ts';
import { bytesWords, someOf } from './wording.ts';

/** Whether a replication slot is free for the task. */
export const slots = probe({
  layer: 'slots',
  needs: ['postgres/settings.json', 'postgres/slots.json'],
  sharpens: ['aws/describe-endpoints.json'],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const setting = settings.get('max_replication_slots');
    const max = numberOf(setting);
    if (setting === undefined || max === undefined) return e.notUnderstood('postgres/settings.json', 'it has no row for max_replication_slots');
    const rows = e.need('postgres/slots.json');
    const evidence = [
      e.cite('postgres/settings.json', settingText(setting)),
      e.cite('postgres/slots.json', `${rows.length} row${rows.length === 1 ? '' : 's'}`),
    ] as const;
    if (!readsChanges(e.flow)) {
      yield { code: 'SLT003', args: {}, evidence };
      return;
    }
    const name = e.maybe('aws/describe-endpoints.json')?.find((one) => one.EndpointIdentifier === e.flow.endpoint)?.PostgreSQLSettings?.SlotName;
    if (name) {
      const slot = rows.find((row) => row.slot_name === name);
      const why =
        slot === undefined
          ? 'it does not exist'
          : slot.slot_type !== 'logical'
            ? `it is ${slot.slot_type}, not logical`
            : slot.active
              ? 'somebody reads from it now'
              : slot.database !== e.flow.database
                ? `it belongs to database ${slot.database ?? '(none)'}`
                : slot.wal_status === 'lost'
                  ? 'its WAL is lost'
                  : undefined;
      if (why !== undefined) yield { code: 'SLT005', args: { name, why }, evidence };
      else yield { code: 'SLT001', args: { max, used: rows.length }, evidence };
    } else if (rows.length >= max) yield { code: 'SLT002', args: { max, used: rows.length }, evidence };
    else yield { code: 'SLT001', args: { max, used: rows.length }, evidence };
    const idle = rows.filter((row) => !row.active && row.slot_name !== name);
    if (idle.length > 0) {
      const bytes = bytesWords(idle.reduce((sum, row) => sum + (row.retained_bytes ?? 0), 0));
      yield { code: 'SLT004', args: { names: someOf(idle.map((row) => row.slot_name)), bytes }, evidence };
    }
  },
});
