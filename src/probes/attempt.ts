import type { Layer } from '../layers.ts';
import type { LayerStatus } from '../report.ts';
import type { Counted } from './attempt-counters.ts';
import { counted, rulesAfter } from './attempt-counters.ts';
import { attemptLogs, furthest, seenByKernel, seenByServer } from './attempt-log.ts';
import { freshTest, having, testItem, testNeeds } from './dms-test.ts';
import { firewallNeeds, firewallSharpens } from './firewall-host.ts';
import type { Draft, Probe, Reader } from './probe.ts';
import { probe } from './probe.ts';

/** What stands before the host. */
const beforeHost: readonly Layer[] = ['endpoint', 'dns', 'route', 'security-group', 'network-acl'];

/**
 * Reads what the host's firewall counted during DMS's own test of this run.
 *
 * @param take is told it, where the rules are known both times
 */
export function attemptCounted(take: (found: Counted) => void): Probe {
  return probe({
    layer: 'endpoint',
    needs: firewallNeeds,
    sharpens: [...firewallSharpens, ...rulesAfter, ...testNeeds, testItem],
    judge(e) {
      if (freshTest(e) !== undefined && hasSecondLook(e)) take(counted(e));
      // Nothing is said here: the probe that holds it against the logs does.
      return [];
    },
  });
}

/**
 * Names the furthest point that DMS's own test of this run was seen at, on the host that was looked at before and after it.
 *
 * @param layers how every layer stands without it
 * @param counters what the host's firewall counted, where that is known
 */
export function attempt(layers: readonly LayerStatus[], counters: Counted | undefined): Probe {
  return probe({
    layer: 'endpoint',
    needs: testNeeds,
    sharpens: [testItem, ...attemptLogs, 'host/nstat.txt', 'host/after-test/nstat.txt'],
    *judge(e) {
      const test = freshTest(e);
      if (test === undefined || !hasSecondLook(e)) return;
      const at = test.endedAt;
      const said = test.LastFailureMessage?.trim() || test.Status;
      const seen = furthest([...(counters?.seen ?? []), ...seenByKernel(e), ...seenByServer(e)]);
      const { evidence: meanwhile, caveats } = kernelCounted(e);
      if (seen !== undefined) {
        const evidence = [seen.evidence, ...meanwhile] as const;
        const blocked = having(layers, ['block'], seen.passed);
        if (seen.certain && blocked.length > 0) {
          const explained = `it came as far as ${seen.layer} (${seen.what}), but ${blocked.join(', ')} blocks by what was gathered`;
          yield { code: 'END010', args: { message: said, explained }, evidence };
        }
        const shared = seen.certain ? [] : ['This counts or names others than the replication instance, too.'];
        const point = `was seen as far as ${seen.layer}: ${seen.what}`;
        yield { code: 'END021', args: { point, at }, evidence, caveats: [...shared, ...caveats] };
      } else if (counters?.nothing !== undefined)
        yield notSeen(layers, counters.nothing, test, {
          evidence: [e.cite(testItem, `Status ${test.Status}: ${said}`), ...meanwhile],
          caveats,
        });
    },
  });
}

/** No packet came: in front of a wall on the way that is as it must be, and else nobody knows why. */
function notSeen(
  layers: readonly LayerStatus[],
  nothing: string,
  { Status: status, endedAt: at }: { readonly Status: string; readonly endedAt: string },
  shown: Pick<Draft, 'evidence' | 'caveats'>,
): Draft {
  const walls = having(layers, ['block'], beforeHost);
  if (walls.length > 0 && status !== 'successful') {
    const point = `did not come to this host (${nothing}): ${walls.join(', ')} stands before it`;
    return { code: 'END021', args: { point, at }, ...shown };
  }
  const why =
    status === 'successful'
      ? 'DMS says that it succeeded: this host is not where the endpoint leads'
      : 'something before this host keeps it away, or it comes from another address or to another host';
  return { code: 'END022', args: { nothing, why, at }, ...shown };
}

/** Counters of the kernel's that speak of packets or connections that went lost, and in which words (`nstat -az`). */
const losses: Record<string, string> = {
  TcpExtIPReversePathFilter: 'packets failed the reverse path filter (rp_filter)',
  TcpExtListenOverflows: 'connections found a full listen queue',
  TcpExtListenDrops: 'connections were dropped at a listening socket',
  TcpExtTCPReqQFullDrop: 'connections found a full SYN queue',
  IpExtInNoRoutes: 'packets had no route',
};

/** Which of these rose during the test, on the whole host. */
function kernelCounted(e: Reader<never, 'host/nstat.txt' | 'host/after-test/nstat.txt'>) {
  const [before, after] = [e.maybe('host/nstat.txt'), e.maybe('host/after-test/nstat.txt')];
  const rose = Object.entries(losses).flatMap(([name, what]) => {
    const by = (after?.get(name) ?? 0) - (before?.get(name) ?? Infinity);
    return by > 0 ? [{ name, what, by }] : [];
  });
  return {
    evidence: rose.map(({ name, by }) => e.cite('host/after-test/nstat.txt', `${name} rose by ${by}`)),
    caveats: rose.map(({ what, by }) => `Meanwhile, on the whole host, ${by} ${what}.`),
  };
}

function hasSecondLook(e: Pick<Reader<never, never>, 'names'>): boolean {
  return [...e.names()].some((name) => name.includes('/after-test/'));
}
