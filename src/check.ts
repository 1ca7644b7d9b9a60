import type { Evidence } from './evidence/item.ts';
import { excerptsOf } from './excerpts.ts';
import type { JudgeOptions } from './judge.ts';
import { planOver } from './plan.ts';
import type { Report } from './report.ts';
import { verdictOf } from './report.ts';

/** A report without what only the run itself knows: when it started, how long it took, which tool made it. */
export type Checked = Omit<Report, 'tool' | 'startedAt' | 'durationMs'>;

/**
 * The core of `check`: judges evidence, plans, and says what stands. Pure: it touches no clock, file, network or process.
 *
 * @param evidence what was gathered, live or from a bundle
 * @param options the layers in scope, and what is demoted
 */
export function check(evidence: Evidence, options: JudgeOptions = {}): Checked {
  const { now, blockedAt, plan } = planOver(evidence, options);
  return {
    scope: options.scope ?? null,
    flow: evidence.flow,
    verdict: verdictOf(now.layers.map(({ status }) => status)),
    blockedAt,
    layers: now.layers,
    findings: now.findings,
    plan,
    notes: evidence.notes,
    excerpts: excerptsOf(evidence, now.findings),
  };
}

/** Whether there is anything to judge in some evidence: an item that can be read, or an address. */
export function anythingToJudge(evidence: Evidence): boolean {
  return evidence.items.size > 0 || evidence.flow.host !== undefined || evidence.flow.from.length > 0;
}
