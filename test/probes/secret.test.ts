import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Finding } from '../../src/finding.ts';
import type { Documents, Entry } from '../vpc/networks.ts';
import { documents, element, entry, route, rule } from '../vpc/networks.ts';
import type { DmsWorld } from './dms-world.ts';
import { dmsWorld } from './dms-world.ts';

/** Everything that a case may change: the network, and what DMS and the VPC's attributes say. */
type World = {
  network: Documents;
  dms: DmsWorld;
  support: boolean | undefined;
  hostnames: boolean | undefined;
};
type Edit = (world: World) => unknown;

const service = 'com.amazonaws.eu-west-1.secretsmanager';
const secret = 'orders/dms';
const everybody = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}';
const inDatabase = '{"Statement":[{"Action":"secretsmanager:*","Effect":"Allow","Principal":"*","Resource":"*"}]}';

const table = ({ network }: World) => element(network, 'describe-route-tables', 'rtb-a1');
const routes = (world: World) => table(world)['Routes'] as Entry[];
const outward = (world: World) => routes(world).find((one) => one['DestinationCidrBlock'] === '0.0.0.0/0') ?? {};
const group = ({ network }: World, id: string) => element(network, 'describe-security-groups', id);
const acl = ({ network }: World, id: string) => element(network, 'describe-network-acls', id)['Entries'] as Entry[];
const endpoint = ({ network }: World) => element(network, 'describe-vpc-endpoints', 'vpce-a');
const nat = ({ network }: World) => element(network, 'describe-nat-gateways', 'nat-a');
const ri = ({ network }: World) => element(network, 'describe-network-interfaces', 'eni-ri');

/** The instance's subnet as it stands alone: no route but the VPC's own. */
function alone(): World {
  const network = documents();
  network['describe-vpc-endpoints'] = { VpcEndpoints: [] };
  const world = {
    network,
    dms: { endpoint: { PostgreSQLSettings: { SecretsManagerSecretId: secret } } },
    support: true,
    hostnames: true,
  };
  table(world)['Routes'] = routes(world).slice(0, 1);
  return world;
}

/** With an interface endpoint in the subnet beside, whose group admits the VPC. */
function byEndpoint(): World {
  const world = alone();
  group(world, 'sg-dms')['IpPermissionsEgress'] = [rule(443, { cidr: '10.0.0.0/16' })];
  world.network['describe-security-groups']?.['SecurityGroups']?.push({
    GroupId: 'sg-vpce',
    GroupName: 'vpce',
    VpcId: 'vpc-a',
    IpPermissions: [rule(443, { cidr: '10.0.1.0/24' })],
    IpPermissionsEgress: [],
  });
  world.network['describe-network-interfaces']?.['NetworkInterfaces']?.push(
    interfaceOf('eni-vpce', '10.0.2.30', 'subnet-a2'),
  );
  world.network['describe-vpc-endpoints'] = {
    VpcEndpoints: [
      {
        VpcEndpointId: 'vpce-a',
        VpcEndpointType: 'Interface',
        VpcId: 'vpc-a',
        ServiceName: service,
        State: 'available',
        PolicyDocument: everybody,
        PrivateDnsEnabled: true,
        Groups: [{ GroupId: 'sg-vpce' }],
        NetworkInterfaceIds: ['eni-vpce'],
      },
    ],
  };
  return world;
}

const interfaceOf = (id: string, address: string, subnet: string): Entry => ({
  NetworkInterfaceId: id,
  PrivateIpAddress: address,
  PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address }],
  SubnetId: subnet,
  VpcId: 'vpc-a',
  Groups: [{ GroupId: 'sg-vpce' }],
  InterfaceType: 'vpc_endpoint',
  Status: 'in-use',
});

/** With a NAT gateway. */
function byNat(): World {
  const world = alone();
  routes(world).push(route('0.0.0.0/0', { NatGatewayId: 'nat-a' }));
  return world;
}

/** With a public address and an internet gateway. */
function byGateway(): World {
  const world = alone();
  routes(world).push(route('0.0.0.0/0', { GatewayId: 'igw-a' }));
  const pair = (ri(world)['PrivateIpAddresses'] as Entry[])[0] ?? {};
  pair['Association'] = { PublicIp: '52.0.0.9' };
  ri(world)['Association'] = pair['Association'];
  return world;
}

