import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dmsCalls, interfacesCall, itemOf, networkCalls } from '../../src/evidence/aws/calls.ts';
import { documentsOf } from '../support/aws-server-documents.ts';
import type { Documents } from '../support/aws-server-documents.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { Asked, Fault } from '../support/aws-server.ts';
import { filesOf } from '../support/bundles.ts';
import { readReportList } from '../support/schemas.ts';
import { project, run } from './run.ts';
import type { Run } from './run.ts';

/*
 * The built command line, with the SDK's own clients in it, against a server that speaks AWS's protocols.
 */
const documents = documentsOf(filesOf('legacy-host'));
const calls = [...dmsCalls, ...networkCalls, interfacesCall];
const keys = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'SECRETMARKER',
  AWS_SESSION_TOKEN: 'TOKENMARKER',
  AWS_REGION: 'eu-west-1',
};
const story = ['--endpoint', 'orders-legacy-source', '--replication-instance', 'orders-dms'];

type Options = {
  from?: Documents | ((asked: Asked) => Documents);
  fault?: (asked: Asked) => Fault | undefined;
  env?: Record<string, string>;
};

/** One run of `check` with the server as its AWS. */
async function check(args: readonly string[], options: Options = {}): Promise<Run & { asked: Asked[] }> {
  const server = await startAwsServer(
    options.from ?? documents,
    options.fault === undefined ? {} : { fault: options.fault },
  );
  try {
    const all = Object.entries({ ...keys, AWS_ENDPOINT_URL: server.url, ...options.env });
    const env = Object.fromEntries(all.filter(([, value]) => value !== ''));
    return { ...(await run(['check', ...args], { env })), asked: server.asked };
  } finally {
    await server.close();
  }
}

type Document = {
  verdict: string;
  blockedAt: string[];
  flow: Record<string, unknown>;
  layers: { layer: string; status: string }[];
  findings: { code: string; layer: string; status: string; summary: string; detail: string }[];
};
const reportOf = ({ stdout }: Run) => JSON.parse(stdout) as Document;
const statusesOf = (one: Run) => Object.fromEntries(reportOf(one).layers.map(({ layer, status }) => [layer, status]));
const noStack = ({ stdout, stderr }: Run) => expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |fault of dms-doctor/);

let host = '';
let recorded: Run;
beforeAll(async () => {
  host = mkdtempSync(path.join(tmpdir(), 'dms-doctor-aws-'));
  for (const part of ['host', 'postgres'])
    cpSync(path.join(project, 'fixtures/legacy-host', part), path.join(host, part), { recursive: true });
  recorded = await run(['check', '--bundle', 'fixtures/legacy-host', '--format', 'json']);
});
afterAll(() => rmSync(host, { recursive: true, force: true }));

