import type { EvidenceLine, Fix, Patch, Step } from '../finding.ts';
import { proposeAccept, tableOf, type Decider, type KernelFix } from '../netfilter/index.ts';
import { savedRules } from './front-ends/boot.ts';
import { dockerUserRule } from './front-ends/docker.ts';
import { fail2banFix, fail2banLines } from './front-ends/fail2ban.ts';
import { firewalldFix } from './front-ends/firewalld.ts';
import { firewalldLines } from './front-ends/firewalld-zone.ts';
import { ipsetFix } from './front-ends/ipset.ts';
import { kernelPatches, kernelSteps } from './front-ends/kernel-steps.ts';
import { managerOf } from './front-ends/managers.ts';
import { ruleKey } from './front-ends/rule-line.ts';
import { ruleText, type Decided } from './front-ends/block.ts';
import { shorewallFix, shorewallLines } from './front-ends/shorewall.ts';
import { ufwFix, ufwLines } from './front-ends/ufw.ts';

/** The lines of the owner's own configuration that the deciding rule came from. */
export function originLines(decided: Decided): EvidenceLine[] {
  switch (decided.decider.owner) {
    case 'shorewall':
      return shorewallLines(decided);
    case 'ufw':
      return ufwLines(decided);
    case 'firewalld':
      return firewalldLines(decided);
    case 'fail2ban':
      return fail2banLines(decided);
    default:
      return [];
  }
}

/**
 * The narrowest fix of a block, in the words of whoever owns the deciding rule. Undefined where no rule of the kernel can
 * be placed with certainty: the plan then says that it is stuck, rather than guess.
 */
export function firewallFix(decided: Decided): Fix | undefined {
  const fix = fixOf(decided);
  return fix && { ...fix, wall: wallOf(decided.decider) };
}

/** The deciding rule by its place and its text, without line numbers and counters: these change with what is put before it. */
function wallOf(decider: Decider): string {
  const { source, family, table, chain, kind, phase } = decider;
  return [source, family, table, chain, kind, phase, ruleText(decider)].join(' ');
}

function fixOf(decided: Decided): Fix | undefined {
  const { e, host, part, decider, attempt } = decided;
  const kernel = proposeAccept(host, part, decider, attempt);
  if (kernel === undefined) return undefined;
  const docker = dockerUserRule(decided);
  if (docker !== undefined && decider.owner !== 'ufw') {
    const lasts = `docker leaves DOCKER-USER alone, and no reboot brings it back: ${keptBy(decided, docker).words}`;
    return { steps: kernelSteps(docker, decider.port ?? attempt.port, lasts), patches: kernelPatches(e, docker) };
  }
  switch (decider.owner) {
    case 'shorewall':
      return shorewallFix(decided, kernel);
    case 'ufw':
      return ufwFix(decided, kernel);
    case 'firewalld':
      return firewalldFix(decided, kernel);
    case 'fail2ban':
      return fail2banFix(decided) ?? byHand(decided, kernel);
    case 'csf':
    case 'kubernetes':
      return rewrittenByOwner(decided, kernel);
    default:
      return ipsetFix(decided) ?? byHand(decided, kernel);
  }
}

/** A rule of the kernel now, and, where this host loads saved rules at boot, the same line for that file. */
function byHand(decided: Decided, kernel: KernelFix): Fix {
  const { e, decider, attempt } = decided;
  const { words, later, patches } = keptBy(decided, kernel);
  const now = kernelSteps(kernel, decider.port ?? attempt.port, words);
  return { steps: [...now, ...later], patches: [...kernelPatches(e, kernel), ...patches] };
}

/** How a rule made by hand outlives a reboot on this host. */
function keptBy(decided: Decided, kernel: KernelFix): { words: string; later: Step[]; patches: Patch[] } {
  const { e, host, decider, attempt } = decided;
  const nothing = { later: [], patches: [] };
  if (kernel.nft !== undefined) {
    const file = '/etc/nftables.conf';
    return {
      ...nothing,
      words: `It lasts until the next reboot, unless the same line stands in ${file} or wherever this host loads table ${kernel.table} from.${managerOf(e, file)}`,
    };
  }
  const saved = savedRules(e, attempt.to.includes(':') ? 6 : 4);
  const table = saved?.ruleset.tables.find(({ name }) => name === kernel.table);
  const chain = table?.chains.get(kernel.chain);
  if (saved?.file === undefined || chain === undefined) {
    const words =
      'It lasts until the next reboot, unless the rules are saved where this host loads them from' +
      (saved === undefined ? '; no saved rules were found.' : ` (${saved.file ?? saved.item}).`);
    return { ...nothing, words };
  }
  const live = tableOf(host, decider)?.chains.get(kernel.chain)?.rules;
  const next = live?.find(({ ref }) => ref.line === kernel.beforeLine)?.ref.text;
  const key = next === undefined ? undefined : ruleKey(ruleText({ rule: { source: '', line: 0, text: next } }));
  const at = chain.rules.find(({ ref }) => ruleKey(ref.text) === key)?.ref.line;
  const end = table === undefined ? undefined : endOf(table.chains.values(), chain);
  const before = at ?? (next === undefined ? end : undefined);
  if (before === undefined) {
    const words = `It lasts until the next reboot: ${saved.file} is not what runs, so where it belongs there is for you to see.`;
    return { ...nothing, words };
  }
  const step: Step = {
    where: 'source host',
    edit: { file: saved.file, before, lines: [...kernel.lines] },
    effect: 'none',
    risk: `None now: a boot loads the file.${managerOf(e, saved.file)}`,
    undo: 'Delete the line again.',
    verify: `\`${attempt.to.includes(':') ? 'ip6tables' : 'iptables'}-restore --test ${saved.file}\` finds no fault.`,
  };
  return {
    words: 'It lasts until the next reboot: the next step keeps it.',
    later: [step],
    patches: [{ item: saved.item, before, lines: kernel.lines }],
  };
}

type Chains = Iterable<{
  readonly rules: readonly { readonly ref: { readonly line: number } }[];
  readonly declared?: { readonly line: number } | undefined;
}>;

/** The line behind a chain's last rule, or behind all declarations of its table. */
function endOf(chains: Chains, { rules }: { rules: readonly { ref: { line: number } }[] }): number {
  const last = rules.at(-1)?.ref.line;
  return (last ?? Math.max(...[...chains].map(({ declared }) => declared?.line ?? 0))) + 1;
}

/** What csf and Kubernetes write they write anew by themselves: a rule of the kernel is for now, the lasting one is theirs. */
function rewrittenByOwner(decided: Decided, kernel: KernelFix): Fix {
  const { e, part, decider, attempt } = decided;
  const port = decider.port ?? attempt.port;
  const lines = part.from.map((address) => `\`tcp|in|d=${port}|s=${address}\``).join(', ');
  const lasts =
    decider.owner === 'csf'
      ? `It lasts until csf next restarts. To keep it, /etc/csf/csf.allow takes ${lines}; \`csf -r\` loads that, and makes every rule anew.`
      : 'It lasts until an agent of Kubernetes next writes its chains, within minutes. To keep it, a policy of the cluster must admit the address: a GlobalNetworkPolicy of Calico, a CiliumClusterwideNetworkPolicy, or what made the rule.';
  return { steps: kernelSteps(kernel, port, lasts), patches: kernelPatches(e, kernel) };
}
