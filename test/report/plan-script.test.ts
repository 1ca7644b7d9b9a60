import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Step } from '../../src/finding.ts';
import type { Report } from '../../src/report.ts';
import { renderPlanMarkdown } from '../../src/report/plan-markdown.ts';
import { renderPlanScript } from '../../src/report/plan-script.ts';
import { blocked } from './sample.ts';
import { samples } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

// In place of psql and of what steps call: what they were given goes into a file each.
const bin = join(folder, 'bin');
mkdirSync(bin);
for (const [name, text] of Object.entries({
  psql: `cat >>"${folder}/psql"`,
  touched: `printf '%s\\n' "$*" >>"${folder}/touched"`,
})) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

const words = { effect: 'none', risk: 'none', undo: '`true`', verify: '`true`' } as const;
const withSteps = (...steps: Step[]): Report => ({ ...blocked, plan: { steps, opens: true } });
const unguarded = (script: string) => script.replace('guarded=yes\n', '');

function run(script: string, ...parts: string[]) {
  const file = join(folder, 'plan.sh');
  writeFileSync(file, script);
  for (const name of ['psql', 'touched']) rmSync(join(folder, name), { force: true });
  const env = { PATH: `${bin}:${process.env['PATH']}`, PGUSER: 'somebody', PGDATABASE: 'orders' };
  return spawnSync('sh', [file, ...parts], { env, cwd: folder, encoding: 'utf8' });
}

const read = (name: string): string => {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return '';
  }
};

describe('the guard', () => {
  const script = renderPlanScript(withSteps({ ...words, where: 'source host', run: 'touched' }));

  test('nothing happens before it is taken out', () => {
    const { status, stderr } = run(script, '1');
    expect(status).toBe(64);
    expect(stderr).toContain('nothing was done');
    expect(read('touched')).toBe('');
  });

  test('without it a part runs, and no part runs by itself', () => {
    expect(run(unguarded(script))).toMatchObject({ status: 64, stderr: expect.stringContaining('sh FILE 1') });
    expect(read('touched')).toBe('');
    expect(run(unguarded(script), '1').status).toBe(0);
    expect(read('touched')).toBe('\n');
    expect(run(unguarded(script), '2').status).toBe(64);
  });

  test('a step that fails ends it', () => {
    const steps: Step[] = ['false', 'touched'].map((command) => ({ ...words, where: 'source host', run: command }));
    expect(run(unguarded(renderPlanScript(withSteps(...steps))), '1').status).not.toBe(0);
    expect(read('touched')).toBe('');
  });
});

describe('an edit', () => {
  const file = join(folder, 'a file');
  const edit = (before: number, behind?: string): Step => ({
    ...words,
    where: 'source host',
    edit: { file, before, lines: ["$(touched) `touched` 'x", 'END'], ...(behind === undefined ? {} : { behind }) },
  });

  test.each([
    ['one\ntwo\n', 2, 'one', "one\n$(touched) `touched` 'x\nEND\ntwo\n"],
    ['one\ntwo', 3, 'two', "one\ntwo\n$(touched) `touched` 'x\nEND\n"],
    ['', 1, undefined, "$(touched) `touched` 'x\nEND\n"],
  ])('goes into %j before line %i', (text, before, behind, expected) => {
    writeFileSync(file, text);
    expect(run(unguarded(renderPlanScript(withSteps(edit(before, behind)))), '1').status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(expected);
    expect(readFileSync(`${file}.before-dms-doctor`, 'utf8')).toBe(text);
    rmSync(`${file}.before-dms-doctor`);
    expect(read('touched')).toBe('');
  });

  test.each([
    ['other lines', 'one\nother\n', 3, 'two'],
    ['fewer lines', 'one\n', 4, undefined],
  ])('is refused where the file has %s by now', (_, text, before, behind) => {
    writeFileSync(file, text);
    const { status, stderr } = run(unguarded(renderPlanScript(withSteps(edit(before, behind)))), '1');
    expect(status).toBe(1);
    expect(stderr).toContain(file);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

test('steps at one place are a part, a restart is one of its own', () => {
  const step = (where: Step['where'], command: string, more: Partial<Step> = {}): Step => ({
    ...words,
    ...more,
    where,
    run: command,
  });
  const script = renderPlanScript(
    withSteps(
      step('AWS', 'aws ec2 x'),
      step('source host', 'touched a'),
      step('source host', 'touched b'),
      step('standby', 'touched c', { host: '10.0.0.9' }),
      step('source host', 'touched d', { effect: 'restart' }),
    ),
  );
  expect(script.match(/^# {3}sh FILE .*$/gm)).toEqual([
    '#   sh FILE 1    AWS, with its command line: step 1',
    '#   sh FILE 2    the source host, as root: steps 2 to 3',
    '#   sh FILE 3    the standby 10.0.0.9, as root: step 4',
    '#   sh FILE 4    the source host, as root: step 5, a restart',
  ]);
  expect(run(unguarded(script), '2', '4').status).toBe(0);
  expect(read('touched')).toBe('a\nb\nd\n');
});

test('what only people know must be filled in first', () => {
  const script = renderPlanScript(
    withSteps({ ...words, where: 'source host', run: 'touched patronictl restart CLUSTER MEMBER' }),
  );
  expect(run(unguarded(script), '1')).toMatchObject({ status: 65, stderr: expect.stringContaining('fill in CLUSTER') });
  expect(read('touched')).toBe('');
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '\n touched',
    "'; touched; '",
    '$(touched)',
    '`touched`',
    '\\',
    'END',
    '\r\ntouched\n',
    '"$(touched)"',
  ),
);

test('no text of the evidence acts: not in comments, not in files, not in statements', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 8, maxLength: 8 }), (texts) => {
      const [risk = '', undo = '', host = '', line = '', statement = '', endpoint = '', behind = '', database = ''] =
        texts.map((text) => text.replaceAll('\0', ''));
      const report = withSteps(
        { where: 'database', effect: 'none', risk, undo, verify: risk, run: `SELECT '${statement}';` },
        { where: 'standby', host, effect: 'none', risk: undo, undo: risk, verify: '', instead: risk, run: 'true' },
        { ...words, where: 'source host', edit: { file: '/nowhere', before: 2, lines: [line], behind } },
      );
      const script = renderPlanScript({ ...report, flow: { ...report.flow, endpoint, database, host, user: risk } });
      expect(run(script, '1').status).toBe(64);
      const { status } = run(unguarded(script), '1', '2');
      expect(read('touched')).toBe('');
      // What holds characters that a terminal does not show is left to a person.
      if (status === 0) expect(read('psql')).toBe(`SELECT '${statement}';\n`);
      else expect(status).toBe(65);
      expect(renderPlanMarkdown(report)).toContain('Step 1 of 3');
    }),
    samples(25),
  );
});

test('Markdown has a heading for each place, and a box for each step', () => {
  const markdown = renderPlanMarkdown(blocked);
  const { steps } = blocked.plan;
  expect(markdown.match(/^- \[ \] \*\*Step \d+ of \d+:\*\*/gm)).toHaveLength(steps.length);
  for (const step of steps)
    for (const text of 'run' in step ? [step.run] : step.edit.lines) expect(markdown).toContain(text);
  expect(markdown).toMatch(/^## Part 1: /m);
});

test.each([
  ['with steps', blocked],
  ['without one', withSteps()],
])('a script %s is one that a shell can read', (_, report) => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: renderPlanScript(report), encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
