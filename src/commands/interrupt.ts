import { exitCodes } from '../exit-code.ts';

/**
 * Runs work that Ctrl-C or a SIGTERM ends early: what is known by then is still reported. A second one ends the process at
 * once.
 *
 * @param work is handed the signal; what it waits for must end within a second once that comes
 * @returns the work's exit code, or 130 where it was interrupted
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new Error('interrupted'));
  };
  for (const name of names) process.on(name, stop);
  try {
    const code = await work(controller.signal);
    return controller.signal.aborted ? exitCodes.interrupted : code;
  } finally {
    for (const name of names) process.off(name, stop);
  }
}
