import type { Explanation } from '../errors/cause.ts';

/**
 * Explanations as the JSON document of `dms-doctor explain --format json`.
 *
 * @param explanations the root cause first
 * @returns the document, ending with a line break
 */
export function explanationJson(explanations: readonly Explanation[]): string {
  return `${JSON.stringify({ schema: 'dms-doctor/explain/1', explanations }, null, 2)}\n`;
}
