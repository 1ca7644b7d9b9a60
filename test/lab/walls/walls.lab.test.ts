import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEED } from '../netfilter/seed.ts';
import { outcome } from '../host.ts';
import { ask, opensBehind, whatFails } from './opens.ts';
import { buildSite, type Site } from './site.ts';
import { type Wall, walls, wallsOf } from './walls.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);
const combinations = 34 * samples;
const majors = samples >= 3 ? [10, 11, 12, 13, 14, 15, 16, 17, 18] : [10, 13, 16, 18];

/** Two sites at once, for two processors: one has the older half of the versions, the other the newer. */
let sites: Site[] = [];
const half = Math.ceil(majors.length / 2);
const majorsOf = [majors.slice(0, half), majors.slice(half)] as const;

const bundles = mkdtempSync('/tmp/walls-');
let asked = 0;
/** Where the next bundle goes, and its plan beside it. */
const next = () => join(bundles, String((asked += 1)));

beforeAll(async () => {
  sites = await Promise.all(majorsOf.map((own) => buildSite(own.at(-1) ?? 18)));
});
afterAll(() => Promise.all(sites.map((site) => site.lab.close())));

test('without a wall the path is open', async () => {
  for (const site of sites) {
    expect(await whatFails(site)).toBe('');
    const { verdict, findings } = await ask(site, next());
    expect(findings.filter(({ status }) => status === 'block' || status === 'unknown')).toEqual([]);
    expect(verdict).toBe('open');
  }
});

test('each wall alone keeps DMS out, is found, and is opened by its plan', async () => {
  const failures: string[] = [];
  let opened = 0;
  const left = new Set(walls);
  const work = async (site: Site) => {
    const fits = () => [...left].find((wall) => wallsOf(site.cluster.major).includes(wall));
    for (let wall = fits(); wall !== undefined; wall = fits()) {
      left.delete(wall);
      await opensBehind(site, [wall], next(), true).then(
        () => (opened += 1),
        (error: Error) => failures.push(error.message),
      );
    }
  };
  await Promise.all(sites.map(work));
  console.log(`walls: ${opened} of ${walls.length} opened, each alone`);
  expect(failures).toEqual([]);
  expect([...left]).toEqual([]);
});

test('two and three walls at once are all found, and all opened by one plan', async () => {
  const failures: string[] = [];
  let opened = 0;
  const each = Math.ceil(combinations / 2);
  const work = async (site: Site, index: number) => {
    const own = majorsOf[index] ?? majors;
    const numbers = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 2, max: 3 }));
    for (const [at, drawn] of fc.sample(numbers, { seed: SEED + index, numRuns: each }).entries()) {
      const major = own[own.length - 1 - Math.floor((at * own.length) / each)] ?? 16;
      await site.use(major);
      await opensBehind(site, combination(major, drawn), next()).then(
        () => (opened += 1),
        (error: Error) => failures.push(error.message),
      );
    }
  };
  await Promise.all(sites.map(work));
  console.log(`walls: seed ${SEED}, ${2 * each} combinations on PostgreSQL ${majors.join(', ')}, ${opened} opened`);
  expect(failures).toEqual([]);
  expect(opened).toBe(2 * each);
});

test('the plans’ scripts have nothing that shellcheck complains of', async () => {
  const scripts = readdirSync(bundles).filter((name) => name.endsWith('.sh'));
  expect(scripts.length).toBeGreaterThan(30);
  const { stdout, stderr, code } = await outcome(
    spawn('shellcheck', ['--severity=style', ...scripts.map((name) => join(bundles, name))]),
  );
  expect(stdout + stderr).toBe('');
  expect(code).toBe(0);
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
