import type { Report } from './report.ts';

/** From which status on a run gates: `--fail-on`. */
export const failOnLevels = ['block', 'warn', 'unknown'] as const;
/** From which status on a run gates. */
export type FailOn = (typeof failOnLevels)[number];

/** The exit codes that scripts hold on to. */
export const exitCodes = {
  open: 0,
  blocked: 1,
  usage: 2,
  undetermined: 3,
  nothingToJudge: 4,
  interrupted: 130,
} as const;

/**
 * The exit code of a finished `check`, the same for every format.
 *
 * @param report what the run found
 * @param failOn `unknown` (the default) gates on blocks and unknowns, `block` on blocks only, `warn` also on warnings
 */
export function exitCode(report: Pick<Report, 'verdict' | 'layers'>, failOn: FailOn = 'unknown'): number {
  if (report.verdict === 'blocked') return exitCodes.blocked;
  if (failOn === 'warn' && report.layers.some((layer) => layer.status === 'warn')) return exitCodes.blocked;
  if (report.verdict === 'undetermined' && failOn !== 'block') return exitCodes.undetermined;
  return exitCodes.open;
}
