import { describe, expect, test } from 'vitest';
import { gatherAws } from '../../../src/evidence/aws.ts';
import type { AwsRequest, Gathered } from '../../../src/evidence/aws.ts';
import { portsFrom, refusal } from './support.ts';

const arn = (kind: string, name: string) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${name.toUpperCase()}`;
const endpoint = (name: string, EndpointType = 'SOURCE', EngineName = 'postgres') => ({
  EndpointIdentifier: name,
  EndpointArn: arn('endpoint', name),
  EndpointType,
  EngineName,
  ServerName: '10.0.0.1',
});
const instance = (name: string) => ({
  ReplicationInstanceIdentifier: name,
  ReplicationInstanceArn: arn('rep', name),
  ReplicationInstanceStatus: 'available',
});
const connection = (from: string, to: string, Status: string) => ({
  ReplicationInstanceArn: arn('rep', from),
  EndpointArn: arn('endpoint', to),
  Status,
  LastFailureMessage: Status === 'failed' ? 'why' : '',
});
const task = (name: string, source: string, target: string, by: string) => ({
  ReplicationTaskIdentifier: name,
  ReplicationTaskArn: arn('task', name),
  SourceEndpointArn: arn('endpoint', source),
  TargetEndpointArn: arn('endpoint', target),
  ReplicationInstanceArn: arn('rep', by),
  MigrationType: 'cdc',
  Status: 'stopped',
});
const config = (name: string, source: string) => ({
  ReplicationConfigIdentifier: name,
  ReplicationConfigArn: arn('replication-config', name),
  SourceEndpointArn: arn('endpoint', source),
  ComputeConfig: { ReplicationSubnetGroupId: 'group-1' },
});

const account = {
  'describe-endpoints': {
    Endpoints: [
      endpoint('a'),
      endpoint('b'),
      endpoint('c'),
      endpoint('s'),
      endpoint('target', 'TARGET'),
      endpoint('ora', 'SOURCE', 'oracle'),
    ],
  },
  'describe-replication-instances': { ReplicationInstances: [instance('one'), instance('two')] },
  'describe-connections': {
    Connections: [
      connection('one', 'a', 'failed'),
      connection('one', 'b', 'successful'),
      connection('two', 'b', 'successful'),
      connection('one', 'target', 'failed'),
      connection('two', 'ora', 'failed'),
    ],
  },
  'describe-replication-tasks': { ReplicationTasks: [task('t', 'b', 'target', 'two')] },
  'describe-replication-configs': { ReplicationConfigs: [config('less', 's')] },
  'describe-replications': {
    Replications: [{ ReplicationConfigArn: arn('replication-config', 'less'), Status: 'created' }],
  },
  'describe-replication-subnet-groups': {
    ReplicationSubnetGroups: [
      { ReplicationSubnetGroupIdentifier: 'group-1', VpcId: 'vpc-1', Subnets: [{ SubnetIdentifier: 'subnet-1' }] },
    ],
  },
};
const more = (failing: string) => ({
  ...account,
  'describe-connections': {
    Connections: [...account['describe-connections'].Connections, connection('two', failing, 'failed')],
  },
});

const ask = (
  request: AwsRequest,
  documents: Record<string, object> = account,
  denied: readonly string[] = [],
): Promise<Gathered> =>
  gatherAws(
    request,
    portsFrom(documents, {
      fault: ({ operation }) =>
        denied.includes(operation) ? Promise.reject(refusal('AccessDeniedException')) : undefined,
    }),
  );
const names = (list: Gathered['choices']) =>
  list?.map((one) => `${one.endpoint}@${one.replicationInstance ?? one.replicationConfig ?? ''}`);

describe('the connection that is meant', () => {
  test.each<[string, AwsRequest, string[]]>([
    ['nothing: the one that fails', {}, ['a@one']],
    ['an endpoint', { endpoint: 'a' }, ['a@one']],
    ['an endpoint by ARN', { endpoint: arn('endpoint', 'a') }, ['a@one']],
    ['an endpoint and an instance', { endpoint: 'b', replicationInstance: 'two' }, ['b@two']],
    ['a pair that DMS never tested', { endpoint: 'c', replicationInstance: arn('rep', 'two') }, ['c@two']],
    ['an instance: what fails there', { replicationInstance: 'one' }, ['a@one']],
    ['an instance with one source', { replicationInstance: 'two' }, ['b@two']],
    ['a task', { task: 't' }, ['b@two']],
    ['a task by ARN', { task: arn('task', 't') }, ['b@two']],
    ['a serverless replication', { replicationConfig: 'less' }, ['s@less']],
    ['a serverless replication by ARN', { replicationConfig: arn('replication-config', 'less') }, ['s@less']],
    ['the source of a serverless replication', { endpoint: 's' }, ['s@less']],
    ['a target that is named', { endpoint: 'target', replicationInstance: 'one' }, ['target@one']],
    ['all PostgreSQL sources', { all: true }, ['a@one', 'b@one', 'b@two', 's@less']],
  ])('%s', async (_, request, expected) => {
    const got = await ask(request);
    expect(names(got.connections)).toEqual(expected);
    expect(got).not.toHaveProperty('choices');
    expect(got).not.toHaveProperty('problem');
  });

  test.each<[string, AwsRequest, string[], object]>([
    ['several that fail', {}, ['a@one', 'c@two'], more('c')],
    ['an endpoint with two instances, none of which fails', { endpoint: 'b' }, ['b@one', 'b@two'], account],
    ['an endpoint that was never tested, with two instances', { endpoint: 'c' }, ['c@one', 'c@two'], account],
    [
      'none that fails, several that work',
      {},
      ['b@one', 'b@two', 's@less'],
      { ...account, 'describe-connections': { Connections: account['describe-connections'].Connections.slice(1, 3) } },
    ],
  ])('choices: %s', async (_, request, expected, documents) => {
    const got = await ask(request, documents as Record<string, object>);
    expect(names(got.choices)).toEqual(expected);
    expect(got.connections).toEqual([]);
    expect([...got.items.keys()].some((name) => name.includes('vpcs'))).toBe(false);
  });

  test('carries how DMS’s last test ended', async () => {
    expect((await ask({})).connections).toEqual([
      { endpoint: 'a', replicationInstance: 'one', status: 'failed', failure: 'why' },
    ]);
  });

  test('of one instance and one endpoint that was never tested is that pair', async () => {
    const documents = {
      'describe-endpoints': { Endpoints: [endpoint('a')] },
      'describe-replication-instances': { ReplicationInstances: [instance('one')] },
    };
    expect(names((await ask({ endpoint: 'a' }, documents)).connections)).toEqual(['a@one']);
  });

  test.each<[AwsRequest, RegExp]>([
    [{ endpoint: 'nosuch' }, /^there is no endpoint nosuch; there are: a, b, c, s, target, ora$/],
    [{ endpoint: 'nosuch', region: 'eu-west-1' }, /no endpoint nosuch in eu-west-1/],
    [{ replicationInstance: 'three' }, /^there is no replication instance three; there are: one, two$/],
    [{ task: 'u' }, /^there is no task u; there are: t$/],
    [{ replicationConfig: 'more' }, /^there is no serverless replication more; there are: less$/],
  ])('that does not exist is a problem: %o', async (request, words) => {
    const got = await ask(request);
    expect(got.problem).toMatch(words);
    expect(got.connections).toEqual([]);
  });

  test('an account without connections has a problem, and one that keeps them back has not', async () => {
    expect((await ask({}, {})).problem).toMatch(/^DMS has no connection from a PostgreSQL source/);
    expect((await ask({ all: true }, {})).problem).toMatch(/^DMS has no connection/);
    const denied = await ask({}, {}, ['DescribeConnections']);
    expect(denied).not.toHaveProperty('problem');
    expect(denied.connections).toEqual([]);
    expect([...denied.items.keys()]).toContain('aws/describe-vpcs.json');
  });

  test('a name is taken as given where DMS does not tell the list', async () => {
    const got = await ask({ endpoint: 'x', replicationInstance: 'y' }, account, [
      'DescribeEndpoints',
      'DescribeReplicationInstances',
    ]);
    expect(names(got.connections)).toEqual(['x@y']);
  });

  test('without DescribeConnections a task still tells the pair', async () => {
    expect(names((await ask({}, account, ['DescribeConnections', 'DescribeReplicationConfigs'])).connections)).toEqual([
      'b@two',
    ]);
  });
});
