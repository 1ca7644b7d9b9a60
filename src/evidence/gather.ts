import type { Bundle } from './bundle.ts';
import type { Absence } from './item.ts';
import { isItem } from './item.ts';
import { mergeBundles, mergeSources } from './merge.ts';
import type { Source } from './source.ts';
import { SourceError } from './source.ts';
import { withoutStale } from './stale.ts';

/** What a run gathers from, and within which limits. */
export type Gathering = {
  /** Recorded evidence, and how each bundle is called in messages. */
  readonly bundles: readonly { readonly name: string; readonly bundle: Bundle }[];
  /** Live sources, the one whose items count first (a SQL session before the host's own psql). */
  readonly sources: readonly Source[];
  /** The age in milliseconds past which recorded evidence no longer counts; undefined: as old as it is. */
  readonly maxAge: number | undefined;
  readonly signal: AbortSignal;
  /** The clock, ISO 8601. */
  readonly now: () => string;
  /** Told when a source begins and has ended; `problem`: why it brought nothing, empty where an error says so. */
  readonly progress?: (name: string, state: 'begins' | 'ended', problem?: string) => void;
};

/**
 * Asks all live sources at once and lays their evidence over the recorded one.
 *
 * @throws BundleError where recorded bundles contradict each other
 * @throws SourceError where a live source cannot be asked as the user asks
 */
export async function gather(gathering: Gathering): Promise<Bundle> {
  const { sources, signal, now, maxAge } = gathering;
  // Not AbortSignal.any: under Node 20 what it makes may be collected, and then never comes.
  const stop = new AbortController();
  const pass = () => stop.abort(signal.reason);
  signal.addEventListener('abort', pass, { once: true });
  if (signal.aborted) pass();
  const isAlone = sources.length + gathering.bundles.length === 1;
  const asked = await Promise.allSettled(
    sources.map(async (source) => {
      gathering.progress?.(source.name, 'begins');
      let problem: string | undefined = '';
      try {
        const bundle = await source.gather(stop.signal);
        problem = problemOf(source.name, bundle);
        const isNew = problem !== undefined && !bundle.notes.some((note) => note.includes(problem ?? ''));
        return isNew ? { ...bundle, notes: [...bundle.notes, `${problem}.`] } : bundle;
      } catch (error) {
        const instead = error instanceof SourceError && !isAlone ? error.instead : undefined;
        if (instead !== undefined) return { ...instead, notes: [...instead.notes, (error as SourceError).message] };
        // The user must call otherwise: what the others would bring is of no use now.
        stop.abort(error);
        throw error;
      } finally {
        gathering.progress?.(source.name, 'ended', problem);
      }
    }),
  );
  signal.removeEventListener('abort', pass);
  for (const source of sources) source.close?.();
  const rejected = asked.find((one) => one.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
  const live = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const recorded = gathering.bundles.map(({ bundle }) =>
    maxAge === undefined ? bundle : withoutStale(bundle, now(), maxAge),
  );
  const names = gathering.bundles.map(({ name }) => name);
  const merged = mergeBundles(recorded, names);
  return live.length === 0 ? merged : mergeSources(live, merged, now(), recorded.length > 0);
}

/**
 * Why a source brought nothing of the other side, in a sentence without its end mark; undefined where it brought something.
 * What this machine saw of the way there does not count.
 */
function problemOf(name: string, { items }: Bundle): string | undefined {
  const entries = [...items.values()];
  const first = entries.find((entry): entry is Absence => !isItem(entry));
  if (first === undefined || entries.some((entry) => isItem(entry) && entry.vantage !== 'here')) return undefined;
  const detail = first.detail.replace(/\.$/, '');
  return detail.startsWith(name) ? detail : `${name}: ${detail}`;
}
