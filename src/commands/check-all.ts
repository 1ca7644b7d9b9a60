import type { check } from '../check.ts';
import { connectionsIn } from '../evidence/aws/connections.ts';
import type { Bundle } from '../evidence/bundle.ts';
import { toEvidence } from '../evidence/evidence-of.ts';
import { SourceError } from '../evidence/source.ts';
import { exitCode, exitCodes } from '../exit-code.ts';
import type { Report } from '../report.ts';
import type { ListFormat } from '../report/list.ts';
import { listFormats, renderListJson, renderListText } from '../report/list.ts';
import type { Style } from '../report/style.ts';
import { noStyle } from '../report/style.ts';
import type { CheckOptions } from './check.ts';
import type { Io } from './io.ts';
import { styleFor } from './style.ts';
import { tool } from './version.ts';

/** The worse of two exit codes: blocked, then undetermined, then open. */
const gravity: readonly number[] = [exitCodes.open, exitCodes.undetermined, exitCodes.blocked];

/**
 * Judges every source connection that the evidence knows, each with the same evidence, and prints one list.
 *
 * @returns the worst of their exit codes
 * @throws SourceError where DMS knows of no connection
 */
export async function judgeAll(
  options: CheckOptions,
  io: Io,
  bundle: Bundle,
  startedAt: Date,
  judge: typeof check,
): Promise<number> {
  const connections = connectionsIn(bundle.items, options.flow);
  if (connections.length === 0)
    throw new SourceError('DMS has no connection from a PostgreSQL source that --all could judge');
  const run = { tool: await tool(), startedAt: startedAt.toISOString() };
  const reports = connections.map(({ endpoint, replicationInstance, replicationConfig }): Report => {
    const began = Date.now();
    const flow = { ...options.flow, endpoint, replicationInstance, replicationConfig };
    const checked = judge(toEvidence(bundle, flow), { scope: options.scope, demote: options.demote });
    return { ...run, durationMs: Date.now() - began, ...checked };
  });
  const durationMs = Date.now() - startedAt.getTime();
  const rendered = (format: ListFormat, style: Style) =>
    format === 'json'
      ? renderListJson(reports, { ...run, durationMs })
      : renderListText(reports, style, { width: io.width, quiet: options.quiet });
  for (const { format, file } of options.reports) await io.write(file, rendered(listFormat(format), noStyle));
  io.stdout(rendered(listFormat(options.format), await styleFor(options.color)));
  return reports
    .map((report) => exitCode(report, options.failOn))
    .reduce((worst, code) => (gravity.indexOf(code) > gravity.indexOf(worst) ? code : worst), exitCodes.open);
}

/** The options were held against it already. */
function listFormat(format: string): ListFormat {
  return listFormats.find((one) => one === format) ?? 'text';
}
