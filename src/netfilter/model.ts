import type { Family } from './addresses.ts';
import type { Program } from './program.ts';

/** Where something stands: the item's name, the 1-based line, and that very line. */
export type SourceRef = { readonly source: string; readonly line: number; readonly text: string };

/** A line that could not be read. What it would have done is unknown, so nothing is judged open past it. */
export type Problem = SourceRef & { readonly why: string };

/** Who writes and maintains a rule. `hand`: no front end that is known here. */
export type Owner = 'shorewall' | 'ufw' | 'firewalld' | 'docker' | 'fail2ban' | 'csf' | 'kubernetes' | 'hand';

/** How a REJECT answers, in iptables' words (`reject with tcp reset` of nft is `tcp-reset`). */
export type RejectKind =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'icmp6-no-route'
  | 'icmp6-adm-prohibited'
  | 'icmp6-addr-unreachable'
  | 'icmp6-port-unreachable'
  | 'icmp6-policy-fail'
  | 'icmp6-reject-route'
  | 'tcp-reset';

/** The netfilter hooks that a packet of this host passes (those of the `bridge` family are not among them). */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** Packets and bytes that a rule or policy has counted. */
export type Counters = { readonly packets: number; readonly bytes: number };

/** One rule: its place, its counters where they were saved, and its meaning, worked out on first use. */
export type Rule = {
  readonly ref: SourceRef;
  /** 1-based place in its chain, as `iptables -I CHAIN N` counts. */
  readonly index: number;
  readonly counters?: Counters | undefined;
  /** nft's handle, where known. */
  readonly handle?: number | undefined;
  readonly program: Program;
};

/** What makes a chain a base chain: where it is hooked in, at which priority, and what happens at its end. */
export type Base = {
  readonly hook: Hook;
  readonly priority: number;
  readonly type: 'filter' | 'nat' | 'route';
  readonly policy: 'accept' | 'drop';
  /** The interfaces of an ingress chain. */
  readonly devices?: readonly string[];
};

export type Chain = {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly base?: Base | undefined;
  /** The line that declares the chain (and its policy). */
  readonly declared?: SourceRef | undefined;
  readonly counters?: Counters | undefined;
};

export type Table = {
  readonly name: string;
  /** The packets that the table sees. */
  readonly families: readonly Family[];
  /** As nft names it: `ip`, `ip6`, `inet`. */
  readonly nftFamily: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly complete: boolean;
};

type RulesetCommon = {
  readonly source: string;
  readonly tables: readonly Table[];
  readonly problems: readonly Problem[];
  /** Everything was read: each table's end was seen and no line was left over. */
  readonly complete: boolean;
};

/** What `iptables-save` or `ip6tables-save` printed. */
export type IptablesRuleset = RulesetCommon & {
  readonly kind: 'iptables';
  readonly family: Family;
  /** `unknown`: neither the item's name nor the header says it. */
  readonly backend: 'legacy' | 'nft' | 'unknown';
  /** The tool warned that legacy tables exist beside the ones that it printed. */
  readonly warnsOfLegacy: boolean;
  /** Tables that iptables-nft-save could not print ("incompatible, use 'nft' tool"). */
  readonly incompatible: readonly string[];
};

/** What `nft list ruleset` printed. */
export type NftRuleset = RulesetCommon & { readonly kind: 'nft' };

export type Ruleset = IptablesRuleset | NftRuleset;
