import type { Draft, Reader } from './probe.ts';

/** The counters of the kernel that nstat prints, by name; undefined where they were not gathered. */
type Counters = ReadonlyMap<string, number>;

/** Walls of the host that stand in no ruleset, judged beside the listener: its queue, and timestamps behind NAT. */
export function* listenLimits(e: Reader<never, 'host/nstat.txt' | 'host/sysctl.txt'>): Generator<Draft> {
  const counters: Counters | undefined = e.maybe('host/nstat.txt');
  const overflows = counters?.get('TcpExtListenOverflows') ?? 0;
  if (overflows > 0)
    yield {
      code: 'LSN006',
      args: { count: overflows },
      evidence: [e.cite('host/nstat.txt', `TcpExtListenOverflows ${overflows}`)],
    };
  // Gone since Linux 4.12; before that it dropped clients that share an address through NAT.
  if (e.maybe('host/sysctl.txt')?.get('net.ipv4.tcp_tw_recycle') === '1')
    yield { code: 'LSN007', args: {}, evidence: [e.cite('host/sysctl.txt', 'net.ipv4.tcp_tw_recycle = 1')] };
}

const fullAt = 0.9;

/** Walls before and inside netfilter: programs that see the packet first, and a full table of connections. */
export function* packetLimits(
  e: Reader<'host/sysctl.txt', 'host/xdp-tc.txt'>,
  inside: string | undefined,
): Generator<Draft> {
  const sysctls = e.maybe('host/sysctl.txt');
  const count = Number(sysctls?.get('net.netfilter.nf_conntrack_count'));
  const max = Number(sysctls?.get('net.netfilter.nf_conntrack_max'));
  if (max > 0 && count >= max * fullAt)
    yield {
      code: 'IPT008',
      args: { count, max },
      evidence: [e.cite('host/sysctl.txt', `nf_conntrack_count = ${count}, nf_conntrack_max = ${max}`)],
    };
  for (const program of e.maybe('host/xdp-tc.txt') ?? [])
    if (inside === undefined || program.interface === inside)
      yield {
        code: 'IPT009',
        args: { what: program.kind, interface: program.interface },
        evidence: [e.quote('host/xdp-tc.txt', program.line)],
        subject: `${program.kind} ${program.interface}`,
      };
}
