import type { Report } from '../report.ts';
import { blockersOf } from './blockers.ts';
import { nextWords } from './next.ts';
import type { Page } from './page.ts';
import { paragraph } from './page.ts';
import { simulationWords } from './sentences.ts';
import { consequences, stepHead } from './step-lines.ts';
import { isShown } from './steps.ts';
import { columns, wrap } from './wrap.ts';

/** The steps in the order to carry them out, and what the simulation saw after them. In full only what no blocker showed. */
export function planSection(page: Page, report: Report): string[] {
  const { steps } = report.plan;
  const shown = blockersOf(report).flatMap(({ fix }) => fix?.steps ?? []);
  return [
    ...steps.flatMap((step, index) => [
      ...stepHead(page, `${index + 1}.`, step),
      ...(isShown(step, shown) ? [] : consequences(page, step)),
    ]),
    ...(steps.length === 0 ? [] : ['']),
    ...paragraph(page, simulationWords(report), 2),
  ];
}

/** What to do now: the fullest words that one line of the page holds, else the shortest, wrapped. */
export function nextLines(page: Page, report: Report): string[] {
  const words = nextWords(report).map((text) => page.prose(text));
  const chosen = words.find((text) => columns(text) <= page.width) ?? words.at(-1) ?? '';
  return wrap(chosen, page.width).map((line) => page.style.bold(line));
}
