import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { settingText } from './settings.ts';

/** Whether the source is a primary, or a standby that can decode. */
export const standby = probe({
  layer: 'standby',
  needs: ['postgres/server.json', 'postgres/settings.json'],
  *judge(e) {
    const server = e.need('postgres/server.json');
    const version = server.server_version;
    const evidence = [e.cite('postgres/server.json', `pg_is_in_recovery = ${server.pg_is_in_recovery}`)] as const;
    if (!server.pg_is_in_recovery) yield { code: 'STB001', args: { version }, evidence };
    // Logical decoding on a standby came with PostgreSQL 16; a full load only reads.
    else if (readsChanges(e.flow) && server.server_version_num < 160_000) yield { code: 'STB002', args: { version }, evidence };
    else {
      yield { code: 'STB003', args: { version }, evidence };
      const feedback = e.need('postgres/settings.json').get('hot_standby_feedback');
      if (readsChanges(e.flow) && feedback?.setting === 'off')
        yield {
          code: 'STB004',
          args: {},
          evidence: [...evidence, e.cite('postgres/settings.json', settingText(feedback))],
          fix: {
            steps: [
              {
                where: 'database',
                run: 'ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();',
                effect: 'reload',
                risk: 'The primary keeps dead rows for as long as the standby’s slots need them.',
                undo: '`ALTER SYSTEM RESET hot_standby_feedback; SELECT pg_reload_conf();`',
                verify: '`SHOW hot_standby_feedback;`',
              },
            ],
            patches: [{ item: 'postgres/settings.json', row: { name: 'hot_standby_feedback' }, set: { setting: 'on' } }],
          },
        };
    }
  },
});
