/** How far DMS's own test came by what the host's firewall and kernel counted meanwhile. */
import { clearedBy } from '../errors/cleared.ts';
import { isItem } from '../evidence/item.ts';
import type { Layer } from '../layers.ts';
import { isLayer } from '../layers.ts';
import type { Decider, Part, Ruleset } from '../netfilter/index.ts';
import { parseIptablesSave, parseNftJson, parseNftText } from '../netfilter/index.ts';
import type { Sighting } from './attempt-log.ts';
import type { FirewallReader } from './firewall-host.ts';
import { layerOf } from './firewall-layer.ts';
import { verdictOf } from './firewall-verdict.ts';
import type { Reader } from './probe.ts';

/** The rules as they were after DMS's test, for their counters. */
export const rulesAfter = [
  'host/after-test/iptables-nft-save.txt',
  'host/after-test/iptables-legacy-save.txt',
  'host/after-test/iptables-save.txt',
  'host/after-test/ip6tables-nft-save.txt',
  'host/after-test/ip6tables-legacy-save.txt',
  'host/after-test/ip6tables-save.txt',
  'host/after-test/nft-ruleset.json',
] as const;

/** What the counters tell: where packets of the attempt were seen, or that none came. */
export type Counted = {
  readonly seen: readonly Sighting[];
  /** That no rule on the way counted anything, in words; undefined where something was, or where that cannot be told. */
  readonly nothing: string | undefined;
};

type RulesReader = FirewallReader & Reader<never, (typeof rulesAfter)[number]>;

/** A rule or policy on the way of the SYN, and by how many packets its counter rose; undefined: not told. */
type Met = { readonly by: Decider; readonly rose: number | undefined; readonly part: Part };

/** Holds the counters of the rules that decide about the flow against those after the test. */
export function counted(e: RulesReader): Counted {
  const { parts } = verdictOf(e);
  const after = new Map<string, Ruleset | undefined>();
  const rulesetOf = (source: string) => {
    if (!after.has(source)) after.set(source, rulesetAfter(e, source));
    return after.get(source);
  };
  const met = parts.map((part) =>
    deciders(part).map((by): Met => ({ by, part, rose: risen(by, rulesetOf(by.source)) })),
  );
  const ends = met.map((each) => furthestOf(e, each));
  const seen = ends.flatMap((end) => (end !== undefined && 'seen' in end ? [sighting(e, end.seen)] : []));
  // Nothing is only shown where each possible way has a counter that its packets cannot pass by.
  const silent = ends.flatMap((end, index) =>
    end !== undefined && 'silent' in end && parts[index]?.outcomes.length === 1 ? [end.silent] : [],
  );
  const [first] = silent;
  const nothing =
    first !== undefined && silent.length === parts.length ? `${placeOf(first.by)} counted no packet` : undefined;
  return { seen, nothing };
}

/**
 * How far packets of the attempt came on one way. They meet each decider of it until they are stopped: where one counted
 * nothing, what those before it counted is others', unless it is a rule for the replication instance alone.
 */
function furthestOf(
  e: RulesReader,
  way: readonly Met[],
): { readonly seen: Met } | { readonly silent: Met } | undefined {
  const told = way.filter(({ rose }) => rose !== undefined);
  const end = told.findIndex(({ rose }) => rose === 0);
  const before = end < 0 ? told : told.slice(0, end);
  const own = before.findLast(({ by }) => isForIt(e, by));
  if (own !== undefined) return { seen: own };
  const silent = told[end];
  if (silent !== undefined) return { silent };
  const last = before.at(-1);
  // A policy counts whatever passes, so that it shows nothing of one connection.
  return last !== undefined && (last.by.kind === 'rule' || isStop(last)) ? { seen: last } : undefined;
}

/** What decides about the SYN on its way in, in the order in which it gets there. */
function deciders({ hookVerdicts, outcomes }: Part): Decider[] {
  const all = [
    ...hookVerdicts.filter(({ phase }) => phase === 'syn').map(({ by }) => by),
    ...outcomes.flatMap((outcome) => ('by' in outcome && outcome.by.phase === 'syn' ? [outcome.by] : [])),
  ].filter(({ hook, counters }) => counters !== undefined && (hook === 'prerouting' || hook === 'input'));
  return all.filter((by, index) => all.findIndex((other) => placeOf(other) === placeOf(by)) === index);
}

