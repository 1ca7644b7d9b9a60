import type { Report } from '../report.ts';
import type { Style } from './style.ts';

/** The formats of a report. */
export const reportFormats = ['text', 'json', 'junit', 'markdown', 'html', 'github'] as const;
/** A format of a report. */
export type ReportFormat = (typeof reportFormats)[number];

/** How a report for a person is to look; formats for machines look at none of it. */
export type RenderOptions = {
  readonly style: Style;
  readonly width: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
};

/** Renders a report; the renderer of the format that is asked for is loaded, and no other. */
export async function renderReport(format: ReportFormat, report: Report, options: RenderOptions): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('./json.ts')).renderJson(report);
    case 'junit':
      return (await import('./junit.ts')).renderJunit(report);
    case 'markdown':
      return (await import('./markdown.ts')).renderMarkdown(report);
    case 'html':
      return (await import('./html.ts')).renderHtml(report);
    case 'github':
      return (await import('./github.ts')).renderGithub(report);
    case 'text': {
      const { style, ...rest } = options;
      return (await import('./text.ts')).renderText(report, style, rest);
    }
  }
}

/** Renders the plan by the name of its file: as Markdown where that ends in `.md`, else as a shell script. */
export async function renderPlan(file: string, report: Report): Promise<string> {
  if (/\.md$/i.test(file)) return (await import('./plan-markdown.ts')).renderPlanMarkdown(report);
  return (await import('./plan-script.ts')).renderPlanScript(report);
}
