import type { Absence, AbsenceReason } from './item.ts';

const reasons: readonly AbsenceReason[] = ['not-gathered', 'denied', 'timed-out', 'not-installed', 'damaged'];

/**
 * Reads why an item could not be had from the text of its `.error`, whose first line begins with the reason.
 *
 * @param name the `.error`'s own name
 */
export function absenceFrom(name: string, text: string): Absence {
  const [line = ''] = text.split('\n');
  const colon = line.indexOf(':');
  const why = reasons.find((reason) => reason === line.slice(0, colon).trim());
  return why === undefined
    ? { name, why: 'not-gathered', detail: line.trim() || 'no reason was written down' }
    : { name: why === 'damaged' ? name.slice(0, -'.error'.length) : name, why, detail: line.slice(colon + 1).trim() };
}
