import type { Finding, Status } from '../../finding.ts';
import type { LayerStatus, Report } from '../../report.ts';
import { blockersOf } from '../blockers.ts';
import { shared, skipCounts, summaryOf } from '../others.ts';
import { simulationWords } from '../sentences.ts';
import { deedOf } from '../steps.ts';
import { notJudged, shownOf } from '../table.ts';
import { evidenceOf } from './evidence.ts';
import type { Markup } from './markup.ts';
import { markup, prose } from './markup.ts';
import { inlineSign } from './signs.ts';
import { commandOf, mendedBy, stepBody } from './steps.ts';

/** A part of the page that can be gone to. One without content is left out. */
export type Section = { readonly id: string; readonly title: string; readonly content: readonly Markup[] };

/** How a status is called beside its sign. */
const statusWords: Readonly<Record<Status, string>> = {
  pass: 'passes',
  warn: 'warns',
  block: 'blocks',
  unknown: 'unknown',
  skip: 'skipped',
};

/** What blocks, in full: what it means, the lines that decide, and which steps mend it. */
export function walls(report: Report): Section {
  const content = blockersOf(report).map((finding, index) => {
    const steps = finding.fix?.steps ?? [];
    const unmended = markup`<p class="mended">How to mend this is not known here: see <code>dms-doctor explain ${finding.code}</code>.</p>\n`;
    return markup`<article class="finding block" id="wall-${index + 1}">
<h3>${title(finding, [finding.layer])}</h3>
${body(finding)}${evidenceOf(finding, report.excerpts)}
${steps.length === 0 ? unmended : mendedBy(steps, report.plan.steps)}</article>
`;
  });
  return { id: 'walls', title: 'What blocks', content };
}

/** The steps in the order to carry them out, and what the simulation saw after them. */
export function plan(report: Report): Section {
  const { steps, opens } = report.plan;
  if (report.verdict !== 'blocked') return { id: 'plan', title: 'Plan', content: [] };
  const items = steps.map(
    (step, index) => markup`<li id="step-${index + 1}">
<h3>${index + 1}. ${deedOf(step).words}:</h3>
${stepBody(step, `step ${index + 1}`)}</li>
`,
  );
  const proof = markup`<p class="proof ${opens ? 'opens' : 'stays'}">${inlineSign(opens ? 'pass' : 'unknown')} ${simulationWords(report)}</p>\n`;
  return {
    id: 'plan',
    title: 'Plan',
    content: [proof, ...(items.length === 0 ? [] : [markup`<ol class="plan">\n${items}</ol>\n`])],
  };
}

/** Findings of one status, shorter than walls: their evidence is folded. */
export function others(report: Report, status: 'unknown' | 'warn', heading: string): Section {
  const content = shared(report.findings.filter((finding) => finding.status === status)).map(
    ({ finding, layers }) => markup`<article class="finding ${status}">
<h3>${title(finding, layers)}</h3>
${body(finding)}${folded(finding, report)}${(finding.fix?.steps ?? []).map(
      (step) => markup`<p class="mended">${deedOf(step).words}:</p>\n${commandOf(step, deedOf(step).short)}`,
    )}</article>
`,
  );
  return { id: status, title: heading, content };
}

/** Every layer that was judged, with all that its findings say and show. */
export function layerTable(report: Report): Section {
  const rows = report.layers.filter(({ reason }) => reason !== 'left-out').flatMap((layer) => rowsOf(layer, report));
  const table = markup`<table>
<thead><tr><th scope="col">Layer</th><th scope="col">What was found</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
  return { id: 'layers', title: 'Every layer', content: rows.length === 0 ? [] : [table] };
}

/** What was skipped, counted, with the reasons. */
export function skipped(report: Report): Section {
  const items = skipCounts(report).map((text) => markup`<li>${text}</li>\n`);
  return { id: 'skipped', title: 'Skipped', content: items.length === 0 ? [] : [markup`<ul>\n${items}</ul>\n`] };
}

function rowsOf(layer: LayerStatus, report: Report): Markup[] {
  const shown = shownOf(layer, report.findings, true);
  const name = (status: Status) =>
    markup`${inlineSign(status)} ${layer.layer} <span class="unseen">${statusWords[status]}</span>`;
  if (shown.length === 0) return [markup`<tr><th scope="row">${name(layer.status)}</th><td>${notJudged}</td></tr>\n`];
  return shown.map(
    (
      finding,
    ) => markup`<tr class="${finding.status}"><th scope="row">${name(finding.status)}</th><td>${prose(summaryOf(finding))} ${code(finding)}
${finding.status === 'pass' || finding.status === 'skip' ? folded(finding, report) : undefined}</td></tr>
`,
  );
}

function title(finding: Finding, layers: readonly string[]): Markup {
  return markup`${inlineSign(finding.status)} <span class="layer">${layers.join(', ')}</span> <span class="unseen">${statusWords[finding.status]}:</span> ${prose(summaryOf(finding))} ${code(finding)}`;
}

function code(finding: Finding): Markup {
  return markup`<code class="code">${finding.code}</code>`;
}

function body(finding: Finding): Markup {
  const caveats = finding.caveats.map((caveat) => markup`<p class="note">${prose(caveat)}</p>\n`);
  return markup`<p>${prose(finding.detail)}</p>\n${caveats}`;
}

function folded(finding: Finding, report: Report): Markup | undefined {
  if (finding.evidence.length === 0) return undefined;
  return markup`<details><summary>What shows it<span class="unseen">: ${finding.layer}, ${finding.code}</span></summary>
${evidenceOf(finding, report.excerpts)}
</details>
`;
}
