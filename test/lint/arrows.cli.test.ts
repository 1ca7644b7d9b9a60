import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../../', import.meta.url));
let root = '';

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'dms-doctor-arrows-'));
  cpSync(path.join(project, 'lint'), path.join(root, 'lint'), { recursive: true });
  symlinkSync(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
  writeFileSync(
    path.join(root, '.oxlintrc.json'),
    JSON.stringify({
      jsPlugins: ['./lint/plugin.mjs'],
      categories: { correctness: 'off' },
      rules: { 'dms-doctor/arrows': 'error', 'dms-doctor/pure': 'error' },
    }),
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Lints one file as if it stood in the project. */
function lint(file: string, source: string): string {
  const place = path.join(root, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, source);
  const { stdout, stderr, status } = spawnSync(
    path.join(project, 'node_modules/.bin/oxlint'),
    ['--format=json', file],
    { cwd: root, encoding: 'utf8' },
  );
  rmSync(place);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { message: string; code: string }[] };
  expect(stderr).toBe('');
  expect(status).toBe(diagnostics.length > 0 ? 1 : 0);
  return diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

describe('the rule on arrows', () => {
  test.each([
    [
      'an engine imports the model',
      'src/hba/seed.ts',
      "import type { Flow } from '../flow.ts'; export type A = Flow;",
      'src/flow.ts',
    ],
    ['an engine imports another', 'src/netfilter/seed.ts', "export * from '../hba/index.ts';", 'src/hba/index.ts'],
    [
      'a report imports evidence',
      'src/report/seed.ts',
      "import { items } from '../evidence/items.ts'; export const a = items;",
      'src/evidence/items.ts',
    ],
    [
      'a report imports the catalogue',
      'src/report/seed.ts',
      "export const a = await import('../findings/index.ts');",
      'src/findings/index.ts',
    ],
    [
      'a probe imports the judge',
      'src/probes/seed.ts',
      "import { judge } from '../judge.ts'; export const a = judge;",
      'src/judge.ts',
    ],
    [
      'a probe gathers',
      'src/probes/seed.ts',
      "export { readBundle } from '../evidence/bundle.ts';",
      'src/evidence/bundle.ts',
    ],
    [
      'the plan imports a command',
      'src/plan.ts',
      "export { runCheck } from './commands/check.ts';",
      'src/commands/check.ts',
    ],
    [
      'a finding imports a probe',
      'src/findings/seed.ts',
      "export { dns } from '../probes/dns.ts';",
      'src/probes/dns.ts',
    ],
  ])('catches: %s', (_, file, source, target) => {
    expect(lint(file, source)).toContain(`may not import ${target}`);
  });

  test('a file that belongs to no part is caught', () => {
    expect(lint('src/stray.ts', 'export const a = 1;')).toContain('belongs to no part');
  });

  test.each([
    ['a probe reads the engines', 'src/probes/seed.ts', "export { decide } from '../hba/index.ts';"],
    ['a report sees a report', 'src/report/seed.ts', "export type { Report } from '../report.ts';"],
    [
      'a command sees everything',
      'src/commands/seed.ts',
      "export { check } from '../check.ts'; export const now = Date.now();",
    ],
  ])('lets pass: %s', (_, file, source) => {
    expect(lint(file, source)).toBe('');
  });
});

describe('the rule on purity', () => {
  test.each([
    [
      'src/probes/seed.ts',
      "import { readFileSync } from 'node:fs'; export const a = readFileSync;",
      'may not import node:fs',
    ],
    ['src/vpc/seed.ts', "export const a = await import('node:net');", 'may not import node:net'],
    ['src/hba/seed.ts', 'export const a = Date.now();', 'Date.now'],
    ['src/judge.ts', 'export const a = new Date();', 'the clock'],
    ['src/plan.ts', 'export const a = process.env;', 'process.env'],
    ['src/probes/seed.ts', 'export const a = Math.random();', 'Math.random'],
    ['src/check.ts', "export const a = fetch('https://example.com');", 'fetch()'],
    ['src/netfilter/seed.ts', 'setTimeout(() => 1, 1);', 'setTimeout()'],
    ['src/report/seed.ts', 'console.log(1);', 'console.log'],
  ])('%s: %s', (file, source, words) => {
    expect(lint(file, source)).toContain(words);
  });

  test('a date that evidence gives may be read', () => {
    expect(lint('src/probes/seed.ts', "export const a = Date.parse('2026-11-22'); export const b = new Date(a);")).toBe(
      '',
    );
  });
});
