import type { Effect, Step } from '../finding.ts';
import { plain } from './plain.ts';

/** What a person does in a step: where and what, in words, and the lines to copy. */
type Deed = {
  /** As the head of the lines, beginning with a capital and without an end mark: `On the source host, run`. */
  readonly words: string;
  /** What is meant, in fewer words, for the middle of a sentence: `edit /etc/shorewall/rules on the source host`. */
  readonly short: string;
  readonly lines: readonly string[];
  /** Whether a line holds characters that cannot be shown, so that what is printed is not what is meant. */
  readonly hidden: boolean;
};

const places: Record<Step['where'], string> = {
  'source host': 'on the source host',
  standby: 'on the standby',
  database: 'in the database',
  AWS: 'in AWS',
  DMS: 'in DMS',
};

/** How the effects of steps are called. */
export const effects: Record<Effect, string> = {
  none: 'nothing is reloaded or restarted',
  reload: 'reload',
  restart: 'restart: connections are cut',
};

/** A step as an instruction. Its lines are to be printed whole, each on a line of its own, so that they can be copied. */
export function deedOf(step: Step): Deed {
  const place = step.host === undefined ? places[step.where] : `${places[step.where]} ${plain(step.host)}`;
  const words = `${place.charAt(0).toUpperCase()}${place.slice(1)},`;
  if ('run' in step) {
    return { words: `${words} run`, short: `run it ${place}`, ...shown(step.run.split('\n')) };
  }
  const { file, before, lines } = step.edit;
  return { words: `${words} insert before line ${before} of ${file}`, short: `edit ${file} ${place}`, ...shown(lines) };
}

function shown(raw: readonly string[]): Pick<Deed, 'lines' | 'hidden'> {
  const spaced = raw.map((line) => line.replaceAll('\t', '    '));
  const lines = spaced.map(plain);
  return { lines, hidden: lines.some((line, index) => line !== spaced[index]) };
}

/** Whether a step of a plan, which may be merged of several, does at the same place all that a finding's own step does. */
export function covers(planned: Step, own: Step): boolean {
  const [whole, part] = [deedOf(planned), deedOf(own)];
  return whole.words === part.words && part.lines.every((line) => whole.lines.includes(line));
}

/** Whether the steps that findings showed leave nothing of a step of the plan unsaid. */
export function isShown(planned: Step, own: readonly Step[]): boolean {
  const parts = own.filter((one) => covers(planned, one)).flatMap((one) => deedOf(one).lines);
  return deedOf(planned).lines.every((line) => parts.includes(line));
}
