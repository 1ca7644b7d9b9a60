import type { Host } from './host-view.ts';
import type { Attempt } from './judge.ts';
import type { Chain, IptablesRuleset, Ruleset, Table } from './model.ts';
import type { Part } from './partition.ts';
import type { Decider, Place } from './state.ts';

/** Where and what to insert into what `nft -j` printed: before the entry of the rule with the handle, or after all others. */
export type NftInsertion = { readonly beforeHandle: number | undefined; readonly entries: readonly object[] };

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
  /** For a table of nft; `beforeLine` and `lines` are then for people alone. */
  readonly nft?: NftInsertion;
};

/** Where the rule goes: the deciding chain, or, where several rules call that chain, the place of the call. */
function placeOf(table: Table, decider: Decider): { chain: Chain; index: number | undefined } | undefined {
  const stack: (Place | { chain: string; index: number | undefined })[] = [
    ...decider.jumps,
    { chain: decider.chain, index: decider.index ?? decider.returnedBy },
  ];
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
        if (operation.kind === 'map') calls += operation.chains.filter((called) => called === name).length;
      }
    }
  }
  return calls;
}

/**
 * The command that writes to this ruleset's backend: what plain `iptables` writes to is up to the host's alternatives, and
 * a host whose dump is named by its backend has the command of that name.
 */
function binaryOf({ family, backend, source }: IptablesRuleset, rulesets: readonly Ruleset[]): string {
  const name = family === 4 ? 'iptables' : 'ip6tables';
  if (source.includes(`${name}-${backend}-save`)) return `${name}-${backend}`;
  const both =
    rulesets.filter((each) => each.kind === 'iptables' && each.family === family && each.tables.length > 0).length > 1;
  return both && backend !== 'unknown' ? `${name}-${backend}` : name;
}

/** A chain of the decider's table, and the 1-based place in it that the new rule gets; undefined for its end. */
export type Spot = { readonly chain: string; readonly index: number | undefined };

/** The table that the decider stands in, where it stands in one that was gathered. */
export function tableOf(host: Host, { source, table, family }: Decider): Table | undefined {
  const ruleset = host.rulesets.find((each) => each.source === source);
  return ruleset?.tables.find(({ name, nftFamily }) => name === table && nftFamily === family);
}

/**
 * The narrowest kernel rule that lets exactly these clients to exactly this port past the decider.
 * @param spot where it goes; by default right before the decider
 * @returns undefined where no rule can do that: routing decides, or the decider is not in the host's rulesets.
 */
export function proposeAccept(
  host: Host,
  part: Part,
  decider: Decider,
  attempt: Attempt,
  spot?: Spot,
): KernelFix | undefined {
  const ruleset = host.rulesets.find(({ source }) => source === decider.source);
  if (ruleset === undefined || decider.kind === 'routing') return undefined;
  const table = tableOf(host, decider);
  const chosen = spot && table?.chains.get(spot.chain);
  const place = spot === undefined ? table && placeOf(table, decider) : chosen && { chain: chosen, index: spot.index };
  if (place === undefined) return undefined;
  const { chain } = place;
  const answers = decider.phase === 'answer' || decider.phase === 'reply';
  const translated = decider.port ?? attempt.port;
  const clients = decider.client === undefined ? part.from : [decider.client];
  if (table !== undefined && ruleset.kind === 'nft')
    return nftFix(ruleset.source, table, place, clients, answers, translated);
  if (ruleset.kind !== 'iptables') return undefined;
  const matches = clients.map((address) =>
    answers
      ? `-d ${withLength(address)} -p tcp -m tcp --sport ${translated}`
      : `-s ${withLength(address)} -p tcp -m tcp --dport ${translated}`,
  );
  const binary = binaryOf(ruleset, host.rulesets) + (decider.table === 'filter' ? '' : ` -t ${decider.table}`);
  const index = place.index === undefined || spot !== undefined ? place.index : beforeLogs(chain, place.index);
  const before =
    index === undefined ? lineAfter(ruleset, chain) : (chain.rules[index - 1]?.ref.line ?? lineAfter(ruleset, chain));
  return {
    item: ruleset.source,
    table: decider.table,
    chain: chain.name,
    beforeLine: before,
    lines: matches.map((match) => `-A ${chain.name} ${match} -j ACCEPT`),
    commands: matches.map(
      (match, at) =>
        `${binary} ${index === undefined ? `-A ${chain.name}` : `-I ${chain.name} ${index + at}`} ${match} -j ACCEPT`,
    ),
    undo: matches.map((match) => `${binary} -D ${chain.name} ${match} -j ACCEPT`),
  };
}

