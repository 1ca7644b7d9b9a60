import { isItem } from '../../evidence/item.ts';
import { quoteLine } from '../../evidence/reader.ts';
import type { EvidenceLine, Fix, Patch, Step } from '../../finding.ts';
import { proposeAccept, tableOf, type KernelFix } from '../../netfilter/index.ts';
import { command, someOf } from '../wording.ts';
import { ruleText, type Decided } from './block.ts';
import { jailInComment, unban } from './fail2ban.ts';
import { kernelPatches, kernelSteps } from './kernel-steps.ts';
import { managerOf } from './managers.ts';
import { ruleKey } from './rule-line.ts';
import { numberOf, tupleOf, tuplesOf, type Tuple } from './ufw-rules.ts';

const familyOf = ({ attempt }: Decided) => (attempt.to.includes(':') ? 6 : 4);
const fileOf = (decided: Decided) => (familyOf(decided) === 4 ? 'user.rules' : 'user6.rules');

function tuplesIn({ e }: Decided, file: 'user.rules' | 'user6.rules'): Tuple[] {
  const entry = e.entry(`host/ufw/${file}`);
  return isItem(entry) ? tuplesOf(entry.text) : [];
}

/** The rule of a user chain of ufw that decides, or that leads to what decides (a limit's chain). */
function userRule({ decider }: Decided): string | undefined {
  const way = [...decider.jumps, decider];
  const own = way.find(({ chain }) => /^ufw6?-user-(?:input|forward|output)$/.test(chain));
  return own?.rule === undefined ? undefined : ruleText(own);
}

function decidingTuple(decided: Decided): Tuple | undefined {
  const rule = userRule(decided);
  return rule === undefined ? undefined : tupleOf(tuplesIn(decided, fileOf(decided)), rule);
}

/** The `### tuple ###` line that produced the deciding rule, and for a rule of `before.rules` or `after.rules` its line there. */
export function ufwLines(decided: Decided): EvidenceLine[] {
  const { e } = decided;
  const tuple = decidingTuple(decided);
  const user = e.entry(`host/ufw/${fileOf(decided)}`);
  if (tuple !== undefined && isItem(user)) return [quoteLine(user, tuple.line)];
  const place = lineInFramework(decided);
  if (place !== undefined) return [place.shown];
  const defaults = e.entry('host/ufw/default');
  if (!isItem(defaults)) return [];
  const at = defaults.text.split('\n').findIndex((line) => line.startsWith('DEFAULT_INPUT_POLICY='));
  return at < 0 || decided.decider.hook !== 'input' ? [] : [quoteLine(defaults, at + 1)];
}

type FrameworkFile = 'before.rules' | 'before6.rules' | 'after.rules' | 'after6.rules';

/** The line of ufw's before or after rules that the deciding rule stands in. */
function lineInFramework(decided: Decided): { file: FrameworkFile; line: number; shown: EvidenceLine } | undefined {
  const six = familyOf(decided) === 6 ? '6' : '';
  const text = ruleText(decided.decider);
  if (!/^-A ufw6?-(?:before|after)-(?:input|output|forward) /.test(text)) return undefined;
  const file = `${text.includes('-before-') ? 'before' : 'after'}${six}.rules` as FrameworkFile;
  const entry = decided.e.entry(`host/ufw/${file}`);
  if (!isItem(entry)) return undefined;
  const key = ruleKey(text);
  const at = entry.text.split('\n').findIndex((line) => ruleKey(line) === key);
  return at < 0 ? undefined : { file, line: at + 1, shown: quoteLine(entry, at + 1) };
}

/**
 * The fix in ufw's words. Its user rules are asked behind its before rules and ahead of everything else: `ufw allow` appends to them,
 * `ufw insert` goes before one that denies, and an `allow` of the very same flow takes a deny's place. What stands in front of
 * them gets a rule of the kernel now, and a line in the before rules for later.
 */
