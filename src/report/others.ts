import type { Finding } from '../finding.ts';
import type { Report } from '../report.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { Page } from './page.ts';
import { labelled, listed, paragraph } from './page.ts';
import { stepHead } from './blockers.ts';
import { paintOf } from './style.ts';
import { wrap } from './wrap.ts';

/** Findings that say the same of several layers, as one. */
type Shared = { readonly finding: Finding; readonly layers: readonly string[] };

/** What is not known, each with how to get what is missing; once where several layers wait for the same thing. */
export function unknowns(page: Page, findings: readonly Finding[]): string[] {
  return shared(findings).flatMap((entry) => short(page, entry));
}

/** Warnings, short. */
export function warnings(page: Page, findings: readonly Finding[]): string[] {
  return shared(findings).flatMap((entry) => short(page, entry));
}

/** What passes, with its evidence. */
export function passes(page: Page, findings: readonly Finding[]): string[] {
  return shared(findings).flatMap((entry) => short(page, entry));
}

function short(page: Page, { finding, layers }: Shared): string[] {
  const paint = paintOf(page.style, finding.status);
  const steps = finding.status === 'pass' ? [] : (finding.fix?.steps ?? []);
  const title = `${layers.join(', ')} ${finding.code}: ${finding.summary}${finding.demoted ? ' (counted as a warning: --demote)' : ''}`;
  const [first = '', ...more] = wrap(page.prose(title), page.width - 2);
  return [
    `${paint(page.marks[finding.status])} ${first}`,
    ...more.map((line) => `  ${line}`),
    ...paragraph(page, finding.detail, 4).map((line) => page.style.dim(line)),
    ...finding.caveats.flatMap((caveat) => labelled(page, 'note', caveat, { indent: 4, labelWidth: 6 })),
    ...(page.verbose ? evidenceLines(page, finding, 4) : []),
    ...steps.flatMap((step) => stepHead(page, 'To mend it,', step)),
  ];
}

function shared(findings: readonly Finding[]): Shared[] {
  const byWords = new Map<string, { finding: Finding; layers: string[] }>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.code, finding.status, finding.summary, finding.detail, finding.caveats]);
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
} as const;

/** How many layers were skipped, and why. */
export function skips(page: Page, { layers }: Report): string[] {
  return Object.entries(reasons).flatMap(([reason, words]) => {
    const skipped = layers.filter((layer) => layer.status === 'skip' && layer.reason === reason);
    if (skipped.length === 0) return [];
    const text = `${page.marks.skip} ${skipped.length} ${words}: ${listed(skipped.map(({ layer }) => layer))}`;
    return wrap(page.prose(text), page.width - 2).map((line, index) => page.style.dim(index === 0 ? line : `  ${line}`));
  });
}
