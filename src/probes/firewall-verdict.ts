import type { Attempt, Decider, Host, Part } from '../netfilter/index.ts';
import { judge } from '../netfilter/index.ts';
import type { FirewallHost, FirewallReader } from './firewall-host.ts';
import { firewallHost } from './firewall-host.ts';
import { isShorewallStopped } from './front-ends/stopped.ts';

/** What the kernel does with the flow's connection, as far as the evidence tells. */
export type Verdict = {
  readonly host: Host;
  readonly attempt: Attempt;
  readonly parts: readonly Part[];
  readonly caveats: readonly string[];
  /** What was not gathered and may drop the packet, too. */
  readonly missing: FirewallHost['missing'];
};

/** The kernel's verdict over the whole host, judged once; each of the five probes takes its owner's share. */
export function verdictOf(e: FirewallReader): Verdict {
  return e.once('firewall', () => {
    const { host, to, caveats, missing } = firewallHost(e);
    const inside = host.interfaces.find((one) => one.addresses.some(({ address }) => address === to))?.name;
    const attempt: Attempt = {
      from: e.fact('from'),
      to,
      port: e.fact('port'),
      // Nothing comes in by the loopback: packets for its addresses come in by a cable.
      ...(inside === undefined || inside === 'lo' ? {} : { interface: inside }),
    };
    const { parts } = judge(host, attempt);
    return { host, attempt, parts: isShorewallStopped(e) ? parts.map(ofStopped) : parts, caveats, missing };
  });
}

/** `shorewall stop` leaves no chain by which its policies could be told from a hand's. */
function ofStopped(part: Part): Part {
  const own = (by: Decider): Decider =>
    by.kind === 'policy' && by.owner === 'hand' && by.table === 'filter' ? { ...by, owner: 'shorewall' } : by;
  const outcomes = part.outcomes.map((outcome) => ('by' in outcome ? { ...outcome, by: own(outcome.by) } : outcome));
  return { ...part, outcomes, hookVerdicts: part.hookVerdicts.map((step) => ({ ...step, by: own(step.by) })) };
}
