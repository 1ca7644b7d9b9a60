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
});
