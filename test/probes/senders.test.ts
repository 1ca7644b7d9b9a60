import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Evidence } from '../../src/evidence/item.ts';
import type { Layer } from '../../src/layers.ts';
import { address, documents, element, route, rule } from '../vpc/networks.ts';
import type { Documents, Entry } from '../vpc/networks.ts';
import { dmsWorld } from './dms-world.ts';

const network: readonly Layer[] = ['route', 'security-group', 'network-acl'];
const statuses = (evidence: Evidence, layers = network) =>
  check(evidence, { scope: layers })
    .layers.filter(({ layer }) => layers.includes(layer))
    .map(({ status }) => status);
const findings = (evidence: Evidence, layer: Layer) =>
  check(evidence, { scope: [layer] }).findings.filter((one) => one.layer === layer);
const routesOf = (all: Documents, id: string) => element(all, 'describe-route-tables', id)['Routes'] as Entry[];
const interfaces = (all: Documents) => Object.values(all['describe-network-interfaces'] ?? {})[0] as Entry[];
const groupRules = (all: Documents, id: string) =>
  element(all, 'describe-security-groups', id)['IpPermissions'] as Entry[];

/** A second node in the other subnet. */
function multiAz(all: Documents, group = 'sg-dms'): void {
  const [first] = interfaces(all);
  interfaces(all).push({
    ...first,
    NetworkInterfaceId: 'eni-ri2',
    PrivateIpAddress: '10.0.2.10',
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.2.10' }],
    SubnetId: 'subnet-a2',
    Groups: [{ GroupId: group }],
  });
}

describe('the addresses that the source will see', () => {
  test('inside the VPC: the private one of each node', () => {
    expect(dmsWorld({}).flow.from).toEqual(['10.0.1.10']);
    const instance = { MultiAZ: true, ReplicationInstancePrivateIpAddresses: ['10.0.1.10', '10.0.2.10'] };
    const all = documents();
    multiAz(all);
    expect(dmsWorld({ network: all, instance }).flow.from).toEqual(['10.0.1.10', '10.0.2.10']);
  });

  test('behind a NAT gateway: the gateway’s; the layers of the VPC are judged from the instance all the same', () => {
    const evidence = dmsWorld({ host: address.public });
    expect(evidence.flow.from).toEqual(['52.0.0.1']);
    expect(statuses(evidence)).toEqual(['pass', 'pass', 'pass']);
    expect(findings(evidence, 'route')[0]?.detail).toContain('10.0.1.10');
  });

  test('behind an internet gateway: the instance’s public one', () => {
    const all = documents();
    routesOf(all, 'rtb-a1').splice(2, 1, route('0.0.0.0/0', { GatewayId: 'igw-a' }));
    const [own] = interfaces(all);
    Object.assign(own ?? {}, {
      Association: { PublicIp: '52.9.9.9' },
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.1.10', Association: { PublicIp: '52.9.9.9' } }],
    });
    groupRules(all, 'sg-peer').push(rule(5432, { cidr: '52.9.9.9/32' }));
    const evidence = dmsWorld({ network: all, host: address.public });
    expect(evidence.flow.from).toEqual(['52.9.9.9']);
    expect(statuses(evidence)).toEqual(['pass', 'pass', 'pass']);
  });

  test('where the way cannot be followed: the instance’s own, and a note says so', () => {
    const evidence = dmsWorld({
      items: { 'aws/describe-route-tables.json': { why: 'denied', detail: 'ec2:DescribeRouteTables' } },
    });
    expect(evidence.flow.from).toEqual(['10.0.1.10']);
    expect(evidence.notes.join()).toContain('its way could not be followed; 10.0.1.10 is judged');
    const [route_] = findings(evidence, 'route');
    expect(route_).toMatchObject({ status: 'unknown', code: 'EVD002' });
    expect(route_?.detail).toContain('ec2:DescribeRouteTables');
  });

  test('what was given wins; that the source will see another one is said', () => {
    const evidence = dmsWorld({ host: address.public, flow: { from: ['10.0.1.10'] } });
    expect(evidence.flow.from).toEqual(['10.0.1.10']);
    expect(findings(evidence, 'route').find(({ code }) => code === 'RTE004')?.summary).toBe(
      'the source will see 52.0.0.1; 10.0.1.10 is judged',
    );
    expect(findings(dmsWorld({ flow: { from: ['10.0.1.0/24'] } }), 'route').map(({ code }) => code)).not.toContain(
      'RTE004',
    );
  });

  test('every node is judged, and the one that fails is named; the plan opens it for both', () => {
    const all = documents();
    multiAz(all, 'sg-other');
    (Object.values(all['describe-security-groups'] ?? {})[0] as Entry[]).push({
      ...element(all, 'describe-security-groups', 'sg-dms'),
      GroupId: 'sg-other',
    });
    const instance = { MultiAZ: true, ReplicationInstancePrivateIpAddresses: ['10.0.1.10', '10.0.2.10'] };
    const evidence = dmsWorld({ network: all, instance });
    const found = findings(evidence, 'security-group').filter(({ status }) => status === 'block');
    expect(found.map(({ subject }) => subject)).toEqual(['10.0.2.10']);
    expect(check(evidence, { scope: network }).plan).toMatchObject({ opens: true });
  });
});

