import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeNetworkAcls, judgeSecurityGroups } from '../../src/vpc/index.ts';
import { shares } from '../../src/vpc/acl-entries.ts';
import { formatAddress, holds, parseAddress, parseBlock } from '../../src/vpc/address.ts';
import { lookUp } from '../../src/vpc/route-tables.ts';
import { address, documents, element, endOf, entry, rule, topologyOf } from './networks.ts';
import type { Entry } from './networks.ts';

/*
 * The same questions answered a second way, as slowly and plainly as AWS's words read: addresses as strings of bits,
 * one port at a time.
 */
const runs = (base: number) => ({ numRuns: base * Number(process.env['SAMPLES'] ?? 1) });
const bits = (ip: string) =>
  ip
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
const inside = (ip: string, cidr: string) => {
  const [network = '', prefix = ''] = cidr.split('/');
  return bits(ip).startsWith(bits(network).slice(0, Number(prefix)));
};

const byte = fc.constantFrom(0, 1, 2, 10, 128, 255);
const ip = fc.tuple(fc.constantFrom(10, 172), byte, byte, byte).map((all) => all.join('.'));
const cidr = fc.tuple(ip, fc.integer({ min: 0, max: 32 })).map(([network, prefix]) => `${network}/${prefix}`);
const port = fc.constantFrom(1, 80, 1023, 1024, 5431, 5432, 5433, 32767, 32768, 40000, 60999, 61000, 65535);
const span = fc.tuple(port, port).map(([one, other]): [number, number] => [Math.min(one, other), Math.max(one, other)]);
const entries = fc.uniqueArray(
  fc.record({
    number: fc.integer({ min: 1, max: 30 }),
    egress: fc.boolean(),
    action: fc.constantFrom('allow', 'deny'),
    cidr,
    ports: fc.option(span, { nil: undefined }),
    udp: fc.boolean(),
  }),
  { maxLength: 8, selector: ({ number, egress }) => `${number} ${egress}` },
);

describe('addresses', () => {
  it('a block holds what shares its first bits', () => {
    fc.assert(
      fc.property(ip, cidr, (one, text) => {
        const [parsed, block] = [parseAddress(one), parseBlock(text)];
        if (parsed === undefined || block === undefined) throw new Error('not read');
        expect(holds(block, parsed)).toBe(inside(one, text));
        expect(formatAddress(parsed)).toBe(one);
      }),
      runs(500),
    );
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '0x0a.0.0.1',
    '10.0.0.1/33',
    '10.0.0.1/',
    '10.0.0.1/-1',
    '::1%eth0',
    'localhost',
    '1'.repeat(5000),
  ])('no block: %j', (text) => {
    expect(parseBlock(text)).toBeUndefined();
  });
});

describe('network ACLs', () => {
  it('each port is decided by the lowest number that fits', () => {
    fc.assert(
      fc.property(entries, ip, span, fc.boolean(), (drawn, peer, [from, to], egress) => {
        const Entries = [
          ...drawn.map((one) => {
            const made = entry(one.number, one.egress, one.action, one.cidr, one.ports);
            return one.udp && one.ports !== undefined ? { ...made, Protocol: '17' } : made;
          }),
          entry(32767, true, 'deny', '0.0.0.0/0'),
          entry(32767, false, 'deny', '0.0.0.0/0'),
        ];
        const decided = shares({ Entries }, egress, peer, { from, to });
        for (let asked = from; asked <= to; asked += 1 + Math.floor((to - from) / 50)) {
          const first = drawn
            .filter((one) => one.egress === egress && inside(peer, one.cidr))
            .filter((one) => one.ports === undefined || (!one.udp && one.ports[0] <= asked && asked <= one.ports[1]))
            .sort((a, b) => a.number - b.number)[0];
          const share = decided.filter(({ ports }) => ports.from <= asked && asked <= ports.to);
          expect(share.map(({ action }) => action)).toEqual([first?.action ?? 'deny']);
        }
      }),
      runs(400),
    );
  });

  it('a way is open when every packet of it passes, for a Linux client', () => {
    fc.assert(
      fc.property(entries, (drawn) => {
        const all = documents();
        const acl = element(all, 'describe-network-acls', 'acl-b1')['Entries'] as Entry[];
        const made = drawn.map((one) => ({ ...one, cidr: inside(address.ri, one.cidr) ? one.cidr : '10.0.0.0/8' }));
        for (const one of made) acl.push(entry(one.number, one.egress, one.action, one.cidr, one.ports));
        const passes = (egress: boolean, asked: number) =>
          made
            .filter(
              (one) =>
                one.egress === egress && (one.ports === undefined || (one.ports[0] <= asked && asked <= one.ports[1])),
            )
            .sort((a, b) => a.number - b.number)[0]?.action !== 'deny';
        const edges = [32768, 32769, 39999, 40000, 40001, 60998, 60999];
        const expected = passes(false, 5432) && edges.every((one) => passes(true, one)) ? 'open' : 'closed';
        const topology = topologyOf(all);
        const [from, to] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, address.peer, 'vpc-a')];
        expect(judgeNetworkAcls(topology, from, to, 5432).status).toBe(expected);
      }),
      runs(400),
    );
  });
});

