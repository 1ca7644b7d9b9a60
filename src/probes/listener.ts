import { sameAddress } from '../address.ts';
import type { Fix } from '../finding.ts';
import { arrivalsOf } from './arrival.ts';
import { addressesOf, clusterOf, socketsOn } from './cluster.ts';
import { listenLimits } from './kernel-limits.ts';
import { probe } from './probe.ts';
import { refusalAtEndpoint, sessionAtEndpoint } from './refusal.ts';
import { restartStep } from './restart-step.ts';

/** SQLSTATE of a server that is starting, stopping or recovering (PostgreSQL, Appendix A). */
const cannotConnectNow = '57P03';

/** Whether PostgreSQL listens on the endpoint's address and port. */
export const listener = probe({
  layer: 'listener',
  needs: ['host/ss.txt', 'postgres/settings.json', 'host/clusters.json', 'host/ip-addr.json'],
  sharpens: [
    'postgres/replication.json',
    'postgres/activity.json',
    'postgres/slots.json',
    'postgres/server.json',
    'host/nstat.txt',
    'here/dns.json',
    'here/session.json',
    'aws/describe-network-interfaces.json',
    'host/sysctl.txt',
  ],
  *judge(e) {
    const refusal = refusalAtEndpoint(e);
    if (refusal?.code === cannotConnectNow)
      yield { code: 'LSN005', args: { why: refusal.message }, evidence: [refusal.evidence] };
    const host = e.fact('host');
    const port = e.fact('port');
    const sockets = e.need('host/ss.txt');
    const settings = e.need('postgres/settings.json');
    const clusters = e.need('host/clusters.json');
    const here = addressesOf(e.need('host/ip-addr.json'));
    const listenAddresses = settings.get('listen_addresses')?.setting;
    const configured = e.cite('postgres/settings.json', `listen_addresses = ${listenAddresses ?? '(not recorded)'}`);
    if (listenAddresses === undefined || settings.get('port') === undefined)
      e.notUnderstood('postgres/settings.json', 'it holds neither listen_addresses nor port');
    if (here.length === 0) e.notUnderstood('host/ip-addr.json', 'the host has no address');
    yield* listenLimits(e);

    // Behind an elastic address packets arrive under the private one.
    const own = arrivalsOf(e, host).find(({ address }) => here.some((one) => sameAddress(one, address)));
    const { open, reached } = socketsOn(sockets, port, own?.address ?? host);
    const [first] = reached;
    const session = open.length === 0 ? sessionAtEndpoint(e) : undefined;
    if (session !== undefined) {
      yield {
        code: 'LSN004',
        args: { port, process: 'a translation of addresses that no socket shows' },
        evidence: [
          e.cite('host/ss.txt', `no LISTEN line with port ${port}`),
          e.cite('here/session.json', `${session.user} logged in at ${session.way}`),
        ],
      };
      return;
    }
    if (open.length === 0) {
      yield {
        code: 'LSN002',
        args: { port },
        evidence: [e.cite('host/ss.txt', `no LISTEN line with port ${port}`), configured],
      };
      return;
    }
    const cluster = clusterOf(clusters, first ?? open[0]!);
    if (first === undefined) {
      const listening = open.map((socket) => socket.address).join(', ');
      const fix = cluster === undefined ? undefined : listenEverywhere(port, restartStep(e, cluster));
      yield {
        code: 'LSN003',
        args: { port, host, listening },
        evidence: [e.quote('host/ss.txt', open[0]!.line), configured],
        ...(fix === undefined ? {} : { fix }),
      };
      return;
    }
    const evidence = [e.quote('host/ss.txt', first.line), configured] as const;
    if (cluster === undefined) {
      yield { code: 'LSN004', args: { port, process: first.process ?? 'a process that is not shown' }, evidence };
      return;
    }
    const socket = `${first.address}:${port}`;
    yield {
      code: 'LSN001',
      args: { socket, process: first.process ?? `the cluster in ${cluster.dataDirectory}` },
      evidence,
    };
  },
});

function listenEverywhere(port: number, restart: Fix['steps'][number]): Fix {
  return {
    steps: [
      {
        where: 'database',
        run: "ALTER SYSTEM SET listen_addresses = '*';",
        effect: 'none',
        risk: 'None until the restart; then PostgreSQL listens on every address, and pg_hba.conf and the firewall decide who gets in.',
        undo: 'ALTER SYSTEM RESET listen_addresses;',
        verify: "SELECT setting, pending_restart FROM pg_settings WHERE name = 'listen_addresses';",
      },
      restart,
    ],
    patches: [
      {
        item: 'postgres/settings.json',
        row: { name: 'listen_addresses' },
        set: { setting: '*', pending_restart: false },
      },
      { item: 'host/ss.txt', before: 2, lines: [`LISTEN 0 244 0.0.0.0:${port} 0.0.0.0:*`] },
    ],
  };
}
