import type { Step } from '../finding.ts';
import { escaped } from './markdown-escape.ts';
import { deedOf, effects } from './steps.ts';

/** Where and what, as the line before the commands. */
export function stepHead(step: Step): string {
  const { words, hidden } = deedOf(step);
  return `${escaped(words)}:${hidden ? ' (this holds characters that cannot be shown here: take it from `--format json`)' : ''}`;
}

/** What a step does to what runs, what may go wrong, how to take it back, how to see that it worked: a list. */
export function consequences(step: Step): string[] {
  return [
    `- effect: ${effects[step.effect]}`,
    `- risk: ${escaped(step.risk)}`,
    `- undo: ${escaped(step.undo)}`,
    `- verify: ${escaped(step.verify)}`,
    ...(step.instead === undefined ? [] : [`- instead: ${escaped(step.instead)}`]),
  ];
}
