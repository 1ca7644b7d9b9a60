import { addressesOf } from './cluster.ts';
import { minimumEngine, olderThan } from './engine-versions.ts';
import { endpointOf, instanceOf } from './dms.ts';
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
  'host/poolers.json' | 'here/dns.json' | 'here/session.json' | 'aws/describe-network-interfaces.json'
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
  sharpens: ['host/poolers.json', 'here/dns.json', 'here/session.json', 'aws/describe-network-interfaces.json'],
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
    const addresses = addressesOf(e.need('host/ip-addr.json'));
    e.need('host/ss.txt');
    e.need('host/clusters.json');
    const server = e.need('postgres/server.json');
    yield* versions(e, server.server_version_num, server.server_version);
    // Which server stands behind a pooler is not the endpoint's to say.
    if (!pooled) yield* identity(e, addresses, caveats);
  },
});

/** States in which DMS uses an endpoint; a definition without a state is an old one and is used too. */
const usable = ['active', 'testing', 'modifying'];

function* definition(e: EndpointReader): Generator<Draft, string[]> {
  if (e.flow.endpoint === undefined && e.maybe('aws/describe-endpoints.json') === undefined)
    return ['DMS’s definition of the endpoint was not seen; the connection is the one that was given.'];
  const found = endpointOf(e);
  const name = e.fact('endpoint');
  const item = 'aws/describe-endpoints.json';
  if (found === undefined) {
    yield {
      code: 'END006',
      args: { what: 'endpoint', name, item },
      evidence: [e.cite(item, `no EndpointIdentifier ${name}`)],
    };
    return [];
  }
  const status = found.Status ?? 'active';
  if (!usable.includes(status.toLowerCase()))
    yield {
      code: 'END005',
      args: { what: 'endpoint', name, status },
      evidence: [e.cite(item, `${name}: Status ${status}`)],
      subject: name,
    };
  const settings = found.PostgreSQLSettings;
  const defined = {
    host: found.ServerName ?? settings?.ServerName,
    port: found.Port ?? settings?.Port,
    database: found.DatabaseName ?? settings?.DatabaseName,
    user: found.Username ?? settings?.Username,
    tls: found.SslMode,
  };
  for (const [field, value] of Object.entries(defined)) {
    const judged = e.flow[field as keyof typeof defined];
    if (value === undefined || value === null || judged === undefined || value === judged) continue;
    yield {
      code: 'END007',
      args: { field, flow: String(judged), defined: String(value) },
      evidence: [e.cite(item, `${name}: ${field} ${value}`)],
      subject: field,
    };
  }
  return [];
}

function* instance(e: EndpointReader): Generator<Draft, string[]> {
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
