import { plain } from '../report/plain.ts';

/** Says on standard error what is being gathered: a spinner on a terminal, elsewhere one line for each source that ended. */
export type Progress = {
  /** `problem`: why a source brought nothing, empty where an error says so. */
  readonly told: (name: string, state: 'begins' | 'ended', problem?: string) => void;
  /** Holds the spinner while a person is asked something on the same terminal. @returns lets it go on */
  readonly hold: () => () => void;
  readonly end: () => void;
};

/**
 * The progress of a run.
 *
 * @param spins standard error is a terminal
 * @param quiet only what brought nothing is told
 * @param say prints on standard error
 */
export async function progressOf(spins: boolean, quiet: boolean, say: (text: string) => void): Promise<Progress> {
  const began = new Map<string, number>();
  const complain = (problem: string | undefined) => {
    if (problem) say(`nothing was gathered: ${plain(problem)}\n`);
  };
  if (!spins) {
    const told: Progress['told'] = (name, state, problem) => {
      const at = began.get(name);
      if (state === 'begins') began.set(name, Date.now());
      else if (problem !== undefined) complain(problem);
      else if (at !== undefined && !quiet) say(`gathered from ${name} in ${((Date.now() - at) / 1000).toFixed(1)} s\n`);
    };
    return { told, hold: () => () => undefined, end: () => undefined };
  }
  const { default: ora } = await import('ora');
  const words = () =>
    [...began].map(([name, at]) => `${name} (${Math.round((Date.now() - at) / 1000)} s)`).join(', ') || 'judging';
  const spinner = ora({ stream: process.stderr, discardStdin: false, text: 'gathering' }).start();
  const timer = setInterval(() => {
    spinner.text = `gathering: ${words()}`;
  }, 500);
  timer.unref();
  return {
    told: (name, state, problem) => {
      if (state === 'begins') began.set(name, Date.now());
      else began.delete(name);
      if (problem) {
        spinner.stop();
        complain(problem);
        spinner.start();
      }
      spinner.text = `gathering: ${words()}`;
    },
    hold: () => {
      spinner.stop();
      return () => void spinner.start();
    },
    end: () => {
      clearInterval(timer);
      spinner.stop();
    },
  };
}
