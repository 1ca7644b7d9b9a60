import type { Effect, Step } from '../finding.ts';
import { plain } from './plain.ts';

/** What a person does in a step: the words before it, and the lines to copy. */
export type Deed = {
  readonly words: string;
  readonly lines: readonly string[];
  /** Whether a line holds characters that cannot be shown, so that what is printed is not what is meant. */
  readonly hidden: boolean;
};

/** How the places of steps are called in a sentence. */
export const places: Record<Step['where'], string> = {
  'source host': 'on the source host',
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
  if ('run' in step) return deed('run:', step.run.split('\n'));
  const { file, before, lines } = step.edit;
  return deed(`insert before line ${before} of ${file}:`, lines);
}

function deed(words: string, raw: readonly string[]): Deed {
  const lines = raw.map((line) => plain(line.replaceAll('\t', '    ')));
  return { words, lines, hidden: raw.some((line, index) => line.replaceAll('\t', '    ') !== lines[index]) };
}

/** Whether two steps are the same deed at the same place. */
export function sameDeed(a: Step, b: Step): boolean {
  return a.where === b.where && JSON.stringify(deedOf(a)) === JSON.stringify(deedOf(b));
}
