import type { Fix, Step } from '../../finding.ts';
import { proposeAccept, tableOf, type KernelFix, type Spot } from '../../netfilter/index.ts';
import { shellQuote } from '../../shell.ts';
import { command } from '../wording.ts';
import type { Decided } from './block.ts';
import { lowestPriority, zoneOf, type Zone } from './firewalld-zone.ts';
import { kernelPatches, kernelSteps } from './kernel-steps.ts';
import { managerOf } from './managers.ts';

/**
 * The fix in firewalld's words: a rich rule of the zone that the client falls in, now and permanently (the second alone opens
 * nothing before the next reload). A rule that denies in the same zone is asked before those that allow, so a rule with a
 * lower priority goes in front of it (firewalld.richlanguage(5)).
 */
export function firewalldFix(decided: Decided, kernel: KernelFix): Fix | undefined {
  const { e, host, part, decider, attempt } = decided;
  const zone = zoneOf(decided);
  const place = zone === undefined ? undefined : placeIn(decided, zone);
  const table = tableOf(host, decider);
  if (zone === undefined || place === undefined || decider.hook !== 'input' || decider.phase !== 'syn') {
    // firewalld's own table may belong to it alone, and it makes its chains anew whenever it reloads.
    if (table?.name === 'firewalld') return undefined;
    const lasts = 'It lasts until the next `firewall-cmd --reload` or reboot.';
    return { steps: kernelSteps(kernel, attempt.port, lasts), patches: kernelPatches(e, kernel) };
  }
  const there = proposeAccept(host, part, decider, attempt, place.spot);
  if (there === undefined) return undefined;
  const port = decider.port ?? attempt.port;
  const steps = part.from.flatMap((address) => {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const priority = place.priority === undefined ? '' : `priority="${place.priority}" `;
    const rule = `rule ${priority}family="${family}" source address="${address}" port port="${port}" protocol="tcp" accept`;
    return ['', '--permanent '].map((when) => step(decided, zone, rule, when, port));
  });
  return { steps, patches: kernelPatches(e, there) };
}

/** The chain that the rule will stand in, and the priority that brings it there; undefined where this firewalld cannot do that. */
function placeIn({ host, decider, e, ...others }: Decided, zone: Zone): { spot: Spot; priority?: number } | undefined {
  const before = /_(?:pre|log|deny)$/.exec(decider.chain)?.[0];
  if (before === undefined || !decider.chain.startsWith(zone.chain))
    return { spot: { chain: `${zone.chain}_allow`, index: undefined } };
  const chain = `${zone.chain}_pre`;
  const rules = tableOf(host, decider)?.chains.get(chain)?.rules;
  // Priorities came with firewalld 0.7.
  if (rules === undefined) return undefined;
  const lowest = lowestPriority({ host, decider, e, ...others }, zone);
  if (before === '_pre') return lowest > -32768 ? { spot: { chain, index: 1 }, priority: lowest - 1 } : undefined;
  return { spot: { chain, index: undefined }, priority: -1 };
}

function step({ e }: Decided, { kind, name }: Zone, rule: string, when: string, port: number): Step {
  const of = `firewall-cmd ${when}--${kind}=${shellQuote(name)}`;
  const file = `/etc/firewalld/${kind === 'zone' ? 'zones' : 'policies'}/${name}.xml`;
  const lasts =
    when === ''
      ? 'Admits just this address to TCP port ' +
        port +
        ' in the running firewall, until its next reload: the next step keeps it.'
      : `Writes it to ${file}, which opens nothing before the next reload, and keeps it then.${managerOf(e, file)}`;
  return {
    where: 'source host',
    run: `${of} --add-rich-rule='${rule}'`,
    effect: 'none',
    risk: lasts,
    undo: command(`${of} --remove-rich-rule='${rule}'`),
    verify: `${command(`${of} --list-rich-rules`)} lists it.`,
  };
}
