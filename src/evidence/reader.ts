import type { EvidenceLine } from '../finding.ts';
import type { Absence, Evidence, Item } from './item.ts';
import { isItem } from './item.ts';
import type { ItemName } from './items.ts';
import { items } from './items.ts';

/** Looks an item up under its name and its fallbacks; what is nowhere is absent as `not-gathered`. */
export function entryOf(evidence: Evidence, name: ItemName): Item | Absence {
  return entryIn(evidence.items, name);
}

/** The same, of items that are not evidence yet. */
export function entryIn(gathered: Evidence['items'], name: ItemName): Item | Absence {
  const found = [name, ...items[name].orElse].flatMap((known) => gathered.get(known) ?? []);
  return (
    found.find(isItem) ??
    // Damage outranks every other reason: it forbids `open`, the others only say what to gather.
    found.find((absence) => !isItem(absence) && absence.why === 'damaged') ??
    found[0] ?? { name, why: 'not-gathered', detail: 'the evidence does not hold it' }
  );
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
