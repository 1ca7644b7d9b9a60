import type { Flow } from '../flow.ts';
import { defaultMigrationType, overlay } from '../flow.ts';
import type { Bundle } from './bundle.ts';
import { completeFlow } from './derive-flow.ts';
import type { Evidence } from './item.ts';
import { mergeBundles } from './merge.ts';

/**
 * The evidence that some recorded bundles make together.
 *
 * @param names how the bundles are called in messages
 * @param given the flow of the command line
 * @throws BundleError where two bundles contradict each other
 */
export function evidenceOf(bundles: readonly Bundle[], names: readonly string[], given: Flow): Evidence {
  return toEvidence(mergeBundles(bundles, names), given);
}

/**
 * The evidence of one bundle (or several, merged), with the flow that is judged: what was given, then what the bundle says,
 * then what follows from DMS's definitions, and last what a live host says of itself.
 *
 * @param given the flow of the command line
 */
export function toEvidence({ items, flow, collectedAt, notes, assumed }: Bundle, given: Flow): Evidence {
  const { flow: defined, notes: own } = completeFlow(overlay(given, flow), items);
  const complete = assumed === undefined ? defined : overlay(defined, assumed.flow);
  return {
    items,
    flow: { ...complete, migrationType: complete.migrationType ?? defaultMigrationType },
    collectedAt,
    notes: [
      ...(collectedAt === undefined ? [] : [judgedAsOf(collectedAt)]),
      ...notes,
      ...own,
      ...(['host', 'port'] as const).flatMap((key) => (defined[key] === undefined ? (assumed?.notes[key] ?? []) : [])),
      ...(complete.migrationType === undefined
        ? [`The migration type was not given: ${defaultMigrationType} is judged.`]
        : []),
    ],
    simulated: false,
  };
}

/** The note that dates a judgement. */
export function judgedAsOf(collectedAt: string): string {
  return `Judged as of ${collectedAt}, when the evidence was collected.`;
}