export function ufwFix(decided: Decided, kernel: KernelFix): Fix {
  const { e, attempt, decider, part } = decided;
  const place = lineInFramework(decided);
  const running = isRunning(decided);
  if (
    !running ||
    decider.phase !== 'syn' ||
    place?.file.startsWith('before') ||
    !/^(?:input|forward)$/.test(decider.hook ?? '')
  ) {
    const later: Step[] = place === undefined ? [] : [beforeRules(decided, place, kernel)];
    const lasts = 'It lasts until the next `ufw reload` or reboot.';
    return { steps: [...kernelSteps(kernel, attempt.port, lasts), ...later], patches: kernelPatches(e, kernel) };
  }
  const chain = `ufw${familyOf(decided) === 6 ? '6' : ''}-user-${decider.hook}`;
  const tuple = decidingTuple(decided);
  const rule = userRule(decided);
  if (rule !== undefined && tuple === undefined) {
    const lasts = 'It lasts until ufw next writes its rules anew.';
    return { steps: kernelSteps(kernel, attempt.port, lasts), patches: kernelPatches(e, kernel) };
  }
  const jail = jailInComment(tuple?.comment);
  if (tuple !== undefined && jail !== undefined && tuple.source === part.from[0] && part.from.length === 1)
    return unban({ jail, addresses: part.from, patches: withoutRule(decided) });
  const lost = tuple === undefined ? undefined : rewritten(decided, chain);
  if (tuple !== undefined && lost !== undefined) {
    const lasts = `It lasts until ufw next writes its rules anew, which \`ufw insert\` would do: ${lost}`;
    return {
      steps: [...kernelSteps(kernel, attempt.port, lasts), userLine(decided, tuple, chain)],
      patches: kernelPatches(e, kernel),
    };
  }
  const same = tuple !== undefined && isSameFlow(decided, tuple);
  const steps = part.from.map((address) => step(decided, address, tuple, same));
  return { steps, patches: same && tuple !== undefined ? inPlace(decided) : appended(decided, kernel, chain, tuple) };
}

/** `ufw allow` in the words of ufw(8). */
function step(decided: Decided, address: string, tuple: Tuple | undefined, same: boolean): Step {
  const { attempt, decider, e } = decided;
  const port = decider.port ?? attempt.port;
  const route = decider.hook === 'forward' ? 'route ' : '';
  const what = `proto tcp from ${address} to any port ${port}`;
  const insert = tuple === undefined || same ? '' : `insert ${shownNumber(decided, tuple)} `;
  const instead = same ? ` It takes the place of the rule that says ${tuple?.action}.` : '';
  return {
    where: 'source host',
    run: `ufw ${route}${insert}allow ${what}`,
    effect: 'none',
    risk: `Admits just ${address} to TCP port ${port}; ufw keeps it across reboots.${instead}${managerOf(e, `/etc/ufw/${fileOf(decided)}`)}`,
    undo: command(
      same ? `ufw ${route}${tuple?.action.replace(/^route:/, '')} ${what}` : `ufw ${route}delete allow ${what}`,
    ),
    verify: '`ufw status numbered`',
  };
}

/** The number as `ufw status numbered` shows it: IPv6's rules come after all of IPv4's. */
function shownNumber(decided: Decided, tuple: Tuple): number {
  const own = tuplesIn(decided, fileOf(decided));
  if (familyOf(decided) === 4) return numberOf(own, tuple);
  const others = tuplesIn(decided, 'user.rules');
  const last = others.at(-1);
  return numberOf(own, tuple) + (last === undefined ? 0 : numberOf(others, last));
}

function isSameFlow({ part, decider, attempt }: Decided, tuple: Tuple): boolean {
  const [address] = part.from;
  const any = attempt.to.includes(':') ? '::/0' : '0.0.0.0/0';
  return (
    part.from.length === 1 &&
    tuple.protocol === 'tcp' &&
    tuple.port === String(decider.port ?? attempt.port) &&
    tuple.target === any &&
    tuple.sourcePort === 'any' &&
    tuple.source === address &&
    tuple.direction === 'in' &&
    tuple.application === undefined
  );
}

/** The kernel without the rule of ufw's that decides. */
function withoutRule({ decider }: Decided): Patch[] {
  const { rule } = [...decider.jumps, decider].find(({ chain }) => chain.includes('-user-')) ?? decider;
  return rule === undefined ? [] : [{ item: rule.source, line: rule.line, lines: [] }];
}

