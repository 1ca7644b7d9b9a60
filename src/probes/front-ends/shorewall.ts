import { isItem } from '../../evidence/item.ts';
import { quoteLine } from '../../evidence/reader.ts';
import type { EvidenceLine, Fix, Patch, Step } from '../../finding.ts';
import type { KernelFix } from '../../netfilter/index.ts';
import { command } from '../wording.ts';
import { ruleText, type Decided } from './block.ts';
import { kernelPatches, kernelSteps } from './kernel-steps.ts';
import { managerOf } from './managers.ts';
import { lastSection } from './shorewall-files.ts';
import { originOf, spotOf, zonesOf, type Origin } from './shorewall-origin.ts';
import { reloadOf } from './shorewall-reload.ts';

/** The line of /etc/shorewall that produced the deciding rule, and shorewall's version and state. */
export function shorewallLines(decided: Decided): EvidenceLine[] {
  if (ofShorewall6(decided)) return [];
  const { e } = decided;
  const origin = originOf(decided);
  const entry = origin && e.entry(`host/shorewall/${origin.file}`);
  return [
    ...(origin === undefined || entry === undefined || !isItem(entry) ? [] : [quoteLine(entry, origin.line)]),
    ...stateOf(e),
  ];
}

/** `Shorewall-5.2.8 is running`. */
function stateOf(e: Decided['e']): EvidenceLine[] {
  const status = e.entry('host/shorewall/status.txt');
  if (!isItem(status)) return [];
  const [, version] = /^(Shorewall\S*) Status at/m.exec(status.text) ?? [];
  const [, state] = /^Shorewall.* (is \w+)/m.exec(status.text) ?? [];
  return version === undefined || state === undefined
    ? []
    : [e.cite('host/shorewall/status.txt', `${version} ${state}`)];
}

const instead =
  'A line in /etc/shorewall/hosts that puts the address into a zone which is let in would admit it to every port of that zone.';

/**
 * The fix in shorewall's words. Where a reload would do nothing else: the line, `shorewall check`, `safe-reload`. Where it
 * would: one rule for the kernel now, and the line for whenever somebody can look.
 */
export function shorewallFix(decided: Decided, kernel: KernelFix): Fix {
  const listed = dynamicEntry(decided);
  if (listed !== undefined) return listed;
  const { e, host, attempt } = decided;
  const patches = kernelPatches(e, kernel);
  const edits = editsOf(decided);
  if (edits.length === 0) {
    const lasts = 'It lasts until shorewall next reloads or the host reboots; nothing else changes now.';
    return { steps: kernelSteps(kernel, attempt.port, lasts), patches };
  }
  const reload = reloadOf(e, host);
  // A line of which it is not known what it must stand before proves nothing of a reload.
  const known = originOf(decided) !== undefined;
  const reloads = reload.harmless && known;
  const place = known
    ? ''
    : ' Which line of /etc/shorewall the deciding rule came from was not found: see that this one stands before it.';
  const later = reloads
    ? 'None before the reload.'
    : `None now; \`shorewall reload\` compiles it. ${reload.words} Run \`shorewall check\` first, and reload when somebody can look.${place}`;
  const editSteps = edits.map(({ file, before, lines }): Step => ({
    where: 'source host',
    edit: { file, before, lines },
    effect: 'none',
    risk: `${later}${managerOf(e, file)}`,
    undo: 'Delete the line again.',
    verify: '`shorewall check` reports no error.',
    ...(file.endsWith('/rules') ? { instead } : {}),
  }));
  const allPatches = [...patches, ...edits.map(({ item, before, lines }): Patch => ({ item, before, lines }))];
  if (!reloads) {
    const lasts = 'It lasts until shorewall next reloads or the host reboots; nothing else changes now.';
    return { steps: [...kernelSteps(kernel, attempt.port, lasts), ...editSteps], patches: allPatches };
  }
  return { steps: [...editSteps, reloadStep(decided, reload.words)], patches: allPatches };
}

function reloadStep({ decider }: Decided, words: string): Step {
  return {
    where: 'source host',
    run: 'shorewall check && shorewall safe-reload',
    effect: 'reload',
    risk: `Compiles /etc/shorewall anew; open connections stay. ${words} It asks whether to keep the new rules, and goes back by itself after 60 s without a yes.`,
    undo: 'Delete the line again, and `shorewall check && shorewall safe-reload`.',
    verify: `${command(`iptables -S ${decider.jumps.length === 0 ? decider.chain : decider.jumps.at(-1)?.chain}`)} shows the rule before the one that blocked.`,
  };
}

