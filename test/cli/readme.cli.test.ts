import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { project, run } from './run.ts';

const readme = readFileSync(`${project}README.md`, 'utf8');

test('the README’s picture is what the demo prints (node scripts/readme.mjs renews it)', async () => {
  const block = /<!-- demo: begin [^\n]*-->\n```\n([\s\S]*?)\n```\n<!-- demo: end -->/.exec(readme)?.[1] ?? '';
  expect(block).toContain('✗ shorewall');
  const { stdout } = await run(['demo']);
  expect(stdout).toContain(block);
});

test('every option of check that the README shows is one', async () => {
  const { stdout } = await run(['check', '--help']);
  const shown = new Set(
    [...readme.matchAll(/dms-doctor check [^\n]*(?:\\\n[^\n]*)?/g)].flatMap(([line]) => line.match(/--[a-z-]+/g) ?? []),
  );
  expect(shown.size).toBeGreaterThan(5);
  for (const option of shown) expect(stdout).toContain(option);
});
