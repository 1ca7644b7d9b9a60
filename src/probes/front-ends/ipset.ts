import type { Fix, Patch } from '../../finding.ts';
import { judge, type Ipset, type IptablesRuleset } from '../../netfilter/index.ts';
import { command } from '../wording.ts';
import { ruleText, type Decided } from './block.ts';

/**
 * An entry for a set, where a rule before the deciding one admits just this port to the members of a set, and nothing else
 * uses the set: that is how whoever wrote the rule meant others to be let in. Undefined where there is no such rule.
 */
export function ipsetFix(decided: Decided): Fix | undefined {
  const { host, part, decider, attempt } = decided;
  const ruleset = host.rulesets.find(({ source }) => source === decider.source);
  if (ruleset?.kind !== 'iptables' || host.ipsets === undefined || decider.phase !== 'syn') return undefined;
  const port = decider.port ?? attempt.port;
  for (const set of host.ipsets.sets.values()) {
    const uses = usesOf(ruleset, set.name);
    if (uses.length === 0 || !uses.every((text) => admitsPort(text, set, port)) || isManaged(set.name)) continue;
    const entries = part.from.map((address) => (set.type.endsWith(',port') ? `${address},tcp:${port}` : address));
    const members = entries.map((text) => ({ text, line: 0 }));
    const grown = new Map(host.ipsets.sets).set(set.name, { ...set, members: [...set.members, ...members] });
    const { parts } = judge({ ...host, ipsets: { ...host.ipsets, sets: grown } }, { ...attempt, from: part.from });
    if (!parts.every(({ outcomes }) => outcomes.every(({ result }) => result === 'accepted'))) continue;
    return entryFix(decided, set, entries);
  }
  return undefined;
}

function entryFix({ host, attempt }: Decided, set: Ipset, entries: readonly string[]): Fix {
  const lastLine = set.members.at(-1)?.line ?? set.line;
  const patch: Patch = {
    item: host.ipsets?.source ?? 'host/ipset-save.txt',
    before: lastLine + 1,
    lines: entries.map((entry) => `add ${set.name} ${entry}`),
  };
  return {
    steps: entries.map((entry) => ({
      where: 'source host',
      run: `ipset add ${set.name} ${entry}`,
      effect: 'none',
      risk: `Admits just this address to TCP port ${attempt.port}, which is all that the set is asked for. It lasts until the next reboot, unless the sets are saved where this host loads them from.`,
      undo: command(`ipset del ${set.name} ${entry}`),
      verify: `${command(`ipset test ${set.name} ${entry}`)} says that it is in the set.`,
    })),
    patches: [patch],
  };
}

/** Sets that a front end fills by itself. */
const isManaged = (name: string): boolean => /^(?:f2b|fail2ban|SW_DBL|docker-|cali|KUBE|crowdsec)/.test(name);

function usesOf({ tables }: IptablesRuleset, name: string): string[] {
  return tables.flatMap(({ chains }) =>
    [...chains.values()].flatMap(({ rules }) =>
      rules.map(({ ref }) => ruleText({ rule: ref })).filter((text) => text.includes(`-set ${name} `)),
    ),
  );
}

/** Whether a rule does nothing but admit members of the set to the port. */
function admitsPort(text: string, { name, type }: Ipset, port: number): boolean {
  const [, flags] =
    new RegExp(` -m set --match-set ${name.replaceAll(/[.*+?^$()[\]{}|\\]/g, '\\$&')} (\\S+)`).exec(text) ?? [];
  if (!text.endsWith(' -j ACCEPT')) return false;
  if (type === 'hash:ip,port' || type === 'hash:net,port') return flags === 'src,dst';
  if ((type !== 'hash:ip' && type !== 'hash:net') || flags !== 'src') return false;
  const dports = / --dports? (\S+)/.exec(text)?.[1];
  return dports === String(port);
}
