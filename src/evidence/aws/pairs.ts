import { isPostgresSource } from '../parse/aws.ts';
import type { DmsDocuments } from './documents.ts';

/** What DMS knows of an endpoint and an instance, or a serverless replication, that connects to it; by ARNs. */
export type Pair = {
  readonly endpoint: string;
  readonly instance?: string | undefined;
  readonly config?: string | undefined;
  readonly status?: string | undefined;
  readonly failure?: string | undefined;
};

/** Whether DMS's last test of a pair, or the last run of a serverless replication, failed. */
export function failed({ status }: Pair): boolean {
  return status?.startsWith('failed') === true;
}

/**
 * Every pair with a PostgreSQL source that DMS knows from a test, a task or a serverless replication.
 *
 * @param asked an endpoint whose pairs are wanted whatever it is, a target, too
 */
export function pairsOf(documents: DmsDocuments, asked: string | undefined): readonly Pair[] {
  const sources = sourcesOf(documents);
  const pairs = new Map<string, Pair>();
  const note = (pair: Pair) => pairs.set(`${pair.endpoint} ${pair.instance ?? pair.config ?? ''}`, pair);
  for (const one of documents.tasks ?? []) {
    note({ endpoint: one.SourceEndpointArn, instance: one.ReplicationInstanceArn });
    note({ endpoint: one.TargetEndpointArn, instance: one.ReplicationInstanceArn });
  }
  for (const one of documents.connections ?? []) {
    const failure = one.LastFailureMessage ?? undefined;
    note({ endpoint: one.EndpointArn, instance: one.ReplicationInstanceArn, status: one.Status, failure });
  }
  const runs = new Map((documents.replications ?? []).map((one) => [one.ReplicationConfigArn, one]));
  for (const { SourceEndpointArn: endpoint, ReplicationConfigArn: config } of documents.configs ?? []) {
    const run = runs.get(config);
    note({ endpoint, config, status: run?.Status ?? undefined, failure: run?.FailureMessages?.[0] });
  }
  return [...pairs.values()].filter(({ endpoint }) => endpoint === asked || sources.has(endpoint));
}

/** Where the endpoints were not had, which of them are sources is known from tasks alone. */
function sourcesOf({ endpoints, tasks }: DmsDocuments): ReadonlySet<string> {
  if (endpoints === undefined) return new Set((tasks ?? []).map((one) => one.SourceEndpointArn));
  return new Set(endpoints.filter(isPostgresSource).map((one) => one.EndpointArn));
}