function inPlace({ decider }: Decided): Patch[] {
  const { rule } = [...decider.jumps, decider].find(({ chain }) => chain.includes('-user-')) ?? decider;
  if (rule === undefined) return [];
  return [{ item: rule.source, line: rule.line, lines: [rule.text.replace(/ -j .*$/, ' -j ACCEPT')] }];
}

/** At the end of the user chain, or before the rule that denies. */
function appended(decided: Decided, kernel: KernelFix, chain: string, tuple: Tuple | undefined): Patch[] {
  const { host, part, decider, attempt } = decided;
  const own = [...decider.jumps, decider].find((each) => each.chain === chain);
  const first = tuple === undefined ? undefined : firstOf(decided, chain, tuple);
  const index = tuple === undefined ? undefined : (first ?? own?.index);
  const there = proposeAccept(host, part, decider, attempt, { chain, index });
  return kernelPatches(decided.e, there ?? kernel);
}

/** The 1-based place of the first rule that was made from a tuple. */
function firstOf({ host, decider }: Decided, chain: string, { rules: [first] }: Tuple): number | undefined {
  if (first === undefined) return undefined;
  const key = ruleKey(first.text);
  return tableOf(host, decider)
    ?.chains.get(chain)
    ?.rules.find(({ ref }) => ruleKey(ref.text) === key)?.index;
}

/** Whether ufw itself takes its rules for switched on; else its commands change nothing but its files. */
function isRunning({ e }: Decided): boolean {
  const conf = e.entry('host/ufw/ufw.conf');
  return !isItem(conf) || !/^ENABLED=["']?no/im.test(conf.text);
}

/** What writing a user chain anew would drop and bring in, or undefined where file and kernel agree. */
function rewritten(decided: Decided, chain: string): string | undefined {
  const file = tuplesIn(decided, fileOf(decided)).flatMap(({ rules }) =>
    rules.filter(({ text }) => text.startsWith(`-A ${chain} `)),
  );
  const live = tableOf(decided.host, decided.decider)?.chains.get(chain)?.rules ?? [];
  const keys = (texts: readonly string[]) => new Set(texts.map(ruleKey));
  const [onDisk, inKernel] = [keys(file.map(({ text }) => text)), keys(live.map(({ ref }) => ref.text))];
  const drops = live
    .filter(({ ref }) => !onDisk.has(ruleKey(ref.text)))
    .map(({ ref }) => command(ref.text.replace(/^\[\d+:\d+\] /, '')));
  const brings = file.filter(({ text }) => !inKernel.has(ruleKey(text))).map(({ text }) => command(text));
  const words = [
    ...(drops.length === 0 ? [] : [`it would drop what ufw does not know: ${someOf(drops, 3)}.`]),
    ...(brings.length === 0 ? [] : [`it would bring in what waits in its file: ${someOf(brings, 3)}.`]),
  ];
  return words.length === 0 ? undefined : words.join(' And ');
}

/** The rule for ufw's own file, to be loaded whenever ufw next writes its rules. */
function userLine(decided: Decided, tuple: Tuple, chain: string): Step {
  const { part, decider, attempt, e } = decided;
  const file = `/etc/ufw/${fileOf(decided)}`;
  const port = decider.port ?? attempt.port;
  const any = attempt.to.includes(':') ? '::/0' : '0.0.0.0/0';
  const lines = part.from.flatMap((address) => [
    `### tuple ### allow tcp ${port} ${any} any ${address} in`,
    `-A ${chain} -p tcp --dport ${port} -s ${address} -j ACCEPT`,
    '',
  ]);
  return {
    where: 'source host',
    edit: { file, before: tuple.line, lines },
    effect: 'none',
    risk: `None now; the next \`ufw reload\` brings it in.${managerOf(e, file)}`,
    undo: 'Delete the lines again.',
    verify: '`ufw show added` lists it.',
  };
}

function beforeRules(decided: Decided, { file, line }: { file: FrameworkFile; line: number }, kernel: KernelFix): Step {
  const path = `/etc/ufw/${file}`;
  return {
    where: 'source host',
    edit: { file: path, before: line, lines: [...kernel.lines] },
    effect: 'none',
    risk: `None now; the next \`ufw reload\` brings it in.${managerOf(decided.e, path)}`,
    undo: 'Delete the line again.',
    verify: `\`iptables-restore --test ${path}\` finds no fault.`,
  };
}
