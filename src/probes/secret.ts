import { endsOf } from '../evidence/network/senders.ts';
import type { From } from '../evidence/network/senders.ts';
import type { InterfaceEnd, Service, SubnetEnd, Verdict } from '../vpc/index.ts';
import { judgeBlock, judgeService } from '../vpc/index.ts';
import { freshTest } from './dms-test.ts';
import { endpointOf } from './dms.ts';
import { ownResolver } from './dns.ts';
import { olderThan } from './engine-versions.ts';
import { connectionSharpens, sendersIn } from './host-address.ts';
import type { ConnectionReader } from './host-address.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { isOn, offLine, turningOn } from './vpc-attribute.ts';
import { vpcFix } from './vpc-fix.ts';
import { networkNeeds, networkOf } from './vpc-topology.ts';
import type { Network, NetworkReader } from './vpc-topology.ts';

/** Engines from this one on reach AWS's services through the VPC alone (AWS DMS user guide, "Configuring VPC endpoints"). */
const firstOverVpc = '3.4.7';
const caveats = [
  'Whether the endpoint’s role may read the secret and use its key is not seen.',
  'That neither the VPC’s DHCP options nor a private hosted zone of your own give Secrets Manager another address is not seen.',
];

type SecretReader = NetworkReader &
  ConnectionReader &
  Reader<'aws/describe-endpoints.json', 'dms/test-connection.json'>;

/**
 * Where the endpoint takes its connection from a secret: whether DMS reaches Secrets Manager, which it asks before it
 * connects. Says nothing of an endpoint without a secret.
 */
export const secretPath = probe({
  layer: 'endpoint',
  needs: ['aws/describe-endpoints.json', ...networkNeeds],
  sharpens: [
    ...connectionSharpens,
    'dms/test-connection.json',
    'postgres/server.json',
    'aws/describe-connections.json',
  ],
  *judge(e) {
    if (e.flow.endpoint === undefined || e.maybe('aws/describe-endpoints.json') === undefined) return;
    const endpoint = endpointOf(e);
    const secret = endpoint?.PostgreSQLSettings?.SecretsManagerSecretId;
    if (endpoint === undefined || !secret) return;
    const senders = sendersIn(e, false);
    const shown = senders.map((one) => (one.kind === 'node' ? one.address : one.subnetId));
    const tested = freshTest(e);
    // It came from one of the nodes.
    if (tested?.Status === 'successful' && senders.length === 1)
      return yield {
        code: 'END023',
        args: {
          secret,
          from: shown.join(', '),
          way: 'as DMS’s own test of this run shows',
          how: `the test logged in with what the secret holds at ${tested.endedAt}`,
        },
        evidence: [e.cite('dms/test-connection.json', `Status ${tested.Status}, ended ${tested.endedAt}`)],
      };
    const about = { secret, cite: e.cite('aws/describe-endpoints.json', `SecretsManagerSecretId ${secret}`) };
    const service = serviceOf(endpoint.EndpointArn, secret);
    const why = typeof service === 'string' ? service : notJudged(e, shown.length);
    if (why !== undefined) return yield unknown(about, shown.join(', ') || 'DMS', why);
    const network = networkOf(e);
    const drafts = senders
      .flatMap((sender) => endsOf(network.topology, sender))
      .flatMap((from) => ofEnd(e, network, from, service as Service, about));
    for (const { draft } of drafts.filter((one) => one.draft.code !== 'END025')) yield draft;
    for (const { draft, missing } of drafts.filter((one) => one.draft.code === 'END025')) {
      network.needMissing(missing);
      yield draft;
    }
  },
});

/** The secret, and the line that names it. */
type About = { readonly secret: string; readonly cite: Draft['evidence'][0] };
type Judged = { readonly draft: Draft; readonly missing: readonly string[] };

