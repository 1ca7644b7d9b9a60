import { instanceOf, sourceArn } from './dms.ts';
import { probe } from './probe.ts';
import { targetEndpoint } from './target-side.ts';
import { targetTables } from './target-tables.ts';

/** The target of the task that uses this source: what DMS's last test of it said. */
export const target = probe({
  layer: 'target',
  needs: [
    'aws/describe-replication-tasks.json',
    'aws/describe-endpoints.json',
    'aws/describe-connections.json',
    'aws/describe-replication-instances.json',
  ],
  sharpens: [
    'postgres/server.json',
    'postgres/roles.json',
    'postgres/settings.json',
    'postgres/role-settings.json',
    'postgres/tables.json',
  ],
  *judge(e) {
    const endpoint = targetEndpoint(e);
    if (endpoint !== undefined) return yield* targetTables(e, endpoint);
    const serverless = e.flow.replicationConfig;
    if (serverless !== undefined) {
      const text = `replication config ${serverless}`;
      yield {
        code: 'TGT005',
        args: { name: serverless },
        evidence: [{ source: 'flow', line: null, text, vantage: 'configuration' }],
      };
      return;
    }
    const source = sourceArn(e);
    const tasks = e.need('aws/describe-replication-tasks.json').filter((one) => one.SourceEndpointArn === source);
    if (tasks.length === 0) {
      yield {
        code: 'TGT004',
        args: {},
        evidence: [e.cite('aws/describe-replication-tasks.json', `no task with SourceEndpointArn ${source}`)],
      };
      return;
    }
    const instance = instanceOf(e)?.ReplicationInstanceArn;
    for (const arn of new Set(tasks.map((one) => one.TargetEndpointArn))) {
      const name =
        e.need('aws/describe-endpoints.json').find((one) => one.EndpointArn === arn)?.EndpointIdentifier ?? arn;
      const test = e
        .need('aws/describe-connections.json')
        .find((one) => one.EndpointArn === arn && one.ReplicationInstanceArn === instance);
      const evidence = [
        e.cite('aws/describe-connections.json', `${name}: Status ${test?.Status ?? '(no test)'}`),
      ] as const;
      if (test === undefined) yield { code: 'TGT003', args: { name }, evidence, subject: name };
      else if (test.Status === 'successful')
        yield {
          code: 'TGT001',
          args: { name, test: 'DMS’s last test succeeded' },
          evidence,
          subject: name,
          caveats: ['DMS does not say when it tested.'],
        };
      else
        yield {
          code: 'TGT002',
          args: { name, status: test.Status, message: test.LastFailureMessage ?? '(none)' },
          evidence,
          subject: name,
        };
    }
  },
});