describe('check asks AWS', () => {
  test('for an endpoint: with the host’s facts of a bundle it finds what the recorded story holds', async () => {
    const got = await check([...story, '--bundle', host, '--format', 'json']);
    expect(got.code).toBe(1);
    expect(got.stderr).toMatch(/^gathered from AWS in \d+\.\d s\n$/);
    // The bundle's host part is undated here, so that nothing could be called open.
    const { endpoint, ...layers } = statusesOf(got);
    const { endpoint: before, ...expected } = statusesOf(recorded);
    expect({ layers, endpoint }).toEqual({ layers: expected, endpoint: 'unknown' });
    expect(before).toBe('pass');
    expect(reportOf(got).flow).toEqual(reportOf(recorded).flow);
    expect(got.asked).toHaveLength(calls.length + 1);
  });

  test('with nothing at all: the one connection that fails', async () => {
    const got = await check(['--format', 'json']);
    expect(got.code).toBe(3);
    expect(reportOf(got)).toMatchObject({
      flow: { endpoint: 'orders-legacy-source', replicationInstance: 'orders-dms', from: ['172.31.23.112'] },
    });
    expect(statusesOf(got)).toMatchObject({ route: 'pass', 'security-group': 'pass', 'network-acl': 'pass' });
  });

  test('who asked, and where, stands in the report', async () => {
    const { stdout } = await check(story);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'AWS was asked as arn:aws:iam::111122223333:user/reader, Region eu-west-1.',
    );
  });

  test('an ARN brings its Region along', async () => {
    const arn = (documents['describe-endpoints'] as { Endpoints: { EndpointArn: string }[] }).Endpoints[0]?.EndpointArn;
    const got = await check(['--endpoint', arn ?? '', '--replication-instance', 'orders-dms', '--format', 'json'], {
      env: { AWS_REGION: '' },
    });
    expect(new Set(got.asked.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
    expect(reportOf(got).flow).toMatchObject({ endpoint: arn, host: '172.31.40.17' });
  });

  test('never where a bundle holds AWS’s answers, and always where an option of AWS is given', async () => {
    const bundle = ['--bundle', 'fixtures/legacy-host', '--format', 'json'];
    expect((await check([...bundle, '--endpoint', 'orders-legacy-source'])).asked).toEqual([]);
    const asked = await check([...bundle, '--region', 'eu-west-1', '--endpoint', 'orders-legacy-source']);
    expect(asked.asked.length).toBeGreaterThan(calls.length);
  });

  test('what was gathered is saved, and judged to the same', async () => {
    const file = path.join(host, '..', `${path.basename(host)}.bundle`);
    const live = await check([...story, '--format', 'json', '--save-bundle', file]);
    const again = await run(['check', '--bundle', file, '--format', 'json']);
    rmSync(file);
    expect(statusesOf(again)).toEqual(statusesOf(live));
    expect(reportOf(again).findings).toEqual(reportOf(live).findings);
    expect(reportOf(again).flow).toEqual(reportOf(live).flow);
  });
});

describe('an endpoint whose log-in stands in a secret', () => {
  const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: object[] };
  const { SecurityGroups: groups } = documents['describe-security-groups'] as { SecurityGroups: object[] };
  const { NetworkInterfaces: interfaces } = documents['describe-network-interfaces'] as {
    NetworkInterfaces: { PrivateIpAddress: string; SubnetId: string; VpcId: string }[];
  };
  const ri = interfaces.find((one) => one.PrivateIpAddress === '172.31.23.112');
  const withSecret = {
    ...documents,
    'describe-endpoints': {
      Endpoints: endpoints.map((one) => ({ ...one, PostgreSQLSettings: { SecretsManagerSecretId: 'orders/dms' } })),
    },
  };
  const withEndpoint = (port: number) => ({
    ...withSecret,
    'describe-vpc-endpoints': {
      VpcEndpoints: [
        {
          VpcEndpointId: 'vpce-1',
          VpcEndpointType: 'Interface',
          VpcId: ri?.VpcId,
          ServiceName: 'com.amazonaws.eu-west-1.secretsmanager',
          State: 'available',
          PolicyDocument: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
          PrivateDnsEnabled: true,
          NetworkInterfaceIds: ['eni-1'],
        },
      ],
    },
    'describe-network-interfaces': {
      NetworkInterfaces: [
        ...interfaces,
        {
          NetworkInterfaceId: 'eni-1',
          PrivateIpAddress: '172.31.23.200',
          SubnetId: ri?.SubnetId,
          VpcId: ri?.VpcId,
          InterfaceType: 'vpc_endpoint',
          Status: 'in-use',
          Groups: [{ GroupId: 'sg-1' }],
        },
      ],
    },
    'describe-security-groups': {
      SecurityGroups: [
        ...groups,
        {
          GroupId: 'sg-1',
          VpcId: ri?.VpcId,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '172.31.0.0/16' }] }],
          IpPermissionsEgress: [],
        },
      ],
    },
  });
  const secretCodes = (got: Run) =>
    reportOf(got)
      .findings.map(({ code }) => code)
      .filter((code) => /^END02[345]$/.test(code));
  const only = [...story, '--only', 'endpoint', '--format', 'json'];

  test('and nothing leads to Secrets Manager: the wall, and the endpoint to make', async () => {
    const got = await check(only, { from: withSecret });
    expect({ code: got.code, codes: secretCodes(got) }).toEqual({ code: 1, codes: ['END024'] });
    expect(got.stdout).toContain('aws ec2 create-vpc-endpoint');
  });

  test.each([
    [443, 'END023'],
    [444, 'END024'],
  ])('and an endpoint of the VPC that admits TCP %i: %s', async (port, expected) => {
    expect(secretCodes(await check(only, { from: withEndpoint(port) }))).toEqual([expected]);
  });

  test('and what tells the way was denied: its permission is named', async () => {
    const fault = ({ operation }: Asked) => (operation === 'DescribeVpcEndpoints' ? ('denied' as const) : undefined);
    const got = await check(only, { from: withEndpoint(443), fault });
    expect(secretCodes(got)).toEqual([]);
    expect(got.stdout).toContain('ec2:DescribeVpcEndpoints');
    expect(statusesOf(got)['endpoint']).toBe('unknown');
  });
});

