import { setTimeout as pause } from 'node:timers/promises';
import { listed } from '../report/page.ts';
import { plain } from '../report/plain.ts';
import type { Verdict } from '../report.ts';

/** What a look saw, as far as it counts here; undefined where there was nothing to judge. */
type Seen = { readonly verdict: Verdict; readonly blockedAt: readonly string[] } | undefined;

/** How long, and by what it ends. */
type Waiting<T> = {
  /** Milliseconds after which the last look stands. */
  readonly wait: number;
  readonly seen: (look: T) => Seen;
  readonly isOpen: (look: T) => boolean;
  /** Ctrl-C: what was seen last stands. */
  readonly signal: AbortSignal;
  /** Takes one line for each look that did not end it. */
  readonly say: (line: string) => void;
};

/** Between two looks: short where the whole wait is, and never so long that a person sits idle. */
const longest = 10_000;
const shortest = 200;

/**
 * Looks again and again, until it is open or the time is over. A look that fails after a first one was had, as while
 * somebody writes the file that it reads, does not end it.
 *
 * @returns the last look that was had
 * @throws what the very first look throws
 */
export async function untilOpen<T>(look: () => Promise<T>, waiting: Waiting<T>): Promise<T> {
  const { wait, seen, isOpen, signal, say } = waiting;
  const end = performance.now() + wait;
  const every = Math.min(longest, Math.max(shortest, wait / 30));
  let last = await look();
  let words = standing(seen(last));
  for (let round = 1; !isOpen(last); round += 1) {
    const left = end - performance.now();
    if (left <= 0 || signal.aborted) return last;
    const time = new Date().toISOString().slice(11, 19);
    say(
      `${time} look ${round}: ${plain(words)}; again in ${seconds(Math.min(every, left))}, for ${seconds(left)} at most\n`,
    );
    await pause(Math.min(every, left), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return last;
    try {
      last = await look();
      words = standing(seen(last));
    } catch (error) {
      words = `could not look: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return last;
}

function standing(seen: Seen): string {
  if (seen === undefined) return 'nothing to judge';
  return seen.verdict === 'blocked' ? `blocked at ${listed(seen.blockedAt)}` : seen.verdict;
}

function seconds(milliseconds: number): string {
  const count = milliseconds / 1000;
  if (count >= 90) return `${Math.round(count / 60)} min`;
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} s`;
}
