import type { Explanation } from '../errors/cause.ts';
import { isAddress, sameAddress } from '../address.ts';
import { explainText } from '../errors/explainer.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Layer } from '../layers.ts';
import { firewallLayers, inPathOrder, isLayer } from '../layers.ts';
import type { LayerStatus } from '../report.ts';
import { textHolds } from '../vpc/index.ts';
import { furthest, attemptLogs, seenByServer } from './attempt-log.ts';
import { endpointOf, instanceOf } from './dms.ts';
import { freshTest, having, testItem, testNeeds } from './dms-test.ts';
import { readsChanges } from '../flow.ts';
import type { Draft, Probe } from './probe.ts';
import { probe } from './probe.ts';

/** What a text can mean that cannot tell route, security group, network ACL and host firewall apart. */
const network: readonly Layer[] = ['route', 'security-group', 'network-acl', ...firewallLayers];
/** What a successful connection test has got through: it logs in with SQL. */
const testedByDms: readonly Layer[] = ['dns', ...network, 'listener', 'tls', 'pg-hba', 'login', 'database'];

/** Layers that DMS's own test of this run got through, by what it said; and when that was. */
export type Clearance = { readonly layers: readonly Layer[]; readonly at: string; readonly evidence: EvidenceLine };

/**
 * What DMS's test of this run shows to be open. It came from one address: where the source may see several, nothing is
 * cleared by it.
 *
 * @param take is told what is cleared, if anything
 */
export function clearing(take: (clearance: Clearance) => void): Probe {
  return probe({
    layer: 'endpoint',
    needs: testNeeds,
    sharpens: [testItem, 'postgres/server.json', ...attemptLogs],
    // Nothing is said here: the layers themselves say what cleared them.
    judge(e) {
      const test = freshTest(e);
      const [address, ...others] = e.flow.from;
      if (test === undefined || address === undefined || others.length > 0 || address.includes('/')) return [];
      const proved =
        test.Status === 'successful'
          ? testedByDms
          : [
              ...(explainText(test.LastFailureMessage ?? '')[0]?.cleared.filter(isLayer) ?? []),
              ...(furthest(seenByServer(e).filter(({ certain }) => certain))?.passed ?? []),
            ];
      // Up to 9.6 the lines for replication are others than those that an SQL session meets.
      const old = readsChanges(e.flow) && (e.maybe('postgres/server.json')?.server_version_num ?? 0) < 100_000;
      const layers = proved.filter((layer) => testedByDms.includes(layer) && !(old && layer === 'pg-hba'));
      const evidence = e.cite(testItem, `Status ${test.Status}, ended ${test.endedAt}`);
      if (layers.length > 0) take({ layers, at: test.endedAt, evidence });
      return [];
    },
  });
}

/**
 * Holds DMS's own last connection test against what the other layers say. It is evidence and never a wall by itself: the
 * message has no date, and proves only that it happened once.
 *
 * @param layers how every layer stands without it
 */
export function dmsFailure(layers: readonly LayerStatus[]): Probe {
  return probe({
    layer: 'endpoint',
    needs: testNeeds,
    sharpens: ['aws/describe-connections.json', testItem, ...attemptLogs],
    *judge(e) {
      const now = freshTest(e);
      if (now !== undefined) {
        const said = now.LastFailureMessage?.trim() ?? '';
        const text = `Status ${now.Status}${said ? `: ${said}` : ''}`;
        yield* ofThisRun(now, serversWords(e), layers, [e.cite(testItem, text)]);
        yield* otherAddress(e.flow.from, said, [e.cite(testItem, text)]);
        return;
      }
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
      else if (message !== '') {
        yield draft(...ofFailure(explainText(message)[0], layers));
        yield* otherAddress(e.flow.from, message, evidence);
      }
    },
  });
}

/** PostgreSQL prints the address that it saw: one that was not judged is one that nobody looked at. */
function* otherAddress(
  from: readonly string[],
  message: string,
  evidence: readonly [EvidenceLine, ...EvidenceLine[]],
): Generator<Draft> {
  const seen = /\bhost "([0-9a-fA-F:.]{2,45})"/.exec(message)?.[1];
  if (seen === undefined || !isAddress(seen) || from.length === 0) return;
  if (from.some((one) => sameAddress(one, seen) || textHolds(one, seen))) return;
  yield { code: 'END016', args: { seen, judged: from.join(', ') }, evidence };
}

/** What happened outranks what should: a test of this run that fails, and that nothing explains, keeps all from being open. */
function* ofThisRun(
  {
    Status,
    LastFailureMessage,
    endedAt,
  }: { Status: string; LastFailureMessage?: string | null | undefined; endedAt: string },
  servers: Explanation | undefined,
  layers: readonly LayerStatus[],
  evidence: readonly [EvidenceLine, ...EvidenceLine[]],
): Generator<Draft> {
  const message = LastFailureMessage?.trim() || Status;
  if (Status === 'successful') {
    const blocked = having(layers, ['block'], testedByDms);
    if (blocked.length === 0) yield { code: 'END019', args: { at: endedAt }, evidence };
    else {
      const explained = `it succeeded at ${endedAt}, but ${blocked.join(', ')} blocks by what was gathered`;
      yield { code: 'END010', args: { message, explained }, evidence };
    }
    return;
  }
  const explanation = servers ?? explainText(message)[0];
  const [agrees, explained] = ofFailure(explanation, layers);
  const meant = explanation === undefined ? [] : meantBy(explanation);
  if (agrees && having(layers, ['block'], meant).length > 0)
    yield { code: 'END009', args: { message, explained: `of ${endedAt}, ${explained}` }, evidence };
  else yield { code: 'END020', args: { message, explained, at: endedAt }, evidence };
}

/** What the server's log says of the attempt, where it was refused there: DMS's own words are often less. */
function serversWords(e: Parameters<typeof seenByServer>[0]): Explanation | undefined {
  return furthest(seenByServer(e).filter(({ certain, explanation }) => certain && explanation !== undefined))
    ?.explanation;
}

function meantBy({ layers }: Explanation): readonly Layer[] {
  return inPathOrder(layers.flatMap((place) => (isLayer(place) ? [place] : place === 'network' ? network : [])));
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
  const meant = meantBy(explanation);
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