function evidenceOf({ network, dms, support, hostnames }: World) {
  const attribute = (member: string, value: boolean | undefined) =>
    value === undefined
      ? {}
      : {
          [`aws/describe-vpc-attribute--vpc-a--${member.replace('E', 'e')}.json`]: JSON.stringify({
            VpcId: 'vpc-a',
            [member]: { Value: value },
          }),
        };
  return dmsWorld({
    ...dms,
    network,
    items: { ...attribute('EnableDnsSupport', support), ...attribute('EnableDnsHostnames', hostnames), ...dms.items },
  });
}

const checked = (world: World) => check(evidenceOf(world), { scope: ['endpoint'] });
const about = ({ findings }: { findings: readonly Finding[] }) =>
  findings.filter(({ code }) => /^END02[345]$/.test(code));
const judged = (world: World) => about(checked(world)).map(({ code, subject }) => `${code} ${subject}`);
function edited(make: () => World, ...edits: Edit[]): World {
  const world = make();
  for (const edit of edits) edit(world);
  return world;
}

const [open, closed] = ['END023 10.0.1.10', 'END024 10.0.1.10'];

describe('a way that is open', () => {
  test.each<[string, () => World, string]>([
    ['by the endpoint', byEndpoint, 'by vpce-a'],
    ['by NAT', byNat, 'over the internet'],
    ['by an internet gateway', byGateway, 'over the internet'],
  ])('%s', (_, make, way) => {
    const found = about(checked(make()));
    expect(found.map(({ code }) => code)).toEqual(['END023']);
    expect(found[0]?.summary).toContain(way);
    expect(found[0]?.caveats.join()).toMatch(/role/);
  });

  test('of an endpoint without a secret nothing is said', () => {
    expect(judged(edited(alone, ({ dms }) => delete dms.endpoint))).toEqual([]);
  });
});

