import type { ReplicationTask } from '../evidence/parse/aws.ts';

/** A table by its names, as the server writes them. */
export type TableName = { readonly nspname: string; readonly relname: string };

/** `schema` and `table` are the texts between the wildcards. */
type Rule = { readonly action: string; readonly schema: readonly string[]; readonly table: readonly string[] };

/**
 * Which tables some tasks select (AWS DMS user guide, selection rules): a table is selected where a rule includes it and
 * none excludes it; `%` stands for any text. Where no task is known, or a mapping cannot be read, every table is.
 */
export function selectionOf(tasks: readonly ReplicationTask[] | undefined): (table: TableName) => boolean {
  const mappings = (tasks ?? []).map((task) => rulesOf(task.TableMappings));
  if (mappings.length === 0 || mappings.some((rules) => rules === undefined)) return () => true;
  return (table) => mappings.some((rules) => selects(rules ?? [], table));
}

function selects(rules: readonly Rule[], { nspname, relname }: TableName): boolean {
  const hit = rules.filter((rule) => fits(nspname, rule.schema) && fits(relname, rule.table));
  return hit.some(({ action }) => action !== 'exclude') && !hit.some(({ action }) => action === 'exclude');
}

function rulesOf(text: string | null | undefined): Rule[] | undefined {
  try {
    const { rules } = JSON.parse(text ?? '') as { rules?: unknown };
    if (!Array.isArray(rules)) return undefined;
    const found = (rules as Record<string, unknown>[]).filter((rule) => rule['rule-type'] === 'selection');
    return found.length === 0 ? undefined : found.map(ruleOf);
  } catch {
    return undefined;
  }
}

function ruleOf(rule: Record<string, unknown>): Rule {
  const locator = (rule['object-locator'] ?? {}) as Record<string, unknown>;
  const word = (key: string) => (typeof locator[key] === 'string' ? locator[key] : '%');
  return {
    action: String(rule['rule-action']),
    schema: word('schema-name').split('%'),
    table: word('table-name').split('%'),
  };
}

/** Whether a name fits a text in which `%` stands for any text; the pieces are looked for from left to right, so it is linear. */
function fits(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= name.length - last.length;
}