describe('a serverless replication', () => {
  test('may be anywhere in its subnets: all of them are judged, with the groups of its configuration', () => {
    const evidence = dmsWorld({ serverless: {} });
    expect(evidence.flow).toMatchObject({ from: ['10.0.1.0/24', '10.0.2.0/24'], migrationType: 'cdc' });
    expect(statuses(evidence)).toEqual(['pass', 'pass', 'pass']);
  });

  test('a rule for half of a subnet admits half of it: the rest is named, and the plan opens it', () => {
    const all = documents();
    groupRules(all, 'sg-db').splice(0, 1, rule(5432, { cidr: '10.0.1.0/25' }), rule(5432, { cidr: '10.0.2.0/24' }));
    const evidence = dmsWorld({ network: all, serverless: {} });
    const found = findings(evidence, 'security-group').filter(({ status }) => status === 'block');
    expect(found.map(({ subject }) => subject)).toEqual(['10.0.1.128 to 10.0.1.254']);
    const { plan } = check(evidence, { scope: network });
    expect(plan.opens).toBe(true);
    expect(plan.steps.map((step) => ('run' in step ? step.run : '')).join()).toContain('10.0.1.0/24');
  });

  test('without its configuration nothing is known of where it sends from', () => {
    const evidence = dmsWorld({
      serverless: {},
      items: { 'aws/describe-replication-configs.json': { why: 'denied', detail: 'dms:DescribeReplicationConfigs' } },
    });
    expect(statuses(evidence)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(findings(evidence, 'route')[0]?.detail).toContain('dms:DescribeReplicationConfigs');
  });
});

describe('names', () => {
  const rds = 'orders.c1a2b3.eu-west-1.rds.amazonaws.com';
  const attribute = 'aws/describe-vpc-attribute--vpc-a--enableDnsSupport.json';
  const support = (Value: boolean) => ({
    [attribute]: JSON.stringify({ VpcId: 'vpc-a', EnableDnsSupport: { Value } }),
  });
  const dns = (addresses: string[]) => ({ 'here/dns.json': JSON.stringify({ [rds]: addresses }), ...support(true) });
  const layers: readonly Layer[] = ['dns', ...network];

  test('AWS’s own name stands for the interface that has its address', () => {
    const evidence = dmsWorld({ host: rds, items: dns([address.near]) });
    expect(evidence.flow.from).toEqual(['10.0.1.10']);
    expect(statuses(evidence, layers)).toEqual(['pass', 'pass', 'pass', 'pass']);
  });

  test('inside its VPC a public name is the private address', () => {
    const all = documents();
    const near = interfaces(all).find((one) => one['PrivateIpAddress'] === address.near);
    Object.assign(near ?? {}, {
      PrivateIpAddresses: [{ PrivateIpAddress: address.near, Association: { PublicIp: '54.7.7.7' } }],
    });
    expect(statuses(dmsWorld({ network: all, host: rds, items: dns(['54.7.7.7']) }), layers)).toEqual(
      Array.from({ length: 4 }, () => 'pass'),
    );
  });

  test('where DNS is off in the VPC nothing is resolved: the fix opens it; where that was not seen it is unknown', () => {
    const off = dmsWorld({ host: rds, items: { ...dns([address.near]), ...support(false) } });
    expect(statuses(off, layers)).toEqual(['block', 'pass', 'pass', 'pass']);
    expect(check(off, { scope: layers }).plan.opens).toBe(true);
    const denied = { why: 'denied', detail: 'ec2:DescribeVpcAttribute: no' } as const;
    const unseen = dmsWorld({ host: rds, items: { ...dns([address.near]), [attribute]: denied } });
    expect(statuses(unseen, layers)).toEqual(['unknown', 'pass', 'pass', 'pass']);
    expect(findings(unseen, 'dns')[0]?.summary).toBe('the permission ec2:DescribeVpcAttribute is missing');
  });

  test.each<[boolean | undefined, string]>([
    [true, address.peer],
    [false, address.public],
    [undefined, address.public],
  ])('over peering the connection’s DNS option decides: %s is %s', (AllowDnsResolutionFromRemoteVpc, expected) => {
    const all = documents();
    const [connection] = Object.values(all['describe-vpc-peering-connections'] ?? {})[0] as Entry[];
    const side = connection?.['AccepterVpcInfo'] as Entry;
    if (AllowDnsResolutionFromRemoteVpc !== undefined) side['PeeringOptions'] = { AllowDnsResolutionFromRemoteVpc };
    const evidence = dmsWorld({ network: all, host: rds, items: dns([address.public]) });
    const known = AllowDnsResolutionFromRemoteVpc !== undefined;
    expect(findings(evidence, 'dns').map(({ status }) => status)).toEqual([known ? 'pass' : 'unknown']);
    expect(findings(evidence, 'route')[0]?.detail).toContain(`to ${expected}`);
  });

  test('another resolver, another name, several addresses: the name stays unknown', () => {
    const own = dmsWorld({ host: rds, items: dns([address.near]), instance: { DnsNameServers: '10.0.0.53' } });
    expect(statuses(own, layers)).toEqual(['unknown', 'pass', 'pass', 'pass']);
    const other = dmsWorld({
      host: 'db.example',
      items: { 'here/dns.json': JSON.stringify({ 'db.example': [address.near] }) },
    });
    expect(statuses(other, layers)).toEqual(['unknown', 'pass', 'pass', 'pass']);
    expect(findings(other, 'route')[0]?.caveats.join()).toContain('as seen from here');
    const both = dmsWorld({ host: rds, items: dns([address.near, address.peer]) });
    expect(statuses(both, layers)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    expect(statuses(dmsWorld({ host: rds }), layers)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });
});

describe('what answers name, and other accounts', () => {
  const listed = () => {
    const all = documents();
    groupRules(all, 'sg-db').splice(0, 1, rule(5432, { list: 'pl-1' }));
    return all;
  };
  const item = 'aws/get-managed-prefix-list-entries--pl-1.json';

  test('the entries of a prefix list decide', () => {
    const entries = (cidr: string) => ({ [item]: JSON.stringify({ Entries: [{ Cidr: cidr }] }) });
    expect(statuses(dmsWorld({ network: listed(), items: entries('10.0.1.0/24') }))).toEqual(['pass', 'pass', 'pass']);
    expect(statuses(dmsWorld({ network: listed(), items: entries('10.9.0.0/16') }))).toEqual(['pass', 'block', 'pass']);
  });

  test('entries that were denied: unknown, with the permission’s name', () => {
    const denied = { why: 'denied', detail: 'ec2:GetManagedPrefixListEntries: no' } as const;
    const evidence = dmsWorld({ network: listed(), items: { [item]: denied } });
    expect(statuses(evidence)).toEqual(['pass', 'unknown', 'pass']);
    expect(findings(evidence, 'security-group')[0]?.detail).toContain('ec2:GetManagedPrefixListEntries');
    expect(statuses(dmsWorld({ network: listed() }))).toEqual(['pass', 'unknown', 'pass']);
  });

  /** The network of the story with the source's VPC in another account. */
  function twoAccounts(edit: (far: Documents) => void = () => undefined) {
    const [near, far] = [documents(), documents()];
    const split = (all: Documents, vpcId: string) => {
      for (const operation of Object.keys(all)) {
        if (operation === 'describe-vpc-peering-connections') continue;
        for (const [member, list] of Object.entries(all[operation] ?? {}))
          (all[operation] as Record<string, Entry[]>)[member] = list.filter(
            (one) => (one['VpcId'] ?? (one['Attachments'] as Entry[] | undefined)?.[0]?.['VpcId'] ?? vpcId) === vpcId,
          );
      }
    };
    split(near, 'vpc-a');
    split(far, 'vpc-b');
    edit(far);
    const there = Object.entries(far).map(([operation, document]): [string, string] => [
      `aws/444455556666/eu-west-1/${operation}.json`,
      JSON.stringify(document),
    ]);
    return { near, items: Object.fromEntries(there) };
  }

  test('one account alone: our side is judged, and where sight ends is said', () => {
    const { near } = twoAccounts();
    const evidence = dmsWorld({ network: near, host: address.peer });
    expect(statuses(evidence)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(
      findings(evidence, 'route')
        .map(({ summary }) => summary)
        .join(),
    ).toMatch(/sight ends|not gathered|pcx-ab|vpc-b/);
  });

  test('two accounts: the way is followed into the other', () => {
    const { near, items } = twoAccounts();
    const evidence = dmsWorld({ network: near, host: address.peer, items });
    expect(statuses(evidence)).toEqual(['pass', 'pass', 'pass']);
    expect(findings(evidence, 'security-group')[0]?.evidence.map(({ source }) => source)).toContain(
      'aws/444455556666/eu-west-1/describe-security-groups.json',
    );
  });

  test('a wall in the other account: named with its account, and opened there by the plan', () => {
    const { near, items } = twoAccounts((far) => groupRules(far, 'sg-peer').splice(0, 2));
    const evidence = dmsWorld({ network: near, host: address.peer, items });
    expect(statuses(evidence)).toEqual(['pass', 'block', 'pass']);
    const { plan } = check(evidence, { scope: network });
    expect(plan.opens).toBe(true);
    expect(plan.steps[0]?.risk).toContain('account 444455556666, Region eu-west-1');
  });

  test('the other account’s answer denied: unknown, and named', () => {
    const { near, items } = twoAccounts();
    const name = 'aws/444455556666/eu-west-1/describe-security-groups.json';
    const evidence = dmsWorld({
      network: near,
      host: address.peer,
      items: { ...items, [name]: { why: 'denied', detail: 'ec2:DescribeSecurityGroups' } },
    });
    expect(statuses(evidence)).toEqual(['pass', 'unknown', 'pass']);
    expect(findings(evidence, 'security-group')[0]?.detail).toContain('ec2:DescribeSecurityGroups');
  });
});

describe('after a replacement', () => {
  test('a rule for the instance’s own address admits it no longer: said beside the pass', () => {
    const all = documents();
    groupRules(all, 'sg-db').splice(0, 1, rule(5432, { cidr: '10.0.1.10/32' }));
    const instance = {
      ReplicationSubnetGroup: {
        VpcId: 'vpc-a',
        Subnets: [{ SubnetIdentifier: 'subnet-a1' }, { SubnetIdentifier: 'subnet-a2' }],
      },
    };
    const hba = 'host orders dms 10.0.1.10/32 scram-sha-256\n';
    const evidence = dmsWorld({ network: all, instance, items: { 'postgres/pg_hba.conf': hba } });
    const later = 'After a replacement the instance may have any address of 10.0.1.0/24, 10.0.2.0/24, and not all';
    for (const layer of ['security-group', 'pg-hba'] as const) {
      const [found] = findings(evidence, layer);
      expect(found).toMatchObject({ status: 'pass' });
      expect(found?.caveats.join()).toContain(later);
    }
    const wide = dmsWorld({ instance, items: { 'postgres/pg_hba.conf': 'host orders dms 10.0.0.0/16 md5\n' } });
    for (const layer of ['security-group', 'pg-hba'] as const)
      expect(findings(wide, layer)[0]?.caveats.join()).not.toContain('After a replacement');
  });
});

describe('RDS and Aurora', () => {
  const hostLayers: readonly Layer[] = ['iptables', 'nftables', 'shorewall', 'ufw', 'firewalld', 'listener'];
  const skipped = hostLayers.map(() => 'skip');

  test('have no host of ours: its layers are skipped, shown by the name or the interface', () => {
    const named = dmsWorld({ host: 'orders.c1.eu-west-1.rds.amazonaws.com' });
    expect(statuses(named, hostLayers)).toEqual(skipped);
    const all = documents();
    const near = interfaces(all).find((one) => one['PrivateIpAddress'] === address.near);
    Object.assign(near ?? {}, { RequesterId: 'amazon-rds', Description: 'RDSNetworkInterface' });
    expect(statuses(dmsWorld({ network: all }), hostLayers)).toEqual(skipped);
  });

  test('their pg_hba.conf is judged from rds.force_ssl, which a SQL session tells', () => {
    const host = 'orders.c1.eu-west-1.rds.amazonaws.com';
    const [missing] = findings(dmsWorld({ host }), 'pg-hba');
    expect(missing).toMatchObject({ code: 'EVD001', summary: 'postgres/settings.json was not gathered' });
    const force = (setting: string) => ({
      'postgres/settings.json': JSON.stringify([{ name: 'rds.force_ssl', setting, source: 'configuration file' }]),
    });
    expect(findings(dmsWorld({ host, items: force('1') }), 'pg-hba').map(({ code }) => code)).toEqual(['HBA014']);
    expect(findings(dmsWorld({ host, items: force('0') }), 'pg-hba').map(({ code }) => code)).toEqual(['HBA015']);
  });

  test('another host is not taken for one', () => {
    expect(statuses(dmsWorld({}), hostLayers)).toEqual(hostLayers.map(() => 'unknown'));
  });
});

describe('the address that PostgreSQL named', () => {
  const test_ = (address_: string) => ({
    Status: 'failed',
    LastFailureMessage: `FATAL: no pg_hba.conf entry for host "${address_}", user "dms", database "orders", no encryption`,
  });
  const codes = (evidence: Evidence) => check(evidence).findings.map(({ code }) => code);

  test('is held against those that are judged', () => {
    expect(codes(dmsWorld({ test: test_('10.9.9.9') }))).toContain('END016');
    expect(codes(dmsWorld({ test: test_('10.0.1.10') }))).not.toContain('END016');
    expect(codes(dmsWorld({ test: test_('10.0.1.77'), flow: { from: ['10.0.1.0/24'] } }))).not.toContain('END016');
  });
});
