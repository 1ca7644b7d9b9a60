import { isItem } from '../../evidence/item.ts';
import type { SourceRef } from '../../netfilter/index.ts';
import { containsAddresses } from '../../netfilter/index.ts';
import { ruleText, verdictIn, type Decided } from './block.ts';
import { isAbout, sideCovers, verdictOf, type ZoneFlow } from './shorewall-entry.ts';
import { entriesOf, type Entry } from './shorewall-files.ts';

const files = ['policy', 'rules', 'blrules', 'interfaces', 'hosts', 'zones'] as const;
type File = (typeof files)[number];
/** The line of shorewall's configuration that a rule of the kernel was compiled from. */
export type Origin = { readonly file: File; readonly line: number };

/** Chains that many rules share, and that say nothing of where the packet came from. */
const shared = /^(?:reject|logdrop|logreject|logflags|smurflog|~log\d+|[A-Z]\w*%?\d*)$/;
const optionChain = /^(?:smurfs|tcpflags|sfilter\d*|rpfilter|.*_(?:mac|iop|fop|rec))$/;

/** Where in its zones' chains the decision fell: the innermost chain that is not shared, and the rule there. */
export type Spot = { readonly chain: string; readonly rule: SourceRef | undefined };

/** The innermost chain on the way to a decision that tells where the packet came from. */
export function spotOf({ decider }: Decided): Spot {
  const way: Spot[] = [...decider.jumps, { chain: decider.chain, rule: decider.rule }];
  const own = way.findLast(({ chain }) => !shared.test(chain) || /^(?:INPUT|FORWARD|OUTPUT)$/.test(chain));
  return own ?? way[way.length - 1]!;
}

/** The entries of a file of shorewall's, none where it was not gathered. */
function entriesIn({ e }: Pick<Decided, 'e'>, file: File): Entry[] {
  const entry = e.entry(`host/shorewall/${file}`);
  return isItem(entry) ? entriesOf(entry.text) : [];
}

/** The name of the firewall's own zone, `fw` unless the zones file says otherwise. */
function ownZone(decided: Decided): string {
  return entriesIn(decided, 'zones').find(({ columns }) => columns[1] === 'firewall')?.columns[0] ?? 'fw';
}

function zoneNames(decided: Decided): string[] {
  return entriesIn(decided, 'zones').map(({ columns }) => (columns[0] ?? '').split(':')[0] ?? '');
}

/** The two zones in a text such as `net-fw`, `net2fw`, `net-fw~` or the prefix of a log. */
function pairIn(text: string, decided: Decided): { source: string; target: string } | undefined {
  const names = zoneNames(decided);
  const known = (name: string) => names.length === 0 || name === 'all' || names.includes(name);
  for (const [, source = '', target = ''] of [/^(\w+)-(\w+)~?$/, /^(\w+?)2(\w+)~?$/].map(
    (shape) => shape.exec(text) ?? [],
  )) {
    if (source !== '' && known(source) && known(target))
      return { source, target: target === ownZone(decided) ? 'fw' : target };
  }
  return undefined;
}

/**
 * The zones between which the packet went: by the chain's name, else (chains are folded into others) by the log before the
 * decision, else by what /etc/shorewall/hosts and interfaces say of the client's side; `net` where nothing does.
 */
export function zonesOf(decided: Decided): { source: string; target: string } {
  const { decider, host, attempt, part } = decided;
  const spot = spotOf(decided);
  const named = pairIn(spot.chain, decided);
  const target = named?.target === undefined || named.target === 'all' ? 'fw' : named.target;
  if (named !== undefined && named.source !== 'all') return { source: named.source, target };
  const chain = host.rulesets
    .find(({ source }) => source === decider.source)
    ?.tables.find(({ name }) => name === decider.table)
    ?.chains.get(spot.chain);
  const at = chain?.rules.findIndex(({ ref }) => ref.line === spot.rule?.line) ?? -1;
  const prefix = /--log-prefix "(?:Shorewall:)?([^ :"]+)[ :]/.exec(chain?.rules[at - 1]?.ref.text ?? '')?.[1];
  const logged = prefix === undefined ? undefined : pairIn(prefix, decided);
  if (logged !== undefined && logged.source !== 'all') return logged;
  const byAddress = entriesIn(decided, 'hosts').find(({ columns: [, hosts = ''] }) => {
    const [interface_ = '', ...addresses] = hosts.split(':');
    return interface_ === attempt.interface && containsAddresses(addresses.join(':').split(','), part.from);
  });
  const interfaces = entriesIn(decided, 'interfaces').filter(({ columns: [zone] }) => zone !== '-');
  const byInterface = interfaces.find(({ columns: [, name] }) => name === attempt.interface) ?? interfaces[0];
  return { source: byAddress?.columns[0] ?? byInterface?.columns[0] ?? 'net', target };
}

