import type { Finding, Status } from '../finding.ts';
import type { Report } from '../report.ts';
import { blocker } from './blockers.ts';
import { nextLine, planSection, verdictLine } from './closing.ts';
import { header } from './header.ts';
import { passes, skips, unknowns, warnings } from './others.ts';
import type { Page } from './page.ts';
import { listed, pageOf } from './page.ts';
import type { Style } from './style.ts';
import { paintOf } from './style.ts';
import { table } from './table.ts';
import { wrap } from './wrap.ts';

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
const narrowest = 20;

/**
 * A report for a person: what was judged, the path as a table, what blocks in full, what is not known, warnings, the
 * plan, and in its last line what to do now. No line is wider than asked for, but for commands, which are never broken.
 *
 * @returns the report, ending in a newline; without `style`'s sequences it holds no control character but line ends
 */
export function renderText(report: Report, style: Style, { width, verbose, quiet, ascii = false }: TextOptions): string {
  const room = Math.max(narrowest, quiet ? width : Math.min(width, widest));
  const page = pageOf(style, { width: room, verbose, ascii });
  const lines = quiet ? quietReport(page, report) : fullReport(page, report);
  return `${lines.join('\n')}\n`;
}

function quietReport(page: Page, report: Report): string[] {
  return [
    ...verdict(page, report),
    ...of(report, 'block').flatMap(({ layer, code, summary }) => {
      const [first = '', ...more] = wrap(page.prose(`${layer} ${code}: ${summary}`), page.width - 2);
      return [`${page.style.red(page.marks.block)} ${first}`, ...more.map((line) => `  ${line}`)];
    }),
    ...next(page, report),
  ];
}

function fullReport(page: Page, report: Report): string[] {
  const blocks = of(report, 'block');
  return [
    ...header(page, report),
    '',
    ...table(page, report),
    '',
    ...verdict(page, report),
    ...blocks.flatMap((finding) => ['', ...blocker(page, finding, report)]),
    ...section(page, 'Not known', unknowns(page, of(report, 'unknown'))),
    ...section(page, 'Warnings', warnings(page, of(report, 'warn'))),
    ...section(page, 'What passes', page.verbose ? passes(page, of(report, 'pass')) : []),
    ...section(page, 'Skipped', skips(page, report)),
    ...section(page, 'Plan', report.verdict === 'blocked' ? planSection(page, report) : []),
    '',
    ...next(page, report),
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
  return [
    ...wrap(page.prose(verdictLine(report)), page.width).map((line) => page.style.bold(paint(line))),
    ...behind(page, report),
  ];
}

/** Walls that nobody meets before others are open: the simulation saw them. */
function behind(page: Page, { blockedAt, layers }: Report): string[] {
  const hidden = blockedAt.filter((name) => !layers.some(({ layer, status }) => layer === name && status === 'block'));
  if (hidden.length === 0) return [];
  const text = `Behind the others, seen in simulation once they are open: ${listed(hidden)}.`;
  return wrap(page.prose(text), page.width);
}

function next(page: Page, report: Report): string[] {
  return wrap(nextLine(page, report), page.width).map((line) => page.style.bold(line));
}
