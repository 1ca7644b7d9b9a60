import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeBlock, patched } from '../../src/vpc/index.ts';
import type { SubnetEnd } from '../../src/vpc/index.ts';
import { transit } from './cases.ts';
import { address, documents, element, endOf, entry, judge, rule, topologyOf } from './networks.ts';
import type { Entry, Layer } from './networks.ts';

const serverless = {
  kind: 'subnet',
  subnetId: 'subnet-a1',
  vpcId: 'vpc-a',
  securityGroupIds: ['sg-dms'],
  block: '10.0.1.0/24',
} as const;
const number = (text: string) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);

describe('an end that may have any address of its subnet', () => {
  it('is open when every address is', () => {
    const topology = topologyOf(documents());
    const to = endOf(topology, address.peer, 'vpc-a');
    for (const layer of ['routes', 'security-groups', 'network-acls'] as const) {
      const { status, parts } = judgeBlock(topology, serverless, (from) => judge(layer, topology, from, to));
      expect(status).toBe('open');
      expect(parts.map(({ first, last }) => [first, last])).toEqual([['10.0.1.4', '10.0.1.254']]);
    }
  });

  it('is split where a rule splits it, and opened as a whole', () => {
    const all = documents();
    element(all, 'describe-security-groups', 'sg-peer')['IpPermissions'] = [rule(5432, { cidr: '10.0.1.64/26' })];
    const topology = topologyOf(all);
    const to = endOf(topology, address.peer, 'vpc-a');
    const judged = judgeBlock(topology, serverless, (from) => judge('security-groups', topology, from, to));
    expect(judged.status).toBe('closed');
    expect(judged.parts.map(({ first, last, verdict }) => [first, last, verdict.status])).toEqual([
      ['10.0.1.4', '10.0.1.63', 'closed'],
      ['10.0.1.64', '10.0.1.127', 'open'],
      ['10.0.1.128', '10.0.1.254', 'closed'],
    ]);
    const [step] = judged.parts[0]?.verdict.fix ?? [];
    expect(step?.command).toContain('"CidrIp":"10.0.1.0/24"');
    if (step === undefined) throw new Error('no fix');
    const after = patched(topology, step.patch);
    expect(judgeBlock(after, serverless, (from) => judge('security-groups', after, from, to)).status).toBe('open');
  });

  it('is opened as a whole by the entries of a network ACL', () => {
    const all = documents();
    (element(all, 'describe-network-acls', 'acl-b1')['Entries'] as Entry[]).push(
      entry(50, false, 'deny', '10.0.1.128/25'),
    );
    const topology = topologyOf(all);
    const to = endOf(topology, address.peer, 'vpc-a');
    const judged = judgeBlock(topology, serverless, (from) => judge('network-acls', topology, from, to));
    expect(judged.parts.map(({ verdict }) => verdict.status)).toEqual(['open', 'closed']);
    const after = (judged.parts[1]?.verdict.fix ?? []).reduce((now, step) => patched(now, step.patch), topology);
    expect(judgeBlock(after, serverless, (from) => judge('network-acls', after, from, to)).status).toBe('open');
  });

  it('is split where a route of a transit gateway splits it', () => {
    const all = documents();
    transit(all);
    const back = all['search-transit-gateway-routes--tgw-rtb-b']?.['Routes']?.[0] ?? {};
    back['DestinationCidrBlock'] = '10.0.1.0/25';
    const topology = topologyOf(all);
    const to = endOf(topology, address.peer, 'vpc-a');
    const { parts } = judgeBlock(topology, serverless, (from) => judge('routes', topology, from, to));
    expect(parts.map(({ first, verdict }) => [first, verdict.status])).toEqual([
      ['10.0.1.4', 'open'],
      ['10.0.1.128', 'closed'],
    ]);
  });

  it('is unknown when it is no block', () => {
    const topology = topologyOf(documents());
    const to = endOf(topology, address.peer, 'vpc-a');
    const judged = judgeBlock(topology, { ...serverless, block: '10.0.1.0/33' }, (from) =>
      judge('routes', topology, from, to),
    );
    expect(judged).toEqual({ status: 'unknown', parts: [] });
  });

  it('each address is judged as its part', () => {
    const cidr = fc.constantFrom(
      '10.0.1.0/25',
      '10.0.1.128/26',
      '10.0.1.7/32',
      '10.0.0.0/16',
      '10.0.1.32/27',
      '10.9.0.0/16',
    );
    const rules = fc.array(fc.tuple(cidr, fc.constantFrom(5432, 5433)), { maxLength: 3 });
    const entries = fc.array(fc.tuple(cidr, fc.boolean(), fc.constantFrom('allow', 'deny')), { maxLength: 3 });
    fc.assert(
      fc.property(
        rules,
        entries,
        fc.integer({ min: 4, max: 254 }),
        fc.constantFrom<Layer>('security-groups', 'network-acls', 'routes'),
        (drawn, more, host, layer) => {
          const all = documents();
          element(all, 'describe-security-groups', 'sg-peer')['IpPermissions'] = drawn.map(([text, port]) =>
            rule(port, { cidr: text }),
          );
          const acl = element(all, 'describe-network-acls', 'acl-b1')['Entries'] as Entry[];
          for (const [index, [text, egress, action]] of more.entries())
            acl.push(entry(10 + index, egress, action, text));
          const topology = topologyOf(all);
          const to = endOf(topology, address.peer, 'vpc-a');
          const { parts } = judgeBlock(topology, serverless, (from) => judge(layer, topology, from, to));
          const ip = `10.0.1.${host}`;
          const part = parts.find(({ first, last }) => number(first) <= number(ip) && number(ip) <= number(last));
          const end: SubnetEnd = { ...serverless, address: ip };
          expect(part?.verdict.status).toBe(judge(layer, topology, end, to).status);
        },
      ),
      { numRuns: 300 * Number(process.env['SAMPLES'] ?? 1) },
    );
  });
});
