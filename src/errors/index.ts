/** What DMS, ODBC and PostgreSQL error texts mean: where on the path they come from, and what they prove open. Pure. */
export type { Confidence, Explanation, Place } from './cause.ts';
export { createExplainer, explainText as explain, type Explainer } from './explainer.ts';