type Edit = { item: `host/shorewall/${'rules' | 'blrules'}`; file: string; before: number; lines: string[] };

/** The entries for /etc/shorewall (shorewall-rules(5), shorewall-blrules(5)), where they belong. */
function editsOf(decided: Decided): Edit[] {
  const { e, part, decider, attempt } = decided;
  const rules = e.entry('host/shorewall/rules');
  const spot = spotOf(decided);
  // What interfaces and their options drop, and answers on their way out, no entry of rules lets in.
  if (!isItem(rules) || decider.phase !== 'syn' || decider.table !== 'filter' || ofShorewall6(decided)) return [];
  const origin = originOf(decided);
  const blacklisted = spot.chain === 'dynamic' || / --match-set SW_DBL\d /.test(ruleText(decider));
  if (origin?.file === 'interfaces' || blacklisted) return [];
  const { source, target } = zonesOf(decided);
  const where = target === 'fw' ? '$FW' : target;
  const port = decider.port ?? attempt.port;
  const entry = (action: string) =>
    part.from.map((address) => `${action}\t${source}:${address}\t${where}\ttcp\t${port}`);
  const atEnd = rules.text.replace(/\n$/, '').split('\n').length + 1;
  const accept: Edit = {
    item: 'host/shorewall/rules',
    file: '/etc/shorewall/rules',
    before: origin?.file === 'rules' ? origin.line : atEnd,
    lines: [
      ...(origin?.file !== 'rules' && lastSection(rules.text) !== 'NEW' ? ['?SECTION NEW'] : []),
      ...entry('ACCEPT'),
    ],
  };
  return origin?.file === 'blrules' ? [exempted(origin, entry('WHITELIST')), accept] : [accept];
}

/** Off the blacklist for this address and port alone; the rules decide after that. */
function exempted({ line }: Origin, lines: string[]): Edit {
  return { item: 'host/shorewall/blrules', file: '/etc/shorewall/blrules', before: line, lines };
}

/** shorewall6 has files of its own, in /etc/shorewall6. */
const ofShorewall6 = ({ attempt }: Decided) => attempt.to.includes(':');

/**
 * An address that `shorewall drop`, `reject` or `blacklist` put on the dynamic blacklist, a chain or since 5.0.8 a set;
 * `shorewall allow` takes it off. Undefined where a network that holds it stands there.
 */
function dynamicEntry(decided: Decided): Fix | undefined {
  const entry = inChain(decided) ?? inSet(decided);
  const [address] = decided.part.from;
  if (entry === undefined || address === undefined || decided.part.from.length > 1) return undefined;
  return {
    steps: [
      {
        where: 'source host',
        run: `shorewall allow ${address}`,
        effect: 'none',
        risk: `Takes ${address} off the dynamic blacklist, for every port that shorewall’s rules admit. Somebody, or fail2ban, put it there.`,
        undo: command(`shorewall ${entry.verb} ${address}`),
        verify: '`shorewall show dynamic` and `shorewall show blacklists` no longer list it.',
      },
    ],
    patches: [entry.patch],
  };
}

type Listed = { readonly verb: string; readonly patch: Patch };

function inChain({ decider, part: { from } }: Decided): Listed | undefined {
  const { rule } =
    decider.chain === 'dynamic' ? decider : (decider.jumps.find(({ chain }) => chain === 'dynamic') ?? {});
  const text = ruleText({ rule });
  const [, listed, target = ''] = /^-A dynamic -s ([^\s/]+)(?:\/32|\/128)? -[jg] (\S+)/.exec(text) ?? [];
  if (rule === undefined || listed === undefined || listed !== from[0]) return undefined;
  return {
    verb: /reject/i.test(target) ? 'reject' : 'drop',
    patch: { item: rule.source, line: rule.line, lines: [] },
  };
}

function inSet({ decider, part: { from }, host }: Decided): Listed | undefined {
  const name = / --match-set (SW_DBL\d) src /.exec(ruleText(decider))?.[1];
  const set = name === undefined ? undefined : host.ipsets?.sets.get(name);
  const member = set?.members.find(({ text }) => text.split(' ')[0] === from[0]);
  if (member === undefined) return undefined;
  const item = host.ipsets?.source ?? 'host/ipset-save.txt';
  return { verb: 'blacklist', patch: { item, line: member.line, lines: [] } };
}
