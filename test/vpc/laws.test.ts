import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locate, readTopology } from '../../src/vpc/index.ts';
import type { Topology } from '../../src/vpc/index.ts';
import { cases } from './cases.ts';
import {
  address,
  documents,
  element,
  endOf,
  entry,
  judge,
  judgeBetween,
  patchAll,
  route,
  rule,
  topologyOf,
} from './networks.ts';
import type { Documents, Entry, Layer } from './networks.ts';

const runs = (base: number) => ({ numRuns: base * Number(process.env['SAMPLES'] ?? 1) });
const layers: readonly Layer[] = ['routes', 'security-groups', 'network-acls'];
const layer = fc.constantFrom(...layers);
const ends = [address.ri, address.sameSubnet, address.near, address.peer, address.public];
const to = fc.constantFrom(...ends.slice(1));

/** IPv4 blocks around the addresses that the networks use, so that rules often concern the flow. */
const block = fc
  .tuple(
    fc.constantFrom(
      '10.0.1.10',
      '10.0.1.20',
      '10.0.2.20',
      '10.0.9.9',
      '10.1.1.20',
      '52.0.0.1',
      '54.0.0.20',
      '192.0.2.1',
    ),
    fc.constantFrom(0, 8, 16, 20, 24, 28, 31, 32),
  )
  .map(([ip, prefix]) => `${masked(ip, prefix)}/${prefix}`);

function masked(ip: string, prefix: number): string {
  const value = ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}

const permission = fc
  .record({
    protocol: fc.constantFrom('tcp', '-1', 'udp', '6'),
    from: fc.constantFrom(0, 5400, 5432, 5433),
    to: fc.constantFrom(5431, 5432, 65535),
    cidr: block,
    group: fc.constantFrom(undefined, 'sg-dms', 'sg-db', 'sg-peer'),
  })
  .map(({ protocol, from, to: last, cidr, group }): Entry => ({
    ...rule(5432, group === undefined ? { cidr } : { group }),
    IpProtocol: protocol,
    FromPort: from,
    ToPort: Math.max(from, last),
  }));
const permissions = fc.array(permission, { maxLength: 3 });
const aclEntries = fc
  .uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 120 }),
      egress: fc.boolean(),
      action: fc.constantFrom('allow', 'deny'),
      cidr: block,
      ports: fc.constantFrom<[number, number] | undefined>(
        undefined,
        [5432, 5432],
        [1024, 65535],
        [32768, 60999],
        [0, 1023],
        [40000, 50000],
      ),
    }),
    { maxLength: 5, selector: ({ number, egress }) => `${number} ${egress}` },
  )
  .map((all) => all.map((one) => entry(one.number, one.egress, one.action, one.cidr, one.ports)));
const target = fc.constantFrom<Entry>(
  { GatewayId: 'igw-a' },
  { GatewayId: 'igw-b' },
  { VpcPeeringConnectionId: 'pcx-ab' },
  { NatGatewayId: 'nat-a' },
  { TransitGatewayId: 'tgw-1' },
);
const routes = fc.uniqueArray(
  fc.record({ cidr: block, target, state: fc.constantFrom('active', 'active', 'blackhole') }),
  { maxLength: 3, selector: ({ cidr }) => cidr },
);

