import { sourceArn } from './dms.ts';
import { probe } from './probe.ts';

const failures = ['failed', 'failed-move'];

/** The task that uses this source, as DMS shows it. */
export const task = probe({
  layer: 'task',
  needs: ['aws/describe-replication-tasks.json', 'aws/describe-endpoints.json'],
  *judge(e) {
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
