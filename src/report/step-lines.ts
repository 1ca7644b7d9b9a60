import type { Step } from '../finding.ts';
import type { Page } from './page.ts';
import { isNarrow, labelled, paragraph } from './page.ts';
import { covers, deedOf, effects } from './steps.ts';
import { wrap } from './wrap.ts';

/** A step with its lines to copy, effect, risk, undo and verification. */
export function stepInFull(page: Page, step: Step, plan: readonly Step[]): string[] {
  const number = plan.findIndex((other) => covers(other, step)) + 1;
  const name = number === 0 ? 'Fix:' : `Fix (step ${number} of ${plan.length}):`;
  return [...stepHead(page, name, step), ...consequences(page, step)];
}

/** What a step does to what runs, what may go wrong, how to take it back, how to see that it worked. */
export function consequences(page: Page, step: Step): string[] {
  const options = { indent: 4, labelWidth: 8, keepCode: true };
  const look = step.effect === 'restart' ? page.style.yellow : undefined;
  return [
    ...labelled(page, 'effect', effects[step.effect], { ...options, ...(look === undefined ? {} : { look }) }),
    ...labelled(page, 'risk', step.risk, options),
    ...labelled(page, 'undo', step.undo, options),
    ...labelled(page, 'verify', step.verify, options),
    ...(step.instead === undefined ? [] : labelled(page, 'instead', step.instead, options)),
  ];
}

/** Where and what, then the lines to copy: never wrapped, never cut. */
export function stepHead(page: Page, name: string, step: Step): string[] {
  const { words, lines, hidden } = deedOf(step);
  const head = wrap(page.prose(`${name} ${words}:`), page.width - 5);
  const indent = isNarrow(page) ? 4 : 6;
  return [
    ...head.map((line, index) => page.style.bold((index === 0 ? '  ' : '     ') + line)),
    ...lines.map((line) => ' '.repeat(indent) + page.style.cyan(line)),
    ...(hidden
      ? paragraph(page, 'This holds characters that cannot be shown here: take it from --format json.', indent)
      : []),
  ];
}