/** The rules right before a drop that only log it would log what is let in as dropped: the place is before them. */
function beforeLogs(chain: Chain, index: number): number {
  let place = index;
  while (/ -j (?:LOG|NFLOG|ULOG)(?: |$)/.test(chain.rules[place - 2]?.ref.text ?? '')) place--;
  return place;
}

/** `nft insert rule` before the deciding rule, by its handle; a comment makes it possible to find the new rule again. */
function nftFix(
  item: string,
  table: Table,
  place: { chain: Chain; index: number | undefined },
  from: readonly string[],
  answers: boolean,
  port: number,
): KernelFix | undefined {
  const { chain, index } = place;
  const beforeHandle = index === undefined ? undefined : chain.rules[index - 1]?.handle;
  if (index !== undefined && beforeHandle === undefined) return undefined;
  const at = `${table.nftFamily} ${table.name} ${chain.name}`;
  const made = from.map((address) => {
    const protocol = address.includes(':') ? 'ip6' : 'ip';
    const comment = `open ${address} tcp ${port}${answers ? ' answers' : ''}`;
    const [base = '', length] = address.split('/');
    const right = length === undefined ? base : { prefix: { addr: base, len: Number(length) } };
    const side = { protocol, field: answers ? 'daddr' : 'saddr' };
    const portSide = { protocol: 'tcp', field: answers ? 'sport' : 'dport' };
    const expr = [
      { match: { op: '==', left: { payload: side }, right } },
      { match: { op: '==', left: { payload: portSide }, right: port } },
      { accept: null },
    ];
    return {
      line: `${protocol} ${side.field} ${address} tcp ${portSide.field} ${port} accept comment "${comment}"`,
      undo: `nft delete rule ${at} handle "$(nft -a list chain ${at} | sed -n 's|.*comment "${comment}" # handle ||p' | head -n 1)"`,
      entry: { rule: { family: table.nftFamily, table: table.name, chain: chain.name, comment, expr } },
    };
  });
  const verb = beforeHandle === undefined ? `nft add rule ${at}` : `nft insert rule ${at} handle ${beforeHandle}`;
  return {
    item,
    table: table.name,
    chain: chain.name,
    beforeLine: 1,
    lines: made.map(({ line }) => line),
    commands: made.map(({ line }) => `${verb} '${line.replaceAll("'", '')}'`),
    undo: made.map(({ undo }) => undo),
    nft: { beforeHandle, entries: made.map(({ entry }) => entry) },
  };
}

const withLength = (address: string) =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;

/** The line after a chain's last rule, else after the line that declares it. */
function lineAfter(ruleset: IptablesRuleset, chain: Chain): number {
  const last = chain.rules.at(-1)?.ref ?? lastDeclaration(ruleset, chain);
  return (last?.line ?? 0) + 1;
}

/** Rules come after all declarations of their table. */
function lastDeclaration(ruleset: IptablesRuleset, chain: Chain) {
  const table = ruleset.tables.find(({ chains }) => chains.get(chain.name) === chain);
  return [...(table?.chains.values() ?? [])]
    .map(({ declared }) => declared)
    .filter((each) => each !== undefined)
    .sort((a, b) => a.line - b.line)
    .at(-1);
}
