import type { Report, Verdict } from '../report.ts';
import { verdictOf } from '../report.ts';
import { documentOf, jsonText } from './json.ts';
import { counted, isNarrow, listed, pageOf, paragraph } from './page.ts';
import type { Page } from './page.ts';
import type { Style } from './style.ts';
import { paintOf } from './style.ts';
import { columns, pad, wrap } from './wrap.ts';

/** The formats of a list of reports. */
export const listFormats = ['text', 'json'] as const;
/** A format of a list of reports. */
export type ListFormat = (typeof listFormats)[number];

const statusOf = { blocked: 'block', undetermined: 'unknown', open: 'pass' } as const;

/** The verdict on several connections: blocked where one is; else undetermined where one is; else open. */
function listVerdict(reports: readonly Pick<Report, 'verdict'>[]): Verdict {
  return verdictOf(reports.map(({ verdict }) => statusOf[verdict]));
}

/**
 * Reports of several connections as one JSON document, `dms-doctor/report-list/1`.
 *
 * @returns the document, ending in a newline
 */
export function renderListJson(
  reports: readonly Report[],
  run: Pick<Report, 'tool' | 'startedAt' | 'durationMs'>,
): string {
  return jsonText({
    schema: 'dms-doctor/report-list/1',
    tool: { name: run.tool.name, version: run.tool.version },
    startedAt: run.startedAt,
    durationMs: run.durationMs,
    verdict: listVerdict(reports),
    reports: reports.map(documentOf),
  });
}

/**
 * Reports of several connections as one table for a person: endpoint, instance, verdict, and where it is blocked.
 *
 * @returns the text, ending in a newline; no line is wider than `width` (or 24)
 */
export function renderListText(
  reports: readonly Report[],
  style: Style,
  { width, quiet }: { readonly width: number; readonly quiet: boolean },
): string {
  const page = pageOf(style, { width: Math.max(24, Math.min(width, 110)), verbose: false, ascii: false });
  const rows = quiet ? reports.filter(({ verdict }) => verdict !== 'open') : reports;
  const lines = [...(isNarrow(page) ? stacked(page, rows) : table(page, rows)), '', ...closing(page, reports)];
  return `${lines.join('\n')}\n`;
}

const heads = ['endpoint', 'instance', 'verdict', 'blocked at'] as const;

function cellsOf({ flow, verdict, blockedAt, layers }: Report): [string, string, string, string] {
  const unknown = layers.filter(({ status }) => status === 'unknown').length;
  const where =
    verdict === 'blocked'
      ? blockedAt.join(', ')
      : verdict === 'undetermined'
        ? `nothing seen; ${counted(unknown, 'layer')} not known`
        : '';
  const by =
    flow.replicationInstance ?? (flow.replicationConfig === undefined ? '' : `${flow.replicationConfig} (serverless)`);
  return [flow.endpoint ?? '', by, verdict, where];
}

function table(page: Page, reports: readonly Report[]): string[] {
  const cells = reports.map((report) => cellsOf(report).map((cell) => page.prose(cell)));
  const widest = (index: number) => Math.max(...[heads, ...cells].map((row) => columns(row[index] ?? '')));
  // Names share what the verdict and a readable last column leave.
  const room = page.width - 4 - 14 - 24 - 4;
  const second = Math.min(widest(1), Math.max(Math.floor(room / 2), room - widest(0)));
  const widths = [Math.min(widest(0), room - second), second, 12];
  const last = page.width - 4 - widths.reduce((sum, one) => sum + one + 2, 0);
  const line = (row: readonly string[], look: (text: string) => string, mark: string) => {
    const wrapped = row.map((cell, index) => wrap(cell, widths[index] ?? last));
    const height = Math.max(...wrapped.map((one) => one.length));
    return Array.from({ length: height }, (_, at) => {
      const text = wrapped.map((one, index) => {
        const padded = pad(one[at] ?? '', (widths[index] ?? 0) + 2);
        return index === 3 ? padded.trimEnd() : index === 2 ? look(padded) : padded;
      });
      return `  ${at === 0 ? mark : ' '} ${text.join('')}`.trimEnd();
    });
  };
  return [
    ...line(heads, (text) => text, ' ').map((text) => page.style.dim(text)),
    ...reports.flatMap((report, index) => {
      const paint = paintOf(page.style, statusOf[report.verdict]);
      return line(cells[index] ?? [], paint, paint(page.marks[statusOf[report.verdict]]));
    }),
  ];
}

function stacked(page: Page, reports: readonly Report[]): string[] {
  return reports.flatMap((report) => {
    const [endpoint, instance, verdict, where] = cellsOf(report);
    const paint = paintOf(page.style, statusOf[report.verdict]);
    const title = wrap(page.prose(`${endpoint} from ${instance}`), page.width - 2);
    const rest = where === '' ? verdict : `${verdict}: ${where}`;
    return [
      ...title.map((text, at) => `${at === 0 ? paint(page.marks[statusOf[report.verdict]]) : ' '} ${text}`),
      ...paragraph(page, rest, 4),
    ];
  });
}

/** How many stand how, and the first thing to look at closer. */
function closing(page: Page, reports: readonly Report[]): string[] {
  const having = (verdict: Verdict) => reports.filter((one) => one.verdict === verdict);
  const counts = (['blocked', 'undetermined', 'open'] as const)
    .map((verdict) => [having(verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`);
  const first = [...having('blocked'), ...having('undetermined')][0];
  const next = first === undefined ? 'Next: test the connections in DMS.' : `Next: ${commandFor(first)}`;
  return [
    ...paragraph(page, `${counted(reports.length, 'connection')}: ${listed(counts)}.`, 0).map(page.style.bold),
    ...(columns(next) <= page.width ? [next] : ['Next:', `  ${next.slice('Next: '.length)}`]).map((line) =>
      page.prose(line),
    ),
  ];
}

function commandFor({ flow }: Report): string {
  const by =
    flow.replicationInstance === undefined
      ? flow.replicationConfig === undefined
        ? ''
        : ` --replication-config ${flow.replicationConfig}`
      : ` --replication-instance ${flow.replicationInstance}`;
  return `dms-doctor check --endpoint ${flow.endpoint ?? ''}${by}`;
}
