/** Says on standard error what is being gathered: a spinner on a terminal, elsewhere one line for each source that ended. */
export type Progress = {
  readonly told: (name: string, state: 'begins' | 'ended') => void;
  /** Holds the spinner while a person is asked something on the same terminal. @returns lets it go on */
  readonly hold: () => () => void;
  readonly end: () => void;
};

/**
 * The progress of a run.
 *
 * @param spins standard error is a terminal
 * @param say prints on standard error
 */
export async function progressOf(spins: boolean, say: (text: string) => void): Promise<Progress> {
  const began = new Map<string, number>();
  if (!spins) {
    const told: Progress['told'] = (name, state) => {
      const at = began.get(name);
      if (state === 'begins') began.set(name, Date.now());
      else if (at !== undefined) say(`gathered from ${name} in ${((Date.now() - at) / 1000).toFixed(1)} s\n`);
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
    told: (name, state) => {
      if (state === 'begins') began.set(name, Date.now());
      else began.delete(name);
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