/** By how much a counter rose; undefined where the rule is not there any more, or was counted anew. */
function risen(by: Decider, after: Ruleset | undefined): number | undefined {
  const table = after?.tables.find(
    ({ name, nftFamily }) => name === by.table && nftFamily === (by.family ?? nftFamily),
  );
  const chain = table?.chains.get(by.chain);
  const rule = by.index === undefined ? undefined : chain?.rules[by.index - 1];
  const now = by.kind === 'policy' ? chain?.counters : rule?.counters;
  const text = by.kind === 'policy' ? chain?.declared?.text : rule?.ref.text;
  if (now === undefined || by.counters === undefined || text === undefined || by.rule === undefined) return undefined;
  if (uncounted(text) !== uncounted(by.rule.text)) return undefined;
  // A policy's counter need not count at all: rules that nft loaded have none, and iptables shows it as 0.
  if (by.kind === 'policy' && now.packets === 0) return undefined;
  const rose = now.packets - by.counters.packets;
  return rose < 0 ? undefined : rose;
}

/** A rule's or policy's line without its counters. */
function uncounted(text: string): string {
  return text
    .replace(/\[\d+:\d+\]/, '')
    .replace(/packets \d+ bytes \d+/, '')
    .trim();
}

function rulesetAfter(e: RulesReader, source: string): Ruleset | undefined {
  const name = rulesAfter.find((one) => withoutForm(one).replace('/after-test/', '/') === withoutForm(source));
  const entry = name === undefined ? undefined : e.entry(name);
  if (!isItem(entry)) return undefined;
  if (!entry.name.includes('nft-ruleset')) return parseIptablesSave(entry.name, entry.text);
  return entry.name.endsWith('.txt') ? parseNftText(entry.name, entry.text) : parseNftJson(entry.name, entry.text);
}

/** nft's list is one item, whichever of its two forms a host prints. */
function withoutForm(name: string): string {
  return name.replace(/\.txt$|\.json$/, '');
}

/** Whether the way ends at this decider. */
function isStop({ by, part }: Met): boolean {
  return part.outcomes.some(
    (outcome) => outcome.result !== 'accepted' && 'by' in outcome && placeOf(outcome.by) === placeOf(by),
  );
}

function sighting(e: RulesReader, met: Met): Sighting {
  const { by, part, rose } = met;
  const stops = isStop(met);
  const isLast = !stops && by.hook === 'input' && part.outcomes.every(({ result }) => result === 'accepted');
  const layer: Layer = isLast ? 'listener' : layerOf(by.owner, by.source);
  const does = stops ? 'and lets none past' : 'and lets them past';
  const line = by.rule !== undefined && by.rule.line > 0 ? by.rule.line : null;
  return {
    what: `${placeOf(by)} counted ${rose} ${rose === 1 ? 'packet' : 'packets'} meanwhile, ${does}`,
    layer,
    passed: clearedBy('host', []).filter(isLayer),
    certain: isForIt(e, by),
    evidence: { source: by.source, line, text: by.rule?.text ?? by.chain, vantage: 'host' },
  };
}

/** Whether a rule is for packets of one of the flow's addresses alone. */
function isForIt(e: RulesReader, { kind, rule }: Decider): boolean {
  const text = `${rule?.text ?? ''} `;
  if (kind !== 'rule' || /! -s|saddr !=/.test(text)) return false;
  return e.flow.from.some((address) =>
    [`-s ${address}/32 `, `-s ${address} `, `-s ${address}/128 `, `saddr ${address} `].some((form) =>
      text.includes(form),
    ),
  );
}

function placeOf({ kind, chain, table, rule, source }: Decider): string {
  return kind === 'rule' ? `line ${rule?.line} of ${source} (${table} ${chain})` : `the policy of ${chain} (${table})`;
}
