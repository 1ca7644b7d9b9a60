import type { FirewallLayer } from '../layers.ts';
import type { Owner } from '../netfilter/index.ts';

/** The layer that a rule belongs to: its front end's, else by the tool that lists it. */
export function layerOf(owner: Owner, source: string): FirewallLayer {
  if (owner === 'shorewall' || owner === 'ufw' || owner === 'firewalld') return owner;
  return source.includes('nft-ruleset') ? 'nftables' : 'iptables';
}
