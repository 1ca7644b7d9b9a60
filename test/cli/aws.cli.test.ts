import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dmsCalls, interfacesCall, itemOf, networkCalls } from '../../src/evidence/aws/calls.ts';
import { documentsOf } from '../support/aws-server-documents.ts';
import type { Documents } from '../support/aws-server-documents.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { Asked, Fault } from '../support/aws-server.ts';
import { filesOf } from '../support/bundles.ts';
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

describe('the user must call otherwise: exit 2, said in few lines', () => {
  test('several connections: they are listed', async () => {
    const { Connections: connections } = documents['describe-connections'] as {
      Connections: { EndpointArn: string }[];
    };
    const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: { EndpointArn: string }[] };
    const both = connections.slice(0, 1).flatMap((one) => [one, { ...one, EndpointArn: endpoints[1]?.EndpointArn }]);
    const got = await check([], { from: { ...documents, 'describe-connections': { Connections: both } } });
    expect({ code: got.code, stdout: got.stdout }).toEqual({ code: 2, stdout: '' });
    expect(got.stderr.split('\n').slice(1)).toEqual([
      'dms-doctor: several connections fit; name one with --endpoint and --replication-instance, or check --all:',
      '  orders-legacy-source from orders-dms (failed)',
      '  orders-legacy-standby from orders-dms (failed)',
      '',
    ]);
  });

  test('a name that is not there', async () => {
    const got = await check(['--endpoint', 'nowhere']);
    expect({ code: got.code, stdout: got.stdout }).toEqual({ code: 2, stdout: '' });
    expect(got.stderr).toMatch(/\ndms-doctor: there is no endpoint nowhere; there are: orders-legacy-source/);
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
