import type { EvidenceLine, Finding, Step } from '../finding.ts';
import type { Flow } from '../flow.ts';
import type { LayerStatus, Plan, Report } from '../report.ts';

/**
 * Characters that JSON allows as they are and that a terminal acts upon, or that hide: DEL and C1 controls, formats,
 * line and paragraph separators. They only stand inside strings, where `\u` writes the same text.
 */
const unsafe = /[\u007f-\u009f\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/**
 * A report as one JSON document, `dms-doctor/report/1`, with its keys always in the same order. Evidence stands in it
 * to the character, but no character of it can act on a terminal.
 *
 * @returns the document, ending in a newline
 */
export function renderJson(report: Report): string {
  return jsonText(documentOf(report));
}

/** A document as text, in which no character can act on a terminal. */
export function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2).replace(unsafe, escaped)}\n`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => unit(character.charCodeAt(index))).join('');
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A report as the object that its JSON is made of. */
export function documentOf(report: Report) {
  return {
    schema: 'dms-doctor/report/1',
    tool: { name: report.tool.name, version: report.tool.version },
    startedAt: report.startedAt,
    durationMs: report.durationMs,
    scope: report.scope,
    flow: flowOf(report.flow),
    verdict: report.verdict,
    blockedAt: report.blockedAt,
    layers: report.layers.map(layerOf),
    findings: report.findings.map(findingOf),
    plan: planOf(report.plan),
    notes: report.notes,
  };
}

function flowOf(flow: Flow) {
  return {
    from: flow.from,
    host: flow.host ?? null,
    port: flow.port ?? null,
    database: flow.database ?? null,
    user: flow.user ?? null,
    tls: flow.tls ?? null,
    migrationType: flow.migrationType ?? null,
    endpoint: flow.endpoint ?? null,
    replicationInstance: flow.replicationInstance ?? null,
    ...(flow.replicationConfig === undefined ? {} : { replicationConfig: flow.replicationConfig }),
  };
}

function layerOf({ layer, status, reason }: LayerStatus) {
  return { layer, status, ...(reason === undefined ? {} : { reason }) };
}

function findingOf(finding: Finding) {
  return {
    code: finding.code,
    layer: finding.layer,
    status: finding.status,
    ...(finding.reason === undefined ? {} : { reason: finding.reason }),
    summary: finding.summary,
    detail: finding.detail,
    ...(finding.demoted === undefined ? {} : { demoted: finding.demoted }),
    caveats: finding.caveats,
    evidence: finding.evidence.map(evidenceOf),
    ...(finding.fix === undefined ? {} : { fix: { steps: finding.fix.steps.map(stepOf) } }),
    docs: finding.docs,
  };
}

function evidenceOf({ source, line, text, vantage }: EvidenceLine) {
  return { source, line, text, vantage };
}

function stepOf(step: Step) {
  const what =
    'run' in step
      ? { run: step.run }
      : { edit: { file: step.edit.file, before: step.edit.before, lines: step.edit.lines } };
  return {
    where: step.where,
    ...(step.host === undefined ? {} : { host: step.host }),
    ...what,
    effect: step.effect,
    risk: step.risk,
    undo: step.undo,
    verify: step.verify,
    ...(step.instead === undefined ? {} : { instead: step.instead }),
  };
}

function planOf({ steps, opens, stuck }: Plan) {
  return { steps: steps.map(stepOf), opens, ...(stuck === undefined ? {} : { stuck }) };
}
