import type { Report } from '../report.ts';
import type { Style } from './style.ts';

/** The formats of a report. */
export const reportFormats = ['text', 'json'] as const;
/** A format of a report. */
export type ReportFormat = (typeof reportFormats)[number];

/** How a report is to look; formats for machines look at none of it. */
export type RenderOptions = {
  readonly style: Style;
  readonly width: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
};

/** Renders a report; the renderer of the format that is asked for is loaded, and no other. */
export async function renderReport(format: ReportFormat, report: Report, options: RenderOptions): Promise<string> {
  if (format === 'json') return (await import('./json.ts')).renderJson(report);
  const { style, ...rest } = options;
  return (await import('./text.ts')).renderText(report, style, rest);
}
