/**
 * `npm test`: everything that can be tested on this machine, set-up included.
 *
 *   node scripts/test.mjs [PROJECT…]     unit, cli, servers, lab; all of them when none is named
 *
 * The lab runs beside the others, in two parts, each in an overlay of its own; what they print comes when they have ended.
 * SAMPLES multiplies the property tests' runs. CI=true makes a skip a failure. DMS_DOCTOR_LAB=off leaves the lab out.
 * The last line is `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareLab, runInLab } from './lab-overlay.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(project);
mkdirSync('.cache', { recursive: true });
const wanted = process.argv.slice(2);
const outside = ['unit', 'cli', 'servers'].filter((name) => wanted.length === 0 || wanted.includes(name));
/** The lab's tests are longer than all the others together. */
const lab = ['lab', 'lab-hosts'];
const withLab = wanted.length === 0 || wanted.includes('lab');
const total = { passed: 0, failed: 0, skipped: 0 };
const began = performance.now();
const say = (line) => console.log(`[${((performance.now() - began) / 1000).toFixed(0)} s] ${line}`);

const ended = (child) =>
  new Promise((done) => {
    child.on('error', () => done(127));
    child.on('close', (code) => done(code ?? 1));
  });

/** A script of ours, on which the tests rest: when it fails, so does the run. */
async function script(name, why) {
  if (!existsSync(join('scripts', name))) return;
  say(why);
  const code = await ended(spawn(process.execPath, [join('scripts', name)], { stdio: 'inherit' }));
  if (code === 0) return;
  console.error(`scripts/${name} failed (exit ${code})`);
  total.failed += 1;
}

const vitest = ['node_modules/vitest/vitest.mjs'];
const reporters = ['--reporter=default', '--reporter=./test/support/skip-reporter.mjs'];

/** Runs vitest on projects and adds its counts; a run that ends badly without naming a failure is one. */
async function run(projects, start) {
  const countsFile = join('.cache', `counts-${projects.join('-')}.json`);
  rmSync(countsFile, { force: true });
  const selection = projects.flatMap((name) => ['--project', name]);
  const code = await ended(
    start([process.execPath, ...vitest, 'run', '--passWithNoTests', ...selection, ...reporters], {
      ...process.env,
      DMS_DOCTOR_COUNTS: countsFile,
    }),
  );
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0 };
  for (const key of Object.keys(total)) total[key] += counts[key];
  const explained = counts.failed > 0 || (counts.skipped > 0 && process.env.CI === 'true');
  if (code !== 0 && !explained) {
    console.error(`vitest ended with exit ${code} and named no failure`);
    total.failed += 1;
  }
}

/** The lab's tests by name, each counted as skipped. */
async function skipLab(reason) {
  const child = spawn(process.execPath, [...vitest, 'list', ...lab.flatMap((name) => ['--project', name])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await ended(child);
  const names = text.split('\n').filter((line) => line.includes('.lab.test.ts'));
  console.log(`\nTHE LAB DID NOT RUN: ${reason}`);
  for (const name of names) console.log(`skipped: ${name}: ${reason}`);
  // Even a list that could not be had must not look like a complete run.
  total.skipped += Math.max(names.length, 1);
}

if (outside.includes('servers') || withLab) {
  await script('fetch-postgres.mjs', 'Fetching the PostgreSQL servers that the tests use into .cache/postgres');
}
if (outside.includes('cli') || withLab) await script('build.mjs', 'Building');
/** The tests that need nothing but this machine. */
async function testOutside() {
  if (outside.length === 0) return;
  say(`Testing: ${outside.join(', ')}`);
  await run(outside, ([command, ...args], env) => spawn(command, args, { stdio: 'inherit', env }));
  say(`Ended: ${outside.join(', ')}`);
}

/** The lab's tests; their output is kept until they have ended. */
async function testLab() {
  if (!withLab) return;
  say('The lab: real hosts in network namespaces, in an overlay of this machine that goes when it ends');
  const reason = await prepareLab(say);
  if (reason !== undefined) return skipLab(reason);
  await Promise.all(lab.map(testLabPart));
}

async function testLabPart(name) {
  const output = [];
  await run([name], (command, env) => {
    const child = runInLab(command, { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    return child;
  });
  say(`Ended: ${name}. It printed:`);
  process.stdout.write(Buffer.concat(output));
}

await Promise.all([testOutside(), testLab()]);

const failed = total.failed > 0 || (total.skipped > 0 && process.env.CI === 'true');
if (total.skipped > 0 && process.env.CI === 'true') console.log('CI=true: a skip is a failure');
say(failed ? 'Failed' : 'Done');
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = failed ? 1 : 0;
