import type { Pooler } from '../evidence/parse/host.ts';
import { isItem } from '../evidence/item.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import { shellQuote } from '../shell.ts';
import { clusterOf, socketsOn } from './cluster.ts';
import { olderThan } from './engine-versions.ts';
import type { Draft, Reader } from './probe.ts';
import { seenEndpoint } from './tasks.ts';

type PoolerReader = Reader<
  'aws/describe-endpoints.json' | 'host/ss.txt' | 'host/clusters.json' | 'postgres/server.json',
  'host/poolers.json'
>;

/** What answers in the server's place, and why changes cannot be read through it; `refuses` where that is certain. */
type InFront = {
  readonly what: string;
  readonly refuses: boolean;
  readonly why: string;
  readonly evidence: readonly [EvidenceLine, ...EvidenceLine[]];
};

/** The first PgBouncer that passes replication connections (its changelog). */
const passing = '1.23';

/** Processes that answer on a port in a server's place, by the name that the kernel shows. */
const processes: Record<string, string> = {
  pgbouncer: 'PgBouncer',
  pgpool: 'Pgpool-II',
  odyssey: 'Odyssey',
  pgcat: 'PgCat',
  pgagroal: 'pgagroal',
  pg_doorman: 'PgDoorman',
  supavisor: 'Supavisor',
  haproxy: 'HAProxy',
  envoy: 'Envoy',
};

/**
 * A pooler or proxy that answers where the endpoint points, in the server's place: by the endpoint's name, by the process
 * that holds the port, or by an SQL session whose server listens on another port.
 *
 * @returns whether one was found, so that what stands behind it is not proved to be the endpoint's server
 */
export function* inFrontOfServer(e: PoolerReader): Generator<Draft, boolean> {
  const found = byName(e) ?? byProcess(e) ?? bySession(e);
  if (found === undefined) return false;
  const { what, why, evidence } = found;
  const address = `${e.flow.host ?? '?'}:${e.flow.port ?? '?'}`;
  const fix = pastIt(e);
  yield {
    code: found.refuses && readsChanges(e.flow) ? 'END011' : 'END012',
    args: { what, address, why },
    evidence,
    ...(fix === undefined ? {} : { fix }),
  };
  return true;
}

const proxyName = /^([a-z0-9-]+)\.(?:endpoint\.)?proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(?:\.cn)?$/i;
const supavisorName = /\.pooler\.supabase\.com$/i;

function byName(e: PoolerReader): InFront | undefined {
  const host = e.flow.host ?? '';
  const endpoint = seenEndpoint(e);
  const evidence = [
    endpoint === undefined
      ? ({ source: 'flow', line: null, text: `host ${host}`, vantage: 'configuration' } as const)
      : e.cite('aws/describe-endpoints.json', `${endpoint.EndpointIdentifier}: ServerName ${host}`),
  ] as const;
  if (proxyName.test(host))
    return {
      what: 'RDS Proxy',
      refuses: true,
      why: 'RDS Proxy answers a replication connection with “RDS Proxy currently doesn’t support streaming replication mode”',
      evidence,
    };
  if (supavisorName.test(host))
    return {
      what: 'Supavisor',
      refuses: true,
      why: 'Supabase documents that replication does not work through its pooler, on port 5432 (session) as on 6543 (transaction)',
      evidence,
    };
  if (/^ep-[a-z0-9-]+-pooler\.[a-z0-9.-]+\.neon\.tech$/i.test(host))
    return { what: 'Neon’s pooler', refuses: false, why: 'Neon asks for the name without “-pooler” here', evidence };
  if (/^db\.[a-z0-9]+\.supabase\.co$/i.test(host) && e.flow.port === 6543)
    return {
      what: 'Supabase’s own PgBouncer',
      refuses: false,
      why: 'on port 5432 of this name the server itself answers',
      evidence,
    };
  return undefined;
}

/** The process that holds the endpoint's port; where it is hidden, the PgBouncer whose own file names that port. */
function byProcess(e: PoolerReader): InFront | undefined {
  const { port, host } = e.flow;
  const sockets = e.maybe('host/ss.txt');
  if (port === undefined || sockets === undefined) return undefined;
  const { reached } = socketsOn(sockets, port, host ?? '');
  const [socket] = reached;
  if (socket === undefined) return undefined;
  const poolers = e.maybe('host/poolers.json') ?? [];
  const pooler =
    poolers.find(({ pid }) => socket.pids.includes(pid)) ??
    (socket.pids.length === 0 ? poolers.find((one) => listenPort(one) === port) : undefined);
  const name = socket.process ?? pooler?.process ?? '';
  const what = processes[name];
  if (what === undefined || clusterOf(e.maybe('host/clusters.json') ?? [], socket) !== undefined) return undefined;
  const shown = [
    e.quote('host/ss.txt', socket.line),
    ...(pooler === undefined
      ? []
      : [
          e.cite(
            'host/poolers.json',
            `${pooler.process} ${pooler.version ?? '(version not known)'}, pid ${pooler.pid}`,
          ),
          ...leads(pooler).map((line) => e.cite('host/poolers.json', `${pooler.configFile ?? 'its file'}: ${line}`)),
        ]),
  ] as const;
  if (name !== 'pgbouncer')
    return {
      what,
      refuses: false,
      why: `whether ${what} passes replication connections is not known`,
      evidence: shown,
    };
  const version = pooler?.version;
  if (!version)
    return {
      what,
      refuses: false,
      why: `PgBouncer passes replication connections from ${passing} on, and its version was not seen`,
      evidence: shown,
    };
  return olderThan(version, passing)
    ? {
        what: `PgBouncer ${version}`,
        refuses: true,
        why: `before ${passing} PgBouncer answers a replication connection with “unsupported startup parameter: replication”`,
        evidence: shown,
      }
    : {
        what: `PgBouncer ${version}`,
        refuses: false,
        why: `it passes replication connections (from ${passing} on), and each takes a server connection of its own`,
        evidence: shown,
      };
}