/** One field each. The twin, without the edit, is open: so says the test before. */
const walls: readonly (readonly [name: string, make: () => World, wall: Edit, fix: RegExp | undefined])[] = [
  ['the endpoint failed', byEndpoint, (w) => (endpoint(w)['State'] = 'failed'), /create-vpc-endpoint/],
  ['the endpoint waits for acceptance', byEndpoint, (w) => (endpoint(w)['State'] = 'pendingAcceptance'), /create-vpc/],
  ['the endpoint is of another service', byEndpoint, (w) => (endpoint(w)['ServiceName'] = `${service}-fips`), /create/],
  ['the endpoint is in another VPC', byEndpoint, (w) => (endpoint(w)['VpcId'] = 'vpc-b'), /create-vpc-endpoint/],
  [
    'the endpoint’s group admits another port',
    byEndpoint,
    (w) => (group(w, 'sg-vpce')['IpPermissions'] = [rule(444, { cidr: '10.0.1.0/24' })]),
    /authorize-security-group-ingress --group-id sg-vpce .*"FromPort":443.*"sg-dms"/,
  ],
  [
    'the instance’s group lets out another port',
    byEndpoint,
    (w) => (group(w, 'sg-dms')['IpPermissionsEgress'] = [rule(5432, { cidr: '0.0.0.0/0' })]),
    /authorize-security-group-egress --group-id sg-dms .*"FromPort":443.*"sg-vpce"/,
  ],
  [
    'an ACL denies what goes out',
    byEndpoint,
    (w) => acl(w, 'acl-a1').unshift(entry(90, true, 'deny', '10.0.2.0/24', [443, 443])),
    /create-network-acl-entry/,
  ],
  [
    'an ACL denies the answers',
    byEndpoint,
    (w) => acl(w, 'acl-a1').unshift(entry(90, false, 'deny', '10.0.2.0/24', [1024, 65_535])),
    /create-network-acl-entry/,
  ],
  ['the VPC resolves no private names', byEndpoint, (w) => (w.hostnames = false), /--enable-dns-hostnames/],
  ['the VPC resolves nothing', byEndpoint, (w) => (w.support = false), /--enable-dns-support/],
  [
    'the endpoint takes what NAT would carry, and admits nobody',
    () => edited(byEndpoint, (w) => routes(w).push(route('0.0.0.0/0', { NatGatewayId: 'nat-a' }))),
    (w) => (group(w, 'sg-vpce')['IpPermissions'] = []),
    /authorize-security-group-ingress/,
  ],
  [
    'the private DNS of the endpoint is off, and its group admits nobody',
    byEndpoint,
    (w) => {
      endpoint(w)['PrivateDnsEnabled'] = false;
      group(w, 'sg-vpce')['IpPermissions'] = [];
    },
    /modify-vpc-endpoint --vpc-endpoint-id vpce-a --private-dns-enabled\n.*authorize-security-group-ingress/,
  ],
  [
    'no route to NAT',
    byNat,
    (w) => (table(w)['Routes'] = routes(w).filter((one) => one !== outward(w))),
    /create-vpc-endpoint/,
  ],
  ['NAT failed', byNat, (w) => (nat(w)['State'] = 'failed'), /create-vpc-endpoint/],
  ['the route to NAT is a blackhole', byNat, (w) => (outward(w)['State'] = 'blackhole'), /create-vpc/],
  [
    'with NAT the group lets out another port',
    byNat,
    (w) => (group(w, 'sg-dms')['IpPermissionsEgress'] = [rule(5432, { cidr: '0.0.0.0/0' })]),
    /authorize-security-group-egress .*"FromPort":443.*"0\.0\.0\.0\/0"/,
  ],
  [
    'with NAT the ACL of its subnet denies the answers from the internet',
    byNat,
    (w) => acl(w, 'acl-a2').unshift(entry(90, false, 'deny', '0.0.0.0/0', [1024, 65_535])),
    /create-vpc-endpoint/,
  ],
  ['with NAT the VPC resolves nothing', byNat, (w) => (w.support = false), /--enable-dns-support/],
  [
    'no public address',
    byGateway,
    (w) => {
      delete ri(w)['Association'];
      delete (ri(w)['PrivateIpAddresses'] as Entry[])[0]?.['Association'];
    },
    /create-vpc-endpoint/,
  ],
  [
    'the internet gateway is detached',
    byGateway,
    (w) => (element(w.network, 'describe-internet-gateways', 'igw-a')['Attachments'] = []),
    /create-vpc-endpoint/,
  ],
  [
    'VPC Block Public Access',
    byGateway,
    (w) =>
      (element(w.network, 'describe-subnets', 'subnet-a1')['BlockPublicAccessStates'] = {
        InternetGatewayBlockMode: 'block-bidirectional',
      }),
    /create-vpc-endpoint/,
  ],
];

describe('a wall, and its twin without it', () => {
  test.each(walls)('%s', (_, make, wall, fix) => {
    expect(judged(edited(make))).toEqual([open]);
    const world = edited(make, wall);
    expect(judged(world)).toEqual([closed]);
    const { plan, blockedAt } = checked(world);
    expect(blockedAt).toEqual(['endpoint']);
    expect(plan.steps.map((step) => ('run' in step ? step.run : '')).join('\n')).toMatch(fix ?? /^$/);
    // The fix opens what it was made for: nothing of the endpoint blocks behind it.
    expect(plan.stuck).toBeUndefined();
  });

  test('a way that is closed for every public address is said to be so for the internet', () => {
    const why = (...edits: Edit[]) => about(checked(edited(byNat, ...edits)))[0]?.detail;
    expect(why((w) => (table(w)['Routes'] = routes(w).slice(0, 1)))).toContain('rtb-a1 has no route to the internet');
    expect(why((w) => (group(w, 'sg-dms')['IpPermissionsEgress'] = []))).toContain('not tcp 443 the internet');
    expect(why()).not.toMatch(/\b1\.0\.0\.0\b/);
  });

  test('the endpoint that is to be made: in the instance’s subnet, for the instance’s group alone', () => {
    const { plan } = checked(alone());
    const [step, ...others] = plan.steps;
    expect(others).toEqual([]);
    expect(step).toMatchObject({
      run: [
        "group=$(aws ec2 create-security-group --group-name dms-secretsmanager --description 'VPC endpoint of com.amazonaws.eu-west-1.secretsmanager' --vpc-id vpc-a --query GroupId --output text)",
        `aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":[{"GroupId":"sg-dms"}]}]'`,
        'aws ec2 create-vpc-endpoint --vpc-id vpc-a --vpc-endpoint-type Interface --service-name com.amazonaws.eu-west-1.secretsmanager --subnet-ids subnet-a1 --security-group-ids "$group" --private-dns-enabled',
      ].join(' && '),
    });
  });

  test('where the instance’s group lets nothing out, the rule is for the whole subnet of the new endpoint', () => {
    const world = edited(alone, (w) => (group(w, 'sg-dms')['IpPermissionsEgress'] = []));
    const { plan } = checked(world);
    expect(plan.steps).toHaveLength(2);
    expect(plan.steps[1]).toMatchObject({
      run: expect.stringMatching(/authorize-security-group-egress --group-id sg-dms .*"CidrIp":"10\.0\.1\.0\/24"/),
    });
    expect(plan.stuck).toBeUndefined();
  });
});

