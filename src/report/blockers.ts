import type { Finding, Step } from '../finding.ts';
import type { Report } from '../report.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { Page } from './page.ts';
import { labelled, paragraph } from './page.ts';
import { stepInFull } from './step-lines.ts';
import { hang } from './wrap.ts';

/** Everything about one finding that blocks: what it means, what shows it, how to mend it. */
export function blocker(page: Page, finding: Finding, plan: readonly Step[]): string[] {
  const { style } = page;
  const steps = finding.fix?.steps ?? [];
  const unmended = `How to mend this is not known here: see \`dms-doctor explain ${finding.code}\``;
  return [
    ...blockerTitle(page, finding).map((line) => style.bold(line)),
    ...paragraph(page, finding.detail, 2),
    ...finding.caveats.flatMap((caveat) => labelled(page, 'note', caveat, { indent: 2, labelWidth: 6 })),
    ...(finding.evidence.length === 0 ? [] : ['', `  ${style.bold('Shown by')}`, ...evidenceLines(page, finding, 4)]),
    ...steps.flatMap((step) => ['', ...stepInFull(page, step, plan)]),
    ...(steps.length === 0 ? ['', ...paragraph(page, unmended, 2)] : []),
  ];
}

/** The layer, the code and one line on what blocks. */
export function blockerTitle(page: Page, { code, layer, summary }: Finding): string[] {
  return hang(`${page.style.red(page.marks.block)} `, page.prose(`${layer} ${code}: ${summary}`), page.width);
}

/** What blocks, for each finding that does. */
export function blockersOf({ findings }: Report): Finding[] {
  return findings.filter(({ status }) => status === 'block');
}
