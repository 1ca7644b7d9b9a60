import type { Finding, Status } from '../finding.ts';
import type { Report } from '../report.ts';
import { blocker, blockersOf, blockerTitle } from './blockers.ts';
import { nextLines, planSection } from './closing.ts';
import { header } from './header.ts';
import { inShort, skips } from './others.ts';
import type { Page } from './page.ts';
import { pageOf, paragraph } from './page.ts';
import { behindWords, verdictWords } from './sentences.ts';
import type { Style } from './style.ts';
import { paintOf } from './style.ts';
import { table } from './table.ts';

/** How a terminal report is written. */
export type TextOptions = {
  /** Columns of the terminal. Text uses up to 110 of them; below 60 it stands below its labels. */
  readonly width: number;
  /** Also what passes, with its evidence, and all evidence without limits. */
  readonly verbose: boolean;
  /** Only the verdict, one line for each thing that blocks, and what to do next. */
  readonly quiet: boolean;
  /** Signs and typography in ASCII, for terminals that cannot do more. */
  readonly ascii?: boolean;
};

const widest = 110;
const narrowest = 24;

/**
 * A report for a person: what was judged, the path as a table, what blocks in full, what is not known, warnings, the
 * plan, and in its last line what to do now. No line is wider than asked for (or 24), but for commands: they are never
 * broken.
 *
 * @returns the report, ending in a newline; without `style`'s sequences it holds no control character but line ends
 */
export function renderText(
  report: Report,
  style: Style,
  { width, verbose, quiet, ascii = false }: TextOptions,
): string {
  const room = Math.max(narrowest, quiet ? width : Math.min(width, widest));
  const page = pageOf(style, { width: room, verbose, ascii });
  const lines = quiet ? quietReport(page, report) : fullReport(page, report);
  return `${lines.join('\n')}\n`;
}

function quietReport(page: Page, report: Report): string[] {
  return [
    ...verdict(page, report),
    ...blockersOf(report).flatMap((finding) => blockerTitle(page, finding)),
    ...nextLines(page, report),
  ];
}

function fullReport(page: Page, report: Report): string[] {
  const blockers = blockersOf(report);
  return [
    ...header(page, report),
    '',
    ...table(page, report),
    '',
    ...verdict(page, report),
    ...blockers.flatMap((finding) => ['', ...blocker(page, finding, report.plan.steps)]),
    ...section(page, 'Not known', inShort(page, of(report, 'unknown'))),
    ...section(page, 'Warnings', inShort(page, of(report, 'warn'))),
    ...section(page, 'What passes', page.verbose ? inShort(page, of(report, 'pass')) : []),
    ...section(page, 'Skipped', skips(page, report)),
    ...section(page, 'Plan', report.verdict === 'blocked' ? planSection(page, report) : []),
    '',
    ...more(page, report),
    ...nextLines(page, report),
  ];
}

function of({ findings }: Report, status: Status): Finding[] {
  return findings.filter((finding) => finding.status === status);
}

function section(page: Page, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', page.style.bold(title), ...lines];
}

const statusOf = { blocked: 'block', undetermined: 'unknown', open: 'pass' } as const;

function verdict(page: Page, report: Report): string[] {
  const paint = paintOf(page.style, statusOf[report.verdict]);
  const behind = behindWords(report);
  return [
    ...paragraph(page, verdictWords(report), 0).map((line) => page.style.bold(paint(line))),
    ...(behind === '' ? [] : paragraph(page, behind, 0)),
  ];
}

/** Where a code's long form is had, shown with one that matters here. */
function more(page: Page, { findings }: Report): string[] {
  const first = (['block', 'unknown', 'warn'] as const).map((status) =>
    findings.find((finding) => finding.status === status),
  );
  const code = first.find((finding) => finding !== undefined)?.code;
  if (code === undefined) return [];
  return paragraph(page, `More on a code: \`dms-doctor explain ${code}\``, 0).map((line) => page.style.dim(line));
}
