import type { Checked } from '../check.ts';
import { layers } from '../layers.ts';
import { renderPlan, renderReport } from '../report/index.ts';
import { noStyle } from '../report/style.ts';
import type { Report } from '../report.ts';
import type { CheckOptions } from './check.ts';
import type { Io } from './io.ts';
import { styleFor } from './style.ts';

/** What of the options says where a report goes and how it looks. */
type Delivery = Pick<CheckOptions, 'format' | 'reports' | 'plan' | 'verbose' | 'quiet' | 'color'>;

/**
 * Writes a report into its files and prints it. One that cannot be made or written keeps none of the others back.
 *
 * @throws the first reason why one could not be delivered, after all the others were
 */
export async function deliver(report: Report, options: Delivery, io: Io): Promise<void> {
  const { format, reports, plan, verbose, quiet, color } = options;
  const look = { width: io.width, verbose, quiet };
  const done = await Promise.allSettled([
    ...reports.map(async (one) =>
      io.write(one.file, await renderReport(one.format, report, { style: noStyle, ...look })),
    ),
    ...(plan === undefined ? [] : [renderPlan(plan, report).then((text) => io.write(plan, text, { secret: true }))]),
    styleFor(color).then(async (style) => io.stdout(await renderReport(format, report, { style, ...look }))),
  ]);
  const failed = done.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/**
 * What a run that judged nothing says of itself: every layer in scope is unknown. A pipeline that waits for its report
 * finds this one, and not none, nor that of an earlier run.
 *
 * @param why the reason, in a sentence without its end mark
 */
export function nothingJudged(options: Pick<CheckOptions, 'flow' | 'scope'>, why: string): Checked {
  const { flow, scope } = options;
  return {
    scope,
    flow,
    verdict: 'undetermined',
    blockedAt: [],
    layers: layers.map((layer) =>
      scope === null || scope.includes(layer)
        ? { layer, status: 'unknown' }
        : { layer, status: 'skip', reason: 'left-out' },
    ),
    findings: [],
    plan: { steps: [], opens: false },
    notes: [`Nothing was judged: ${why}.`],
    excerpts: [],
  };
}
