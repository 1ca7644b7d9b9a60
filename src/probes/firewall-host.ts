import { isItem } from '../evidence/item.ts';
import type { Host, IptablesRuleset, NftRuleset, Ruleset } from '../netfilter/index.ts';
import { parseIpsetSave, parseIptablesSave, parseNftJson, parseNftText } from '../netfilter/index.ts';
import { isAddress, isLoopback, sameAddress } from '../address.ts';
import { addressesOf } from './cluster.ts';
import { managedSharpens } from './managed.ts';
import type { Reader } from './probe.ts';

/** What the verdict of the host's firewall rests on. */
export const firewallNeeds = [
  'host/iptables-nft-save.txt',
  'host/iptables-legacy-save.txt',
  'host/iptables-save.txt',
  'host/ip6tables-nft-save.txt',
  'host/ip6tables-legacy-save.txt',
  'host/ip6tables-save.txt',
  'host/nft-ruleset.json',
  'host/ipset-save.txt',
  'host/ip-addr.json',
  'host/ip-route.json',
  'host/sysctl.txt',
] as const;

/** What attributes rules to a front end, and words its fix. */
export const firewallSharpens = [
  'host/shorewall/status.txt',
  'host/shorewall/zones',
  'host/shorewall/interfaces',
  'host/shorewall/hosts',
  'host/shorewall/policy',
  'host/shorewall/blrules',
  'host/shorewall/rules',
  'host/shorewall/shorewall.conf',
  'host/shorewall/default',
  'host/shorewall/files.json',
  'host/xdp-tc.txt',
  'host/ufw/status.txt',
  'host/ufw/ufw.conf',
  'host/ufw/default',
  'host/ufw/user.rules',
  'host/ufw/user6.rules',
  'host/ufw/before.rules',
  'host/ufw/before6.rules',
  'host/ufw/after.rules',
  'host/ufw/after6.rules',
  'host/firewalld/state.txt',
  'host/firewalld/zones.txt',
  'host/firewalld/firewalld.conf',
  'host/fail2ban.txt',
  'host/iptables-rules.v4',
  'host/iptables-rules.v6',
  'host/nftables.conf',
  'host/rules-files.json',
  'host/units.txt',
  'host/managers.txt',
  ...managedSharpens,
] as const;

/** A reader of everything that the firewall's verdict rests on. */
export type FirewallReader = Reader<(typeof firewallNeeds)[number], (typeof firewallSharpens)[number]>;

type SaveName = Extract<(typeof firewallNeeds)[number], `${string}tables${string}`>;
type Saves = { readonly nft: SaveName; readonly legacy: SaveName; readonly either: SaveName };

const savesOf: Record<4 | 6, Saves> = {
  4: { nft: 'host/iptables-nft-save.txt', legacy: 'host/iptables-legacy-save.txt', either: 'host/iptables-save.txt' },
  6: {
    nft: 'host/ip6tables-nft-save.txt',
    legacy: 'host/ip6tables-legacy-save.txt',
    either: 'host/ip6tables-save.txt',
  },
};

/**
 * The kernel's rules and what they refer to. `missing`: what was not gathered and may drop the packet, too; a rule that
 * blocks does so all the same, but nothing is open past it.
 */
export type FirewallHost = {
  readonly host: Host;
  readonly to: string;
  readonly caveats: readonly string[];
  readonly missing: readonly Need[];
};

type Need = (typeof firewallNeeds)[number];
/** What is noted while the host is read. */
type Notes = { readonly caveats: string[]; readonly missing: Need[] };

/** Reads the rules of every backend that is present. Ends the probe where none was gathered, or where one is damaged. */
export function firewallHost(e: FirewallReader): FirewallHost {
  const interfaces = e.need('host/ip-addr.json');
  const notes: Notes = { caveats: [], missing: [] };
  const routes = gathered(e, 'host/ip-route.json', notes) ? e.need('host/ip-route.json') : [];
  const sysctls = gathered(e, 'host/sysctl.txt', notes) ? e.need('host/sysctl.txt') : new Map<string, string>();
  const to = destination(e, interfaces);
  const iptables = iptablesRulesets(e, savesOf[to.includes(':') ? 6 : 4], notes);
  const rulesets: Ruleset[] = [...iptables, ...nftRuleset(e, iptables, notes)];
  const ipsets = rulesets.some(usesSets) ? { ipsets: ipsetsOf(e) } : {};
  return { host: { rulesets, interfaces, routes, sysctls, ...ipsets }, to, ...notes };
}

