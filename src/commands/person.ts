import type { TimeLimit } from '../evidence/deadline.ts';
import type { Terminal } from '../evidence/terminal.ts';
import type { Progress } from './progress.ts';

/**
 * The person at the terminal; while one is asked, the progress and the clock stand still.
 *
 * @returns undefined where nobody is there
 */
export async function person(progress: Progress, limit: TimeLimit): Promise<Terminal | undefined> {
  const { terminalOf } = await import('./terminal.ts');
  return terminalOf(() => {
    const ends = [progress.hold(), limit.hold()];
    return () => {
      for (const end of ends) end();
    };
  });
}
