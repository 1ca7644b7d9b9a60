import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { check } from '../../../src/check.ts';
import { gatherAws } from '../../../src/evidence/aws.ts';
import type { AwsRequest, Gathered } from '../../../src/evidence/aws.ts';
import { dmsCalls, interfacesCall, itemOf, networkCalls } from '../../../src/evidence/aws/calls.ts';
import { awsSource } from '../../../src/evidence/aws/source.ts';
import { frame } from '../../../src/evidence/framed.ts';
import type { Printed } from '../../../src/evidence/printed.ts';
import { awsPorts, regionOf } from '../../../src/evidence/aws/ports.ts';
import type { AwsOptions } from '../../../src/evidence/aws/ports.ts';
import { documentsOf } from '../../support/aws-server-documents.ts';
import type { Documents } from '../../support/aws-server-documents.ts';
import { startAwsServer } from '../../support/aws-server.ts';
import type { Asked, Fault } from '../../support/aws-server.ts';
import { evidenceFrom, filesOf, withFile } from '../../support/bundles.ts';
import { at, dated, errors, gathered, portsFrom, statuses, withGathered } from './support.ts';

/*
 * The SDK's own clients, with their credentials, paging, retries and parsers, against a server that speaks both protocols.
 */
const files = filesOf('legacy-host');
const documents = documentsOf(files);
const calls = [...dmsCalls, ...networkCalls, interfacesCall];
const named: AwsRequest = {
  endpoint: 'orders-legacy-source',
  replicationInstance: 'orders-dms',
  addresses: ['172.31.40.17', '172.31.23.112'],
};
const story = { connections: [{ endpoint: 'orders-legacy-source', replicationInstance: 'orders-dms' }] };

const home = mkdtempSync(path.join(tmpdir(), 'aws-wire-'));
const before = { ...process.env };
const environment = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_CONFIG_FILE: path.join(home, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
  // Nobody listens there: no test may ever ask AWS itself.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};
const warnings: string[] = [];
const note = (warning: Error) => warnings.push(warning.message);

beforeAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment);
  const profiles = ['other', ...calls.map((_, index) => `p${index}`)];
  writeFileSync(
    environment.AWS_CONFIG_FILE,
    profiles.map((name) => `[profile ${name}]\nregion = eu-central-1\n`).join(''),
  );
  const keys = profiles.map(
    (name) => `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = x\n`,
  );
  writeFileSync(environment.AWS_SHARED_CREDENTIALS_FILE, keys.join(''));
  process.on('warning', note);
});
afterAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, Object.fromEntries(Object.entries(before).filter(([name]) => name.startsWith('AWS_'))));
  process.off('warning', note);
  rmSync(home, { recursive: true });
});

type Options = AwsOptions & {
  pageSize?: number;
  fault?: (asked: Asked) => Fault | undefined;
  request?: AwsRequest;
  from?: Documents;
};

/** One gathering over the wire. */
async function gather({ pageSize, fault, request = named, from = documents, ...options }: Options = {}): Promise<
  Gathered & { asked: Asked[] }
> {
  const server = await startAwsServer(from, {
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(fault === undefined ? {} : { fault }),
  });
  process.env['AWS_ENDPOINT_URL'] = server.url;
  const ports = awsPorts({ region: 'eu-west-1', ...options });
  try {
    return { ...(await gatherAws(request, { ...ports, now: () => at })), asked: server.asked };
  } finally {
    ports.close();
    await server.close();
    process.env['AWS_ENDPOINT_URL'] = environment.AWS_ENDPOINT_URL;
  }
}

/** As many gatherings at a time as there are calls, each by a profile of its own, each with this fault in another call. */
async function gatherEach(fault: Fault, options: AwsOptions): Promise<Gathered[]> {
  const server = await startAwsServer(documents, {
    fault: ({ accessKey, operation }) =>
      calls[Number(accessKey.slice('AKIAP'.length))]?.operation === operation ? fault : undefined,
  });
  process.env['AWS_ENDPOINT_URL'] = server.url;
  try {
    return await Promise.all(
      calls.map(async (_, index) => {
        const ports = awsPorts({ region: 'eu-west-1', ...options, profile: `p${index}` });
        return gatherAws(named, { ...ports, now: () => at }).finally(ports.close);
      }),
    );
  } finally {
    await server.close();
    process.env['AWS_ENDPOINT_URL'] = environment.AWS_ENDPOINT_URL;
  }
}

