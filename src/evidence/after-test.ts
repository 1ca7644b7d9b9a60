/** What the source host shows once DMS's own connection test has ended: beside what it showed before, how far the test came. */
import { afterTestName } from './after-test-name.ts';
import type { Bundle } from './bundle.ts';
import { hostBundle } from './bundle.ts';
import type { Absence, Item } from './item.ts';
import { isItem } from './item.ts';
import { BundleError } from './manifest.ts';
import type { Printed } from './printed.ts';
import { saidBy } from './host-evidence.ts';

/**
 * Reads what the script printed at its second look. One that did not come whole is left out, and a note says so: without it
 * nothing is wrong, and nothing more is known.
 *
 * @param where how the host is called in messages
 */
export function afterTest(printed: Printed, where: string): Pick<Bundle, 'items' | 'notes'> {
  try {
    const { items } = hostBundle(printed.output, where);
    if (items.has('bundle')) return without(where, printed.cut ?? 'what it printed is cut');
    return { items: new Map([...items.values()].map((entry) => moved(entry))), notes: [] };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return without(where, `${printed.cut ?? 'host-facts.sh did not run'}${saidBy(printed)}`);
  }
}

/** What is said where the second look could not be had. */
export function without(where: string, why: string): Pick<Bundle, 'items' | 'notes'> {
  const note = `${where} was not looked at again after DMS’s own test, so that how far the test came is not known: ${why}.`;
  return { items: new Map(), notes: [note] };
}

function moved(entry: Item | Absence): [string, Item | Absence] {
  const name = afterTestName(entry.name);
  return [isItem(entry) ? name : name.replace(/\.error$/, ''), { ...entry, name }];
}
