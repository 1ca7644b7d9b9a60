import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatherAws } from '../../../src/evidence/aws.ts';
import { dmsCalls, itemOf, networkCalls, interfacesCall } from '../../../src/evidence/aws/calls.ts';
import { documentsOf } from '../../support/aws-server-documents.ts';
import { filesOf, withFile } from '../../support/bundles.ts';
import { at, dated, errors, gathered, portsFrom, refusal, statuses, withGathered } from './support.ts';

const files = filesOf('legacy-host');
const documents = documentsOf(files);
const calls = [...dmsCalls, ...networkCalls, interfacesCall];
const story = { connections: [{ endpoint: 'orders-legacy-source', replicationInstance: 'orders-dms' }] };
const runs = (count: number) => ({ numRuns: count * Number(process.env['SAMPLES'] ?? 1) });

describe('what is gathered', () => {
  test.each(['legacy-host', 'legacy-host-fixed', 'closed-security-group'])(
    'of %s is judged as the recorded bundle is',
    async (name) => {
      const recorded = filesOf(name);
      const got = await gatherAws({ endpoint: 'orders-legacy-source' }, portsFrom(documentsOf(recorded)));
      expect(got.connections).toMatchObject(story.connections);
      const live = statuses(withGathered(recorded, got.items), got);
      expect(live).toEqual(statuses(dated(recorded), story));
      expect(live).toMatchObject({
        endpoint: expect.stringMatching(/pass|warn/),
        route: 'pass',
        'network-acl': 'pass',
      });
    },
  );

  test('are the documents of the bundle, and of interfaces those of both ends', async () => {
    const { items } = await gatherAws({}, portsFrom(documents));
    const { 'describe-network-interfaces': interfaces, ...rest } = documents;
    expect(gathered(items)).toMatchObject(rest);
    const addresses = (
      gathered(items)['describe-network-interfaces'] as typeof interfaces & {
        NetworkInterfaces: { PrivateIpAddress: string }[];
      }
    ).NetworkInterfaces;
    expect(addresses.map((one) => one.PrivateIpAddress)).toEqual(['172.31.23.112', '172.31.40.17']);
    expect([...items.values()].every((item) => item.at === at)).toBe(true);
    expect(errors(items)).toEqual({});
  });

  test('does not depend on the size of pages', async () => {
    const whole = gathered((await gatherAws({}, portsFrom(documents))).items);
    for (const pageSize of [1, 2, 3]) {
      const ports = portsFrom(documents, { pageSize });
      expect(gathered((await gatherAws({}, ports)).items)).toEqual(whole);
      expect(Math.max(...ports.called.map(({ page }) => page))).toBe(Math.ceil(4 / pageSize));
    }
  });

  test('writes dates as the AWS CLI does, in ISO 8601', async () => {
    const created = new Date('2026-11-02T09:14:37.218Z');
    const ports = portsFrom({ ...documents, 'describe-vpcs': { Vpcs: [{ VpcId: 'vpc-1', Made: created }] } });
    expect(gathered((await gatherAws({}, ports)).items)['describe-vpcs']).toEqual({
      Vpcs: [{ VpcId: 'vpc-1', Made: '2026-11-02T09:14:37.218Z' }],
    });
  });
});

