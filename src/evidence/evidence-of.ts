import type { Flow } from '../flow.ts';
import { defaultMigrationType, overlay } from '../flow.ts';
import type { Bundle } from './bundle.ts';
import { completeFlow } from './derive-flow.ts';
import type { Evidence } from './item.ts';
import { mergeBundles } from './merge.ts';

/**
 * The evidence that some bundles make together, with the flow that is judged: what was given, then what the bundles say,
 * then what follows from DMS's definitions.
 *
 * @param names how the bundles are called in messages
 * @param given the flow of the command line
 * @throws BundleError where two bundles contradict each other
 */
export function evidenceOf(bundles: readonly Bundle[], names: readonly string[], given: Flow): Evidence {
  const { items, flow, collectedAt, notes } = mergeBundles(bundles, names);
  const complete = completeFlow(overlay(given, flow), items);
  return {
    items,
    flow: { ...complete, migrationType: complete.migrationType ?? defaultMigrationType },
    collectedAt,
    notes: [
      ...(collectedAt === undefined ? [] : [`Judged as of ${collectedAt}, when the evidence was collected.`]),
      ...notes,
      ...(complete.migrationType === undefined
        ? [`The migration type was not given: ${defaultMigrationType} is judged.`]
        : []),
    ],
    simulated: false,
  };
}