describe('the user must call otherwise: exit 2, said in few lines', () => {
  test('several connections: they are listed', async () => {
    const { Connections: connections } = documents['describe-connections'] as {
      Connections: { EndpointArn: string }[];
    };
    const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: { EndpointArn: string }[] };
    const both = connections.slice(0, 1).flatMap((one) => [one, { ...one, EndpointArn: endpoints[1]?.EndpointArn }]);
    const got = await check([], { from: { ...documents, 'describe-connections': { Connections: both } } });
    expect({ code: got.code, stdout: got.stdout }).toEqual({ code: 2, stdout: '' });
    expect(got.stderr.split('\n')).toEqual([
      'dms-doctor: several connections fit; name one with --endpoint and --replication-instance, or check --all:',
      '  orders-legacy-source from orders-dms (failed)',
      '  orders-legacy-standby from orders-dms (failed)',
      '',
    ]);
  });

  test('a name that is not there', async () => {
    const got = await check(['--endpoint', 'nowhere']);
    expect({ code: got.code, stdout: got.stdout }).toEqual({ code: 2, stdout: '' });
    expect(got.stderr).toMatch(/^dms-doctor: there is no endpoint nowhere; there are: orders-legacy-source/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no valid credentials/],
    ['no Region', { AWS_REGION: '' }, /no Region is set: give --region/],
  ])('%s: what lacked, behind the ways to call', async (_, env, words) => {
    const got = await check([], { env });
    expect({ code: got.code, stdout: got.stdout }).toEqual({ code: 2, stdout: '' });
    expect(got.stderr).toMatch(/check --bundle facts\.txt/);
    expect(got.stderr).toMatch(words);
    noStack(got);
  });

  test('no credentials beside other evidence: that is judged, and AWS’s layers are unknown', async () => {
    const got = await check([...story, '--bundle', host, '--format', 'json'], { fault: () => 'expired' });
    expect([1, 3]).toContain(got.code);
    expect(statusesOf(got)).toMatchObject({ route: 'unknown', 'security-group': 'unknown', listener: 'unknown' });
    noStack(got);
  });
});

