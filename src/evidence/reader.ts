import type { EvidenceLine } from '../finding.ts';
import type { Absence, Evidence, Item, ItemSpec } from './item.ts';
import { isItem, NotUnderstood, parseOnce } from './item.ts';
import type { ItemName, Parsed } from './items.ts';
import { items } from './items.ts';

/** Looks an item up under its name and its fallbacks; what is nowhere is absent as `not-gathered`. */
export function entryOf({ items: gathered }: Pick<Evidence, 'items'>, name: ItemName): Item | Absence {
  const found = [name, ...items[name].orElse].flatMap((known) => gathered.get(known) ?? []);
  return (
    found.find(isItem) ??
    // Damage outranks every other reason: it forbids `open`, the others only say what to gather.
    found.find((absence) => !isItem(absence) && absence.why === 'damaged') ??
    found[0] ?? { name, why: 'not-gathered', detail: 'the evidence does not hold it' }
  );
}

/** What an item holds; undefined where it is absent or not understood, which is left to the probes to say. */
export function parsed<N extends ItemName>(gathered: Evidence['items'], name: N): Parsed<N> | undefined {
  const entry = entryOf({ items: gathered }, name);
  if (!isItem(entry)) return undefined;
  try {
    return parseOnce(entry, items[name] as ItemSpec<unknown>) as Parsed<N>;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/** Line `line` (from 1) of an item as evidence; the text is that very line, but for secrets. */
export function quoteLine(item: Item, line: number): EvidenceLine {
  const text = withoutSecrets(item.text.split('\n')[line - 1] ?? '');
  return { source: item.name, line, text, vantage: item.vantage };
}

const secret =
  /((?:passw|passphrase|secret|token|credential)\w{0,40}["']?\s{0,4}[=:]\s{0,4})(?:"[^"]*"?|'[^']*'?|[^\s,;"']+)/gi;

/** A line without what stands behind the name of a secret: a bundle made by hand may hold what `host-facts.sh` takes out. */
export function withoutSecrets(line: string): string {
  return line.replace(secret, '$1(removed)');
}
