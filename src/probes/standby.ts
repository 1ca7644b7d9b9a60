import { readsChanges } from '../flow.ts';
import { olderThan } from './engine-versions.ts';
import { probe } from './probe.ts';
import { settingText } from './settings.ts';

/** The first DMS engine that reads changes from a standby (AWS DMS user guide, read replicas as a source). */
const standbyEngine = '3.6.1';

/** Whether the source is a primary, or a standby that can decode. */
export const standby = probe({
  layer: 'standby',
  needs: ['postgres/server.json', 'postgres/settings.json'],
  sharpens: ['aws/describe-replication-instances.json'],
  *judge(e) {
    const server = e.need('postgres/server.json');
    const version = server.server_version;
    const evidence = [e.cite('postgres/server.json', `pg_is_in_recovery = ${server.pg_is_in_recovery}`)] as const;
    if (!server.pg_is_in_recovery) yield { code: 'STB001', args: { version }, evidence };
    // Logical decoding on a standby came with PostgreSQL 16; a full load only reads.
    else if (readsChanges(e.flow) && server.server_version_num < 160_000)
      yield { code: 'STB002', args: { version }, evidence };
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
            patches: [
              { item: 'postgres/settings.json', row: { name: 'hot_standby_feedback' }, set: { setting: 'on' } },
            ],
          },
        };
      const name = e.flow.replicationInstance;
      const engine = e
        .maybe('aws/describe-replication-instances.json')
        ?.find(
          (one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name,
        )?.EngineVersion;
      if (readsChanges(e.flow) && engine && olderThan(engine, standbyEngine))
        yield {
          code: 'STB005',
          args: { engine, minimum: standbyEngine },
          evidence: [
            ...evidence,
            e.cite('aws/describe-replication-instances.json', `${name}: EngineVersion ${engine}`),
          ],
        };
    }
  },
});