describe('whatever happens to a call', () => {
  const faults: Fault[] = ['denied', 'throttled', 'truncated', 'hung-up', 'empty', 'broken', 'stalled', 'silent'];
  const passing = (one: Run) => reportOf(one).layers.flatMap(({ layer, status }) => (status === 'pass' ? [layer] : []));

  test('each call denied in turn: named with its permission, nothing passes instead, the rest is there', async () => {
    const whole = await check([...story, '--bundle', host, '--format', 'json']);
    const denied = (call: (typeof calls)[number]) =>
      check([...story, '--bundle', host, '--format', 'json'], {
        fault: ({ operation }) => (operation === call.operation ? 'denied' : undefined),
      });
    const runs = await Promise.all(calls.map(async (call) => ({ call, got: await denied(call) })));
    for (const { call, got } of runs) {
      noStack(got);
      expect([1, 3], call.operation).toContain(got.code);
      expect(passing(whole), call.operation).toEqual(expect.arrayContaining(passing(got)));
      const lost = passing(whole).filter((layer) => !passing(got).includes(layer));
      for (const layer of lost) {
        const words = reportOf(got).findings.filter((one) => one.layer === layer && one.status === 'unknown');
        expect(words.map(({ detail }) => detail).join('\n'), `${call.operation} ${layer}`).toMatch(
          new RegExp(`${call.service}:${call.operation}|${itemOf(call)}|is not known`),
        );
      }
    }
  });

  test.each(faults)('%s: no crash, no pass without evidence, in time', async (fault) => {
    const operations = ['DescribeEndpoints', 'DescribeSecurityGroups'];
    const runs = operations.map((operation) =>
      check([...story, '--bundle', host, '--format', 'json', '--timeout', '3s'], {
        fault: (asked) => (asked.operation === operation ? fault : undefined),
        env: { AWS_MAX_ATTEMPTS: '2' },
      }),
    );
    for (const [index, got] of (await Promise.all(runs)).entries()) {
      const operation = operations[index];
      noStack(got);
      expect([1, 3]).toContain(got.code);
      expect(statusesOf(got)[operation === 'DescribeEndpoints' ? 'endpoint' : 'security-group']).toBe('unknown');
    }
  });
});

