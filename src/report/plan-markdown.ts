import type { Report } from '../report.ts';
import { consequences, stepHead } from './markdown-step.ts';
import { escaped, fenced } from './markdown-escape.ts';
import { nextWords } from './next.ts';
import { partsOf } from './plan-parts.ts';
import { simulationWords } from './sentences.ts';
import { deedOf } from './steps.ts';

/**
 * The plan as a page of a runbook: a heading for each place, with its steps under it, each with a box to tick.
 *
 * @returns Markdown, ending in a newline
 */
export function renderPlanMarkdown(report: Report): string {
  const { plan, flow, tool, startedAt } = report;
  const lines = [
    `# Plan for ${escaped(flow.endpoint ?? flow.host ?? 'the source')}`,
    '',
    escaped(`Made by ${tool.name} ${tool.version}, ${startedAt}. ${simulationWords(report)}`),
    ...partsOf(plan.steps).flatMap(({ place, restarts, steps }, index) => [
      '',
      `## Part ${index + 1}: ${escaped(place)}${restarts ? ' (a restart)' : ''}`,
      ...steps.flatMap(({ number, step }) => [
        '',
        `- [ ] **Step ${number} of ${plan.steps.length}:** ${stepHead(step)}`,
        '',
        ...[...fenced(deedOf(step).lines), '', ...consequences(step)].map((line) => (line === '' ? '' : `  ${line}`)),
      ]),
    ]),
    '',
    `**${escaped(plan.steps.length === 0 ? (nextWords(report)[0] ?? '') : 'Then check again, and test the connection in DMS.')}**`,
  ];
  return `${lines.join('\n')}\n`;
}
