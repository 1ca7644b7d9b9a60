import { sameAddress } from '../address.ts';
import type { Parsed } from '../evidence/items.ts';
import { addressOfHost, sendersIn } from './host-address.ts';
import type { managedSharpens } from './managed.ts';
import type { Draft, Reader } from './probe.ts';

type IdentityReader = Reader<'postgres/server.json', 'here/session.json' | (typeof managedSharpens)[number]>;

/**
 * The proof that the SQL session was on the endpoint's server where AWS owns the host: the server's own address and port
 * are those of the endpoint's interface, or the session was opened to the endpoint's very name.
 */
export function* managedIdentity(
  e: IdentityReader,
  server: Parsed<'postgres/server.json'>,
  caveats: readonly string[],
): Generator<Draft> {
  const [host, port] = [e.fact('host'), e.fact('port')];
  const endpoint = e.flow.endpoint ?? 'the source';
  const interfaces = { networkInterfaces: [] };
  const address = addressOfHost(e, interfaces, sendersIn(e))?.address;
  const session = e.maybe('here/session.json');
  const own = server.inet_server_addr?.replace(/\/\d+$/, '');
  const shown = e.cite(
    'postgres/server.json',
    `inet_server_addr = ${own ?? 'null'}, port ${server.inet_server_port ?? 'null'}`,
  );
  const byAddress =
    address !== undefined && own !== undefined && sameAddress(own, address) && server.inet_server_port === port;
  const byName = session?.host.toLowerCase() === host.toLowerCase() && session.port === port && session.way !== null;
  if (byAddress || byName) {
    const proof = byAddress
      ? `the session’s server has the address ${own} and the port ${port} of the endpoint`
      : `the session was opened to the endpoint’s own name ${host}, port ${port}`;
    const evidence =
      session !== undefined && byName
        ? ([shown, e.cite('here/session.json', `${session.host}:${session.port}`)] as const)
        : ([shown] as const);
    yield { code: 'END001', args: { name: endpoint, address: `${host}:${port}`, proof }, evidence, caveats };
    return;
  }
  const why = `the SQL session does not show that its server is ${host}; open it to that very name (--pg-url)`;
  yield { code: 'END003', args: { why }, evidence: [shown] };
}
