/** What a live host's script printed, as a bundle: the part that this host and one over SSH share. */
import { isAfterTest } from './after-test-name.ts';
import { assumedFlow } from './assumed-flow.ts';
import type { Bundle } from './bundle.ts';
import { hostBundle } from './bundle.ts';
import type { AbsenceReason } from './item.ts';
import { items as specs } from './items.ts';
import { BundleError } from './manifest.ts';
import type { ScriptRequest } from './run-script.ts';
import type { Printed } from './printed.ts';
import { absenceReasonOf, absentBundle } from './source.ts';

/** Which items the host script was to bring, and are absent where it could not be run. */
export type Expected = (name: string) => boolean;

/** The host's, and the database's files. */
function isOfHost(name: string): boolean {
  if (isAfterTest(name)) return false;
  return (
    name.startsWith('host/') ||
    (name.startsWith('postgres/') && (!name.endsWith('.json') || name === 'postgres/files.json'))
  );
}

/**
 * What the host script is asked for: where no SQL session asks the server, also what `psql` would have said there.
 *
 * @param request may wait for what only others can tell; once the signal has come, it is not waited for
 */
export async function expectedOf(request: () => Promise<ScriptRequest>, signal: AbortSignal): Promise<Expected> {
  let stop = (): void => undefined;
  const over = new Promise<undefined>((resolve) => {
    // A moment for what is known at once.
    stop = () => void setTimeout(() => resolve(undefined), 10);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const asked = await Promise.race([request().catch(() => undefined), over]);
  signal.removeEventListener('abort', stop);
  const psql = asked?.psql === true;
  return psql ? (name) => isOfHost(name) || (name.startsWith('postgres/') && !isAfterTest(name)) : isOfHost;
}

/** The host's clock may be off by less than this without a word. */
const tolerableSkew = 60_000;

/**
 * Reads what the script printed. What did not come is absent with the reason; a document that was cut is known to be cut.
 *
 * @param where how the host is called in messages
 * @param expected what it was to bring
 * @param now when the output had come (milliseconds since 1970)
 */
export function hostEvidence(
  printed: Printed,
  where: string,
  expected: Expected,
  signal: AbortSignal,
  now: number,
): Bundle {
  const why = absenceReasonOf(signal);
  try {
    const bundle = hostBundle(printed.output, where);
    const whole = !bundle.items.has('bundle');
    if (!whole)
      fill(bundle, expected, why, `${where}: the output of host-facts.sh ended before it (${printed.cut ?? 'cut'})`);
    return { ...bundle, notes: [...bundle.notes, ...skewOf(bundle, where, now)], assumed: assumedFlow(bundle.items) };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return absentBundle(expected, why, `${where}: ${printed.cut ?? 'host-facts.sh did not run'}${saidBy(printed)}`);
  }
}

function fill({ items }: Bundle, expected: Expected, why: AbsenceReason, detail: string) {
  for (const [name, { orElse }] of Object.entries(specs))
    if (expected(name) && ![name, ...orElse].some((known) => items.has(known)))
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
