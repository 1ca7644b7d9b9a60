import { isAddress, sameAddress } from '../address.ts';
import { isItem } from '../evidence/item.ts';
import type { Parsed } from '../evidence/items.ts';
import type { Cluster } from '../evidence/parse/host.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Arrival } from './arrival.ts';
import { arrivalsOf } from './arrival.ts';
import { clusterOf, socketsOn } from './cluster.ts';
import type { Draft, Reader } from './probe.ts';
import { sessionAtEndpoint } from './refusal.ts';

type IdentityReader = Reader<
  'host/ip-addr.json' | 'host/ss.txt' | 'host/clusters.json' | 'postgres/server.json',
  'here/dns.json' | 'here/session.json' | 'aws/describe-network-interfaces.json'
>;

type Server = Parsed<'postgres/server.json'>;

/**
 * The proof that the evidence is of the endpoint's server: its address is on the host, the socket behind its port belongs to
 * the cluster that was found there, and the SQL session is on that cluster.
 *
 * @param addresses the host's
 */
export function* identity(
  e: IdentityReader,
  addresses: readonly string[],
  caveats: readonly string[],
): Generator<Draft> {
  const port = e.fact('port');
  const arrival = yield* arrivalOn(e, addresses);
  if (arrival === undefined) return;
  const { reached, open } = socketsOn(e.need('host/ss.txt'), port, arrival.address);
  const socket = reached[0] ?? open[0];
  const cluster = socket === undefined ? undefined : clusterOf(e.need('host/clusters.json'), socket);
  if (socket === undefined || cluster === undefined) {
    yield translated(e, socket === undefined, caveats);
    return;
  }
  const server = e.need('postgres/server.json');
  const evidence = [
    e.cite('host/ip-addr.json', `${arrival.address} is on this host`),
    ...arrival.evidence,
    e.quote('host/ss.txt', socket.line),
    e.cite(
      'host/clusters.json',
      `pid ${cluster.pid}, ${cluster.dataDirectory}, system identifier ${cluster.systemIdentifier ?? '(not read)'}`,
    ),
    e.cite(
      'postgres/server.json',
      `system_identifier = ${server.system_identifier ?? '(not shown)'}, started ${server.pg_postmaster_start_time}`,
    ),
  ] as const;
  const seen = { cluster: timeOf(e, 'host/clusters.json'), session: timeOf(e, 'postgres/server.json') };
  const compared = compare(cluster, server, seen);
  const { host, endpoint } = e.flow;
  if (compared.same === undefined) yield { code: 'END003', args: { why: compared.why }, evidence };
  else if (compared.same)
    yield {
      code: 'END001',
      args: {
        name: endpoint ?? 'the source',
        address: `${host}:${port}`,
        proof: `the address is on an interface of the host, port ${port} belongs to the cluster in ${cluster.dataDirectory}, and the SQL session shows the same ${compared.by}`,
      },
      evidence,
      caveats: [...caveats, ...arrival.caveats, ...compared.caveats],
    };
  else
    yield {
      code: 'END013',
      args: {
        session: sessionName(e, server),
        endpoint: endpoint === undefined ? `${host}:${port}` : `${endpoint} (${host}:${port})`,
        differs: compared.differs,
      },
      evidence,
    };
}

/**
 * No cluster owns the socket: the port may be translated (a container's). A session that was opened at the endpoint's very
 * address and port, and is on a cluster of this host, shows where that leads.
 */
function translated(e: IdentityReader, silent: boolean, caveats: readonly string[]): Draft {
  const port = e.fact('port');
  const why = silent ? `nothing listens on port ${port}` : `no cluster of the host owns the socket on port ${port}`;
  const server = e.need('postgres/server.json');
  const seen = { cluster: timeOf(e, 'host/clusters.json'), session: timeOf(e, 'postgres/server.json') };
  const found = e.need('host/clusters.json').flatMap((one) => {
    const compared = compare(one, server, seen);
    return compared.same === true ? [{ cluster: one, compared }] : [];
  });
  const [{ cluster, compared } = {}] = found;
  const session = sessionAtEndpoint(e);
  if (cluster === undefined || compared === undefined || session === undefined)
    return { code: 'END003', args: { why }, evidence: [e.cite('host/ss.txt', why)] };
  const { host, endpoint } = e.flow;
  return {
    code: 'END001',
    args: {
      name: endpoint ?? 'the source',
      address: `${host}:${port}`,
      proof: `the address is on an interface of the host, a session that was opened at ${host}:${port} is on the cluster in ${cluster.dataDirectory}, and has its ${compared.by}`,
    },
    evidence: [
      e.cite('here/session.json', `${session.user} logged in at ${session.way}`),
      e.cite(
        'host/clusters.json',
        `pid ${cluster.pid}, ${cluster.dataDirectory}, port ${cluster.port ?? '(not read)'}`,
      ),
    ],
    caveats: [
      ...caveats,
      ...compared.caveats,
      `By the host’s sockets ${why}: its rules translate the port. They were not followed; a session from here was.`,
    ],
  };
}

