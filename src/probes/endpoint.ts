import { addressesOf } from './cluster.ts';
import { minimumEngine, olderThan } from './engine-versions.ts';
import { instanceOf } from './dms.ts';
import { definition } from './endpoint-definition.ts';
import { managedIdentity } from './managed-identity.ts';
import { managedHost, managedSharpens } from './managed.ts';
import { identity } from './identity.ts';
import { inFrontOfServer } from './pooler.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';

type EndpointReader = Reader<
  | 'aws/describe-endpoints.json'
  | 'aws/describe-replication-instances.json'
  | 'host/ip-addr.json'
  | 'host/ss.txt'
  | 'host/clusters.json'
  | 'postgres/server.json',
  'host/poolers.json' | 'here/session.json' | 'aws/describe-replications.json' | (typeof managedSharpens)[number]
>;

/** The endpoint's definition and state, and the proof that the evidence is of the endpoint's server. */
export const endpoint = probe({
  layer: 'endpoint',
  needs: [
    'aws/describe-endpoints.json',
    'aws/describe-replication-instances.json',
    'host/ip-addr.json',
    'host/ss.txt',
    'host/clusters.json',
    'postgres/server.json',
  ],
  sharpens: ['host/poolers.json', 'here/session.json', 'aws/describe-replications.json', ...managedSharpens],
  *judge(e) {
    if (e.collectedAt === undefined)
      yield {
        code: 'END004',
        args: {},
        evidence: [{ source: 'bundle.json', line: null, text: 'no collectedAt', vantage: 'configuration' }],
      };
    const caveats = [...(yield* definition(e)), ...(yield* instance(e))];
    const pooled = yield* inFrontOfServer(e);
    e.fact('host');
    e.fact('port');
    if (!pooled && managedHost(e) !== undefined) {
      const server = e.need('postgres/server.json');
      yield* versions(e, server.server_version_num, server.server_version);
      yield* managedIdentity(e, server, caveats);
      return;
    }
    const addresses = addressesOf(e.need('host/ip-addr.json'));
    e.need('host/ss.txt');
    e.need('host/clusters.json');
    const server = e.need('postgres/server.json');
    yield* versions(e, server.server_version_num, server.server_version);
    // Which server stands behind a pooler is not the endpoint's to say.
    if (!pooled) yield* identity(e, addresses, caveats);
  },
});

/** What DMS calls a serverless replication that cannot run. */
const notRunning = ['failed', 'deprovisioned', 'deleting', 'deleted', 'error'];

/** A serverless replication has no instance whose state could be in the way, and a state of its own. */
function* serverless(e: EndpointReader, name: string): Generator<Draft, string[]> {
  const config = e
    .maybe('aws/describe-replication-configs.json')
    ?.find((one) => one.ReplicationConfigIdentifier === name || one.ReplicationConfigArn === name);
  const item = 'aws/describe-replication-configs.json';
  if (config === undefined) {
    yield {
      code: 'END006',
      args: { what: 'serverless replication', name, item },
      evidence: [e.cite(item, `no ReplicationConfigIdentifier ${name}`)],
      subject: name,
    };
    return [];
  }
  const run = e
    .maybe('aws/describe-replications.json')
    ?.find((one) => one.ReplicationConfigArn === config.ReplicationConfigArn);
  const status = run?.Status ?? 'never started';
  if (notRunning.includes(status))
    yield {
      code: 'END018',
      args: { name, status, message: run?.FailureMessages?.[0] ?? '(none)' },
      evidence: [e.cite('aws/describe-replications.json', `${name}: Status ${status}`)],
      subject: name,
    };
  return ['AWS chooses the engine version of a serverless replication, and DMS tests its endpoints when it starts.'];
}

function* instance(e: EndpointReader): Generator<Draft, string[]> {
  if (e.flow.replicationConfig !== undefined) return yield* serverless(e, e.flow.replicationConfig);
  if (e.flow.replicationInstance === undefined && e.maybe('aws/describe-replication-instances.json') === undefined)
    return ['The replication instance was not seen; its address is the one that was given.'];
  const found = instanceOf(e);
  const name = e.fact('replicationInstance');
  const item = 'aws/describe-replication-instances.json';
  if (found === undefined) {
    yield {
      code: 'END006',
      args: { what: 'replication instance', name, item },
      evidence: [e.cite(item, `no ReplicationInstanceIdentifier ${name}`)],
      subject: name,
    };
    return [];
  }
  const status = found.ReplicationInstanceStatus;
  if (!['available', 'modifying', 'upgrading'].includes(status))
    yield {
      code: 'END005',
      args: { what: 'replication instance', name, status },
      evidence: [e.cite(item, `${name}: ${status}`)],
      subject: name,
    };
  return [];
}

function* versions(e: EndpointReader, version: number, words: string): Generator<Draft> {
  const engine = instanceOfOrNone(e);
  const minimum = minimumEngine(version);
  if (!engine || minimum === undefined || !olderThan(engine, minimum)) return;
  yield {
    code: 'END008',
    args: { version: words, engine, minimum },
    evidence: [
      e.cite('aws/describe-replication-instances.json', `EngineVersion ${engine}`),
      e.cite('postgres/server.json', `server_version = ${words}`),
    ],
  };
}

function instanceOfOrNone(e: EndpointReader): string | undefined {
  if (e.flow.replicationInstance === undefined) return undefined;
  return e.maybe('aws/describe-replication-instances.json') === undefined
    ? undefined
    : (instanceOf(e)?.EngineVersion ?? undefined);
}
