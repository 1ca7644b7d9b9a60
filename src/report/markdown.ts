import type { Finding, Status, Step } from '../finding.ts';
import type { LayerStatus, Report } from '../report.ts';
import { blockersOf } from './blockers.ts';
import { placeOf, shortened } from './evidence-lines.ts';
import { factsOf, judgedBy } from './header.ts';
import { cell, escaped, fenced } from './markdown-escape.ts';
import { consequences, stepHead } from './markdown-step.ts';
import { nextWords } from './next.ts';
import { shared, skipCounts, summaryOf } from './others.ts';
import { plain } from './plain.ts';
import { behindWords, simulationWords, verdictWords } from './sentences.ts';
import { covers, deedOf, isShown } from './steps.ts';
import { notJudged, shownOf } from './table.ts';

const marks: Record<Status, string> = {
  pass: '✓ passes',
  warn: '! warns',
  block: '✗ blocks',
  unknown: '? unknown',
  skip: '– skipped',
};

const mostLines = 12;

/**
 * A report as Markdown, for a runbook, a ticket or the summary of a CI job (GitHub's flavour: it has tables). Text of
 * findings is escaped: it makes no heading, link, image, HTML or mention.
 *
 * @returns the document, ending in a newline
 */
export function renderMarkdown(report: Report): string {
  const { steps } = report.plan;
  const behind = behindWords(report);
  const lines = [
    `# ${escaped(verdictWords(report))}`,
    ...(behind === '' ? [] : ['', escaped(behind)]),
    '',
    ...factsOf(report).map(([label, text]) => `- ${label}: ${escaped(text)}`),
    `- judged by: ${escaped(judgedBy(report))}`,
    '',
    '| | Layer | What | Code |',
    '| --- | --- | --- | --- |',
    ...report.layers.filter(({ reason }) => reason !== 'left-out').flatMap((layer) => rows(layer, report.findings)),
    ...blockersOf(report).flatMap((finding) => ['', ...blocker(finding, steps)]),
    ...list('Not known', of(report, 'unknown')),
    ...list('Warnings', of(report, 'warn')),
    ...section(
      'Skipped',
      skipCounts(report).map((text) => `- ${escaped(text)}`),
    ),
    ...section('Plan', report.verdict === 'blocked' ? planLines(report) : []),
    '',
    `**${escaped(nextWords(report).find((text) => !text.startsWith('Next (')) ?? '')}**`,
  ];
  return `${lines.join('\n')}\n`;
}

function of({ findings }: Report, status: Status): Finding[] {
  return findings.filter((finding) => finding.status === status);
}

function rows(layer: LayerStatus, findings: readonly Finding[]): string[] {
  const shown = shownOf(layer, findings);
  if (shown.length === 0) return [`| ${marks[layer.status]} | ${layer.layer} | ${notJudged} | |`];
  return shown.map(
    (finding) => `| ${marks[finding.status]} | ${layer.layer} | ${cell(summaryOf(finding))} | ${cell(finding.code)} |`,
  );
}

function blocker(finding: Finding, plan: readonly Step[]): string[] {
  const steps = finding.fix?.steps ?? [];
  return [
    `## ${finding.layer} ${escaped(finding.code)}: ${escaped(finding.summary)}`,
    '',
    escaped(finding.detail),
    ...finding.caveats.flatMap((caveat) => ['', `> ${escaped(caveat)}`]),
    ...(finding.evidence.length === 0 ? [] : ['', 'Shown by:', '', ...evidence(finding)]),
    ...steps.flatMap((step) => ['', ...stepInFull(step, plan)]),
    ...(steps.length === 0
      ? ['', `How to mend this is not known here: see \`dms-doctor explain ${plain(finding.code)}\`.`]
      : []),
  ];
}

function evidence({ evidence: all }: Finding): string[] {
  const lines = all
    .slice(0, mostLines)
    .map((line) => `${placeOf(line)}  ${shortened(plain(line.text).trim())}`.trimEnd());
  return fenced(all.length > mostLines ? [...lines, `… and ${all.length - mostLines} more`] : lines);
}

function stepInFull(step: Step, plan: readonly Step[]): string[] {
  const number = plan.findIndex((other) => covers(other, step)) + 1;
  const name = number === 0 ? 'Fix' : `Fix (step ${number} of ${plan.length})`;
  return [`**${name}:** ${stepHead(step)}`, '', ...fenced(deedOf(step).lines), '', ...consequences(step)];
}

function planLines(report: Report): string[] {
  const shown = blockersOf(report).flatMap(({ fix }) => fix?.steps ?? []);
  return [
    ...report.plan.steps.flatMap((step, index) => {
      const inFull = isShown(step, shown) ? [] : ['', ...consequences(step)];
      const below = [...fenced(deedOf(step).lines), ...inFull].map((line) => (line === '' ? '' : `   ${line}`));
      return [`${index + 1}. ${stepHead(step)}`, '', ...below, ''];
    }),
    escaped(simulationWords(report)),
  ];
}

function list(title: string, findings: readonly Finding[]): string[] {
  return section(
    title,
    shared(findings).map(({ finding, layers }) => {
      const caveats = finding.caveats.map((caveat) => ` (${escaped(caveat)})`).join('');
      return `- **${layers.join(', ')} ${escaped(finding.code)}**: ${escaped(summaryOf(finding))}. ${escaped(finding.detail)}${caveats}`;
    }),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}
