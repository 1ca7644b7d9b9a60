import type { SkipReason, Status } from '../finding.ts';
import type { Layer } from '../layers.ts';

/** The letters that a layer's codes begin with. A code is stable: scripts, demotions and pages hold on to it. */
export const prefixes = {
  endpoint: 'END',
  dns: 'DNS',
  route: 'RTE',
  'security-group': 'SG',
  'network-acl': 'ACL',
  iptables: 'IPT',
  nftables: 'NFT',
  shorewall: 'SHW',
  ufw: 'UFW',
  firewalld: 'FWD',
  listener: 'LSN',
  tls: 'TLS',
  'pg-hba': 'HBA',
  login: 'LGN',
  database: 'DBS',
  role: 'ROL',
  'wal-level': 'WAL',
  slots: 'SLT',
  senders: 'SND',
  plugin: 'PLG',
  standby: 'STB',
  'wal-retention': 'RET',
  restart: 'RST',
  capacity: 'CAP',
  data: 'DAT',
  target: 'TGT',
  task: 'TSK',
} as const satisfies Record<Layer, string>;

/** The words of one code. `A` are the facts that the words are made of. */
export type Words<A> = {
  readonly status: Status;
  /** Why it is skipped, where `status` is `skip`. */
  readonly reason?: SkipReason;
  /** What the code says, without the facts: a heading. */
  readonly title: string;
  /** One line with the facts. */
  readonly summary: (facts: A) => string;
  /** What it means and what to do, in sentences. */
  readonly detail: (facts: A) => string;
};

/** The facts of a code that needs none. */
export type NoFacts = Record<string, never>;

/** Gives the words of one code their type. */
export function words<A = NoFacts>(text: Words<A>): Words<A> {
  return text;
}

/** A block of codes of one layer; the compiler holds each code to the layer's prefix. */
export function codesOf<L extends Layer, const T extends Record<string, Words<never>>>(
  layer: L,
  codes: T & Record<Exclude<keyof T, `${(typeof prefixes)[L]}${number}`>, never>,
): { readonly [C in keyof T]: T[C] & { readonly layer: L } } {
  const entries = Object.entries<Words<never>>(codes).map(([code, text]) => [code, { ...text, layer }]);
  return Object.fromEntries(entries) as { readonly [C in keyof T]: T[C] & { readonly layer: L } };
}
