import type { Part } from '../netfilter/index.ts';
import type { FirewallReader } from './firewall-host.ts';
import type { Draft } from './probe.ts';

/** An answer that leaves by another interface than the request came in by: where addresses are checked, it is dropped there. */
export function* asymmetricAnswers(e: FirewallReader, parts: readonly Part[]): Generator<Draft> {
  for (const { from, outcomes } of parts) {
    const [only] = outcomes;
    if (outcomes.length !== 1 || only?.result !== 'accepted' || only.delivery.kind !== 'local') continue;
    const { arrivesBy, answersBy } = only.delivery;
    if (arrivesBy === undefined || answersBy === undefined || arrivesBy === answersBy) continue;
    const subject = from.join(', ');
    yield {
      code: 'IPT011',
      args: { from: subject, arrivesBy, answersBy },
      evidence: [e.cite('host/ip-route.json', `the route to ${subject} leads out by ${answersBy}`)],
      subject,
    };
  }
}
