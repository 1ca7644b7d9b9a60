import type { Host } from '../netfilter/index.ts';
import { ownerOf } from '../netfilter/index.ts';
import type { FirewallReader } from './firewall-host.ts';
import { someOf } from './wording.ts';

/**
 * What a reload of shorewall would do beside what it is meant for, in words: rules that were made by hand go, and edits
 * that nobody has compiled yet come in (both seen on a real host).
 */
export function reloadRisk(e: FirewallReader, host: Host): string {
  const byHand = rulesByHand(host);
  const edits = uncompiled(e);
  const drops =
    byHand.length === 0
      ? 'It would drop no rule made by hand.'
      : `It would drop ${byHand.length} rule${byHand.length === 1 ? '' : 's'} made by hand: ${someOf(byHand, 3)}.`;
  const brings =
    edits === undefined
      ? 'Which edits it would bring in was not gathered.'
      : edits.length === 0
        ? 'No other edit waits for it.'
        : `It would also bring in what was edited since the last compile: ${someOf(edits)}.`;
  return `${drops} ${brings}`;
}

/** Rules of the filter table that no front end owns, as their chains have them. */
function rulesByHand({ rulesets }: Host): string[] {
  return rulesets.flatMap((ruleset) => {
    if (ruleset.kind !== 'iptables') return [];
    // Of the other tables it cannot be told: shorewall writes single rules into their built-in chains itself.
    const filters = ruleset.tables.filter(({ name }) => name === 'filter');
    return filters.flatMap((table) =>
      [...table.chains.values()].flatMap((chain) =>
        chain.rules
          .filter((rule) => ownerOf(ruleset, table, chain, rule) === 'hand')
          .map(({ ref }) => `\`${ref.text.replace(/^\[\d+:\d+\] /, '')}\``),
      ),
    );
  });
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
