/** DMS's own connection test of this run, as every judgement of it reads it. */
import type { Layer } from '../layers.ts';
import type { LayerStatus } from '../report.ts';
import { endpointOf, instanceOf } from './dms.ts';
import type { Reader } from './probe.ts';

/** What tells whether a test is of the pair that is judged. */
export const testNeeds = ['aws/describe-endpoints.json', 'aws/describe-replication-instances.json'] as const;
/** DMS's own test, as the evidence names it. */
export const testItem = 'dms/test-connection.json';
/** A reader of DMS's own test. */
export type TestReader = Reader<(typeof testNeeds)[number], typeof testItem>;

/** A test is of this run where it ended so many milliseconds before the evidence was collected, or less. */
const fresh = 15 * 60 * 1000;

/** DMS's own test of this run, where there is one of this very pair. */
export function freshTest(e: TestReader) {
  const test = e.maybe(testItem);
  if (test === undefined || e.simulated || e.collectedAt === undefined) return undefined;
  if (e.flow.endpoint === undefined || e.flow.replicationInstance === undefined) return undefined;
  const isOurs =
    endpointOf(e)?.EndpointArn === test.EndpointArn &&
    instanceOf(e)?.ReplicationInstanceArn === test.ReplicationInstanceArn;
  const age = Date.parse(e.collectedAt) - Date.parse(test.endedAt);
  return isOurs && Math.abs(age) <= fresh ? test : undefined;
}

/** Of these layers those that stand so, in path order. */
export function having(layers: readonly LayerStatus[], statuses: readonly string[], among: readonly Layer[]): Layer[] {
  return layers
    .filter(({ layer, status }) => statuses.includes(status) && among.includes(layer))
    .map(({ layer }) => layer);
}