/** Whether an item can be read; one that nobody gathered is noted, one that is damaged is not passed over. */
function gathered(e: FirewallReader, name: Need, { missing }: Notes): boolean {
  const entry = e.entry(name);
  if (isItem(entry) || entry.why === 'damaged') return true;
  missing.push(name);
  return false;
}

/** The endpoint's address as the host has it; behind an address translation only a single address can stand for it. */
function destination(e: FirewallReader, interfaces: Parameters<typeof addressesOf>[0]): string {
  const host = e.fact('host');
  const own = addressesOf(interfaces).filter((address) => !isLoopback(address) && !/^fe80:/i.test(address));
  const same = own.find((address) => sameAddress(address, host));
  if (same !== undefined) return same;
  const family = own.filter((address) => address.includes(':') === host.includes(':'));
  if (family.length === 1 && family[0] !== undefined) return family[0];
  const what = isAddress(host) ? 'is no address of this host' : 'is a name';
  return e.notUnderstood(
    'host/ip-addr.json',
    `${host} ${what}, and the host has ${family.length} addresses it could stand for`,
  );
}

function iptablesRulesets(e: FirewallReader, names: Saves, notes: Notes): IptablesRuleset[] {
  const either = e.entry(names.either);
  const separate = [names.nft, names.legacy].some((name) => isItem(e.entry(name)));
  if (isItem(either) && !separate) return [oneOfTwo(e, names.either, notes)];
  return [names.nft, names.legacy].flatMap((name) => {
    const entry = e.entry(name);
    if (!isItem(entry) && entry.why === 'not-installed') return [];
    return !separate || gathered(e, name, notes) ? [parsed(e, name)] : [];
  });
}

/** A dump of which the name does not tell the backend: what the other backend holds must be known all the same. */
function oneOfTwo(e: FirewallReader, name: SaveName, { caveats, missing }: Notes): IptablesRuleset {
  const ruleset = parsed(e, name);
  if (ruleset.backend === 'nft' && !ruleset.warnsOfLegacy) {
    caveats.push('iptables-save does not warn of legacy tables, so none are taken to exist.');
    return ruleset;
  }
  if (ruleset.warnsOfLegacy) missing.push('host/iptables-legacy-save.txt');
  return ruleset;
}

function parsed(e: FirewallReader, name: SaveName): IptablesRuleset {
  const text = e.need(name);
  const ruleset = parseIptablesSave(name, text);
  if (!ruleset.complete) {
    const [problem] = ruleset.problems;
    return e.notUnderstood(name, problem ? problem.why : 'it is cut short: a COMMIT is missing', problem?.line);
  }
  if (ruleset.tables.length === 0 && text.trim() === '' && !emptyForSure(e, name))
    return e.notUnderstood(name, 'it is empty: no table at all');
  return ruleset;
}

/** iptables-nft-save prints nothing where it has no table. What nft lists then shows that it is so. */
function emptyForSure(e: FirewallReader, name: SaveName): boolean {
  const entry = e.entry('host/nft-ruleset.json');
  if (!/-nft-save/.test(name) || !isItem(entry) || entry.name !== 'host/nft-ruleset.json') return false;
  const family = name.includes('ip6') ? 'ip6' : 'ip';
  const { complete, tables } = parseNftJson(entry.name, entry.text);
  return complete && !tables.some(({ nftFamily, name: table }) => nftFamily === family && classic.has(table));
}

const classic = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);

function nftRuleset(e: FirewallReader, iptables: readonly IptablesRuleset[], notes: Notes): NftRuleset[] {
  const entry = e.entry('host/nft-ruleset.json');
  if (!isItem(entry) && entry.why === 'not-installed') {
    if (/not found/.test(entry.detail) && iptables.some((ruleset) => ruleset.backend === 'nft'))
      notes.caveats.push('nft is not installed, so native nftables rules, had somebody made some, were not listed.');
    return [];
  }
  if (iptables.length > 0 && !gathered(e, 'host/nft-ruleset.json', notes)) return [];
  const text = e.need('host/nft-ruleset.json');
  const ruleset = entry.name.endsWith('.txt') ? parseNftText(entry.name, text) : parseNftJson(entry.name, text);
  if (!ruleset.complete)
    e.notUnderstood('host/nft-ruleset.json', ruleset.problems[0]?.why ?? 'it is cut short', ruleset.problems[0]?.line);
  return [ruleset];
}

function usesSets(ruleset: Ruleset): boolean {
  return ruleset.tables.some((table) =>
    [...table.chains.values()].some((chain) => chain.rules.some((rule) => /--match-set|--add-set/.test(rule.ref.text))),
  );
}

function ipsetsOf(e: FirewallReader) {
  return parseIpsetSave('host/ipset-save.txt', e.need('host/ipset-save.txt'));
}
