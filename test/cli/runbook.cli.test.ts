import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { project } from './run.ts';

const page = readFileSync(`${project}docs/runbook.md`, 'utf8');

/** A box of the page, by the mark above it. */
function box(mark: string): string {
  const text = new RegExp(`<!-- runs: ${mark} -->\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/runbook.md has no box ${mark}`);
  return text;
}

const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-runbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'bin'));
writeFileSync(
  join(folder, 'bin/dms-doctor'),
  `#!/bin/sh\nexec "${process.execPath}" "${project}bin/dms-doctor.js" "$@"\n`,
);
chmodSync(join(folder, 'bin/dms-doctor'), 0o755);

const work = join(folder, 'work');
beforeEach(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  writeFileSync(join(work, 'dms-doctor.yaml'), box('dms-doctor.yaml'));
});
const sourceIs = (bundle: string) =>
  cpSync(`${project}fixtures/${bundle}`, join(work, 'orders-db'), { recursive: true });

/** Runs a box as GitHub and Jenkins run theirs: a file of its own, with `-e`. */
function shell(script: string, env: Record<string, string> = {}) {
  const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
  return spawnSync('bash', ['-e', '-c', script], { cwd: work, env: { PATH: path, ...env }, encoding: 'utf8' });
}

describe('the step of a shell runbook', () => {
  test('goes on where the path is open', () => {
    sourceIs('legacy-host-fixed');
    const { status, stdout } = shell(box('shell'));
    expect(stdout).toContain('the path is open: go on');
    expect(status).toBe(0);
  });

  test('stops at a wall, with its reports and a plan that does nothing yet', () => {
    sourceIs('legacy-host');
    const { status, stdout, stderr } = shell(box('shell'));
    expect(status).toBe(1);
    expect(stdout).toContain('blocked: read report.html, then plan.sh');
    expect(stderr).toMatch(/ look 1: blocked at shorewall, pg-hba and wal-level/);
    for (const name of ['report.html', 'report.json', 'plan.sh']) expect(existsSync(join(work, name)), name).toBe(true);
    expect(shell(box('plan')).stdout).toBe('the guard is still in: 64\n');
  });

  test('tells a check that failed from a wall', () => {
    const { status, stdout } = shell(box('shell'));
    expect({ status, stdout: stdout.split('\n').at(-2) }).toEqual({ status: 1, stdout: 'the check itself failed' });
  });
});

describe('the workflow of GitHub Actions', () => {
  type Workflow = { jobs: { check: { steps: { name?: string; run?: string; with?: { path?: string } }[] } } };
  const { steps } = (parse(box('github')) as Workflow).jobs.check;
  const run = steps.find(({ name }) => name === 'Is the way to the source open?')?.run ?? '';

  test.each([
    ['legacy-host', 1, '::error'],
    ['legacy-host-fixed', 0, ''],
  ])('with %s ends with %i', (bundle, code, annotation) => {
    sourceIs(bundle);
    const { status, stdout } = shell(run, { GITHUB_STEP_SUMMARY: join(work, 'summary.md'), CI: 'true' });
    expect(status).toBe(code);
    expect(stdout).toContain(annotation);
    expect(readFileSync(join(work, 'summary.md'), 'utf8')).toMatch(/^# /);
    const kept = steps.at(-1)?.with?.path?.trim().split('\n') ?? [];
    expect(kept.length).toBeGreaterThan(1);
    for (const name of kept) expect(existsSync(join(work, name)), name).toBe(true);
  });
});

describe('the pipeline of Jenkins', () => {
  const script = /script: '([^']*)'/.exec(box('jenkins'))?.[1] ?? '';

  test.each([
    ['legacy-host', 1],
    ['legacy-host-fixed', 0],
  ])('with %s ends with %i, and leaves what is archived', (bundle, code) => {
    sourceIs(bundle);
    expect(shell(script, { CI: 'true' }).status).toBe(code);
    for (const name of ['dms-doctor.xml', 'dms-doctor.html', 'plan.md'])
      expect(existsSync(join(work, name))).toBe(true);
  });
});