/** Networks with random rules, entries and routes. */
const network = fc
  .record({
    dms: permissions,
    db: permissions,
    peer: permissions,
    a1: aclEntries,
    a2: aclEntries,
    b1: aclEntries,
    routesA1: routes,
    routesB1: routes,
    plain: fc.boolean(),
  })
  .map((drawn) => {
    const all = documents();
    const add = (id: string, side: string, more: Entry[]) => {
      const found = element(all, 'describe-security-groups', id);
      found[side] = drawn.plain ? more : [...(found[side] as Entry[]), ...more];
    };
    add('sg-dms', 'IpPermissionsEgress', drawn.dms);
    add('sg-db', 'IpPermissions', drawn.db);
    add('sg-peer', 'IpPermissions', drawn.peer);
    for (const [id, more] of [
      ['acl-a1', drawn.a1],
      ['acl-a2', drawn.a2],
      ['acl-b1', drawn.b1],
    ] as const) {
      const found = element(all, 'describe-network-acls', id);
      const numbers = new Set(more.map((one) => `${String(one['RuleNumber'])} ${String(one['Egress'])}`));
      const kept = (found['Entries'] as Entry[]).filter(
        (one) => !numbers.has(`${String(one['RuleNumber'])} ${String(one['Egress'])}`),
      );
      found['Entries'] = [...more, ...kept];
    }
    for (const [id, more] of [
      ['rtb-a1', drawn.routesA1],
      ['rtb-b1', drawn.routesB1],
    ] as const) {
      const found = element(all, 'describe-route-tables', id);
      const drawnRoutes = more.map((one) => ({ ...route(one.cidr, one.target), State: one.state }));
      const cidrs = new Set(drawnRoutes.map((one): unknown => (one as Entry)['DestinationCidrBlock']));
      found['Routes'] = [
        ...(found['Routes'] as Entry[]).filter((one) => !cidrs.has(one['DestinationCidrBlock'])),
        ...drawnRoutes,
      ];
    }
    return all;
  });

/** What an operation's answer can be left out of. */
const operations = Object.keys(documents());
const without = (all: Documents, operation: string): Documents =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name !== operation));

