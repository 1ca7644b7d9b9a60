import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../parse/aws.ts';
import { parseConnections } from '../parse/aws.ts';
import type { AwsItem, Send } from './ask.ts';
import { testCall } from './calls.ts';
import { refusalOf } from './reason.ts';
import { textWithoutSecrets } from './secrets.ts';

/** The pair that is tested, by ARNs. */
export type TestedPair = { readonly endpoint: string; readonly instance: string };

/** The bundle's name of DMS's own test of this run. */
export const testItem = 'dms/test-connection.json';

/** Pauses between two looks at the test, in milliseconds; the last one is repeated. */
const pauses = [500, 1000, 2000, 5000];

/**
 * Starts DMS's own connection test once, and waits until it has ended. The one call that acts: it opens a connection from
 * the replication instance, and replaces the pair's last result.
 *
 * @returns what DMS said, with when it began and ended; or why there is nothing. Never rejects
 */
export async function testConnection(
  pair: TestedPair,
  { dms, now, signal }: { readonly dms: Send; readonly now: () => string; readonly signal: AbortSignal },
): Promise<AwsItem> {
  const startedAt = now();
  try {
    await dms(testCall.operation, { EndpointArn: pair.endpoint, ReplicationInstanceArn: pair.instance });
    for (let look = 0; ; look += 1) {
      await wait(pauses[Math.min(look, pauses.length - 1)], undefined, { signal });
      const found = await lastTest(pair, dms);
      if (found === undefined || found.Status === 'testing') continue;
      const { Status, LastFailureMessage } = found;
      const said = {
        ...{ EndpointArn: pair.endpoint, ReplicationInstanceArn: pair.instance, startedAt, endedAt: now(), Status },
        ...(LastFailureMessage ? { LastFailureMessage } : {}),
      };
      return { text: textWithoutSecrets(said), at: now() };
    }
  } catch (error) {
    const { error: words } = refusalOf(testCall, signal.aborted ? signal.reason : error);
    return { error: signal.aborted ? `${words}; DMS goes on with the test` : words, at: now() };
  }
}

async function lastTest(pair: TestedPair, dms: Send): Promise<Connection | undefined> {
  const answer = await dms('DescribeConnections', {
    Filters: [
      { Name: 'endpoint-arn', Values: [pair.endpoint] },
      { Name: 'replication-instance-arn', Values: [pair.instance] },
    ],
  });
  return parseConnections(JSON.stringify(answer)).find(
    (one) => one.EndpointArn === pair.endpoint && one.ReplicationInstanceArn === pair.instance,
  );
}
