import type { Endpoint, ReplicationInstance } from '../evidence/parse/aws.ts';
import type { Reader } from './probe.ts';

type EndpointReader = Reader<'aws/describe-endpoints.json', never>;
type InstanceReader = Reader<'aws/describe-replication-instances.json', never>;

/** The recorded definition of the flow's endpoint, or undefined where the list has none of that name. */
export function endpointOf(e: EndpointReader): Endpoint | undefined {
  const name = e.fact('endpoint');
  return e
    .need('aws/describe-endpoints.json')
    .find((one) => one.EndpointIdentifier === name || one.EndpointArn === name);
}

/** The ARN of the flow's endpoint; ends the probe where the recorded list does not know it. */
export function sourceArn(e: EndpointReader): string {
  return (
    endpointOf(e)?.EndpointArn ??
    e.notUnderstood('aws/describe-endpoints.json', `it lists no endpoint ${e.fact('endpoint')}`)
  );
}

/** The recorded replication instance of the flow, or undefined where the list has none of that name. */
export function instanceOf(e: InstanceReader): ReplicationInstance | undefined {
  const name = e.fact('replicationInstance');
  return e
    .need('aws/describe-replication-instances.json')
    .find((one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name);
}