/**
 * The line of /etc/shorewall that the deciding rule was compiled from: as shorewall notes it where TRACK_RULES is on, else
 * the first entry that is about this flow and does what the rule does. Undefined where that cannot be told.
 */
export function originOf(decided: Decided): Origin | undefined {
  const spot = spotOf(decided);
  const text = ruleText(spot);
  const [, noted, number] = /@@@ \/etc\/shorewall\/(\w+):(\d+) @@@/.exec(text) ?? [];
  const file = files.find((name) => name === noted);
  if (file !== undefined) return { file, line: Number(number) };
  if (optionChain.test(spot.chain)) return interfaceLine(decided);
  if (spot.chain === 'dynamic') return undefined;
  const zones = zonesOf(decided);
  const flow: ZoneFlow = {
    ...zones,
    from: decided.part.from,
    interface: decided.attempt.interface,
    port: decided.decider.port ?? decided.attempt.port,
    comment: /macro\.(\w+):\d+ @@@/.exec(text)?.[1] ?? /--comment "?([^" ]+)/.exec(text)?.[1],
  };
  if (/^~blacklist|~$/.test(spot.chain)) return ruleOf(decided, 'blrules', flow);
  const unqualified = /^-A \S+ (?:-m comment --comment (?:"[^"]*"|\S+) )?-[jg] \S+(?: --reject-with \S+)?$/.test(text);
  const rule = ruleOf(decided, 'rules', flow, unqualified);
  return rule ?? (unqualified ? policyLine(decided, zones) : undefined);
}

/** @param unqualified whether the rule of the kernel asks nothing of the packet, as one of an entry of bare zones does */
function ruleOf(decided: Decided, file: 'rules' | 'blrules', flow: ZoneFlow, unqualified = false): Origin | undefined {
  const verdict = verdictIn(decided);
  const hit = entriesIn(decided, file).find(
    (entry) =>
      ['ALL', 'NEW'].includes(entry.section) &&
      verdictOf(entry.columns[0] ?? '') === verdict &&
      (!unqualified || isBare(entry)) &&
      isAbout(entry, flow) !== 'no',
  );
  return hit === undefined ? undefined : { file, line: hit.line };
}

function isBare({ columns: [action = '', ...others] }: Entry): boolean {
  return !action.includes('(') && others.every((column, index) => (index < 2 ? !column.includes(':') : column === '-'));
}

/** The first policy of a pair of zones counts; where it does something else, the rule is not of a policy. */
function policyLine(decided: Decided, { source, target }: { source: string; target: string }): Origin | undefined {
  const first = entriesIn(decided, 'policy').find(
    ({ columns: [from = '', to = '', policy = ''] }) =>
      sideCovers(from, source, undefined) === 'yes' &&
      sideCovers(to, target, undefined) === 'yes' &&
      !/^(?:CONTINUE|NONE)\b/.test(policy),
  );
  return first !== undefined && verdictOf(first.columns[2] ?? '') === verdictIn(decided)
    ? { file: 'policy', line: first.line }
    : undefined;
}

function interfaceLine(decided: Decided): Origin | undefined {
  const hit = entriesIn(decided, 'interfaces').find(({ columns }) => columns[1] === decided.attempt.interface);
  return hit === undefined ? undefined : { file: 'interfaces', line: hit.line };
}