describe('laws', () => {
  it('a fix opens what it was made for', () => {
    let fixed = 0;
    fc.assert(
      fc.property(network, layer, to, (all, which, ip) => {
        const topology = topologyOf(all);
        const [from, far] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, ip, 'vpc-a')];
        const verdict = judge(which, topology, from, far);
        if (verdict.fix === undefined) return;
        fixed += 1;
        expect(verdict.status).toBe('closed');
        const after = judge(which, patchAll(topology, verdict), from, far);
        const unclear = verdict.reasons.some((reason) => reason.status === 'unknown');
        expect(after.reasons.filter((reason) => reason.status === 'closed')).toEqual([]);
        if (!unclear) expect(after.status).not.toBe('closed');
        if (!unclear && which !== 'routes') expect(after.status).toBe('open');
      }),
      runs(600),
    );
    expect(fixed).toBeGreaterThan(50);
  });

  it('a security group or an ACL that is closed and seen whole has a fix, unless numbers ran out', () => {
    fc.assert(
      fc.property(network, to, (all, ip) => {
        expect(judgeBetween('security-groups', all, address.ri, ip)).toSatisfy(
          (verdict: ReturnType<typeof judgeBetween>) => verdict.status !== 'closed' || verdict.fix !== undefined,
        );
      }),
      runs(300),
    );
  });

  it('rules, entries and routes about others change nothing', () => {
    const elsewhere = '203.0.113.0/24';
    fc.assert(
      fc.property(network, layer, to, fc.integer({ min: 1, max: 32_000 }), (all, which, ip, number) => {
        const before = judgeBetween(which, all, address.ri, ip);
        const more = structuredClone(all);
        for (const one of more['describe-security-groups']?.['SecurityGroups'] ?? []) {
          for (const side of ['IpPermissions', 'IpPermissionsEgress'])
            (one[side] as Entry[]).push(rule(5432, { cidr: elsewhere }));
        }
        for (const one of more['describe-network-acls']?.['NetworkAcls'] ?? []) {
          for (const egress of [true, false])
            (one['Entries'] as Entry[]).push(entry(number, egress, 'deny', elsewhere));
        }
        for (const one of more['describe-route-tables']?.['RouteTables'] ?? []) {
          (one['Routes'] as Entry[]).push({ ...route(elsewhere, { GatewayId: 'vgw-9' }), State: 'blackhole' });
        }
        const after = judgeBetween(which, more, address.ri, ip);
        expect(after.status).toBe(before.status);
        const told = (verdict: typeof before) =>
          verdict.reasons.map(({ what, path, status }) => [
            what === 'group-has-no-rules' ? 'no-rule-admits' : what,
            path,
            status,
          ]);
        expect(told(after)).toEqual(told(before));
      }),
      runs(300),
    );
  });

  it('inside private networks the routes of both directions are judged alike', () => {
    let closed = 0;
    fc.assert(
      fc.property(network, fc.constantFrom(address.near, address.peer, address.sameSubnet), (all, ip) => {
        const topology = topologyOf(all);
        const [one, other] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, ip, 'vpc-a')];
        const there = judge('routes', topology, one, other);
        const natted = [...there.reasons].some(
          (reason) => reason.resource.type === 'nat-gateway' || /nat-a/.test(reason.text),
        );
        if (natted) return;
        if (there.status === 'closed') closed += 1;
        expect(judge('routes', topology, other, one).status).toBe(there.status);
      }),
      runs(400),
    );
    expect(closed).toBeGreaterThan(10);
  });

  it('security groups mirror: outbound of the one as inbound of the other', () => {
    fc.assert(
      fc.property(network, fc.constantFrom(address.near, address.peer), (all, ip) => {
        const topology = topologyOf(documentsWithPlainRoutes(all));
        const mirrored: Topology = {
          ...topology,
          securityGroups: topology.securityGroups?.map((group) => ({
            ...group,
            IpPermissions: group.IpPermissionsEgress,
            IpPermissionsEgress: group.IpPermissions,
          })),
        };
        const [one, other] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, ip, 'vpc-a')];
        const there = judge('security-groups', topology, one, other);
        expect(judge('security-groups', mirrored, other, one).status).toBe(there.status);
      }),
      runs(300),
    );
  });

  it('without any one of the routes that it rests on, an open way is closed', () => {
    for (const ip of [address.near, address.peer, address.public]) {
      const all = documents();
      // A default route would take over, and lead elsewhere.
      for (const id of ip === address.public ? [] : ['rtb-a1', 'rtb-b1'])
        (element(all, 'describe-route-tables', id)['Routes'] as Entry[]).pop();
      const open = judgeBetween('routes', all, address.ri, ip);
      expect(open.status).toBe('open');
      for (const reason of open.reasons.filter((one) => one.what === 'route-delivers')) {
        const less = structuredClone(all);
        const [member, table, , index] = reason.path as [string, number, string, number];
        const found = less['describe-route-tables']?.[member]?.[table] ?? {};
        (found['Routes'] as Entry[]).splice(index, 1);
        expect(judgeBetween('routes', less, address.ri, ip).status).toBe('closed');
      }
    }
  });

  it('a part that is missing is never open where it was needed, and is named', () => {
    const needed: Record<Layer, (ip: string) => string[]> = {
      routes: (ip) => [
        ...(ip === address.sameSubnet ? [] : ['describe-route-tables']),
        ...(ip === address.peer ? ['describe-vpc-peering-connections'] : []),
        ...(ip === address.public ? ['describe-nat-gateways', 'describe-subnets', 'describe-internet-gateways'] : []),
      ],
      'security-groups': (ip) => [
        'describe-security-groups',
        ...(ip === address.sameSubnet ? [] : ['describe-route-tables']),
      ],
      'network-acls': (ip) => (ip === address.sameSubnet ? [] : ['describe-network-acls', 'describe-route-tables']),
    };
    for (const which of layers) {
      for (const ip of ends.slice(1)) {
        const whole = topologyOf(documents());
        const [from, far] = [endOf(whole, address.ri, 'vpc-a'), endOf(whole, ip, 'vpc-a')];
        expect(judge(which, whole, from, far).status).toBe('open');
        for (const operation of operations) {
          const verdict = judge(which, topologyOf(without(documents(), operation)), from, far);
          const isNeeded = needed[which](ip).includes(operation);
          if (isNeeded) expect(verdict.missing).toContain(operation);
          if (isNeeded || verdict.missing !== undefined) expect(verdict.status).toBe('unknown');
          if (verdict.status !== 'unknown') expect(verdict.missing).toBeUndefined();
        }
      }
    }
  });

  it('a part that is missing never turns closed or unknown into open', () => {
    fc.assert(
      fc.property(network, layer, to, fc.constantFrom(...operations), (all, which, ip, operation) => {
        const topology = topologyOf(all);
        const [from, far] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, ip, 'vpc-a')];
        const before = judge(which, topology, from, far);
        const after = judge(which, topologyOf(without(all, operation)), from, far);
        expect([before.status, after.status]).not.toEqual(['closed', 'open']);
        expect([before.status, after.status]).not.toEqual(['unknown', 'open']);
      }),
      runs(400),
    );
  });

  it('an interface or a group that is not there is unknown', () => {
    for (const one of ['sg-db', 'sg-dms']) {
      const all = documents();
      const groups = all['describe-security-groups'];
      if (groups !== undefined)
        groups['SecurityGroups'] = groups['SecurityGroups']?.filter((group) => group['GroupId'] !== one) ?? [];
      expect(judgeBetween('security-groups', all, address.ri, address.near).status).toBe('unknown');
    }
    for (const which of ['security-groups', 'network-acls', 'routes'] as const) {
      const whole = topologyOf(documents());
      const [from, far] = [endOf(whole, address.ri, 'vpc-a'), endOf(whole, address.peer, 'vpc-a')];
      const nothing: Topology = Object.fromEntries(Object.keys(whole).map((part) => [part, []]));
      expect(judge(which, nothing, from, far).status).toBe('unknown');
    }
    expect(locate(topologyOf(documents()), '10.0.3.7', 'vpc-a').kind).toBe('unknown');
    expect(locate(topologyOf(documents()), '10.0.2.7', 'vpc-a').kind).toBe('subnet');
  });
});

