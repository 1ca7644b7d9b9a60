import type { Family } from './addresses.ts';
import type { Base, Hook, NftRuleset, Problem, Rule, SourceRef, Table } from './model.ts';
import { isObject, type Json, type JsonObject } from './nft-fields.ts';
import type { Names, NftSet } from './nft-maps.ts';
import { readStatements } from './nft-rule.ts';
import { renderRule } from './nft-text.ts';
import type { Program } from './program.ts';

const FAMILIES: Readonly<Record<string, readonly Family[]>> = { ip: [4], ip6: [6], inet: [4, 6], netdev: [4, 6] };
const HOOKS: ReadonlySet<string> = new Set(['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting']);

/** One rule of `nft -j`; understood when it is first needed, once. */
class NftRule implements Rule {
  readonly index: number;
  readonly handle: number | undefined;
  readonly #json: JsonObject;
  readonly #source: string;
  readonly #names: Names;
  #program: Program | undefined;

  constructor(source: string, json: JsonObject, index: number, names: Names) {
    this.index = index;
    this.handle = typeof json['handle'] === 'number' ? json['handle'] : undefined;
    this.#source = source;
    this.#json = json;
    this.#names = names;
  }

  get ref(): SourceRef {
    return { source: this.#source, line: 1, text: renderRule(this.#json) };
  }

  get counters(): { packets: number; bytes: number } | undefined {
    const { expr } = this.#json;
    for (const each of Array.isArray(expr) ? expr : []) {
      const counter = isObject(each) ? each['counter'] : undefined;
      if (isObject(counter)) return { packets: Number(counter['packets']), bytes: Number(counter['bytes']) };
    }
    return undefined;
  }

  get program(): Program {
    const { expr } = this.#json;
    return (this.#program ??= readStatements(
      Array.isArray(expr) ? expr : [{ 'missing expression': null }],
      this.#names,
    ));
  }
}

type OpenTable = Omit<Table, 'chains'> & { chains: Map<string, OpenChain>; sets: Map<string, NftSet>; names: Names };
type OpenChain = { name: string; rules: NftRule[]; base?: Base; declared: SourceRef };

function readBase({ hook, prio, type, policy, dev }: JsonObject): Base | undefined {
  if (typeof hook !== 'string' || !HOOKS.has(hook)) return undefined;
  const devices = dev === undefined ? undefined : (Array.isArray(dev) ? dev : [dev]).map(String);
  return {
    hook: hook as Hook,
    priority: Number(prio ?? 0),
    type: type === 'nat' || type === 'route' ? type : 'filter',
    policy: policy === 'drop' ? 'drop' : 'accept',
    ...(devices && { devices }),
  };
}

/**
 * Reads what `nft -j list ruleset` printed (libnftables-json(5)): tables of the families ip, ip6, inet and netdev; those of bridge and
 * arp are passed over. A rule's text is its JSON put back into nft's words. Never throws.
 */
export function parseNftJson(source: string, text: string): NftRuleset {
  const tables: OpenTable[] = [];
  const problems: Problem[] = [];
  const problem = (why: string, about: Json | string) =>
    problems.push({
      source,
      line: 1,
      text: (typeof about === 'string' ? about : JSON.stringify(about)).slice(0, 200),
      why,
    });
  const done = (): NftRuleset => ({ kind: 'nft', source, tables, problems, complete: problems.length === 0 });
  if (isTooDeep(text)) {
    problem('nested more deeply than nft prints', text);
    return done();
  }
  let read: Json;
  try {
    read = JSON.parse(text) as Json;
  } catch {
    problem('not JSON', text);
    return done();
  }
  const list = isObject(read) ? read['nftables'] : undefined;
  if (!Array.isArray(list)) {
    problem('not what nft -j prints', text);
    return done();
  }
  const tableOf = (object: JsonObject): OpenTable | undefined => {
    const nftFamily = String(object['family']);
    const families = FAMILIES[nftFamily];
    if (families === undefined) return undefined;
    const name = String(object['table']);
    const known = tables.find((each) => each.name === name && each.nftFamily === nftFamily);
    if (known !== undefined) return known;
    const sets = new Map<string, NftSet>();
    const opened: OpenTable = {
      name,
      families,
      nftFamily,
      chains: new Map(),
      complete: true,
      sets,
      names: { family: nftFamily, sets },
    };
    tables.push(opened);
    return opened;
  };
  for (const entry of list as readonly Json[]) {
    if (!isObject(entry)) {
      problem('not an object', entry);
      continue;
    }
    const key = Object.keys(entry)[0] ?? '';
    const object = entry[key];
    if (key === 'metainfo' || !isObject(object)) continue;
    if (key === 'table') tableOf({ ...object, table: object['name'] as Json });
    else if (key === 'chain') {
      const table = tableOf(object);
      const base = readBase(object);
      const name = String(object['name']);
      if (table === undefined) continue;
      if (object['hook'] === 'egress') problem('egress chains are not understood', object);
      table.chains.set(name, {
        name,
        rules: [],
        ...(base && { base }),
        declared: { source, line: 1, text: renderChain(object) },
      });
    } else if (key === 'set' || key === 'map') {
      const table = tableOf(object);
      const elements = Array.isArray(object['elem']) ? object['elem'] : [];
      table?.sets.set(String(object['name']), {
        name: String(object['name']),
        elements,
      });
    } else if (key === 'rule') {
      const table = tableOf(object);
      if (table === undefined) continue;
      const chain = table.chains.get(String(object['chain']));
      if (chain === undefined) problem('a rule of a chain that is not listed before it', object);
      else chain.rules.push(new NftRule(source, object, chain.rules.length + 1, table.names));
    }
  }
  return done();
}

const DEEPEST = 100;

/** What is nested without end would end the reading of it by the call stack's. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) quoted = !quoted;
    else if (quoted) i += code === 92 ? 1 : 0;
    else if (code === 91 || code === 123) {
      if (++depth > DEEPEST) return true;
    } else if (code === 93 || code === 125) depth--;
  }
  return false;
}

function renderChain({ name, type, hook, prio, policy }: JsonObject): string {
  const base =
    hook === undefined
      ? ''
      : ` { type ${String(type)} hook ${String(hook)} priority ${String(prio)}; policy ${String(policy ?? 'accept')}; }`;
  return `chain ${String(name)}${base}`;
}

/**
 * Reads what `nft list ruleset` printed without `-j`: its text is kept, and nothing in it is understood, so that nothing is judged
 * open past it. An empty text is an empty ruleset.
 */
export function parseNftText(source: string, text: string): NftRuleset {
  const problems: Problem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(table|chain)\s/.test(line))
      problems.push({
        source,
        line: index + 1,
        text: line,
        why: 'rules in the text form of nft; gather them with nft -j',
      });
  }
  return { kind: 'nft', source, tables: [], problems, complete: problems.length === 0 };
}
