import type { Finding, Status } from '../finding.ts';
import type { Report } from '../report.ts';
import { nextWords } from './next.ts';
import { shared, summaryOf } from './others.ts';
import { counted } from './page.ts';
import { plain } from './plain.ts';
import { verdictWords } from './sentences.ts';
import { deedOf } from './steps.ts';

/** GitHub shows ten annotations of each kind for a step, and drops the others in silence. */
const most = 10;

const notShown = '(it holds characters that cannot be shown here: take it from --format json)';

const kinds = { block: 'error', unknown: 'warning', warn: 'notice' } as const satisfies Partial<Record<Status, string>>;

/**
 * A report as the log of a GitHub Actions step: an error for each thing that blocks, a warning for what is not known, a
 * notice for each warning, then the verdict and what to do next. The table for the job's summary is `renderMarkdown`.
 * No text of a finding can be taken for a workflow command.
 *
 * @returns lines, ending in a newline
 */
export function renderGithub(report: Report): string {
  const annotations = (['block', 'unknown', 'warn'] as const).flatMap((status) =>
    annotationsOf(report.findings, status),
  );
  return [...annotations, logged(verdictWords(report)), logged(nextWords(report)[0] ?? ''), ''].join('\n');
}

function annotationsOf(findings: readonly Finding[], status: keyof typeof kinds): string[] {
  const entries = shared(findings.filter((finding) => finding.status === status));
  const shown = entries.length <= most ? entries : entries.slice(0, most - 1);
  const left = entries.length - shown.length;
  return [
    ...shown.map(({ finding, layers }) =>
      annotation(kinds[status], `${layers.join(', ')} ${finding.code}`, messageOf(finding)),
    ),
    ...(left === 0
      ? []
      : [annotation(kinds[status], 'dms-doctor', [`${counted(left, 'more finding')}: see the report`])]),
  ];
}

function messageOf(finding: Finding): string[] {
  const steps = (finding.fix?.steps ?? []).map(deedOf);
  return [
    summaryOf(finding),
    finding.detail,
    ...finding.evidence
      .slice(0, 3)
      .map(({ source, line, text }) => `${source}${line === null ? '' : `:${line}`}  ${text}`),
    ...steps.flatMap(({ words, lines, hidden }) => [`${words}:`, ...(hidden ? [notShown] : lines)]),
  ];
}

function annotation(kind: string, title: string, lines: readonly string[]): string {
  return `::${kind} title=${property(title)}::${lines.map(data).join('%0A')}`;
}

/** Text of a command; `plain` leaves no line end in it. */
function data(text: string): string {
  return plain(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** A line of the log: the runner takes `::` at its beginning and `##[` anywhere in it for a command. */
function logged(text: string): string {
  return plain(text)
    .replaceAll('##[', '## [')
    .replace(/^\s*::/, ': :');
}
