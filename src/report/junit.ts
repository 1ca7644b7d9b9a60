import type { Finding } from '../finding.ts';
import type { LayerStatus, Report } from '../report.ts';
import { blocker } from './blockers.ts';
import { factsOf } from './header.ts';
import { nextWords } from './next.ts';
import { inShort, summaryOf } from './others.ts';
import { pageOf } from './page.ts';
import { plain } from './plain.ts';
import { verdictWords } from './sentences.ts';
import { noStyle } from './style.ts';
import { notJudged, shownOf } from './table.ts';

/** What one test case says: nothing but a name where it passes. */
type Case = {
  readonly name: string;
  readonly outcome?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly message: string;
  };
  /** What stands inside the outcome. */
  readonly body: readonly string[];
  /** What is said beside it: warnings have no outcome of their own in JUnit. */
  readonly out: readonly string[];
};

const page = pageOf(noStyle, { width: 100, verbose: true, ascii: false });

/**
 * A report as JUnit XML, as Jenkins (its xUnit schema, junit-10) and others read it: one suite a layer with one case,
 * and one suite for the verdict, so that a run in which nothing was judged does not look green. What blocks is a failure, what is
 * unknown an error, what was skipped is skipped with its reason; a warning passes, with its text in `system-out`.
 *
 * @returns the document, ending in a newline; every character in it is legal in XML 1.0
 */
export function renderJunit(report: Report): string {
  const cases = [verdictCase(report), ...report.layers.map((layer) => layerCase(report, layer))];
  const properties = factsOf(report).map(([name, value]) => element('property', { name, value }));
  const suites = cases.flatMap((one, index) => suite(one, report.startedAt, index === 0 ? properties : []));
  const attributes = { name: report.tool.name, ...counts(cases), time: (report.durationMs / 1000).toFixed(3) };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    opening('testsuites', attributes),
    ...suites,
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function verdictCase(report: Report): Case {
  const { verdict } = report;
  const message = verdictWords(report);
  const out = [message, nextWords(report)[0] ?? ''];
  if (verdict === 'open') return { name: 'verdict', body: [], out };
  return {
    name: 'verdict',
    outcome: { kind: verdict === 'blocked' ? 'failure' : 'error', type: verdict, message },
    body: [],
    out,
  };
}

function layerCase(report: Report, layer: LayerStatus): Case {
  const { layer: name, status } = layer;
  const shown = shownOf(layer, report.findings);
  const of = (wanted: Finding['status']) => shown.filter((finding) => finding.status === wanted);
  const message = shown[0] === undefined ? notJudged : summaryOf(shown[0]);
  const type = shown[0]?.code ?? status;
  const warnings = inShort(page, of('warn'));
  if (status === 'block' || status === 'unknown') {
    const blocks = of('block').flatMap((finding) => blocker(page, finding, report.plan.steps));
    const kind = status === 'block' ? 'failure' : 'error';
    return {
      name,
      outcome: { kind, type, message },
      body: [...blocks, ...inShort(page, of('unknown'))],
      out: warnings,
    };
  }
  if (status === 'skip') {
    const reason = `${layer.reason ?? 'no reason given'}: ${message}`;
    return { name, outcome: { kind: 'skipped', type, message: reason }, body: [], out: [] };
  }
  return { name, body: [], out: status === 'warn' ? warnings : [] };
}

function suite(one: Case, timestamp: string, properties: readonly string[]): string[] {
  const { outcome, body, out, name } = one;
  return [
    `  ${opening('testsuite', { name, ...counts([one]), skipped: outcome?.kind === 'skipped' ? 1 : 0, timestamp: timestamp.slice(0, 19) })}`,
    ...(properties.length === 0
      ? []
      : ['    <properties>', ...properties.map((line) => `      ${line}`), '    </properties>']),
    `    ${opening('testcase', { name, classname: 'dms-doctor' })}`,
    ...(outcome === undefined
      ? []
      : [`      ${element(outcome.kind, { type: outcome.type, message: outcome.message }, body)}`]),
    ...(out.length === 0 ? [] : [`      ${element('system-out', {}, out)}`]),
    '    </testcase>',
    '  </testsuite>',
  ];
}

function counts(cases: readonly Case[]) {
  const count = (kind: string) => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  return { tests: cases.length, failures: count('failure'), errors: count('error') };
}

type Attributes = Readonly<Record<string, string | number>>;

function opening(name: string, attributes: Attributes): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}>`;
}

function element(name: string, attributes: Attributes, lines: readonly string[] = []): string {
  return lines.length === 0
    ? opening(name, attributes).replace(/>$/, '/>')
    : `${opening(name, attributes)}${lines.map(escaped).join('\n')}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** `plain` leaves no control; of what it leaves, XML 1.0 has no place for two code points, U+FFFE and U+FFFF. */
function escaped(text: string): string {
  return plain(text)
    .replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
    .replace(/[\ufffe\uffff]/g, '\ufffd');
}
