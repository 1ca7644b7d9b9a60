import { describe, expect, it } from 'vitest';
import { mergeTopologies } from '../../src/vpc/index.ts';
import { cases, transit } from './cases.ts';
import { address, documents, endOf, judge, patchAll, resolved, topologyOf } from './networks.ts';
import type { Documents } from './networks.ts';

/** What the account of one VPC sees: its own things, and what both sides of a connection see. */
function seenBy(all: Documents, vpc: string): Documents {
  const shared = ['describe-vpc-peering-connections', 'describe-prefix-lists'];
  const split = ([name, document]: [string, Documents[string]]): [string, Documents[string]] => [
    name,
    Object.fromEntries(
      Object.entries(document).map(([member, list]) => [
        member,
        list.filter((one) => shared.includes(name) || JSON.stringify(one).includes(`"${vpc}"`)),
      ]),
    ),
  ];
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !name.includes('--') || name.endsWith(vpc.at(-1) ?? ''))
      .map(split)
      .map(([name, document]) => [name, name.includes('--') ? (all[name] ?? {}) : document]),
  );
}

/** The order of two accounts' things differs from that of the whole, so only ids and words are compared. */
const told = (verdict: ReturnType<typeof judge>) => ({
  status: verdict.status,
  sourceSeen: verdict.sourceSeen,
  reasons: verdict.reasons.map(({ what, status, direction, resource, text }) => [
    what,
    status,
    direction,
    resource,
    text,
  ]),
  fix: verdict.fix?.map((step) => step.command),
});

describe('two accounts', () => {
  it.each(['peering', 'a transit gateway'])('are judged as one network, joined by %s', (by) => {
    const all = documents();
    if (by !== 'peering') {
      transit(all);
      delete all['describe-transit-gateways'];
    }
    const accounts = [seenBy(all, 'vpc-b'), seenBy(all, 'vpc-a')];
    const { topology, originOf } = mergeTopologies(accounts.map(topologyOf));
    const whole = topologyOf(all);
    for (const layer of ['routes', 'security-groups', 'network-acls'] as const) {
      const verdict = judge(
        layer,
        topology,
        endOf(topology, address.ri, 'vpc-a'),
        endOf(topology, address.peer, 'vpc-a'),
      );
      expect(told(verdict)).toEqual(
        told(judge(layer, whole, endOf(whole, address.ri, 'vpc-a'), endOf(whole, address.peer, 'vpc-a'))),
      );
      expect(verdict.status).toBe('open');
      for (const { part, path, resource } of verdict.reasons) {
        const origin = originOf(part, path);
        const entry = resolved(accounts[origin?.source ?? 9] ?? {}, { part, path: origin?.path ?? [] });
        expect(entry).toBeDefined();
        if (resource.type === 'route-table') expect(entry).toMatchObject({ State: 'active' });
      }
    }
  });

  it('every case is judged as in one account', () => {
    for (const one of cases) {
      const all = documents();
      one.setUp?.(all);
      one.wall(all);
      const whole = topologyOf(all);
      const { topology } = mergeTopologies([{}, whole, whole]);
      const ends = (from: typeof whole) =>
        [endOf(from, one.from ?? address.ri, 'vpc-a'), endOf(from, one.to, one.toHint ?? 'vpc-a')] as const;
      const verdict = judge(one.layer, topology, ...ends(topology));
      expect({ name: one.name, ...told(verdict) }).toEqual({
        name: one.name,
        ...told(judge(one.layer, whole, ...ends(whole))),
      });
      if (one.fixed === true)
        expect(judge(one.layer, patchAll(topology, verdict), ...ends(topology)).status).toBe('open');
    }
  });

  it('a part that every account lacks is missing, and has no origin', () => {
    const { topology, originOf } = mergeTopologies([{ subnets: [] }, { vpcs: [{ VpcId: 'vpc-a' }] }]);
    expect(topology.subnets).toEqual([]);
    expect(topology.routeTables).toBeUndefined();
    expect(originOf('describe-vpcs', ['Vpcs', 0])).toEqual({ source: 1, path: ['Vpcs', 0] });
    expect(originOf('describe-vpcs', ['Vpcs', 1])).toBeUndefined();
    expect(originOf('describe-route-tables', [])).toBeUndefined();
    expect(originOf('get-managed-prefix-list-entries--pl-1', [])).toBeUndefined();
  });
});
