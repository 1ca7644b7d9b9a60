import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEED } from '../netfilter/seed.ts';
import { ask, opensBehind, whatFails } from './opens.ts';
import { buildSite, type Site } from './site.ts';
import { type Wall, wallsOf } from './walls.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);
const [many, majors] =
  samples >= 3 ? [34 * samples, [10, 11, 12, 13, 14, 15, 16, 17, 18]] : [34 * samples, [10, 13, 16, 18]];

/** Two sites at once, for two processors; each takes every second major version. */
let sites: Site[] = [];
const bundles = mkdtempSync('/tmp/walls-');
beforeAll(async () => {
  sites = await Promise.all([buildSite(majors[0] ?? 16), buildSite(majors[1] ?? 18)]);
});
afterAll(() => Promise.all(sites.map((site) => site.lab.close())));

/** Does something on both sites at once, to everything of a list in turn. */
async function onBoth<T>(
  list: readonly T[],
  work: (site: Site, one: T, directory: string) => Promise<void>,
): Promise<void> {
  const left = [...list];
  const run = async (site: Site, index: number) => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      await work(site, one, join(bundles, String(index)));
  };
  await Promise.all(sites.map(run));
}

test('without a wall the path is open', async () => {
  await onBoth([1, 2], async (site, _, directory) => {
    expect(await whatFails(site)).toBe('');
    const { verdict, findings } = await ask(site, directory);
    expect(findings.filter(({ status }) => status === 'block' || status === 'unknown')).toEqual([]);
    expect(verdict).toBe('open');
  });
});

test('each wall alone keeps DMS out, is found, and is opened by its plan', async () => {
  const failures: string[] = [];
  const all = wallsOf(18);
  await onBoth(all, async (site, wall, directory) => {
    if (!wallsOf(site.cluster.major).includes(wall)) return;
    await opensBehind(site, [wall], directory, true).catch((error: Error) => failures.push(error.message));
  });
  expect(failures).toEqual([]);
});

test('two and three walls at once are all found, and all opened by one plan', async () => {
  const failures: string[] = [];
  let opened = 0;
  const half = Math.ceil(many / 2);
  await Promise.all(
    sites.map(async (site, index) => {
      const own = majors.filter((_, at) => at % 2 === index);
      const drawn = fc.sample(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 2, max: 3 })), {
        seed: SEED + index,
        numRuns: half,
      });
      for (const [at, numbers] of drawn.entries()) {
        const major = own[Math.floor((at * own.length) / half)] ?? 16;
        await site.use(major);
        await opensBehind(site, combination(major, numbers), join(bundles, String(index))).then(
          () => (opened += 1),
          (error: Error) => failures.push(error.message),
        );
      }
    }),
  );
  console.log(`walls: seed ${SEED}, ${2 * half} combinations on PostgreSQL ${majors.join(', ')}, ${opened} opened`);
  expect(failures).toEqual([]);
  expect(opened).toBe(2 * half);
});

/** Two or three walls of different slots: every pair of kinds is as likely as any other. */
function combination(major: number, [a, b, c, count]: [number, number, number, number]): Wall[] {
  const chosen: Wall[] = [];
  for (const number of [a, b, c].slice(0, count)) {
    const left = wallsOf(major).filter(({ slot }) => chosen.every((one) => one.slot !== slot));
    const layers = [...new Set(left.map(({ layer }) => layer))];
    const layer = layers[number % layers.length];
    const ofLayer = left.filter((wall) => wall.layer === layer);
    const wall = ofLayer[Math.floor(number / layers.length) % ofLayer.length];
    if (wall !== undefined) chosen.push(wall);
  }
  return chosen;
}
