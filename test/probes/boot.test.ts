import { expect, test } from 'vitest';
import { startsAtBoot } from '../../src/probes/front-ends/boot.ts';
import type { FirewallReader } from '../../src/probes/firewall-host.ts';

const starts = (units: string, service: string) =>
  startsAtBoot(
    { entry: (name: string) => ({ name, vantage: 'host', at: '', text: units }) } as unknown as FirewallReader,
    [service],
  );

test('what starts at boot, by the words of each init', () => {
  const upstart = '/etc/rc2.d/S20shorewall\n/etc/init/ufw.conf\n';
  expect(starts(upstart, 'ufw')).toBe(true);
  expect(starts(upstart, 'shorewall')).toBe(true);
  expect(starts(upstart, 'firewalld')).toBe(false);
  expect(starts('/etc/runlevels/default/iptables\n', 'iptables')).toBe(true);
  const systemd = '# systemctl list-unit-files\nufw.service disabled\nnftables.service enabled\n';
  expect(starts(systemd, 'ufw')).toBe(false);
  expect(starts(systemd, 'nftables')).toBe(true);
  expect(starts('', 'ufw')).toBeUndefined();
});
