import { isItem } from '../../evidence/item.ts';
import type { Host, Owner } from '../../netfilter/index.ts';
import type { FirewallReader } from '../firewall-host.ts';
import { countOf, someOf } from '../wording.ts';
import { ownerInLists } from './foreign.ts';

/** What a reload of shorewall does beside what it is meant for, in words; `harmless` where it does nothing else. */
export type Reload = { readonly harmless: boolean; readonly words: string };

/**
 * What a reload would drop and bring in: rules in the kernel that are not shorewall's go, those of docker and fail2ban with
 * them, and edits that nobody has compiled yet come in (all seen on real hosts).
 */
export function reloadOf(e: FirewallReader, host: Host): Reload {
  const foreign = foreignRules(host);
  const byHand = foreign.get('hand') ?? [];
  const keepsDocker = shorewallSetting(e, 'DOCKER') === 'Yes';
  const others = [...foreign].filter(([owner]) => owner !== 'hand' && !(owner === 'docker' && keepsDocker));
  const edits = uncompiled(e);
  const drops = [
    ...(byHand.length === 0 ? [] : [`${countOf(byHand.length, 'rule')} made by hand: ${someOf(byHand, 3)}`]),
    ...others.map(
      ([owner, rules]) =>
        `${countOf(rules.length, `rule`)} of ${owner}${owner === 'docker' ? ' (DOCKER=Yes is not set), until dockerd restarts' : `, until it restarts`}`,
    ),
  ];
  const dropped = drops.length === 0 ? 'It would drop no rule made by hand.' : `It would drop ${drops.join('; and ')}.`;
  const brings =
    edits === undefined
      ? 'Which edits it would bring in was not gathered.'
      : edits.length === 0
        ? 'No other edit waits for it.'
        : `It would also bring in what was edited since the last compile: ${someOf(edits)}.`;
  return { harmless: drops.length === 0 && edits?.length === 0, words: `${dropped} ${brings}` };
}

/** Rules that are not shorewall's, by owner, as their chains have them. */
function foreignRules({ rulesets }: Host): Map<Owner, string[]> {
  const found = new Map<Owner, string[]>();
  for (const ruleset of rulesets) {
    if (ruleset.kind !== 'iptables') continue;
    for (const table of ruleset.tables) {
      for (const chain of table.chains.values()) {
        for (const rule of chain.rules) {
          const owner = ownerInLists(ruleset, table, chain, rule);
          if (owner === 'shorewall') continue;
          const text = `\`${rule.ref.text.replace(/^\[\d+:\d+\] /, '')}\``;
          found.set(owner, [...(found.get(owner) ?? []), text]);
        }
      }
    }
  }
  return found;
}

/** A setting of shorewall.conf, or undefined. */
function shorewallSetting(e: FirewallReader, name: string): string | undefined {
  const entry = e.entry('host/shorewall/shorewall.conf');
  if (!isItem(entry)) return undefined;
  return new RegExp(`^${name}=["']?([^"'\\s#]*)`, 'm').exec(entry.text)?.[1];
}

/** Files of shorewall's configuration that are newer than the rules it compiled last; undefined where that is not known. */
function uncompiled(e: FirewallReader): string[] | undefined {
  const files = e.maybe('host/shorewall/files.json');
  const compiled = files?.find(({ path }) => path?.endsWith('/shorewall/firewall'))?.mtime;
  if (files === undefined || !compiled) return undefined;
  return files.flatMap(({ path, mtime }) =>
    path?.startsWith('/etc/') && mtime && Date.parse(mtime) > Date.parse(compiled) ? [path] : [],
  );
}