/** What `check` finds in the recorded bundle without an answer. */
const expectedWithout = new Map<string, object>();

/** What must hold whatever happens to one call: its reason stands there, everything else came, and the judgement is that of a bundle without the answer. */
function lost(
  got: Gathered,
  call: (typeof calls)[number],
): { item: string; error: string | undefined; alone: boolean; judged: object; expected: object } {
  const item = itemOf(call);
  const refused = errors(got.items);
  const without = new Map(withFile(files, item, undefined)).set(`${item}.error`, {
    at,
    bytes: Buffer.from('denied: x'),
  });
  const expected = expectedWithout.get(item) ?? statuses(dated(without), story);
  expectedWithout.set(item, expected);
  return {
    item,
    error: refused[item],
    alone: Object.keys(refused).length === 1 && got.items.size === calls.length,
    judged: statuses(withGathered(files, got.items), story),
    expected,
  };
}

/** What {@link lost} has to say of a call whose error begins with some words. */
const onlyLost = (
  call: (typeof calls)[number],
  { expected }: { expected: object },
  words: (action: string) => string,
) => ({
  item: itemOf(call),
  error: expect.stringMatching(new RegExp(`^${words(`${call.service}:${call.operation}`)}`)) as string,
  alone: true,
  judged: expected,
  expected,
});

