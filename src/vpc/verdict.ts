/** Whether packets pass: through, not, or it cannot be told from what was gathered. */
export type Status = 'open' | 'closed' | 'unknown';

/** A step from the top of a Describe* document to one of its entries: member names and list indexes. */
export type Path = readonly (string | number)[];

/** What one entry of the network's configuration decides. */
export type Reason = {
  /** The kind of reason: a stable word, such as `rule-admits` or `route-blackhole`. */
  readonly what: What;
  /** What this reason alone would make of the flow. */
  readonly status: Status;
  readonly direction: 'forward' | 'return';
  readonly resource: { readonly type: string; readonly id: string };
  /** The operation whose answer holds the entry, such as `describe-route-tables`. */
  readonly part: string;
  /**
   * Where in that answer the deciding entry is; the nearest enclosing element when the reason is that no entry exists.
   */
  readonly path: Path;
  /** The entry on one line. */
  readonly text: string;
};

/** Every kind of reason. docs/reachability.md maps the codes of VPC Reachability Analyzer to these. */
export type What =
  // security groups
  | 'rule-admits'
  | 'no-rule-admits'
  | 'group-has-no-rules'
  | 'reference-not-preserved'
  | 'reference-stale'
  | 'rule-not-understood'
  | 'groups-unknown'
  // network ACLs
  | 'same-subnet'
  | 'entry-allows'
  | 'entry-denies'
  | 'entry-not-understood'
  | 'acl-unknown'
  // routes
  | 'route-delivers'
  | 'route-missing'
  | 'route-blackhole'
  | 'route-elsewhere'
  | 'route-not-understood'
  | 'route-table-unknown'
  | 'hop-not-modelled'
  | 'peering-inactive'
  | 'peering-not-transitive'
  | 'peering-unknown'
  | 'overlapping-cidr'
  | 'gateway-detached'
  | 'gateway-unknown'
  | 'no-public-address'
  | 'private-address-to-internet'
  | 'public-access-blocked'
  | 'public-access-unknown'
  | 'nat-not-available'
  | 'nat-other-vpc'
  | 'nat-no-address'
  | 'nat-unknown'
  | 'nat-private'
  | 'nat-loop'
  | 'nat-other-zone'
  | 'outgoing-only'
  | 'attachment-inactive'
  | 'transit-other-zone'
  | 'transit-not-associated'
  | 'transit-route-missing'
  | 'transit-route-blackhole'
  | 'transit-route-elsewhere'
  | 'transit-unknown'
  | 'vpn-down'
  | 'interface-detached'
  | 'interface-not-modelled'
  | 'address-kept-by-sender'
  | 'families-differ'
  | 'end-unknown'
  // the way to a service
  | 'service-endpoint'
  | 'service-endpoint-missing'
  | 'service-endpoint-not-available'
  | 'service-endpoint-policy'
  | 'service-endpoint-unknown'
  | 'service-name-public'
  | 'service-elsewhere'
  | 'service-address-unsure'
  // any
  | 'sight-ends'
  | 'part-missing';

/** An edit of a Describe* document: what would stand there after the command has run. */
export type Patch =
  | { readonly part: string; readonly path: Path; readonly push: unknown }
  | { readonly part: string; readonly path: Path; readonly set: unknown };

/** One change that opens what a verdict found closed. */
export type FixStep = {
  /** The AWS CLI command, without Region and profile. */
  readonly command: string;
  /** The AWS CLI command that takes the change back. */
  readonly undo: string;
  /** What else the change admits or alters. */
  readonly risk: string;
  /** Another way to the same end, which opens more, in a sentence. */
  readonly instead?: string;
  readonly patch: Patch;
  /** What else the command writes, where it makes more than one thing. */
  readonly further?: readonly Patch[];
};

/** What one layer does with a flow, and why. */
export type Verdict = {
  readonly status: Status;
  readonly reasons: readonly Reason[];
  /** Operations whose answers the verdict would need. */
  readonly missing?: readonly string[];
  /** Of routes: the addresses that the far end may see as the source. Absent where that cannot be told. */
  readonly sourceSeen?: readonly string[];
  /** What qualifies the verdict without changing it. */
  readonly caveats?: readonly string[];
  /** The changes that together open a closed verdict; absent where none can be named. */
  readonly fix?: readonly FixStep[];
};

/**
 * The status of a whole whose every member must be open: closed wins over unknown, unknown over open; nothing is
 * unknown.
 */
export function worst(statuses: readonly Status[]): Status {
  if (statuses.includes('closed')) return 'closed';
  return statuses.length === 0 || statuses.includes('unknown') ? 'unknown' : 'open';
}

/** Collects reasons and missing parts while a judgement goes along, and closes them into a verdict. */
export class Findings {
  readonly reasons: Reason[] = [];
  readonly #missing = new Set<string>();
  readonly caveats: string[] = [];

  /** The operations that are missing so far. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  add(...reasons: readonly Reason[]): void {
    this.reasons.push(...reasons);
  }

  /** Notes that an operation's answer is missing, which makes the verdict at best unknown. */
  miss(part: string, need: string, direction: Reason['direction'] = 'forward'): void {
    this.#missing.add(part);
    this.add({
      what: 'part-missing',
      status: 'unknown',
      direction,
      resource: { type: 'operation', id: part },
      part,
      path: [],
      text: `${part} was not gathered: ${need}`,
    });
  }

  verdict(more: Pick<Verdict, 'sourceSeen' | 'fix'> = {}): Verdict {
    return {
      status: worst(this.reasons.map((reason) => reason.status)),
      reasons: this.reasons,
      ...(this.#missing.size === 0 ? {} : { missing: [...this.#missing] }),
      ...(this.caveats.length === 0 ? {} : { caveats: [...new Set(this.caveats)] }),
      ...more,
    };
  }
}
