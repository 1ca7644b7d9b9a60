import { sourceArn } from './dms.ts';
import { probe } from './probe.ts';

const failures = ['failed', 'failed-move'];

/** The task that uses this source, as DMS shows it. */
export const task = probe({
  layer: 'task',
  needs: ['aws/describe-replication-tasks.json', 'aws/describe-endpoints.json'],
  sharpens: ['aws/describe-replication-configs.json', 'aws/describe-replications.json'],
  *judge(e) {
    const serverless = e.flow.replicationConfig;
    const config = e
      .maybe('aws/describe-replication-configs.json')
      ?.find((one) => one.ReplicationConfigIdentifier === serverless || one.ReplicationConfigArn === serverless);
    if (config !== undefined) {
      const run = e
        .maybe('aws/describe-replications.json')
        ?.find((one) => one.ReplicationConfigArn === config.ReplicationConfigArn);
      const [name, type] = [config.ReplicationConfigIdentifier, config.ReplicationType ?? 'of no known type'];
      const status = run?.Status ?? 'never started';
      const text = `${name}: ReplicationType ${type}, Status ${status}`;
      const evidence = [e.cite('aws/describe-replication-configs.json', text)] as const;
      yield { code: 'TSK001', args: { name, status, type }, evidence, subject: name };
      return;
    }
    const source = sourceArn(e);
    const tasks = e.need('aws/describe-replication-tasks.json').filter((one) => one.SourceEndpointArn === source);
    if (tasks.length === 0) {
      yield {
        code: 'TSK003',
        args: {},
        evidence: [e.cite('aws/describe-replication-tasks.json', `no task with SourceEndpointArn ${source}`)],
      };
      return;
    }
    for (const one of tasks) {
      const name = one.ReplicationTaskIdentifier;
      const evidence = [
        e.cite(
          'aws/describe-replication-tasks.json',
          `${name}: Status ${one.Status}, MigrationType ${one.MigrationType}`,
        ),
      ] as const;
      const broken = [
        { part: 'TableMappings', text: one.TableMappings },
        { part: 'ReplicationTaskSettings', text: one.ReplicationTaskSettings },
      ].find(({ text }) => text && !isJsonObject(text));
      const subject = name;
      if (broken !== undefined)
        yield { code: 'TSK004', args: { name, part: broken.part, why: 'is not JSON' }, evidence, subject };
      else if (failures.includes(one.Status))
        yield {
          code: 'TSK002',
          args: { name, status: one.Status, message: one.LastFailureMessage ?? one.StopReason ?? '(none)' },
          evidence,
          subject,
        };
      else yield { code: 'TSK001', args: { name, status: one.Status, type: one.MigrationType }, evidence, subject };
    }
  },
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
