import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Layer } from '../../src/layers.ts';
import { address, documents, element } from '../vpc/networks.ts';
import type { Entry } from '../vpc/networks.ts';
import type { DmsWorld } from './dms-world.ts';
import { dmsWorld } from './dms-world.ts';

const arn = (kind: string, name: string) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${name}`;
const timeout = '[unixODBC]timeout expired';
const noEntry = 'FATAL: no pg_hba.conf entry for host "10.0.1.10", user "dms", database "orders", no encryption';

/** A world in which DMS tested; by default just now, this pair, with success. */
const tested = (more: object = {}, world: DmsWorld = {}): DmsWorld => ({
  ...world,
  items: {
    ...world.items,
    'dms/test-connection.json': JSON.stringify({
      EndpointArn: arn('endpoint', 'SOURCE'),
      ReplicationInstanceArn: arn('rep', 'DMS'),
      startedAt: '2026-11-22T11:59:00Z',
      endedAt: '2026-11-22T12:00:00Z',
      Status: 'successful',
      ...more,
    }),
  },
});
const failed = (LastFailureMessage: string) => ({ Status: 'failed', LastFailureMessage });
const judged = (world: DmsWorld) => check(dmsWorld(world));
const status = (world: DmsWorld, layer: Layer) => judged(world).layers.find((one) => one.layer === layer)?.status;
const codes = (world: DmsWorld) => judged(world).findings.map(({ code }) => code);
const throughServer: readonly Layer[] = ['iptables', 'nftables', 'shorewall', 'ufw', 'firewalld', 'listener'];
const session: readonly Layer[] = ['tls', 'login', 'database'];

describe('DMS’s own test of this run', () => {
  test('a success clears what was not known on its way, and nothing else', () => {
    for (const layer of [...throughServer, ...session]) {
      expect(status({}, layer), layer).toBe('unknown');
      expect(status(tested(), layer), layer).toBe('pass');
    }
    for (const layer of ['endpoint', 'role', 'wal-level', 'slots', 'senders'] as const)
      expect(status(tested(), layer), layer).toBe('unknown');
    expect(codes(tested())).toContain('END019');
    const found = judged(tested()).findings.find(({ code, layer }) => code === 'EVD012' && layer === 'listener');
    expect(found?.caveats.join()).toContain('host/ss.txt');
  });

  test('the lines for replication are others up to 9.6: pg-hba stays unknown until the version is known', () => {
    expect(status(tested(), 'pg-hba')).toBe('unknown');
    expect(status(tested({}, { flow: { migrationType: 'full-load' } }), 'pg-hba')).toBe('pass');
  });

  test('a failure clears what its text proves', () => {
    const world = tested(failed(noEntry));
    for (const layer of throughServer) expect(status(world, layer), layer).toBe('pass');
    for (const layer of ['pg-hba', 'login', 'database'] as const) expect(status(world, layer), layer).toBe('unknown');
  });

  test('a failure that nothing explains forbids open', () => {
    const scope: readonly Layer[] = ['endpoint', 'route', 'security-group', 'network-acl'];
    const verdict = (world: DmsWorld) => {
      const checked = check(dmsWorld(world), { scope, demote: ['EVD001'] });
      return { verdict: checked.verdict, opens: checked.plan.opens };
    };
    expect(verdict({})).toEqual({ verdict: 'open', opens: true });
    expect(verdict(tested())).toEqual({ verdict: 'open', opens: true });
    expect(verdict(tested(failed(timeout)))).toEqual({ verdict: 'undetermined', opens: false });
    expect(codes(tested(failed(timeout)))).toContain('END020');
  });

  test('a failure that a wall explains is accounted for', () => {
    const all = documents();
    (element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] as Entry[]).splice(0, 1);
    const world = tested(failed(timeout), { network: all });
    expect(status(world, 'security-group')).toBe('block');
    expect(codes(world)).toContain('END009');
    expect(codes(world)).not.toContain('END020');
  });

  test.each<[string, DmsWorld]>([
    ['an old test', tested({ endedAt: '2026-11-22T11:30:00Z' })],
    ['another instance’s', tested({ ReplicationInstanceArn: arn('rep', 'OTHER') })],
    ['another endpoint’s', tested({ EndpointArn: arn('endpoint', 'OTHER') })],
    ['one of several addresses', tested({}, { flow: { from: ['10.0.1.10', '10.0.2.10'] } })],
    ['a network', tested({}, { flow: { from: ['10.0.1.0/24'] } })],
  ])('%s clears nothing', (_, world) => {
    for (const layer of throughServer) expect(status(world, layer), layer).toBe('unknown');
  });

  test('what blocks goes on blocking beside a success, and that is said', () => {
    const all = documents();
    (element(all, 'describe-security-groups', 'sg-db')['IpPermissions'] as Entry[]).splice(0, 1);
    expect(status(tested({}, { network: all }), 'security-group')).toBe('block');
    expect(codes(tested({}, { network: all }))).toContain('END010');
  });

  test('damage stays damage', () => {
    const world = tested({}, { items: { 'host/ss.txt': { why: 'damaged', detail: 'cut' } } });
    expect(status(world, 'listener')).toBe('unknown');
  });

  test('the address in its text is held against what is judged', () => {
    const other = noEntry.replace('10.0.1.10', address.peer);
    expect(codes(tested(failed(other)))).toContain('END016');
    expect(codes(tested(failed(noEntry)))).not.toContain('END016');
  });
});
