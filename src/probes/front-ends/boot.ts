import { isItem } from '../../evidence/item.ts';
import { parseIptablesSave, type IptablesRuleset } from '../../netfilter/index.ts';
import type { FirewallReader } from '../firewall-host.ts';

/**
 * Whether a service is started at boot, by systemd's unit files, Upstart's jobs or the links of an older init; undefined where that was not
 * gathered, or where nothing is said of it.
 */
export function startsAtBoot(e: FirewallReader, services: readonly string[]): boolean | undefined {
  const entry = e.entry('host/units.txt');
  if (!isItem(entry)) return undefined;
  const files = entry.text.split('# systemctl list-unit-files')[1]?.split('\n# ')[0];
  const links = entry.text.split('\n').some((line) => {
    const [, link, job] = /^\/etc\/(?:r\S+\/(?:S\d\d)?([\w.@-]+)|init\/([\w.@-]+)\.conf)$/.exec(line) ?? [];
    return services.includes(link ?? job ?? '');
  });
  if (files === undefined) return links || (entry.text.includes('/etc/r') ? false : undefined);
  const states = files.split('\n').flatMap((line) => {
    const [unit = '', state = ''] = line.trim().split(/\s+/);
    return services.includes(unit.replace(/\.service$/, '')) ? [state] : [];
  });
  return states.length === 0 ? links : states.some((state) => state.startsWith('enabled') || state === 'generated');
}

/** The rules that a boot loads, as iptables-persistent, iptables-services and Arch keep them. */
export type Saved = {
  readonly item: 'host/iptables-rules.v4' | 'host/iptables-rules.v6';
  readonly ruleset: IptablesRuleset;
  /** Where the file is on the host, where that was gathered. */
  readonly file: string | undefined;
  /** Whether a service loads it at boot; undefined where that was not gathered. */
  readonly loaded: boolean | undefined;
};

/** The saved rules of one family; undefined where there are none, or they were not gathered. */
export function savedRules(e: FirewallReader, family: 4 | 6): Saved | undefined {
  const item = `host/iptables-rules.v${family}` as const;
  const entry = e.entry(item);
  if (!isItem(entry)) return undefined;
  const ruleset = parseIptablesSave(item, entry.text);
  if (!ruleset.complete)
    e.notUnderstood(item, ruleset.problems[0]?.why ?? 'it is cut short', ruleset.problems[0]?.line);
  const paths = (e.maybe('host/rules-files.json') ?? []).flatMap(({ path }) => path ?? []);
  const file = paths.find((path) => (/v6$|ip6tables/.test(path) ? 6 : 4) === family);
  const tool = family === 4 ? 'iptables' : 'ip6tables';
  return { item, ruleset, file, loaded: startsAtBoot(e, ['netfilter-persistent', 'iptables-persistent', tool]) };
}

/** Whether no rules are saved for boots: the script looked, and found no such file. */
export function noneSaved(e: FirewallReader, family: 4 | 6): boolean {
  const entry = e.entry(`host/iptables-rules.v${family}`);
  return !isItem(entry) && entry.why === 'not-installed';
}
