import type { EvidenceLine } from '../finding.ts';
import type { Absence, Evidence, Item } from './item.ts';
import { isItem } from './item.ts';
import type { ItemName } from './items.ts';
import { items } from './items.ts';

/** Looks an item up under its name and its fallbacks; what is nowhere is absent as `not-gathered`. */
export function entryOf(evidence: Evidence, name: ItemName): Item | Absence {
  const found = [name, ...items[name].orElse].flatMap((known) => evidence.items.get(known) ?? []);
  return (
    found.find(isItem) ??
    // Damage outranks every other reason: it forbids `open`, the others only say what to gather.
    found.find((absence) => !isItem(absence) && absence.why === 'damaged') ??
    found[0] ?? { name, why: 'not-gathered', detail: 'the evidence does not hold it' }
  );
}

/** Line `line` (from 1) of an item as evidence; the text is that very line. */
export function quoteLine(item: Item, line: number): EvidenceLine {
  return { source: item.name, line, text: item.text.split('\n')[line - 1] ?? '', vantage: item.vantage };
}