describe('security groups', () => {
  it('admit what one rule of one group admits', () => {
    const rules = fc.array(fc.tuple(cidr, span), { maxLength: 5 });
    fc.assert(
      fc.property(rules, rules, (one, other) => {
        const all = documents();
        const made = ([text, [from, to]]: [string, [number, number]]) => ({
          ...rule(5432, { cidr: text }),
          FromPort: from,
          ToPort: to,
        });
        element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] = one.map(made);
        const more = { GroupId: 'sg-more', VpcId: 'vpc-a', IpPermissions: other.map(made), IpPermissionsEgress: [] };
        all['describe-security-groups']?.['SecurityGroups']?.push(more);
        (element(all, 'describe-network-interfaces', 'eni-near')['Groups'] as Entry[]).push({ GroupId: 'sg-more' });
        const expected = [...one, ...other].some(
          ([text, [from, to]]) => inside(address.ri, text) && from <= 5432 && 5432 <= to,
        );
        const topology = topologyOf(all);
        const [from, to] = [endOf(topology, address.ri, 'vpc-a'), endOf(topology, address.near, 'vpc-a')];
        expect(judgeSecurityGroups(topology, from, to, 5432).status).toBe(expected ? 'open' : 'closed');
      }),
      runs(400),
    );
  });
});

describe('route tables', () => {
  it('the longest prefix wins, static before propagated, local before all propagated', () => {
    const routes = fc.uniqueArray(
      fc.record({ cidr, target: fc.constantFrom('pcx-1', 'local', 'vgw-1'), propagated: fc.boolean() }),
      {
        maxLength: 8,
        selector: ({ cidr: text, propagated }) =>
          `${bits(text.split('/')[0] ?? '').slice(0, Number(text.split('/')[1]))} ${propagated}`,
      },
    );
    fc.assert(
      fc.property(routes, ip, (drawn, destination) => {
        const table = drawn.map((one) => ({
          DestinationCidrBlock: one.cidr,
          ...(one.target === 'pcx-1' ? { VpcPeeringConnectionId: one.target } : { GatewayId: one.target }),
          Origin: one.propagated && one.target !== 'local' ? 'EnableVgwRoutePropagation' : 'CreateRoute',
          State: 'active',
        }));
        const fitting = table.filter((one) => inside(destination, one.DestinationCidrBlock));
        const isLocal = fitting.some((one) => 'GatewayId' in one && one.GatewayId === 'local');
        const counted = fitting.filter((one) => !isLocal || one.Origin === 'CreateRoute');
        const longest = Math.max(...counted.map((one) => Number(one.DestinationCidrBlock.split('/')[1])));
        const best = counted.filter((one) => Number(one.DestinationCidrBlock.split('/')[1]) === longest);
        const chosen = best.find((one) => one.Origin === 'CreateRoute') ?? best[0];
        const looked = lookUp({}, { Routes: table }, 0, destination);
        const statics = best.filter((one) => one.Origin === 'CreateRoute');
        if (statics.length > 1) return;
        expect(looked.kind === 'route' ? looked.route : undefined).toEqual(chosen);
      }),
      runs(500),
    );
  });
});
