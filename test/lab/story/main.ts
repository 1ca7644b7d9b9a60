import { readFileSync } from 'node:fs';
import { untilStreaming } from '../postgres.ts';
import { dmsGetsThrough, dmsTimesOut } from './dms.ts';
import { buildLegacyHost, type LegacyHost, openIdleClients } from './legacy-host.ts';
import { watchLoad } from './load.ts';
import { carryOut, type Plan, planFor } from './plan.ts';
import { gatherAws, gatherDatabase, gatherHost, writeBundle } from './record.ts';

/**
 * Records the story's three bundles. Options: `--idle SECONDS` for how long the application's sessions sit idle before,
 * `--plan FILE` for a plan other than dms-doctor's own, `--only-legacy` to leave the fixed host out.
 */
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

const story = await buildLegacyHost();
try {
  say('the legacy host stands');
  await watchLoad(story.db1, Number(option('--idle') ?? 60));
  say(`DMS sees: ${await dmsTimesOut(story.lab.hosts.ri)}`);
  const before = await gather(story);
  const awsBefore = gatherAws(['legacy-host'], before.at);
  writeBundle('legacy-host', [...before.items, ...awsBefore], before.at);
  const closed = gatherAws(['legacy-host', 'closed-security-group'], before.at);
  writeBundle('closed-security-group', [...before.items, ...closed], before.at);
  if (!process.argv.includes('--only-legacy')) {
    const file = option('--plan');
    const plan =
      file === undefined ? await planFor('fixtures/legacy-host') : (JSON.parse(readFileSync(file, 'utf8')) as Plan);
    await carryOut(plan, story.db1, story.cluster, say);
    await dmsGetsThrough(story.lab.hosts.ri);
    say('DMS connects, and makes a logical replication slot with test_decoding');
    await untilStreaming(story.cluster, 'db2');
    // The application's people restarted it: its sessions did not survive the database's restart.
    await openIdleClients(story.lab.hosts.app1);
    const after = await gather(story);
    writeBundle('legacy-host-fixed', [...after.items, ...gatherAws(['legacy-host', 'fixed'], after.at)], after.at);
  }
} finally {
  await story.lab.close();
}

async function gather({ db1 }: LegacyHost) {
  const items = [...(await gatherHost(db1)), ...(await gatherDatabase(db1))];
  say(`${items.length} items of the host and the database`);
  return { items, at: new Date().toISOString() };
}
