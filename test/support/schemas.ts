import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Explanation } from '../../src/errors/cause.ts';
import type { Report } from '../../src/report.ts';

/** A report as its JSON document has it. */
export type ReportDocument = Pick<Report, 'tool' | 'startedAt' | 'durationMs' | 'scope' | 'verdict' | 'blockedAt'> &
  Pick<Report, 'layers' | 'findings' | 'plan' | 'notes'> & {
    readonly schema: string;
    readonly flow: { readonly [K in keyof Report['flow']]: NonNullable<Report['flow'][K]> | null };
  };

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  formats: { 'date-time': isoTime },
});

/** Readers must ignore members that they do not know; our own documents have none that the schema lacks. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => [key, closed(value)] as const);
  return 'properties' in part && 'type' in part
    ? { ...Object.fromEntries(entries), additionalProperties: false }
    : Object.fromEntries(entries);
}

/** A schema as it ships. */
export function schema(name: 'report-1' | 'report-list-1' | 'explain-1'): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
}

const report = ajv.compile(closed(schema('report-1')) as object);
const validators = {
  'report-1': report,
  'report-list-1': ajv.compile(closed(schema('report-list-1')) as object),
  'explain-1': ajv.compile(closed(schema('explain-1')) as object),
};

function read(validate: ValidateFunction, document: string): unknown {
  const value: unknown = JSON.parse(document);
  if (!validate(value))
    throw new Error(`not what its schema says: ${ajv.errorsText(validate.errors, { separator: '\n' })}`);
  return value;
}

/** Reads a report, held against the schema that ships. @throws where it is not what that says */
export function readReport(document: string): ReportDocument {
  return read(validators['report-1'], document) as ReportDocument;
}

/** Reads the reports of several connections, held against the schema that ships. @throws where it is not what that says */
export function readReportList(document: string): { verdict: string; reports: readonly ReportDocument[] } {
  return read(validators['report-list-1'], document) as { verdict: string; reports: ReportDocument[] };
}

/** Reads an explanation, held against the schema that ships. @throws where it is not what that says */
export function readExplanations(document: string): readonly Explanation[] {
  return (read(validators['explain-1'], document) as { explanations: Explanation[] }).explanations;
}

/** Holds a document of this tool against its schema, whichever that is; other texts pass. */
export function heldAgainstItsSchema(text: string): void {
  if (/^\{\s*"schema": "dms-doctor\/report\//.test(text)) readReport(text);
  if (/^\{\s*"schema": "dms-doctor\/report-list\//.test(text)) readReportList(text);
  if (/^\{\s*"schema": "dms-doctor\/explain\//.test(text)) readExplanations(text);
}
