/**
 * A packet filter's way, as Linux walks it: what this host's netfilter rules do with one attempt to connect. Pure: texts in,
 * verdicts out.
 */
export { isListedTwice } from './base-chains.ts';
export { containsAddresses, formatAddressSet, parseAddressSet, type AddressSet, type Family } from './addresses.ts';
export { proposeAccept, tableOf, type KernelFix, type NftInsertion, type Spot } from './fix.ts';
export type { Host, Interface, Route } from './host-view.ts';
export { parseIpsetSave, type Ipset, type IpsetCollection } from './ipset.ts';
export { parseIptablesSave } from './iptables-save.ts';
export { judge, type Attempt } from './judge.ts';
export type {
  Base,
  Chain,
  Counters,
  Hook,
  IptablesRuleset,
  NftRuleset,
  Owner,
  Problem,
  RejectKind,
  Rule,
  Ruleset,
  SourceRef,
  Table,
} from './model.ts';
export { parseNftJson, parseNftText } from './nft.ts';
export { isPresent, ownerOf, ownersPresent, type Evidence } from './owners.ts';
export type { Delivery, Outcome, Part } from './partition.ts';
export { symptomOf, type Symptom } from './symptom.ts';
export type { Condition, Decider, Phase, Place, ShadowedAccept, Step } from './state.ts';
