import { connectAsDms } from '../clients.ts';
import { buildLegacyHost, dms } from './legacy-host.ts';
import { gatherAws, gatherHost, writeBundle } from './record.ts';

const say = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

const story = await buildLegacyHost();
try {
  say('the legacy host stands');
  const before = await connectAsDms(story.lab.hosts.ri, dms);
  if (before.connected || !before.text.includes('timeout expired')) throw new Error(`DMS should time out, but: ${before.text}`);
  say(`DMS sees: ${before.text.split('\n')[0]}`);
  const now = new Date().toISOString();
  const host = await gatherHost(story.db1);
  say(`${host.length} items of the host`);
  writeBundle('legacy-host', [...host, ...gatherAws(['legacy-host'], now)], now);
  writeBundle('closed-security-group', [...host, ...gatherAws(['legacy-host', 'closed-security-group'], now)], now);
} finally {
  await story.lab.close();
}
