import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { address, documents, element, judgeBetween, route } from './networks.ts';
import type { Documents, Entry, Layer } from './networks.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reachability.md'), 'utf8');
const [, middleboxes = ''] = page.split('## What stands in the way and is not judged');

/** Every kind of target behind which nobody looks: the field of the route, and an id as the page has it. */
const targets: readonly (readonly [shown: string, target: Entry, id: string])[] = [
  ['vpce-', { GatewayId: 'vpce-1' }, 'vpce-1'],
  ['eni-', { NetworkInterfaceId: 'eni-9' }, 'eni-9'],
  ['i-', { InstanceId: 'i-9' }, 'i-9'],
  ['vgw-', { GatewayId: 'vgw-1' }, 'vgw-1'],
  ['lgw-', { LocalGatewayId: 'lgw-1' }, 'lgw-1'],
  ['cagw-', { CarrierGatewayId: 'cagw-1' }, 'cagw-1'],
  ['arn:aws:networkmanager:', { CoreNetworkArn: 'arn:aws:networkmanager::1:core-network/c' }, 'core-network/c'],
  ['arn:aws:odb:', { OdbNetworkArn: 'arn:aws:odb:eu-west-1:1:odb-network/o' }, 'odb-network/o'],
];
const layers: readonly Layer[] = ['routes', 'security-groups', 'network-acls'];
const ends = { 'another subnet': address.near, 'a peered VPC': address.peer, 'the internet': address.public };
const rows = targets.flatMap(([shown, target, id]) =>
  Object.entries(ends).flatMap(([where, to]) =>
    (['rtb-a1', 'the far end'] as const).map((way) => ({ shown, target, id, where, to, way })),
  ),
);

/** A network whose most exact route to the far end, or back from it, leads to a middlebox. */
function network(target: Entry, to: string, way: string): Documents {
  const all = documents();
  all['describe-vpn-connections'] = { VpnConnections: [] };
  const back: Readonly<Record<string, string>> = {
    [address.near]: 'rtb-a-main',
    [address.peer]: 'rtb-b1',
    [address.public]: 'rtb-b1',
  };
  const seen = to === address.public ? '52.0.0.1' : address.ri;
  const [table, destination] = way === 'rtb-a1' ? ['rtb-a1', to] : [back[to] ?? '', seen];
  (element(all, 'describe-route-tables', table)['Routes'] as Entry[]).push(route(`${destination}/32`, target));
  return all;
}

describe('a middlebox on the way out or back', () => {
  it.each(rows)(
    '$shown to $where by $way: no layer calls the path open, and it is named',
    ({ target, id, to, way }) => {
      expect(layers.map((layer) => judgeBetween(layer, documents(), address.ri, to).status)).toEqual(
        layers.map(() => 'open'),
      );
      const all = network(target, to, way);
      const routes = judgeBetween('routes', all, address.ri, to);
      expect(routes.status).toBe('unknown');
      expect(routes.fix).toBeUndefined();
      expect(
        routes.reasons
          .filter(({ status }) => status === 'unknown')
          .map(({ text }) => text)
          .join(),
      ).toContain(id);
      for (const layer of layers) expect(judgeBetween(layer, all, address.ri, to).status).not.toBe('open');
    },
  );

  it.each(targets)('%s has a line in docs/reachability.md', (shown) => expect(middleboxes).toContain(`\`${shown}`));
});
