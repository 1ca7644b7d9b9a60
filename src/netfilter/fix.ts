import type { Host } from './host-view.ts';
import type { Attempt } from './judge.ts';
import type { Chain, IptablesRuleset, Ruleset, Table } from './model.ts';
import type { Part } from './partition.ts';
import type { Decider, Place } from './state.ts';

/** One kernel rule for each address of the part, put before what blocks it and before what logs that block. */
export type KernelFix = {
  /** The ruleset's source, to which the lines are added. */
  readonly item: string;
  readonly table: string;
  readonly chain: string;
  /** 1-based line of the source that the new lines go before. */
  readonly beforeLine: number;
  readonly lines: readonly string[];
  readonly commands: readonly string[];
  readonly undo: readonly string[];
};

/** Where the rule goes: the deciding chain, or, where several rules call that chain, the place of the call. */
function placeOf(table: Table, decider: Decider): { chain: Chain; index: number | undefined } | undefined {
  const stack: (Place | { chain: string; index: number | undefined })[] = [...decider.jumps, { chain: decider.chain, index: decider.index ?? decider.returnedBy }];
  for (let at = stack.length - 1; at >= 0; at--) {
    const { chain: name, index } = stack[at] as Place;
    const chain = table.chains.get(name);
    if (chain === undefined) return undefined;
    if (at === 0 || callsOf(table, name) < 2) return { chain, index };
  }
  return undefined;
}

function callsOf(table: Table, name: string): number {
  let calls = 0;
  for (const chain of table.chains.values()) {
    for (const rule of chain.rules) {
      for (const operation of rule.program) {
        if (operation.kind === 'verdict' && 'chain' in operation.verdict && operation.verdict.chain === name) calls++;
      }
    }
  }
  return calls;
}

function binaryOf({ family, backend }: IptablesRuleset, rulesets: readonly Ruleset[]): string {
  const name = family === 4 ? 'iptables' : 'ip6tables';
  const both = rulesets.filter((each) => each.kind === 'iptables' && each.family === family && each.tables.length > 0).length > 1;
  return both && backend !== 'unknown' ? `${name}-${backend}` : name;
}

/**
 * The narrowest kernel rule that lets exactly these clients to exactly this port past the decider.
 * @returns undefined where no rule can do that: routing decides, or the ruleset is not one of iptables.
 */
export function proposeAccept(host: Host, part: Part, decider: Decider, attempt: Attempt): KernelFix | undefined {
  const ruleset = host.rulesets.find(({ source }) => source === decider.source);
  if (ruleset?.kind !== 'iptables' || decider.kind === 'routing') return undefined;
  const table = ruleset.tables.find(({ name }) => name === decider.table);
  const place = table && placeOf(table, decider);
  if (place === undefined) return undefined;
  const { chain } = place;
  const answers = decider.phase === 'answer';
  const translated = portAt(part, attempt, decider);
  const matches = part.from.map((address) =>
    answers
      ? `-d ${withLength(address)} -p tcp -m tcp --sport ${translated}`
      : `-s ${withLength(address)} -p tcp -m tcp --dport ${translated}`,
  );
  const binary = binaryOf(ruleset, host.rulesets) + (decider.table === 'filter' ? '' : ` -t ${decider.table}`);
  const index = place.index === undefined ? undefined : beforeLogs(chain, place.index);
  const before = index === undefined ? lineAfter(ruleset, chain) : (chain.rules[index - 1]?.ref.line ?? lineAfter(ruleset, chain));
  return {
    item: ruleset.source,
    table: decider.table,
    chain: chain.name,
    beforeLine: before,
    lines: matches.map((match) => `-A ${chain.name} ${match} -j ACCEPT`),
    commands: matches.map((match, at) => `${binary} ${index === undefined ? `-A ${chain.name}` : `-I ${chain.name} ${index + at}`} ${match} -j ACCEPT`),
    undo: matches.map((match) => `${binary} -D ${chain.name} ${match} -j ACCEPT`),
  };
}

/** The rules right before a drop that only log it would log what is let in as dropped: the place is before them. */
function beforeLogs(chain: Chain, index: number): number {
  let place = index;
  while (/ -j (?:LOG|NFLOG|ULOG)(?: |$)/.test(chain.rules[place - 2]?.ref.text ?? '')) place--;
  return place;
}

/** After DNAT the filter chains see the translated port. */
function portAt(part: Part, attempt: Attempt, decider: Decider): number {
  const changed = part.outcomes[0]?.path.findLast(({ verdict, note, hook }) => verdict === 'change' && hook === 'prerouting' && note?.startsWith('changes the destination'));
  const port = decider.hook === 'prerouting' && decider.phase !== 'answer' ? undefined : /(?::|port )(\d+)$/.exec(changed?.note ?? '')?.[1];
  return port === undefined ? attempt.port : Number(port);
}

const withLength = (address: string) => (address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`);

/** The line after a chain's last rule, else after the line that declares it. */
function lineAfter(ruleset: IptablesRuleset, chain: Chain): number {
  const last = chain.rules.at(-1)?.ref ?? lastDeclaration(ruleset, chain);
  return (last?.line ?? 0) + 1;
}

/** Rules come after all declarations of their table. */
function lastDeclaration(ruleset: IptablesRuleset, chain: Chain) {
  const table = ruleset.tables.find(({ chains }) => chains.get(chain.name) === chain);
  return [...(table?.chains.values() ?? [])].map(({ declared }) => declared).filter((each) => each !== undefined).sort((a, b) => a.line - b.line).at(-1);
}