/** Whatever of these is added to a way that is open, or to one that is closed, nothing is known for certain. */
const doubts: readonly (readonly [name: string, make: () => World, doubt: Edit, words: RegExp])[] = [
  ['a policy of its own', byEndpoint, (w) => (endpoint(w)['PolicyDocument'] = inDatabase), /policy of its own/],
  ['a policy that denies', byEndpoint, (w) => (endpoint(w)['PolicyDocument'] = denying), /policy of its own/],
  ['a policy that was not seen', byEndpoint, (w) => delete endpoint(w)['PolicyDocument'], /was not seen/],
  ['an endpoint that is being made', byEndpoint, (w) => (endpoint(w)['State'] = 'pending'), /vpce-a is pending/],
  ['an endpoint without a state', byEndpoint, (w) => delete endpoint(w)['State'], /no known state/],
  ['private DNS that is not known', byEndpoint, (w) => delete endpoint(w)['PrivateDnsEnabled'], /private DNS/],
  ['private DNS that is off', byEndpoint, (w) => (endpoint(w)['PrivateDnsEnabled'] = false), /private hosted zone/],
  ['no interfaces', byEndpoint, (w) => (endpoint(w)['NetworkInterfaceIds'] = []), /names no network interface/],
  [
    'an interface that was not gathered',
    byEndpoint,
    (w) => (endpoint(w)['NetworkInterfaceIds'] = ['eni-other']),
    /eni-other is not among/,
  ],
  [
    'one of two interfaces that is not reached',
    byEndpoint,
    (w) => {
      w.network['describe-network-interfaces']?.['NetworkInterfaces']?.push(
        interfaceOf('eni-vpce-2', '10.0.9.30', 'subnet-nat'),
      );
      endpoint(w)['NetworkInterfaceIds'] = ['eni-vpce', 'eni-vpce-2'];
      acl(w, 'acl-a1').unshift(entry(90, true, 'deny', '10.0.9.0/24', [443, 443]));
    },
    /10\.0\.9\.30 is not reached/,
  ],
  ['a secret of another Region', byEndpoint, (w) => (w.dms.endpoint = secretIn('us-east-1')), /us-east-1/],
  ['name servers of its own', byEndpoint, (w) => (w.dms.instance = { DnsNameServers: '10.0.0.9' }), /name servers/],
  ['an old engine', byEndpoint, (w) => (w.dms.instance = { EngineVersion: '3.4.6' }), /3\.4\.6/],
  ['a VPC that is shared', alone, (w) => share(w), /is shared/],
  ['a peered VPC', alone, (w) => routes(w).push(route('10.1.0.0/16', { VpcPeeringConnectionId: 'pcx-ab' })), /pcx-ab/],
  ['a transit gateway', alone, (w) => routes(w).push(route('10.0.0.0/8', { TransitGatewayId: 'tgw-1' })), /tgw-1/],
  [
    'a transit gateway for all',
    alone,
    (w) => {
      w.network['describe-transit-gateway-vpc-attachments'] = { TransitGatewayVpcAttachments: [] };
      routes(w).push(route('0.0.0.0/0', { TransitGatewayId: 'tgw-1' }));
    },
    /tgw-1/,
  ],
  ['a VPN', alone, (w) => routes(w).push(route('192.168.9.0/24', { GatewayId: 'vgw-1' })), /vgw-1/],
  ['a firewall on the way', alone, (w) => routes(w).push(route('0.0.0.0/0', { GatewayId: 'vpce-9' })), /vpce-9/],
  ['an appliance', alone, (w) => routes(w).push(route('0.0.0.0/0', { NetworkInterfaceId: 'eni-9' })), /eni-9/],
  [
    'a rule for some public addresses',
    byNat,
    (w) => (group(w, 'sg-dms')['IpPermissionsEgress'] = [rule(443, { cidr: '52.0.0.0/8' })]),
    /not treated alike/,
  ],
  [
    'a route for some public addresses',
    byNat,
    (w) => routes(w).push({ ...route('52.0.0.0/8', { NatGatewayId: 'nat-x' }), State: 'blackhole' }),
    /not treated alike/,
  ],
];
const denying =
  '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"},{"Action":"*","Effect":"Deny","Principal":"*","Resource":"*"}]}';
