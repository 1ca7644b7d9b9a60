import type { Family } from './addresses.ts';
import type { Base, Chain, Hook, NftRuleset, Problem, Rule, Table } from './model.ts';
import { unknownProgram } from './program.ts';

type Json = Record<string, unknown>;

const hooks: readonly string[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];
const familiesOf: Record<string, readonly Family[]> = { ip: [4], ip6: [6], inet: [4, 6] };

/**
 * Reads what `nft -j list ruleset` printed. Tables, base chains and policies are understood; what a rule says is not yet,
 * so a packet that meets one has an unknown fate.
 */
export function parseNftJson(source: string, text: string): NftRuleset {
  const refuse = (why: string): NftRuleset => {
    const problem: Problem = { source, line: 1, text: text.split('\n')[0]?.slice(0, 200) ?? '', why };
    return { kind: 'nft', source, tables: [], complete: false, problems: [problem] };
  };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refuse('it is not JSON, or was cut');
  }
  const list = (document as Json | null)?.['nftables'];
  if (!Array.isArray(list)) return refuse('it has no list "nftables"');
  const tables = new Map<string, { table: Json; chains: Map<string, Chain & { rules: Rule[] }> }>();
  const keyOf = (one: Json) => `${String(one['family'])} ${String(one['table'] ?? one['name'])}`;
  for (const entry of list as Json[]) {
    const [kind, value] = Object.entries(entry)[0] ?? [];
    if (kind === 'table') tables.set(keyOf(value as Json), { table: value as Json, chains: new Map() });
    else if (kind === 'chain') {
      const chain = value as Json;
      const name = String(chain['name']);
      tables.get(keyOf(chain))?.chains.set(name, { name, rules: [], base: baseOf(chain) });
    } else if (kind === 'rule') {
      const rule = value as Json;
      const rules = tables.get(keyOf(rule))?.chains.get(String(rule['chain']))?.rules;
      const ref = { source, line: 0, text: JSON.stringify(rule['expr']) };
      rules?.push({ ref, index: rules.length + 1, program: unknownProgram('rules of nftables are not understood yet') });
    }
  }
  return { kind: 'nft', source, tables: [...tables.values()].flatMap(toTable), complete: true, problems: [] };
}

function toTable({ table, chains }: { table: Json; chains: ReadonlyMap<string, Chain> }): Table[] {
  const families = familiesOf[String(table['family'])];
  return families === undefined ? [] : [{ name: String(table['name']), families, nftFamily: String(table['family']), chains, complete: true }];
}

function baseOf(chain: Json): Base | undefined {
  const hook = String(chain['hook']);
  if (!hooks.includes(hook)) return undefined;
  const type = chain['type'] === 'nat' || chain['type'] === 'route' ? chain['type'] : 'filter';
  return { hook: hook as Hook, priority: Number(chain['prio'] ?? 0), type, policy: chain['policy'] === 'drop' ? 'drop' : 'accept' };
}

/** Reads what `nft list ruleset` printed; only an empty one is understood. */
export function parseNftText(source: string, text: string): NftRuleset {
  const empty = text.trim() === '';
  const problems = empty ? [] : [{ source, line: 1, text: text.split('\n')[0] ?? '', why: 'the text form of nftables rules is not understood yet' }];
  return { kind: 'nft', source, tables: [], complete: empty, problems };
}
