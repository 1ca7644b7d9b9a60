/** dms-doctor as a library: the same judgement as the command line's, without its input and output. */
export { check, type Checked } from './check.ts';
export { readBundle, type Bundle } from './evidence/bundle.ts';
export { evidenceOf } from './evidence/evidence-of.ts';
export type { Absence, AbsenceReason, Evidence, Item } from './evidence/item.ts';
export { BundleError } from './evidence/manifest.ts';
export { explain, type Explanation } from './errors/index.ts';
export { exitCode, exitCodes, type FailOn } from './exit-code.ts';
export type { Effect, EvidenceLine, Finding, Fix, Patch, SkipReason, Status, Step, Vantage } from './finding.ts';
export { emptyFlow, type Flow, type MigrationType, type TlsMode } from './flow.ts';
export type { Judgement, JudgeOptions } from './judge.ts';
export { groups, layers, type Group, type Layer } from './layers.ts';
export { planOver as plan, type Planned } from './plan.ts';
export type { Excerpt, LayerStatus, Plan, Report, Verdict } from './report.ts';