const secretIn = (region: string) => ({
  PostgreSQLSettings: { SecretsManagerSecretId: `arn:aws:secretsmanager:${region}:111122223333:secret:orders` },
});
const share = (w: World) => ((w.network['describe-vpcs']?.['Vpcs']?.[0] ?? {})['OwnerId'] = '444455556666');

describe('a doubt', () => {
  test.each(doubts)('%s', (_, make, doubt, words) => {
    const found = about(checked(edited(make, doubt)));
    expect(found.map(({ code }) => code)).toEqual(['END025']);
    expect(found[0]?.detail).toMatch(words);
  });

  test('a gateway endpoint for S3 beside NAT is none: its addresses are not those of Secrets Manager', () => {
    const s3 = { ...route('', { GatewayId: 'vpce-s3' }), DestinationCidrBlock: null, DestinationPrefixListId: 'pl-s3' };
    expect(judged(edited(byNat, (w) => routes(w).push(s3)))).toEqual([open]);
    expect(judged(edited(alone, (w) => routes(w).push(s3)))).toEqual([closed]);
  });

  test.each([
    ['aws/describe-vpc-endpoints.json', byEndpoint],
    ['aws/describe-network-interfaces.json', byEndpoint],
    ['aws/describe-security-groups.json', byEndpoint],
    ['aws/describe-network-acls.json', byEndpoint],
    ['aws/describe-subnets.json', byNat],
    ['aws/describe-route-tables.json', byNat],
    ['aws/describe-nat-gateways.json', byNat],
    ['aws/describe-internet-gateways.json', byNat],
    ['aws/describe-vpc-endpoints.json', byNat],
    ['aws/describe-vpc-attribute--vpc-a--enableDnsSupport.json', byNat],
    ['aws/describe-vpc-attribute--vpc-a--enableDnsHostnames.json', byEndpoint],
  ] as const)('without %s it is unknown, and named', (item, make) => {
    const denied = { why: 'denied', detail: 'ec2:Describe… is not allowed' } as const;
    const { findings, layers } = checked(
      edited(make, ({ dms }) => {
        dms.items = { [item]: denied };
      }),
    );
    expect(about({ findings }).map(({ code }) => code)).not.toContain('END023');
    expect(about({ findings }).map(({ code }) => code)).not.toContain('END024');
    expect(layers.find(({ layer }) => layer === 'endpoint')?.status).toBe('unknown');
    expect(findings.map(({ summary, detail }) => summary + detail).join()).toContain(item.replace('.json', ''));
  });
});

