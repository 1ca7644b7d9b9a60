import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dms-doctor-reporter-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs vitest with the reporter on one file of tests, written with vitest's globals. */
async function run(tests: string, CI: string): Promise<{ code: number; stdout: string; counts: unknown }> {
  await writeFile(join(folder, 'sample.test.js'), tests);
  const counts = join(folder, 'counts.json');
  const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--globals'];
  const child = spawn(process.execPath, [...vitest, `--reporter=${resolve('test/support/skip-reporter.mjs')}`], {
    env: { PATH: process.env['PATH'], CI, DMS_DOCTOR_COUNTS: counts },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [stdout, code] = await Promise.all([
    text(child.stdout),
    new Promise<number>((done) => child.on('close', done)),
  ]);
  return { code, stdout, counts: JSON.parse(await readFile(counts, 'utf8')) };
}

const passing = "test('one', () => expect(1).toBe(1));";
const skipped = "test('two', ({ skip }) => skip('no such server'));";

test('a skip is printed with its reason, and fails in CI alone', async () => {
  const here = await run(passing + skipped, 'false');
  expect(here).toMatchObject({ code: 0, counts: { passed: 1, failed: 0, skipped: 1 } });
  expect(here.stdout).toContain('sample.test.js > two: no such server');
  expect(await run(passing + skipped, 'true')).toMatchObject({ code: 1, counts: { passed: 1, failed: 0, skipped: 1 } });
  expect(await run(passing, 'true')).toMatchObject({ code: 0, counts: { passed: 1, failed: 0, skipped: 0 } });
});

test('tests that never ran because their set-up failed are a failure, and said to be skipped for it', async () => {
  const broken = await run(`beforeAll(() => { throw new Error('no'); });${passing}`, 'false');
  expect(broken).toMatchObject({ code: 1, counts: { passed: 0, failed: 1, skipped: 1 } });
  expect(broken.stdout).toContain('one: its set-up failed');
});