/** What keeps the way from being judged at all. */
function notJudged(e: ConnectionReader, senders: number): string | undefined {
  if (senders === 0) return 'from which replication instance or subnets DMS asks is not known';
  if (ownResolver(e)) return 'the replication instance asks name servers of its own, whose answers are not seen';
  const name = e.flow.replicationInstance;
  const version = e
    .maybe('aws/describe-replication-instances.json')
    ?.find((one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name)?.EngineVersion;
  return version && olderThan(version, firstOverVpc)
    ? `engine ${version} may reach AWS’s services by a network of DMS’s own, which is not seen; from ${firstOverVpc} on the VPC must lead there`
    : undefined;
}

/** Secrets Manager of the endpoint's own Region; a sentence where the secret is not seen to be there. */
function serviceOf(endpointArn: string, secret: string): Service | string {
  const [, , , region = '', account = ''] = endpointArn.split(':');
  if (!/^[a-z]{2}[a-z-]*-\d+$/.test(region)) return 'the endpoint’s ARN names no Region';
  const [arn, , , secretRegion] = secret.split(':');
  if (arn === 'arn' && secretRegion !== region)
    return `the secret is in ${secretRegion ?? 'no Region'}, the endpoint in ${region}`;
  const name = `com.amazonaws.${region}.secretsmanager`;
  return { endpointNames: region.startsWith('cn-') ? [name, `cn.${name}`] : [name], port: 443, account };
}

function ofEnd(e: SecretReader, network: Network, from: From, service: Service, about: About): Judged[] {
  if ('lost' in from)
    return [{ draft: unknown(about, from.shown, from.lost.detail), missing: from.lost.missing ?? [] }];
  const { end } = from;
  if (end.kind === 'outside')
    return [{ draft: unknown(about, from.shown, `${from.shown} is in no subnet that was gathered`), missing: [] }];
  if (!isOn(e, end.vpcId, 'EnableDnsSupport')) return [{ draft: withoutDns(about, from.shown, end), missing: [] }];
  const privateNames = () => isOn(e, end.vpcId, 'EnableDnsHostnames');
  const judge = (one: InterfaceEnd | SubnetEnd) => judgeService(network.topology, one, service, privateNames);
  if (end.kind !== 'subnet' || end.block === undefined)
    return [ofVerdict(network, from.shown, end, judge(end), service, about, privateNames)];
  const { parts } = judgeBlock(network.topology, { ...end, block: end.block }, judge);
  if (parts.length === 0)
    return [{ draft: unknown(about, from.shown, `${end.block} is split by too many rules`), missing: [] }];
  return parts.map(({ first, last, verdict }) =>
    ofVerdict(
      network,
      parts.length === 1 ? from.shown : `${first} to ${last}`,
      { ...end, address: first },
      verdict,
      service,
      about,
      privateNames,
    ),
  );
}

function ofVerdict(
  network: Network,
  from: string,
  end: InterfaceEnd | SubnetEnd,
  verdict: Verdict,
  service: Service,
  { secret, cite }: About,
  privateNames: () => boolean,
): Judged {
  const deciding = verdict.reasons.filter(({ status }) => status === verdict.status);
  const texts = [...new Set(deciding.map(({ text }) => text))].join('; ');
  const evidence = [
    cite,
    ...deciding.map(({ part, path, text }) => ({
      source: network.placeOf(part, path).item,
      line: null,
      text,
      vantage: 'configuration' as const,
    })),
  ] as const;
  const shared = { evidence, subject: from };
  const missing = verdict.missing ?? [];
  if (verdict.status === 'unknown')
    return { draft: { code: 'END025', args: { secret, from, why: texts }, ...shared }, missing };
  if (verdict.status === 'open') {
    const [endpoint] = verdict.reasons.filter(({ what }) => what === 'service-endpoint');
    const way = endpoint === undefined ? 'over the internet' : `by ${endpoint.resource.id}`;
    const draft: Draft = {
      code: 'END023',
      args: { secret, from, way, how: texts },
      ...shared,
      caveats: [...caveats, ...(verdict.caveats ?? [])],
    };
    return { draft, missing };
  }
  // What else is closed on the way to the endpoint shows once its name is resolved.
  const named = judgeService(network.topology, end, service, () => true);
  const leads = named.reasons.some(({ what }) => what === 'service-endpoint');
  const byName =
    leads && (named.status !== 'closed' || named.fix !== undefined) && !privateNames()
      ? turningOn(
          end.vpcId,
          'EnableDnsHostnames',
          'Instances with a public address also get a public name, and private hosted zones and names of endpoints are resolved.',
          'endpoint',
        )
      : undefined;
  const fix = byName ?? vpcFix(network, verdict, 'endpoint');
  return {
    draft: {
      code: 'END024',
      args: { secret, from, why: texts },
      ...shared,
      ...(fix === undefined ? {} : { fix: { ...fix, wall: texts } }),
    },
    missing,
  };
}

/** The VPC's own resolver answers nothing, so that no name of AWS is found. */
function withoutDns({ secret, cite }: About, from: string, { vpcId }: InterfaceEnd | SubnetEnd): Draft {
  const why = `the resolver of ${vpcId} is off (enableDnsSupport), so that the name of Secrets Manager has no address`;
  return {
    code: 'END024',
    args: { secret, from, why },
    evidence: [cite, offLine(vpcId, 'EnableDnsSupport')],
    subject: from,
    fix: {
      ...turningOn(
        vpcId,
        'EnableDnsSupport',
        'The VPC’s resolver then answers everything in the VPC that asks it.',
        'endpoint',
      ),
      wall: why,
    },
  };
}

function unknown({ secret, cite }: About, from: string, why: string): Draft {
  return { code: 'END025', args: { secret, from, why }, evidence: [cite], subject: from };
}