/** Without the host, a session shows at least that its server listens on another port than the endpoint names. */
function bySession(e: PoolerReader): InFront | undefined {
  if (isItem(e.entry('host/ss.txt')) || e.flow.port === undefined) return undefined;
  const server = e.maybe('postgres/server.json');
  const port = server?.port;
  if (!port || port === e.flow.port) return undefined;
  return {
    what: 'Something else',
    refuses: false,
    why: `the server that the SQL session reached listens on port ${port}, so a pooler, a proxy or a published port stands between`,
    evidence: [e.cite('postgres/server.json', `port = ${port}`)],
  };
}

/** The port that a PgBouncer's own file gives it, 6432 where it gives none. */
function listenPort({ configuration }: Pooler): number | undefined {
  if (!configuration) return undefined;
  return Number(/^[ \t]*listen_port[ \t]*=[ \t]*(\d+)/m.exec(configuration)?.[1] ?? 6432);
}

/** The lines that say how it pools and where it leads. */
function leads({ configuration }: Pooler): string[] {
  return (configuration ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('['))
    .slice(0, 10);
}

/** The endpoint, pointed at the server itself. What then stands there is judged anew: it is another connection. */
function pastIt(e: PoolerReader): Fix | undefined {
  const endpoint = seenEndpoint(e);
  const { host, port, user } = e.flow;
  if (endpoint === undefined || host === undefined || port === undefined) return undefined;
  // With a secret, the server's name and port are in there.
  if (endpoint.PostgreSQLSettings?.['SecretsManagerSecretId']) return undefined;
  const target = serverItself(e, host, port, user);
  const run = (server: string, at: number, login: string | undefined) =>
    [
      `aws dms modify-endpoint --endpoint-arn ${endpoint.EndpointArn} --server-name ${shellQuote(server)} --port ${at}`,
      ...(e.flow.database === undefined ? [] : [`--database-name ${shellQuote(e.flow.database)}`]),
      ...(login === undefined ? [] : [`--username ${shellQuote(login)}`]),
      ...(e.flow.tls === undefined ? [] : [`--ssl-mode ${e.flow.tls}`]),
    ].join(' ');
  return {
    steps: [
      {
        where: 'DMS',
        run: run(target.host, target.port, target.user),
        effect: 'none',
        risk: `${target.risk}Tasks of this endpoint must be stopped meanwhile. The connection takes another way: firewalls, TLS and pg_hba.conf must admit the replication instance there, so check again.`,
        undo: `\`${run(host, port, user)}\``,
        verify: `\`aws dms describe-endpoints --filters Name=endpoint-arn,Values=${endpoint.EndpointArn} --query 'Endpoints[].[ServerName,Port]'\``,
      },
    ],
    patches: [],
  };
}

type Target = {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly risk: string;
};

function serverItself(e: PoolerReader, host: string, port: number, user: string | undefined): Target {
  const proxy = proxyName.exec(host)?.[1];
  if (proxy !== undefined)
    return {
      host: 'INSTANCE_ENDPOINT',
      port,
      user,
      risk: `\`aws rds describe-db-proxy-targets --db-proxy-name ${proxy}\` names the instance. `,
    };
  // Supavisor knows its tenants by the user's name: `postgres.REFERENCE`.
  const reference = /^(.+)\.([a-z0-9]{1,40})$/.exec(user ?? '');
  if (supavisorName.test(host))
    return {
      host: `db.${reference?.[2] ?? 'REFERENCE'}.supabase.co`,
      port: 5432,
      user: reference?.[1] ?? user,
      risk: 'This name has an IPv6 address only, unless the project has the IPv4 add-on. ',
    };
  if (/-pooler\./.test(host)) return { host: host.replace('-pooler.', '.'), port, user, risk: '' };
  if (/\.supabase\.co$/i.test(host)) return { host, port: 5432, user, risk: '' };
  const [cluster, ...more] = (e.maybe('host/clusters.json') ?? []).filter((one) => one.port);
  const known = cluster !== undefined && more.length === 0 ? cluster.port : e.maybe('postgres/server.json')?.port;
  return { host, port: known ?? 5432, user, risk: '' };
}