describe('walls and doubts together', () => {
  const of = (make: () => World) => [...walls, ...doubts].filter(([, from]) => from === make);

  test.each([
    ['by the endpoint', byEndpoint],
    ['by NAT', byNat],
    ['by a gateway', byGateway],
  ] as const)('%s: any of them keeps it from passing, and no fix leaves it stuck', (_, make) => {
    const some = fc.shuffledSubarray([...of(make)], { minLength: 1 });
    fc.assert(
      fc.property(some, (edits) => {
        const world = edited(make, ...edits.map(([, , edit]) => edit));
        const { findings, plan } = checked(world);
        expect(about({ findings }).map(({ code }) => code)).not.toContain('END023');
        const fixed = about({ findings }).some(({ code, fix }) => code === 'END024' && fix !== undefined);
        if (fixed) expect(plan.stuck).toBeUndefined();
      }),
      { numRuns: 60 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });
});

describe('every place that DMS asks from', () => {
  const second = (w: World) => {
    w.network['describe-network-interfaces']?.['NetworkInterfaces']?.push({
      ...interfaceOf('eni-ri-2', '10.0.9.10', 'subnet-nat'),
      Groups: [{ GroupId: 'sg-dms' }],
      InterfaceType: 'interface',
    });
    w.dms.instance = { ReplicationInstancePrivateIpAddresses: ['10.0.1.10', '10.0.9.10'] };
  };

  test('both nodes of a Multi-AZ instance', () => {
    const world = edited(byEndpoint, second);
    expect(judged(world)).toEqual([open, 'END024 10.0.9.10']);
    const { plan } = checked(world);
    expect(plan.stuck).toBeUndefined();
    expect(
      judged(
        edited(
          byEndpoint,
          second,
          (w) => (group(w, 'sg-vpce')['IpPermissions'] = [rule(443, { cidr: '10.0.0.0/16' })]),
        ),
      ),
    ).toEqual([open, 'END023 10.0.9.10']);
  });

  test('the subnets of a serverless replication, divided where a rule divides them', () => {
    const serverless = (w: World) => (w.dms.serverless = {});
    expect(judged(edited(byEndpoint, serverless))).toEqual(['END023 10.0.1.0/24', 'END024 10.0.2.0/24']);
    const half = edited(byEndpoint, serverless, (w) => {
      group(w, 'sg-vpce')['IpPermissions'] = [rule(443, { cidr: '10.0.1.0/25' }), rule(443, { cidr: '10.0.2.0/24' })];
    });
    expect(judged(half)).toEqual([
      'END023 10.0.1.4 to 10.0.1.127',
      'END024 10.0.1.128 to 10.0.1.254',
      'END023 10.0.2.0/24',
    ]);
  });

  test('for a target, too', () => {
    const world = edited(byEndpoint, ({ dms }) => (dms.endpoint = { ...dms.endpoint, EndpointType: 'TARGET' }));
    expect(judged(world)).toEqual([open]);
  });

  test('DMS’s words for a secret that it does not reach are accounted for by the wall, and by nothing else', () => {
    const said = 'Unable to find Secrets Manager secret, secrets_manager get secret value failed: curlCode: 28';
    const explained = (...edits: Edit[]) =>
      checked(
        edited(byEndpoint, ...edits, ({ dms }) => {
          dms.test = { Status: 'failed', LastFailureMessage: said };
        }),
      )
        .findings.filter(({ code }) => /^END0(?:09|10)$/.test(code))
        .map(({ summary }) => summary)
        .join();
    expect(explained((w) => (group(w, 'sg-vpce')['IpPermissions'] = []))).toMatch(/agrees: endpoint blocks/);
    expect(explained()).toMatch(/Secrets Manager/);
    expect(explained()).not.toMatch(/blocks/);
  });

  test('DMS’s own test of this run, which reads the secret, outranks a doubt', () => {
    const testOf = (Status: string) => ({
      'dms/test-connection.json': JSON.stringify({
        EndpointArn: 'arn:aws:dms:eu-west-1:111122223333:endpoint:SOURCE',
        ReplicationInstanceArn: 'arn:aws:dms:eu-west-1:111122223333:rep:DMS',
        startedAt: '2026-11-22T11:58:00Z',
        endedAt: '2026-11-22T11:59:00Z',
        Status,
        LastFailureMessage: Status === 'failed' ? 'timeout expired' : null,
      }),
    });
    const tested = (status: string) =>
      about(
        checked(
          edited(
            byEndpoint,
            (w) => (endpoint(w)['State'] = 'pending'),
            ({ dms }) => (dms.items = testOf(status)),
          ),
        ),
      ).map(({ code }) => code);
    expect(tested('successful')).toEqual(['END023']);
    expect(tested('failed')).toEqual(['END025']);
  });
});
