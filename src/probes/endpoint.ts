import { isAddress, sameAddress } from '../address.ts';
import { addressesOf, clusterOf, socketsOn } from './cluster.ts';
import { minimumEngine, olderThan } from './engine-versions.ts';
import { endpointOf, instanceOf } from './dms.ts';
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
  'host/poolers.json'
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
  sharpens: ['host/poolers.json'],
  *judge(e) {
    if (e.collectedAt === undefined)
      yield {
        code: 'END004',
        args: {},
        evidence: [{ source: 'bundle.json', line: null, text: 'no collectedAt', vantage: 'configuration' }],
      };
    const caveats = [...(yield* definition(e)), ...(yield* instance(e))];
    const pooled = yield* inFrontOfServer(e);
    yield* identity(e, caveats, pooled);
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

function* identity(e: EndpointReader, caveats: readonly string[], pooled: boolean): Generator<Draft> {
  const host = e.fact('host');
  const port = e.fact('port');
  const addresses = addressesOf(e.need('host/ip-addr.json'));
  const sockets = e.need('host/ss.txt');
  const clusters = e.need('host/clusters.json');
  const server = e.need('postgres/server.json');
  yield* versions(e, server.server_version_num, server.server_version);
  // Which server stands behind a pooler is not the endpoint's to say.
  if (pooled) return;

  if (!isAddress(host)) {
    yield {
      code: 'END003',
      args: { why: `${host} is a name; which address it has for DMS was not seen` },
      evidence: [e.cite('host/ip-addr.json', addresses.join(' '))],
    };
    return;
  }
  const own = addresses.find((address) => sameAddress(address, host));
  if (own === undefined) {
    yield {
      code: 'END002',
      args: {
        what: 'address',
        expected: host,
        found: addresses.filter((address) => !address.startsWith('127.') && address !== '::1').join(', ') || 'none',
      },
      evidence: [e.cite('host/ip-addr.json', addresses.join(' '))],
    };
    return;
  }
  const { reached, open } = socketsOn(sockets, port, host);
  const socket = reached[0] ?? open[0];
  const cluster = socket === undefined ? undefined : clusterOf(clusters, socket);
  if (socket === undefined || cluster === undefined) {
    const why =
      socket === undefined
        ? `nothing listens on port ${port}`
        : `no cluster of the host owns the socket on port ${port}`;
    yield { code: 'END003', args: { why }, evidence: [e.cite('host/ss.txt', why)] };
    return;
  }
  const socketLine = e.quote('host/ss.txt', socket.line);
  const session =
    server.system_identifier === undefined || server.system_identifier === null
      ? undefined
      : String(server.system_identifier);
  const evidence = [
    e.cite('host/ip-addr.json', `${own} is on this host`),
    socketLine,
    e.cite(
      'host/clusters.json',
      `pid ${cluster.pid}, ${cluster.dataDirectory}, system identifier ${cluster.systemIdentifier ?? '(not read)'}`,
    ),
    e.cite(
      'postgres/server.json',
      `system_identifier = ${session ?? '(not shown)'}, started ${server.pg_postmaster_start_time}`,
    ),
  ] as const;
  if (session === undefined || !cluster.systemIdentifier) {
    yield {
      code: 'END003',
      args: { why: 'the system identifier of the cluster or of the SQL session was not had' },
      evidence,
    };
    return;
  }
  if (session !== cluster.systemIdentifier) {
    yield {
      code: 'END002',
      args: { what: 'system identifier', expected: cluster.systemIdentifier, found: session },
      evidence,
    };
    return;
  }
  // A standby has its primary's system identifier: the port and the start of the server tell the two apart.
  const sessionPort = server.port ?? server.inet_server_port;
  if (sessionPort !== undefined && sessionPort !== null && cluster.port && sessionPort !== cluster.port) {
    yield {
      code: 'END002',
      args: { what: 'port', expected: String(cluster.port), found: String(sessionPort) },
      evidence,
    };
    return;
  }
  const started = cluster.startTime
    ? Math.abs(Date.parse(cluster.startTime) - Date.parse(server.pg_postmaster_start_time))
    : Number.NaN;
  if (Number.isNaN(started)) {
    yield {
      code: 'END003',
      args: { why: 'when the cluster was started was not had, and a standby has the same system identifier' },
      evidence,
    };
    return;
  }
  // postmaster.pid holds whole seconds, and is written a moment before the server counts itself as started.
  if (started > 5000) {
    yield {
      code: 'END002',
      args: { what: 'start time', expected: cluster.startTime ?? '', found: server.pg_postmaster_start_time },
      evidence,
    };
    return;
  }
  const proof = `the address is on an interface of the host, port ${port} belongs to the cluster in ${cluster.dataDirectory}, and the SQL session shows the same system identifier ${session} and start time`;
  yield {
    code: 'END001',
    args: { name: e.flow.endpoint ?? 'the source', address: `${host}:${port}`, proof },
    evidence,
    caveats,
  };
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
