import { isAddress, sameAddress } from '../address.ts';
import type { Cluster } from '../evidence/parse/host.ts';
import type { Setting } from '../evidence/parse/postgres.ts';
import type { Fix } from '../finding.ts';
import { arrivalsOf } from './arrival.ts';
import { addressesOf, clusterOf, socketsOn } from './cluster.ts';
import { listenLimits } from './kernel-limits.ts';
import { managedHost, managedSharpens } from './managed.ts';
import { probe } from './probe.ts';
import { refusalAtEndpoint, sessionAtEndpoint } from './refusal.ts';
import type { RestartReader } from './restart-step.ts';
import { restartStep, settingStep } from './restart-step.ts';

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
    ...managedSharpens,
  ],
  *judge(e) {
    const managed = managedHost(e);
    if (managed !== undefined) return yield managed;
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
    const { open, reached, certain } = socketsOn(sockets, port, own?.address ?? host);
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
      const address = own?.address ?? host;
      const setting = settings.get('listen_addresses');
      const known =
        cluster !== undefined && setting !== undefined && !setting.setting?.includes("'") && isAddress(address);
      const fix = known ? listenThere(e, setting, address, port, cluster) : undefined;
      yield {
        code: 'LSN003',
        args: { port, host, listening },
        evidence: [e.quote('host/ss.txt', open[0]!.line), configured],
        ...(fix === undefined ? {} : { fix }),
      };
      return;
    }
    if (!certain) e.notUnderstood('host/ss.txt', 'it does not tell whether this socket takes IPv4, too', first.line);
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

/** The narrowest: the addresses that it has, and this one. */
function listenThere(e: RestartReader, setting: Setting, address: string, port: number, cluster: Cluster): Fix {
  const now = (setting.setting ?? '').split(',').map((one) => one.trim());
  const to = [...now.filter(Boolean), address].join(', ');
  const socket = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const risk = 'None until the restart; then pg_hba.conf and the firewall decide who gets in by this address.';
  return {
    steps: [
      {
        ...settingStep(e, setting, to, risk),
        instead: "`listen_addresses = '*'` listens on every address, also on those that the host gets later.",
      },
      restartStep(e, cluster),
    ],
    patches: [
      { item: 'postgres/settings.json', row: { name: setting.name }, set: { setting: to, pending_restart: false } },
      { item: 'host/ss.txt', before: 2, lines: [`LISTEN 0 244 ${socket} 0.0.0.0:*`] },
    ],
  };
}