describe('a call that is refused', () => {
  test.each(calls.map((call) => [`${call.service}:${call.operation}`, call] as const))(
    '%s denied: named, and nothing else is lost',
    async (action, call) => {
      const fault = ({ operation }: { operation: string }) => {
        if (operation === call.operation)
          throw refusal(call.service === 'dms' ? 'AccessDeniedException' : 'UnauthorizedOperation', 'not authorized');
      };
      const got = await gatherAws(
        {
          endpoint: 'orders-legacy-source',
          replicationInstance: 'orders-dms',
          addresses: ['172.31.40.17', '172.31.23.112'],
        },
        portsFrom(documents, { fault }),
      );
      const item = itemOf(call);
      expect(errors(got.items)).toEqual({ [item]: expect.stringMatching(new RegExp(`^denied: ${action}\\b`)) });
      // What is judged is what the recorded bundle says without that file.
      const without = new Map(withFile(files, item, undefined)).set(`${item}.error`, {
        at,
        bytes: Buffer.from('denied: x'),
      });
      const live = statuses(withGathered(files, got.items), story);
      expect(live).toEqual(statuses(dated(without), story));
    },
  );

  test.each([
    ['UnauthorizedOperation', 'denied: ec2:DescribeVpcs'],
    ['AccessDeniedException', 'denied: ec2:DescribeVpcs'],
    ['Client.UnauthorizedOperation', 'denied: ec2:DescribeVpcs'],
    ['RequestLimitExceeded', 'not-gathered: ec2:DescribeVpcs was throttled'],
    ['ThrottlingException', 'not-gathered: ec2:DescribeVpcs was throttled'],
    ['TimeoutError', 'timed-out: ec2:DescribeVpcs'],
    ['AbortError', 'not-gathered: ec2:DescribeVpcs was interrupted'],
    ['ExpiredToken', 'not-gathered: ec2:DescribeVpcs: no valid credentials'],
    ['AuthFailure', 'not-gathered: ec2:DescribeVpcs: no valid credentials'],
    ['InternalError', 'not-gathered: ec2:DescribeVpcs: InternalError'],
  ])('%s reads as "%s"', async (name, words) => {
    const ports = portsFrom(documents, {
      fault: ({ operation }) => (operation === 'DescribeVpcs' ? Promise.reject(refusal(name)) : undefined),
    });
    expect(errors((await gatherAws({}, ports)).items)).toEqual({
      'aws/describe-vpcs.json': expect.stringContaining(words),
    });
  });

  test('on a later page refuses the whole list: a part of it would read as all', async () => {
    const fault = ({ operation, page }: { operation: string; page: number }) => {
      if (operation === 'DescribeSubnets' && page === 2) throw refusal('UnauthorizedOperation');
    };
    const { items } = await gatherAws({}, portsFrom(documents, { pageSize: 1, fault }));
    expect(errors(items)).toEqual({
      'aws/describe-subnets.json': expect.stringMatching(/^denied: ec2:DescribeSubnets \(page 2\)/),
    });
  });

  test('an answer without its list is no empty list', async () => {
    const { items } = await gatherAws(
      {},
      portsFrom(documents, { fault: ({ operation }) => (operation === 'DescribeNetworkAcls' ? {} : undefined) }),
    );
    expect(errors(items)).toEqual({
      'aws/describe-network-acls.json': expect.stringMatching(
        /^not-gathered: ec2:DescribeNetworkAcls: the answer holds no NetworkAcls/,
      ),
    });
  });

  test('a page that leads to itself ends', async () => {
    const fault = ({ operation }: { operation: string }) =>
      operation === 'DescribeVpcs' ? { Vpcs: [], NextToken: 'again' } : undefined;
    expect(errors((await gatherAws({}, portsFrom(documents, { fault }))).items)).toEqual({
      'aws/describe-vpcs.json': expect.stringContaining('same page'),
    });
  });

  test('without credentials EC2 is not asked, and the reason is told', async () => {
    const ports = portsFrom(documents, {
      fault: () => Promise.reject(refusal('CredentialsProviderError', 'Could not load credentials from any providers')),
    });
    const got = await gatherAws({}, ports);
    expect(ports.called.every(({ service }) => service === 'dms')).toBe(true);
    expect(got.problem).toBe(
      'no valid credentials: CredentialsProviderError: Could not load credentials from any providers',
    );
    expect(Object.keys(errors(got.items)).toSorted()).toEqual(calls.map((call) => itemOf(call)).toSorted());
  });

  test('whatever the ports do, gathering ends, and says of each answer what became of it', async () => {
    const names = calls.map((call) => itemOf(call)).toSorted();
    const answers = fc.oneof(
      fc
        .anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true })
        .map((thing) => ({ Vpcs: [thing], Endpoints: [thing], Connections: [] })),
      fc.constantFrom<unknown>(
        { Vpcs: null },
        null,
        'text',
        [],
        { Endpoints: [null, 1, {}] },
        { Connections: [{}] },
        { NetworkInterfaces: 'x' },
      ),
      fc.jsonValue(),
    );
    const behaviours = fc.array(
      fc.oneof(
        answers.map((answer) => ({ answer })),
        fc.anything().map((thrown) => ({ thrown })),
      ),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(behaviours, async (list) => {
        let turn = 0;
        const send = async () => {
          const one = list[(turn += 1) % list.length];
          if (one !== undefined && 'answer' in one) return one.answer;
          throw one?.thrown;
        };
        const got = await gatherAws(
          { endpoint: 'x', addresses: ['10.0.0.1'] },
          { dms: send, ec2: send, now: () => at },
        );
        const dmsNames = dmsCalls.map((call) => itemOf(call));
        expect([...got.items.keys()].toSorted()).toEqual(
          got.choices === undefined && got.problem === undefined ? names : expect.arrayContaining(dmsNames),
        );
        for (const text of Object.values(errors(got.items)))
          expect(text).toMatch(/^(denied|timed-out|not-gathered): (dms|ec2):[A-Z]/);
      }),
      runs(200),
    );
  });
});

test('tells the account and the Region that answered', async () => {
  expect(await gatherAws({}, portsFrom(documents))).toMatchObject({ account: '111122223333', region: 'eu-west-1' });
  expect(await gatherAws({}, portsFrom({}))).not.toHaveProperty('account');
});

test('a reason is one line of plain text, whatever the service says', async () => {
  const fault = ({ operation }: { operation: string }) =>
    operation === 'DescribeVpcs'
      ? Promise.reject(refusal('Odd\nCode\u001b[2J', `a\r\n\tb\u0007${'c '.repeat(10_000)}`))
      : undefined;
  const [error = ''] = Object.values(errors((await gatherAws({}, portsFrom(documents, { fault }))).items));
  expect(error).toMatch(/^not-gathered: ec2:DescribeVpcs: Odd Code \[2J: a b c c c[ c]+$/);
  expect(error.length).toBeLessThan(500);
});

test('a refused signature does not show what was signed', async () => {
  const message =
    'The request signature we calculated does not match. The Canonical String for this request should have been x-amz-security-token:MARKER';
  const { items } = await gatherAws(
    {},
    portsFrom(documents, {
      fault: ({ operation }) =>
        operation === 'DescribeVpcs' ? Promise.reject(refusal('SignatureDoesNotMatch', message)) : undefined,
    }),
  );
  expect(errors(items)['aws/describe-vpcs.json']).toMatch(/no valid credentials.*does not match\.$/);
});

test('a signal ends what never answers, and keeps what came', async () => {
  const stop = new AbortController();
  const ports = portsFrom(documents, {
    fault: ({ operation }) => (operation === 'DescribeRouteTables' ? new Promise(() => undefined) : undefined),
  });
  const gathering = gatherAws({}, { ...ports, signal: stop.signal });
  setTimeout(() => stop.abort(refusal('TimeoutError', 'the time limit of this run is over')), 50);
  expect(errors((await gathering).items)).toEqual({
    'aws/describe-route-tables.json': expect.stringMatching(/^timed-out: ec2:DescribeRouteTables/),
  });
});
