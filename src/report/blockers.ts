import type { Finding, Step } from '../finding.ts';
import type { Report } from '../report.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { Page } from './page.ts';
import { isNarrow, labelled, paragraph } from './page.ts';
import { deedOf, effects, places, sameDeed } from './steps.ts';
import { pad, wrap } from './wrap.ts';

/** Everything about one finding that blocks: what it means, what shows it, how to mend it. */
export function blocker(page: Page, finding: Finding, report: Report): string[] {
  const { style } = page;
  return [
    ...titleOf(page, finding),
    ...paragraph(page, finding.detail, 2),
    ...finding.caveats.flatMap((caveat) => labelled(page, 'note', caveat, { indent: 2, labelWidth: 6 })),
    ...(finding.evidence.length === 0 ? [] : ['', `  ${style.bold('Shown by')}`, ...evidenceLines(page, finding, 4)]),
    ...(finding.fix?.steps ?? []).flatMap((step) => ['', ...stepInFull(page, step, report.plan.steps)]),
    ...(finding.fix === undefined ? ['', ...paragraph(page, `How to mend it is not known here: dms-doctor explain ${finding.code}`, 2)] : []),
  ];
}

function titleOf(page: Page, { code, layer, summary }: Finding): string[] {
  const { style, marks } = page;
  const head = `${layer} ${code}`;
  const [first = '', ...more] = wrap(page.prose(`${head}: ${summary}`), page.width - 2);
  const lines = [first, ...more].map((line) => style.bold(line));
  return lines.map((line, index) => (index === 0 ? `${style.red(marks.block)} ${line}` : `  ${line}`));
}

/** A step with its lines to copy, effect, risk, undo and verification. */
export function stepInFull(page: Page, step: Step, plan: readonly Step[]): string[] {
  const number = plan.findIndex((other) => sameDeed(other, step)) + 1;
  const numbered = number === 0 ? 'Fix' : `Fix (step ${number} of ${plan.length})`;
  const options = { indent: 4, labelWidth: 8, keepCode: true };
  return [
    ...stepHead(page, numbered, step),
    ...labelled(page, 'effect', effects[step.effect], options),
    ...labelled(page, 'risk', step.risk, options),
    ...labelled(page, 'undo', step.undo, options),
    ...labelled(page, 'verify', step.verify, options),
  ];
}

/** Where and what, then the lines to copy: never wrapped, never cut. */
export function stepHead(page: Page, name: string, step: Step): string[] {
  const { words, lines, hidden } = deedOf(step);
  const [first = '', ...more] = wrap(page.prose(`${name} ${places[step.where]}: ${words}`), page.width - 2);
  const indent = isNarrow(page) ? 4 : 6;
  return [
    `  ${page.style.bold(first)}`,
    ...more.map((line) => `  ${page.style.bold(line)}`),
    ...lines.map((line) => pad('', indent) + page.style.cyan(line)),
    ...(hidden ? paragraph(page, 'It holds characters that cannot be shown here: take it from --format json.', indent) : []),
  ];
}
