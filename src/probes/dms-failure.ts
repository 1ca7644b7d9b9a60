import type { Explanation } from '../errors/cause.ts';
import { explainText } from '../errors/explainer.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Layer } from '../layers.ts';
import { firewallLayers, inPathOrder, isLayer } from '../layers.ts';
import type { LayerStatus } from '../report.ts';
import { endpointOf, instanceOf } from './dms.ts';
import type { Draft, Probe } from './probe.ts';
import { probe } from './probe.ts';

/** What a text can mean that cannot tell route, security group, network ACL and host firewall apart. */
const network: readonly Layer[] = ['route', 'security-group', 'network-acl', ...firewallLayers];
/** What a successful connection test has got through: it logs in with SQL. */
const testedByDms: readonly Layer[] = ['dns', ...network, 'listener', 'tls', 'pg-hba', 'login', 'database'];

/**
 * Holds DMS's own last connection test against what the other layers say. It is evidence and never a wall by itself: the
 * message has no date, and proves only that it happened once.
 *
 * @param layers how every layer stands without it
 */
export function dmsFailure(layers: readonly LayerStatus[]): Probe {
  return probe({
    layer: 'endpoint',
    needs: ['aws/describe-endpoints.json', 'aws/describe-replication-instances.json'],
    sharpens: ['aws/describe-connections.json'],
    *judge(e) {
      const tests = e.maybe('aws/describe-connections.json');
      if (
        tests === undefined ||
        e.simulated ||
        e.flow.endpoint === undefined ||
        e.flow.replicationInstance === undefined
      )
        return;
      const [endpoint, instance] = [endpointOf(e)?.EndpointArn, instanceOf(e)?.ReplicationInstanceArn];
      const test = tests.find((one) => one.EndpointArn === endpoint && one.ReplicationInstanceArn === instance);
      if (test === undefined) return;
      const message = test.LastFailureMessage?.trim() ?? '';
      const evidence = [
        {
          source: 'aws/describe-connections.json',
          line: null,
          text: `Status ${test.Status}${message ? `: ${message}` : ''}`,
          vantage: 'dms',
        },
      ] as const satisfies EvidenceLine[];
      const draft = (agrees: boolean, explained: string): Draft =>
        agrees
          ? { code: 'END009', args: { message: message || test.Status, explained }, evidence }
          : { code: 'END010', args: { message: message || test.Status, explained }, evidence };
      if (test.Status === 'successful') yield draft(...ofSuccess(layers));
      else if (message !== '') yield draft(...ofFailure(explainText(message)[0], layers));
    },
  });
}

function ofSuccess(layers: readonly LayerStatus[]): [agrees: boolean, explained: string] {
  const blocked = having(layers, ['block'], testedByDms);
  if (blocked.length === 0) return [true, 'it succeeded once, at a time that DMS does not say'];
  return [false, `it succeeded once, but ${blocked.join(', ')} blocks now`];
}

function ofFailure(
  explanation: Explanation | undefined,
  layers: readonly LayerStatus[],
): [agrees: boolean, explained: string] {
  if (explanation === undefined) return [true, 'it failed, with a message that is not recognised'];
  if (explanation.layers.length === 0) return [true, `it failed: ${explanation.summary}`];
  const meant = inPathOrder(
    explanation.layers.flatMap((place) => (isLayer(place) ? [place] : place === 'network' ? network : [])),
  );
  const proved = having(layers, ['block'], explanation.cleared.filter(isLayer));
  if (proved.length > 0)
    return [false, `“${explanation.summary}” means that ${proved.join(', ')} was open then, and it blocks now`];
  const blocked = having(layers, ['block'], meant);
  if (blocked.length > 0) return [true, `“${explanation.summary}” agrees: ${blocked.join(', ')} blocks`];
  const unknown = having(layers, ['unknown'], meant);
  if (unknown.length > 0)
    return [true, `“${explanation.summary}” would come from ${unknown.join(', ')}, of which not enough is known`];
  return [
    false,
    `“${explanation.summary}” would come from ${meant.join(', ') || explanation.layers.join(', ')}, and nothing blocks there now`,
  ];
}

function having(layers: readonly LayerStatus[], statuses: readonly string[], among: readonly Layer[]): Layer[] {
  return layers
    .filter(({ layer, status }) => statuses.includes(status) && among.includes(layer))
    .map(({ layer }) => layer);
}