/** The endpoint's address as the host has it; yields why where it has none. */
function* arrivalOn(e: IdentityReader, addresses: readonly string[]): Generator<Draft, Arrival | undefined> {
  const host = e.fact('host');
  const arrivals = arrivalsOf(e, host);
  const own = arrivals.find(({ address }) => addresses.some((one) => sameAddress(one, address)));
  if (own !== undefined) return own;
  const evidence: [EvidenceLine, ...EvidenceLine[]] = [
    e.cite('host/ip-addr.json', addresses.join(' ')),
    ...arrivals.flatMap((one) => one.evidence),
  ];
  const others = arrivals.map(({ address }) => address).filter((address) => address !== host);
  const behind = others.length === 0 ? host : `${host} (${[...new Set(others)].join(', ')})`;
  if (arrivals.some(({ certain }) => certain))
    yield {
      code: 'END002',
      args: {
        what: 'address',
        expected: behind,
        found: addresses.filter((address) => !address.startsWith('127.') && address !== '::1').join(', ') || 'none',
      },
      evidence,
    };
  else
    yield {
      code: 'END003',
      args: {
        why: isAddress(host)
          ? `${host} is a public address, and what translates it for the host (an elastic address, a router) was not seen`
          : others.length === 0
            ? `${host} is a name; which address it has for DMS was not seen`
            : `${behind} is on no interface of this host, as far as this machine can look it up`,
      },
      evidence,
    };
  return undefined;
}

function timeOf(e: IdentityReader, name: 'host/clusters.json' | 'postgres/server.json'): string {
  const entry = e.entry(name);
  return isItem(entry) ? entry.at : '';
}

/** The server of the session by what it is and the name under which it was reached. */
function sessionName(e: IdentityReader, server: Server): string {
  const kind = server.pg_is_in_recovery ? 'the standby' : 'the server';
  const session = e.maybe('here/session.json');
  if (session !== undefined && session.way !== null)
    return `${kind} ${session.host.startsWith('/') ? session.way : `${session.host}:${session.port}`}`;
  const port = server.port ?? server.inet_server_port;
  return server.inet_server_addr ? `${kind} ${server.inet_server_addr}:${port}` : `${kind} on port ${port}`;
}

/** What a comparison of a running cluster with a SQL session says. */
type Comparison =
  | { readonly same: true; readonly by: string; readonly caveats: readonly string[] }
  | { readonly same: false; readonly differs: string }
  | { readonly same: undefined; readonly why: string };

/**
 * Whether a SQL session is on a cluster that was found running on the host. A standby has its primary's system identifier:
 * the port and the start of the server tell the two apart.
 *
 * @param seen when the cluster and when the session were looked at (ISO 8601; empty where that is not known)
 */
function compare(cluster: Cluster, server: Server, seen: { cluster: string; session: string }): Comparison {
  const { system_identifier: identifier } = server;
  const session = identifier === undefined || identifier === null ? undefined : String(identifier);
  if (session !== undefined && cluster.systemIdentifier && session !== cluster.systemIdentifier)
    return { same: false, differs: `its system identifier is ${session}, and not ${cluster.systemIdentifier}` };
  const port = server.port ?? server.inet_server_port;
  if (port !== undefined && port !== null && cluster.port && port !== cluster.port)
    return { same: false, differs: `its server listens on port ${port}, and not on ${cluster.port}` };
  const [began, before] = [Date.parse(server.pg_postmaster_start_time), Date.parse(cluster.startTime ?? '')];
  // postmaster.pid holds whole seconds, and is written a moment before the server counts itself as started.
  if (Math.abs(began - before) > 5000) {
    const restarted = began > Date.parse(seen.cluster) || before > Date.parse(seen.session);
    return restarted
      ? {
          same: undefined,
          why: 'the server was started again between the looks at the host and at the database, and a standby has the same system identifier',
        }
      : {
          same: false,
          differs: `its server was started at ${server.pg_postmaster_start_time}, and not at ${cluster.startTime}`,
        };
  }
  if (session === undefined && isByPlace(cluster, server, began - before)) return byPlace;
  if (session === undefined || !cluster.systemIdentifier)
    return { same: undefined, why: 'the system identifier of the cluster or of the SQL session was not had' };
  if (Number.isNaN(began - before))
    return {
      same: undefined,
      why: 'when the cluster was started was not had, and a standby has the same system identifier',
    };
  return { same: true, by: `system identifier ${session} and start time`, caveats: [] };
}

/** The first version that shows its system identifier in SQL (`pg_control_system`). */
const firstToShow = 90_600;

const byPlace: Comparison = {
  same: true,
  by: 'data directory, port and second of its start',
  caveats: [
    'Before version 9.6 SQL does not show the system identifier: a standby that lies in the same directory, on the same port, and was started in the same second would not be told apart.',
  ],
};

/** Whether a server that cannot show what it is lies where the cluster does, and was started when the cluster was. */
function isByPlace(cluster: Cluster, server: Server, apart: number): boolean {
  const port = server.port ?? server.inet_server_port;
  return (
    server.server_version_num < firstToShow &&
    Math.abs(apart) <= 2000 &&
    typeof port === 'number' &&
    port === cluster.port &&
    typeof server.data_directory === 'string' &&
    server.data_directory === cluster.dataDirectory
  );
}
