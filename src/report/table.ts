import type { Finding, Status } from '../finding.ts';
import type { Layer } from '../layers.ts';
import type { LayerStatus, Report } from '../report.ts';
import { serverOf } from './header.ts';
import { summaryOf } from './others.ts';
import type { Page } from './page.ts';
import { isNarrow } from './page.ts';
import { paintOf } from './style.ts';
import { columns, pad, wrap } from './wrap.ts';

/** What is said of a layer without any finding. */
export const notJudged = 'was not judged';

/** Layers that stand beside the path: whether it is safe to go, and what DMS does with it. */
const beside: readonly Layer[] = ['restart', 'capacity', 'data', 'target', 'task'];

/** The path from the replication instance to the slot, one row for each layer that was not left out, worst finding first. */
export function table(page: Page, report: Report): string[] {
  const shown = report.layers.filter(({ reason }) => reason !== 'left-out');
  const labelWidth = Math.max(0, ...shown.map(({ layer }) => columns(layer))) + 2;
  const rowsOf = (layers: readonly LayerStatus[]) =>
    layers.flatMap((layer) => rows(page, layer, report.findings, labelWidth));
  const way = shown.filter(({ layer }) => !beside.includes(layer));
  const rest = shown.filter(({ layer }) => beside.includes(layer));
  const down = `  ${page.style.dim(page.marks.down)}`;
  return [
    ...(way.length === 0
      ? []
      : [...end(page, startOf(report)), down, ...rowsOf(way), down, ...end(page, endOf(report))]),
    ...(way.length === 0 || rest.length === 0 ? [] : ['']),
    ...rowsOf(rest),
  ];
}

function end(page: Page, name: string): string[] {
  return wrap(page.prose(name), page.width - 2).map((line) => `  ${page.style.bold(line)}`);
}

/** How the beginning of the path is called. */
export function startOf({ flow }: Report): string {
  return flow.replicationInstance === undefined
    ? 'replication instance'
    : `replication instance ${flow.replicationInstance}`;
}

/** How the end of the path is called. */
export function endOf({ flow }: Report): string {
  return `${flow.migrationType === 'full-load' ? 'session' : 'replication slot'} on ${serverOf(flow)}`;
}

const rank: readonly Status[] = ['block', 'unknown', 'warn', 'pass', 'skip'];

/** The findings of a layer that a table shows, the worst first: all that matter, else the first of each kind that passes. */
export function shownOf({ layer, status }: LayerStatus, findings: readonly Finding[], verbose = false): Finding[] {
  const own = findings.filter((finding) => finding.layer === layer);
  const worstFirst = rank.flatMap((wanted) => own.filter((finding) => finding.status === wanted));
  const mattering = worstFirst.filter((finding) => finding.status !== 'pass' && finding.status !== 'skip');
  if (mattering.length > 0) return mattering;
  const passing = worstFirst.filter((finding) => finding.status === status);
  const first = (finding: Finding) => passing.find(({ code }) => code === finding.code) === finding;
  return verbose ? passing : passing.filter(first);
}

function rows(page: Page, layer: LayerStatus, findings: readonly Finding[], labelWidth: number): string[] {
  const shown = shownOf(layer, findings, page.verbose);
  if (shown.length === 0) return row(page, layer.status, layer.layer, notJudged, labelWidth);
  return shown.flatMap((finding, index) =>
    row(page, finding.status, index === 0 ? layer.layer : '', summaryOf(finding), labelWidth),
  );
}

function row(page: Page, status: Status, layer: string, text: string, labelWidth: number): string[] {
  const paint = paintOf(page.style, status);
  const look = status === 'block' ? page.style.bold : status === 'skip' ? page.style.dim : (line: string) => line;
  const mark = `  ${paint(page.marks[status])} `;
  const prose = page.prose(text);
  if (isNarrow(page)) {
    const below = wrap(prose, page.width - 6).map((line) => `      ${look(line)}`);
    return layer === ''
      ? below.with(0, `    ${paint(page.marks[status])} ${below[0]?.trimStart()}`)
      : [mark + look(layer), ...below];
  }
  return wrap(prose, page.width - 4 - labelWidth).map((line, index) =>
    index === 0 ? mark + look(pad(layer, labelWidth)) + look(line) : ' '.repeat(4 + labelWidth) + look(line),
  );
}
