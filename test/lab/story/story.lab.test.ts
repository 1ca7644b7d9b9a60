import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectAsDms } from '../clients.ts';
import { buildLegacyHost, dms, type LegacyHost } from './legacy-host.ts';

let story: LegacyHost;
beforeAll(async () => {
  story = await buildLegacyHost();
});
afterAll(() => story?.lab.close());

test('DMS sees a time-out and nothing more', async () => {
  const { connected, text } = await connectAsDms(story.lab.hosts.ri, dms);
  expect(text).toContain('timeout expired');
  expect(connected).toBe(false);
  console.log(await story.db1.run('iptables-save; cat /etc/postgresql/13/main/pg_hba.conf; ps -ef; pg_lsclusters; dmesg | tail -3; cat /etc/shorewall/rules; shorewall status; iptables-legacy-save; ls -la /etc/shorewall; cat /var/log/postgresql/*; ls /etc/cron* /var/spool/cron; ss -tlnp; sysctl -a 2>/dev/null| grep -c .'));
});