function documentsWithPlainRoutes(all: Documents): Documents {
  return { ...all, 'describe-route-tables': documents()['describe-route-tables'] ?? {} };
}

describe('whatever a document holds', () => {
  const names = [...new Set(JSON.stringify(documents()).match(/"[A-Z]\w+"(?=:)/g) ?? [])].map((name) =>
    name.slice(1, -1),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(null, 0, -1, 1e21, '', '10.0.1.10', '10.0.0.0/16', '::/0', 'x'.repeat(200), true),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 4 }),
    ),
  })).any;

  it('is read or called damaged, and judged without a crash', () => {
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.nat(), value, layer, to, (operation, where, drawn, which, ip) => {
        const whole = topologyOf(documents());
        const [from, far] = [endOf(whole, address.ri, 'vpc-a'), endOf(whole, ip, 'vpc-a')];
        const all: Record<string, unknown> = documents();
        all[operation] = replaced(all[operation], where, drawn);
        const { topology, damaged } = readTopology(all);
        const verdict = judge(which, topology, from, far);
        if (damaged.length > 0) expect(damaged[0]?.part).toBe(operation);
        for (const reason of verdict.reasons) expect(reason.text).toBeTypeOf('string');
        locate(topology, ip);
      }),
      runs(1500),
    );
  });
});

/** The document with one of its members, counted in depth first order, replaced. */
function replaced(document: unknown, where: number, drawn: unknown): unknown {
  const all: [object, string][] = [];
  const copy: unknown = structuredClone(document);
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      all.push([node, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const chosen = all[where % all.length];
  if (chosen !== undefined) (chosen[0] as Record<string, unknown>)[chosen[1]] = drawn;
  return copy;
}

describe('the cases', () => {
  it('stay walls whatever else is missing', () => {
    for (const one of cases) {
      const all = documents();
      one.setUp?.(all);
      one.wall(all);
      const topology = topologyOf(all);
      const from = endOf(topology, one.from ?? address.ri, 'vpc-a');
      const far = endOf(topology, one.to, one.toHint ?? 'vpc-a');
      const opened = Object.keys(all).filter(
        (operation) => judge(one.layer, topologyOf(without(all, operation)), from, far).status === 'open',
      );
      expect({ name: one.name, opened }).toEqual({ name: one.name, opened: [] });
    }
  });
});
