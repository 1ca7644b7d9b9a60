/** What a live host's script printed, as a bundle: the part that this host and one over SSH share. */
import { isAfterTest } from './after-test-name.ts';
import { assumedFlow } from './assumed-flow.ts';
import type { Bundle } from './bundle.ts';
import { hostBundle } from './bundle.ts';
import type { AbsenceReason } from './item.ts';
import { items as specs } from './items.ts';
import { BundleError } from './manifest.ts';
import type { Printed } from './printed.ts';
import { absenceReasonOf, absentBundle } from './source.ts';

/** The items that the host script brings: the host's, and the database's files. */
export function isOfHost(name: string): boolean {
  if (isAfterTest(name)) return false;
  return name.startsWith('host/') || (name.startsWith('postgres/') && !name.endsWith('.json'));
}

/** The host's clock may be off by less than this without a word. */
const tolerableSkew = 60_000;

/**
 * Reads what the script printed. What did not come is absent with the reason; a document that was cut is known to be cut.
 *
 * @param where how the host is called in messages
 * @param now when the output had come (milliseconds since 1970)
 */
export function hostEvidence(printed: Printed, where: string, signal: AbortSignal, now: number): Bundle {
  const why = absenceReasonOf(signal);
  try {
    const bundle = hostBundle(printed.output, where);
    const whole = !bundle.items.has('bundle');
    if (!whole) fill(bundle, why, `${where}: the output of host-facts.sh ended before it (${printed.cut ?? 'cut'})`);
    return { ...bundle, notes: [...bundle.notes, ...skewOf(bundle, where, now)], assumed: assumedFlow(bundle.items) };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return absentBundle(isOfHost, why, `${where}: ${printed.cut ?? 'host-facts.sh did not run'}${saidBy(printed)}`);
  }
}

function fill({ items }: Bundle, why: AbsenceReason, detail: string) {
  for (const [name, { orElse }] of Object.entries(specs))
    if (isOfHost(name) && ![name, ...orElse].some((known) => items.has(known)))
      items.set(name, { name: `${name}.error`, why, detail });
}

/** What the other side said instead of a bundle: its last words, from either stream. */
export function saidBy({ complaint, output }: Printed): string {
  const lines = `${Buffer.from(output.subarray(0, 4096)).toString('utf8')}\n${complaint}`.split('\n');
  const last = lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1);
  return last === undefined ? '' : `; it said: ${last.slice(0, 300)}`;
}

function skewOf({ collectedAt }: Bundle, where: string, now: number): string[] {
  const skew = collectedAt === undefined ? 0 : Date.parse(collectedAt) - now;
  // The script runs for seconds: only what it printed last is held against the clock here.
  if (Number.isNaN(skew) || Math.abs(skew) < tolerableSkew) return [];
  const minutes = Math.round(Math.abs(skew) / 60_000);
  return [
    `The clock of ${where} is ${minutes} min ${skew < 0 ? 'behind' : 'ahead of'} this machine’s; times from there are by its clock.`,
  ];
}