describe('the SDK’s clients bring back what the server has', () => {
  test.each(['legacy-host', 'legacy-host-fixed', 'closed-security-group'])(
    '%s: the same documents as without the wire, the same judgement as the bundle',
    async (name) => {
      const recorded = filesOf(name);
      const got = await gather({
        from: documentsOf(recorded),
        request: {},
        ...(name === 'legacy-host-fixed' ? { request: { endpoint: 'orders-legacy-source' } } : {}),
      });
      expect(got.connections).toMatchObject(story.connections);
      const {
        'describe-replication-instances': instances,
        'describe-replication-tasks': tasks,
        'describe-network-interfaces': interfaces,
        ...plain
      } = gathered(got.items);
      const { items } = await gatherAws(named, portsFrom(documentsOf(recorded)));
      expect(gathered(items)).toMatchObject(plain);
      for (const dates of [instances, tasks, interfaces])
        expect(JSON.stringify(dates)).toMatch(/(Time|Date)":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
      expect(statuses(withGathered(recorded, got.items), got)).toEqual(statuses(dated(recorded), story));
    },
  );

  test('in pages of any size', async () => {
    const whole = gathered((await gather()).items);
    for (const pageSize of [1, 2]) {
      const got = await gather({ pageSize });
      expect(gathered(got.items)).toEqual(whole);
      expect(Math.max(...got.asked.map(({ page }) => page))).toBeGreaterThan(pageSize === 1 ? 2 : 1);
    }
  });

  test('with what the answers name', async () => {
    const more = {
      ...documents,
      'describe-route-tables': {
        RouteTables: [
          {
            RouteTableId: 'rtb-1',
            VpcId: 'vpc-0d5c0ffee00000001',
            Associations: [],
            Routes: [{ DestinationPrefixListId: 'pl-1', TransitGatewayId: 'tgw-1', State: 'active' }],
          },
        ],
      },
      'describe-transit-gateway-attachments': {
        TransitGatewayAttachments: [
          {
            TransitGatewayAttachmentId: 'a-1',
            TransitGatewayId: 'tgw-1',
            ResourceType: 'vpc',
            ResourceId: 'vpc-0d5c0ffee00000001',
            Association: { TransitGatewayRouteTableId: 'tgw-rtb-1', State: 'associated' },
          },
        ],
      },
      'get-managed-prefix-list-entries--pl-1': { Entries: [{ Cidr: '10.0.0.0/8', Description: 'a & <b>' }] },
      'search-transit-gateway-routes--tgw-rtb-1': {
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/8', State: 'active', Type: 'static' },
          { DestinationCidrBlock: '10.1.0.0/16', State: 'blackhole' },
        ],
        AdditionalRoutesAvailable: false,
      },
    };
    const got = await gather({ from: more, pageSize: 1 });
    expect(errors(got.items)).toEqual({});
    for (const name of ['get-managed-prefix-list-entries--pl-1', 'search-transit-gateway-routes--tgw-rtb-1'] as const)
      expect(gathered(got.items)[name]).toEqual(more[name]);
  });

  test('an attribute of a VPC, where the source has a name', async () => {
    const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: object[] };
    const from = {
      ...documents,
      'describe-endpoints': { Endpoints: endpoints.map((one) => ({ ...one, ServerName: 'db1' })) },
    };
    const server = await startAwsServer(from);
    process.env['AWS_ENDPOINT_URL'] = server.url;
    const ports = awsPorts({ region: 'eu-west-1' });
    const resolve = () => Promise.resolve(['172.31.40.17']);
    const got = await gatherAws(named, { ...ports, now: () => at, resolve });
    ports.close();
    await server.close();
    expect(errors(got.items)).toEqual({});
    expect(gathered(got.items)['describe-vpc-attribute--vpc-0d5c0ffee00000001--enableDnsSupport']).toEqual({
      VpcId: 'vpc-0d5c0ffee00000001',
      EnableDnsSupport: { Value: true },
    });
  });

  describe('the endpoints of a VPC, where a log-in stands in a secret', () => {
    const { Endpoints: all } = documents['describe-endpoints'] as { Endpoints: object[] };
    const VpcEndpoints = ['a', 'b', 'c'].map((name) => ({
      VpcEndpointId: `vpce-${name}`,
      VpcEndpointType: 'Interface',
      VpcId: 'vpc-0d5c0ffee00000001',
      ServiceName: 'com.amazonaws.eu-west-1.secretsmanager',
      State: 'available',
      PolicyDocument: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
      PrivateDnsEnabled: name === 'a',
      SubnetIds: ['subnet-0aaa000000000001a'],
      NetworkInterfaceIds: [`eni-${name}`],
      Groups: [{ GroupId: `sg-${name}`, GroupName: name }],
    }));
    const from = {
      ...documents,
      'describe-endpoints': {
        Endpoints: all.map((one) => ({ ...one, PostgreSQLSettings: { SecretsManagerSecretId: 'orders/dms' } })),
      },
      'describe-vpc-endpoints': { VpcEndpoints },
    };
    const item = 'aws/describe-vpc-endpoints.json';

    test.each([1, 2, 1000])('in pages of %i', async (pageSize) => {
      const got = await gather({ from, pageSize });
      expect(errors(got.items)).toEqual({});
      expect(gathered(got.items)['describe-vpc-endpoints']).toEqual({ VpcEndpoints });
      expect(gathered(got.items)['describe-vpc-attribute--vpc-0d5c0ffee00000001--enableDnsHostnames']).toEqual({
        VpcId: 'vpc-0d5c0ffee00000001',
        EnableDnsHostnames: { Value: true },
      });
      expect(got.asked.filter(({ operation }) => operation === 'DescribeVpcEndpoints')).toHaveLength(
        Math.ceil(VpcEndpoints.length / pageSize),
      );
    });

    test.each<[Fault, RegExp]>([
      ['denied', /^denied: ec2:DescribeVpcEndpoints: .*not authorized/],
      ['truncated', /^not-gathered: ec2:DescribeVpcEndpoints/],
      ['empty', /^not-gathered: ec2:DescribeVpcEndpoints/],
    ])('%s: its own absence, and nothing else is lost', async (fault, words) => {
      process.env['AWS_MAX_ATTEMPTS'] = '1';
      const got = await gather({
        from,
        fault: ({ operation }) => (operation === 'DescribeVpcEndpoints' ? fault : undefined),
      });
      delete process.env['AWS_MAX_ATTEMPTS'];
      expect(errors(got.items)).toEqual({ [item]: expect.stringMatching(words) as string });
      const { findings } = check(evidenceFrom(withGathered(files, got.items), story.connections[0] ?? {}));
      const said = findings.filter(({ summary, detail }) => `${summary}${detail}`.includes(item));
      expect(said.map(({ layer, status }) => [layer, status])).toEqual([['endpoint', 'unknown']]);
    });
  });

  test('in as many calls as without the wire: no answer is asked for twice', async () => {
    const { asked } = await gather();
    expect(asked).toHaveLength(calls.length);
    expect(asked.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  test('without a word of the SDK about Node', async () => {
    await gather();
    await new Promise((done) => setImmediate(done));
    expect(warnings).toEqual([]);
    expect(process.env).not.toHaveProperty('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED');
  });
});

describe('whatever happens to a call, the rest is there and nothing passes that should not', () => {
  test.each<[Fault, string, AwsOptions, (action: string) => string]>([
    ['denied', '1', {}, (action) => `denied: ${action}: .*not authorized`],
    ['truncated', '1', {}, (action) => `not-gathered: ${action}`],
    ['empty', '1', {}, (action) => `not-gathered: ${action}`],
    ['hung-up', '2', {}, (action) => `not-gathered: ${action}`],
    ['throttled', '2', {}, (action) => `not-gathered: ${action} was throttled`],
    ['silent', '1', { timeLimit: 6000 }, (action) => `timed-out: ${action}`],
    ['stalled', '1', { timeLimit: 6000 }, (action) => `timed-out: ${action}`],
  ])('each call %s in turn', async (fault, tries, options, words) => {
    process.env['AWS_MAX_ATTEMPTS'] = tries;
    const all = await gatherEach(fault, options);
    delete process.env['AWS_MAX_ATTEMPTS'];
    for (const [index, call] of calls.entries()) {
      const result = lost(all[index] as Gathered, call);
      expect(result).toEqual(onlyLost(call, result, words));
    }
  });

  test('throttling and broken answers are tried again with back-off, and then nothing is lost', async () => {
    const got = await gather({
      fault: ({ attempt, operation }) =>
        attempt > 2 ? undefined : operation.length % 2 === 0 ? 'throttled' : 'broken',
    });
    expect(errors(got.items)).toEqual({});
    expect(Math.max(...got.asked.map(({ attempt }) => attempt))).toBe(3);
  });

  test('everything denied: every reason stands there', async () => {
    const got = await gather({ fault: () => 'denied' });
    expect(Object.keys(errors(got.items)).toSorted()).toEqual(calls.map((call) => itemOf(call)).toSorted());
    const live = Object.values(statuses(withGathered(new Map(), got.items), story));
    expect(live).not.toContain('pass');
  });

  test('expired credentials are told as what they are, and EC2 is not asked', async () => {
    const got = await gather({ fault: () => 'expired' });
    expect(got.problem).toMatch(
      /^no valid credentials: ExpiredTokenException: .*expired \(log in again: aws sso login/,
    );
    expect(got.asked.every(({ service }) => service === 'dms')).toBe(true);
  });

  test('an interruption ends all of it', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1500);
    const got = await gather({
      signal: stop.signal,
      fault: ({ service }) => (service === 'ec2' ? 'silent' : undefined),
    });
    expect(Object.keys(errors(got.items))).toHaveLength(networkCalls.length + 1);
    for (const text of Object.values(errors(got.items)))
      expect(text).toMatch(/^not-gathered: ec2:\w+ was interrupted$/);
    expect(warnings).toEqual([]);
  });
});

describe('who asks, and where', () => {
  const credentialsOf = ({ asked }: { asked: Asked[] }) =>
    new Set(asked.map(({ service, accessKey, region }) => `${service} ${accessKey} ${region}`));

  test('the environment’s credentials, and the Region that is asked for', async () => {
    expect(credentialsOf(await gather())).toEqual(new Set(['dms AKIAEXAMPLE eu-west-1', 'ec2 AKIAEXAMPLE eu-west-1']));
  });

  test('a profile’s credentials and Region, for both services, and not a word of the SDK about the environment’s', async () => {
    const said = vi.spyOn(console, 'warn');
    const both = new Set(['dms AKIAOTHER eu-central-1', 'ec2 AKIAOTHER eu-central-1']);
    expect(credentialsOf(await gather({ profile: 'other', region: undefined }))).toEqual(both);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });

  test('a profile that does not exist, and a Region that nobody gave', async () => {
    expect((await gather({ profile: 'nosuch' })).problem).toMatch(/^no valid credentials: CredentialsProviderError/);
    expect((await gather({ region: undefined })).problem).toMatch(/^no Region is set: give --region, AWS_REGION/);
  });

  test('each service has an endpoint of its own where the environment says so', async () => {
    const [dms, ec2] = await Promise.all([startAwsServer(documents), startAwsServer(documents)]);
    process.env['AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE'] = dms.url;
    process.env['AWS_ENDPOINT_URL_EC2'] = ec2.url;
    const ports = awsPorts({ region: 'eu-west-1' });
    await gatherAws(named, { ...ports, now: () => at });
    ports.close();
    await Promise.all([dms.close(), ec2.close()]);
    delete process.env['AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE'];
    delete process.env['AWS_ENDPOINT_URL_EC2'];
    expect([...new Set(dms.asked.map(({ service }) => service))]).toEqual(['dms']);
    expect([...new Set(ec2.asked.map(({ service }) => service))]).toEqual(['ec2']);
  });

  test('an ARN names the Region', () => {
    expect(regionOf(undefined, 'orders', 'arn:aws-cn:dms:cn-north-1:111122223333:rep:X')).toBe('cn-north-1');
    expect(regionOf('orders', undefined)).toBeUndefined();
  });
});

describe('a host beside DMS’s own test', () => {
  /** One run with a host whose first look ends so; what happened, in order. */
  async function tested(first: (happened: string[]) => Promise<boolean>, lookAgain: () => Promise<Printed>) {
    const happened: string[] = [];
    const server = await startAwsServer((asked) => {
      if (asked.operation === 'TestConnection') happened.push('test');
      return documents;
    });
    process.env['AWS_ENDPOINT_URL'] = server.url;
    try {
      const host = {
        name: 'ssh db1',
        first: first(happened),
        lookAgain: () => {
          happened.push('second look');
          return lookAgain();
        },
      };
      const asked = { request: named, region: 'eu-west-1', profiles: [], test: true, host, alone: false };
      const { items, notes } = await awsSource(asked).gather(new AbortController().signal);
      return {
        happened,
        after: [...items.keys()].filter((name) => name.includes('/after-test/')),
        notes: notes.join(),
      };
    } finally {
      process.env['AWS_ENDPOINT_URL'] = environment.AWS_ENDPOINT_URL;
      await server.close();
    }
  }
  const printed = (text: string, cut?: string): Printed => ({ output: Buffer.from(text), complaint: '', cut });
  const whole = Buffer.from(frame([['host/nstat.txt', { text: '#kernel\n', at }]])).toString();
  const slowly = async (happened: string[]) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    happened.push('first look');
    return true;
  };

  test('the test waits for the first look, and the second for the test', async () => {
    const got = await tested(slowly, () => Promise.resolve(printed(whole)));
    expect(got).toEqual({
      happened: ['first look', 'test', 'second look'],
      after: ['host/after-test/nstat.txt'],
      notes: expect.not.stringContaining('not looked at again') as unknown,
    });
  });

  test('a first look that takes too long keeps no test waiting: the host is not looked at again, and that is said', async () => {
    const got = await tested(
      () => Promise.resolve(false),
      () => Promise.resolve(printed(whole)),
    );
    expect(got).toMatchObject({ happened: ['test'], after: [] });
    expect(got.notes).toContain('ssh db1 was not looked at again after DMS’s own test');
  });

  test.each<[string, () => Promise<Printed>]>([
    ['is cut', () => Promise.resolve(printed(whole.slice(0, -8), 'the connection was lost'))],
    ['brings nothing', () => Promise.resolve(printed('sudo: a password is required\n'))],
    ['fails', () => Promise.reject(new Error('the connection was lost'))],
  ])('a second look that %s leaves nothing but a note', async (_, lookAgain) => {
    const got = await tested(slowly, lookAgain);
    expect(got.after).toEqual([]);
    expect(got.notes).toContain('ssh db1 was not looked at again after DMS’s own test');
  });
});
