import type { Finding } from '../finding.ts';
import type { Report } from '../report.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { Page } from './page.ts';
import { labelled, listed, paragraph } from './page.ts';
import { stepHead } from './step-lines.ts';
import { paintOf } from './style.ts';
import { hang } from './wrap.ts';

/** Findings that say the same of several layers, as one. */
type Shared = { readonly finding: Finding; readonly layers: readonly string[] };

/**
 * Findings in short: the layer, the code, what it is, what it means, and what mends it. One entry where several layers
 * say the same, because they wait for the same evidence.
 */
export function inShort(page: Page, findings: readonly Finding[]): string[] {
  return shared(findings).flatMap((entry) => oneInShort(page, entry));
}

function oneInShort(page: Page, { finding, layers }: Shared): string[] {
  const mark = paintOf(page.style, finding.status)(page.marks[finding.status]);
  const steps = finding.status === 'pass' ? [] : (finding.fix?.steps ?? []);
  const title = `${layers.join(', ')} ${finding.code}: ${summaryOf(finding)}`;
  return [
    ...hang(`${mark} `, page.prose(title), page.width),
    ...paragraph(page, finding.detail, 4),
    ...finding.caveats.flatMap((caveat) => labelled(page, 'note', caveat, { indent: 4, labelWidth: 6 })),
    ...(page.verbose ? evidenceLines(page, finding, 4) : []),
    ...steps.flatMap((step) => stepHead(page, 'Fix:', step)),
  ];
}

/** The one line on a finding; one that was demoted says so. */
export function summaryOf({ summary, demoted }: Finding): string {
  return demoted ? `${summary} (counted as a warning: --demote)` : summary;
}

/** Puts findings together that differ in nothing but their layer. */
export function shared(findings: readonly Finding[]): Shared[] {
  const byWords = new Map<string, { finding: Finding; layers: string[] }>();
  for (const finding of findings) {
    const key = JSON.stringify({ ...finding, layer: '' });
    const known = byWords.get(key);
    if (known === undefined) byWords.set(key, { finding, layers: [finding.layer] });
    else if (!known.layers.includes(finding.layer)) known.layers.push(finding.layer);
  }
  return [...byWords.values()];
}

const reasons = {
  'not-on-path': 'not on the path',
  'not-installed': 'not installed',
  'left-out': 'left out by --only or --skip',
  'no-reason': 'without a reason given',
} as const;

/** How many layers were skipped for each reason, and which: `2 not installed: ufw and firewalld`. */
export function skipCounts({ layers }: Report): string[] {
  const skipped = layers.filter(({ status }) => status === 'skip');
  return Object.entries(reasons).flatMap(([reason, words]) => {
    const names = skipped.filter((entry) => (entry.reason ?? 'no-reason') === reason).map(({ layer }) => layer);
    return names.length === 0 ? [] : [`${names.length} ${words}: ${listed(names)}`];
  });
}

/** The counts of what was skipped, as lines. */
export function skips(page: Page, report: Report): string[] {
  return skipCounts(report).flatMap((text) =>
    hang(`${page.marks.skip} `, page.prose(text), page.width).map((line) => page.style.dim(line)),
  );
}
