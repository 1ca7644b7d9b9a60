import type { Attempt, Decider, Host, Part, SourceRef } from '../../netfilter/index.ts';
import type { FirewallReader } from '../firewall-host.ts';

/** What decided on a part of the clients, and the evidence that says whose it is. */
export type Decided = {
  readonly e: FirewallReader;
  readonly host: Host;
  readonly part: Part;
  readonly decider: Decider;
  readonly attempt: Attempt;
};

/** What the deciding rule does, in the words of front ends. */
export type Verdict = 'ACCEPT' | 'DROP' | 'REJECT';

/** The verdict on a part's one outcome. */
export function verdictIn({ part }: Decided): Verdict {
  const result = part.outcomes[0]?.result;
  return result === 'rejected' ? 'REJECT' : result === 'accepted' ? 'ACCEPT' : 'DROP';
}

/** The deciding rule's text without its counters, or the empty string where no rule decided. */
export function ruleText({ rule }: { readonly rule?: SourceRef | undefined }): string {
  return (rule?.text ?? '').replace(/^\[\d+:\d+\] /, '');
}