describe('--all', () => {
  const arn = (kind: string, index: number) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${index}`;
  const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: object[] };
  const { ReplicationInstances: instances } = documents['describe-replication-instances'] as {
    ReplicationInstances: object[];
  };
  const many = <T>(length: number, make: (index: number) => T) => Array.from({ length }, (_, index) => make(index));
  /** Connections from ten instances; the security group of the story's source admits them all. */
  const account = (count: number): Documents => ({
    ...documents,
    'describe-endpoints': {
      Endpoints: many(count, (index) => ({
        ...endpoints[0],
        EndpointIdentifier: `source-${String(index).padStart(3, '0')}`,
        EndpointArn: arn('endpoint', index),
        // Every other one is where no route leads.
        ServerName: index % 2 === 0 ? '172.31.40.17' : '192.168.0.9',
      })),
    },
    'describe-replication-instances': {
      ReplicationInstances: many(10, (index) => ({
        ...instances[0],
        ReplicationInstanceIdentifier: `dms-${index}`,
        ReplicationInstanceArn: arn('rep', index),
      })),
    },
    'describe-connections': {
      Connections: many(count, (index) => ({
        EndpointArn: arn('endpoint', index),
        ReplicationInstanceArn: arn('rep', index % 10),
        Status: 'failed',
        LastFailureMessage: 'x',
      })),
    },
  });

  test('100 connections over 10 instances: one table, the worst exit code, no call more than for one', async () => {
    const got = await check(['--all', '--timeout', '2m'], { from: account(100) });
    expect(got.code).toBe(1);
    expect(got.stdout).toMatch(/\n100 connections: 50 blocked and 50 undetermined\.\n/);
    expect(
      got.stdout.split('\n').filter((line) => /^ {2}✗ source-\d\d\d +dms-\d +blocked +route$/.test(line)),
    ).toHaveLength(50);
    expect(
      Math.max(
        ...got.stdout
          .split('\n')
          .slice(0, -3)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    const single = await check(['--endpoint', 'source-007', '--format', 'json'], { from: account(100) });
    expect(got.asked).toHaveLength(single.asked.length);
  });

  test('as JSON: one document of reports, each what its connection alone is judged to', async () => {
    const got = await check(['--all', '--format', 'json', '--fail-on', 'block', '--only', 'security-group'], {
      from: account(3),
    });
    const { reports } = readReportList(got.stdout);
    expect(reports.map(({ flow, verdict }) => [flow.endpoint, flow.replicationInstance, verdict])).toEqual([
      ['source-000', 'dms-0', 'open'],
      ['source-001', 'dms-1', expect.any(String)],
      ['source-002', 'dms-2', 'open'],
    ]);
    const alone = await check(
      ['--endpoint', 'source-002', '--replication-instance', 'dms-2', '--format', 'json', '--only', 'security-group'],
      { from: account(3) },
    );
    expect(reports[2]?.findings).toEqual(reportOf(alone).findings);
  });

  test('of a bundle; and formats for one report are refused', async () => {
    const { code, stdout } = await run(['check', '--all', '--bundle', 'fixtures/legacy-host']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ orders-legacy-source +orders-dms +blocked +shorewall, pg-hba,/);
    expect(await run(['check', '--all', '--format', 'junit'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--all is written as text or json') as string,
    });
    expect(await run(['check', '--all', '--bundle', 'fixtures/legacy-host/host'])).toMatchObject({
      code: 2,
      stdout: '',
    });
  });
});

describe('two accounts: --profile twice', () => {
  const home = '111122223333';
  const other = '444455556666';
  const profiles = () => {
    const folder = mkdtempSync(path.join(host, 'profiles-'));
    const files = {
      AWS_CONFIG_FILE: path.join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'),
    };
    const names = ['dms', 'source'];
    writeFileSync(files.AWS_CONFIG_FILE, names.map((name) => `[profile ${name}]\nregion = eu-west-1\n`).join(''));
    const keysOf = (name: string) =>
      `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = x\n`;
    writeFileSync(files.AWS_SHARED_CREDENTIALS_FILE, names.map(keysOf).join(''));
    return { ...files, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
  };
  /** The source's groups are seen by the second account alone, and DMS by the first. */
  const split = ({ accessKey }: Asked): Documents => {
    const { SecurityGroups: groups } = documents['describe-security-groups'] as {
      SecurityGroups: { GroupName: string }[];
    };
    const mine = (isDms: boolean) => ({ SecurityGroups: groups.filter((one) => (one.GroupName === 'dms') === isDms) });
    if (accessKey === 'AKIADMS') return { ...documents, 'describe-security-groups': mine(true) };
    const network = Object.entries(documents).filter(
      ([name]) => !/endpoints|replication|connections|tasks/.test(name) || /peering/.test(name),
    );
    return { ...Object.fromEntries(network), 'describe-security-groups': mine(false) };
  };
  const account = ({ accessKey }: Asked) => (accessKey === 'AKIADMS' ? home : other);

  test.each([
    ['dms', 'source'],
    ['source', 'dms'],
  ])('in the order %s, %s: each keeps its own, and the way is judged through both', async (...names) => {
    const server = await startAwsServer(split, { account });
    const file = path.join(host, `two-${names.join('-')}.bundle`);
    const args = [...story, ...names.flatMap((name) => ['--profile', name]), '--format', 'json', '--save-bundle', file];
    const all = Object.entries({ AWS_ENDPOINT_URL: server.url, ...profiles() }).filter(([, value]) => value !== '');
    const got = await run(['check', ...args], { env: Object.fromEntries(all) });
    await server.close();
    expect(statusesOf(got)).toMatchObject({ route: 'pass', 'security-group': 'pass', 'network-acl': 'pass' });
    const saved = readFileSync(file, 'utf8');
    expect(saved).toContain(`aws/${other}/eu-west-1/describe-security-groups.json`);
    expect(saved).not.toContain(`aws/${home}/`);
    const alone = await check([...story, '--format', 'json'], {
      from: (asked) => split({ ...asked, accessKey: 'AKIADMS' }),
    });
    expect(statusesOf(alone)).toMatchObject({ 'security-group': 'unknown' });
  });
});

describe('--test-connection', () => {
  const rows = (documents['describe-connections'] as { Connections: object[] }).Connections;
  /** The pair's row once the test was started and looked at so many times. */
  const during = (looks: number, row: object) => {
    let looked = 0;
    return (asked: Asked): Documents => {
      const isLook = asked.operation === 'DescribeConnections' && asked.input['Filters'] !== undefined;
      if (isLook) looked += 1;
      const now = isLook ? (looked > looks ? row : { Status: 'testing', LastFailureMessage: '' }) : {};
      return { ...documents, 'describe-connections': { Connections: [{ ...rows[0], ...now }, ...rows.slice(1)] } };
    };
  };

  test('is started once, waited for, and clears what it proves; the saved run is judged to the same', async () => {
    const file = path.join(host, 'tested.bundle');
    const got = await check([...story, '--test-connection', '--format', 'json', '--save-bundle', file], {
      from: during(2, { Status: 'successful', LastFailureMessage: '' }),
    });
    expect(got.asked.filter(({ operation }) => operation === 'TestConnection')).toHaveLength(1);
    expect(got.stderr).toMatch(/^gathered from AWS, and DMS’s own connection test in /);
    expect(statusesOf(got)).toMatchObject({ listener: 'pass', login: 'pass', role: 'unknown' });
    expect(reportOf(got).findings.map(({ code }) => code)).toContain('END019');
    const again = await run(['check', '--bundle', file, '--format', 'json']);
    expect(reportOf(again).findings).toEqual(reportOf(got).findings);
  });

  test('a failure is explained, and forbids open', async () => {
    const LastFailureMessage = 'Test Endpoint failed: … Message: [unixODBC]timeout expired ODBC general error.';
    const got = await check([...story, '--test-connection', '--format', 'json', '--only', 'endpoint,aws'], {
      from: during(0, { Status: 'failed', LastFailureMessage }),
    });
    expect(got.code).toBe(3);
    expect(reportOf(got).findings.map(({ code }) => code)).toContain('END020');
  });

  test.each<[string, Fault | undefined, string[]]>([
    ['denied', 'denied', []],
    ['that does not end in time', undefined, ['--timeout', '3s']],
  ])('one %s: said, and the rest is judged', async (_, fault, more) => {
    const got = await check([...story, '--test-connection', '--format', 'json', ...more], {
      from: during(1000, {}),
      fault: ({ operation }) => (operation === 'TestConnection' ? fault : undefined),
    });
    expect(got.code).toBe(3);
    noStack(got);
    const { notes } = JSON.parse(got.stdout) as { notes: string[] };
    expect(notes.join()).toMatch(/connection test was asked for, and not had: dms:TestConnection/);
    expect(statusesOf(got)).toMatchObject({ route: 'pass', listener: 'unknown' });
  });

  test('without credentials the host and the test do not wait for each other', async () => {
    const got = await check([...story, '--test-connection', '--local', '--timeout', '30s', '--format', 'json'], {
      env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' },
    });
    expect(got.asked).toEqual([]);
    expect(got.stdout).not.toMatch(/timed-out|ended before it/);
    expect(got.stderr).toMatch(/^gathered from this host in /m);
  });

  test('never without the option, and never of all', async () => {
    expect((await check(story)).asked.map(({ operation }) => operation)).not.toContain('TestConnection');
    expect((await run(['check', '--all', '--test-connection'])).code).toBe(2);
  });
});

test('no secret is printed, whatever the format', async () => {
  const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: object[] };
  const secret = endpoints.map((one) => ({
    ...one,
    Password: 'PASSWORDMARKER',
    ExtraConnectionAttributes: 'a=b;password=PASSWORDMARKER',
  }));
  const from = { ...documents, 'describe-endpoints': { Endpoints: secret } };
  for (const format of ['text', 'json', 'junit', 'markdown']) {
    const file = path.join(host, `saved.${format}`);
    const got = await check([...story, '--format', format, '--verbose', '--debug', '--save-bundle', file], { from });
    const again = await run(['check', '--bundle', file, '--format', 'json']);
    expect(`${got.stdout}${got.stderr}${again.stdout}`).not.toMatch(/MARKER/);
  }
});
