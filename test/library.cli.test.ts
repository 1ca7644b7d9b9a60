import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project } from './cli/run.ts';

const page = readFileSync(`${project}docs/library.md`, 'utf8');
const examples = [...page.matchAll(/## ([^\n]*)\n(?:(?!\n## )[^])*?```js\n([^]*?)```\n\n```text\n([^]*?)```\n/g)].map(
  ([, title = '', code = '', printed = '']) => ({ title, code, printed }),
);
const manifest = JSON.parse(readFileSync(`${project}package.json`, 'utf8')) as {
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
};

/** A folder of somebody's project that has the packed package installed, and the story's bundle. */
let folder = '';
const node = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, args, { cwd: folder, env: { PATH: process.env['PATH'] } })).stdout;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-library-'));
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder],
    { cwd: project },
  );
  mkdirSync(path.join(folder, 'node_modules'));
  await promisify(execFile)('tar', ['-xzf', stdout.trim().split('\n').at(-1) ?? '', '-C', folder], { cwd: folder });
  cpSync(path.join(folder, 'package'), path.join(folder, 'node_modules/dms-doctor'), { recursive: true });
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const target = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(`${project}node_modules/${name}`, target);
  }
  cpSync(`${project}fixtures/legacy-host`, path.join(folder, 'orders-db'), { recursive: true });
  for (const [index, { code }] of examples.entries()) writeFileSync(path.join(folder, `${index}.mjs`), code);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('docs/library.md has an example for each entry of the package', () => {
  const code = examples.map((example) => example.code).join('\n');
  const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith('json'));
  expect(entries).toEqual(['.', './netfilter', './hba', './vpc', './errors']);
  for (const entry of entries) expect(code).toContain(`from 'dms-doctor${entry.slice(1)}'`);
  expect(page.match(/```js\n/g)).toHaveLength(examples.length);
});

describe('each example does what the page says', () => {
  test.each(examples.map((example, index) => ({ ...example, index })))('$title', async ({ index, printed }) => {
    expect(await node(`${index}.mjs`)).toBe(printed);
  });
});

test('the examples are typed', async () => {
  const tsc = `${project}node_modules/typescript/bin/tsc`;
  const options = '--strict --noEmit --allowJs --checkJs --module nodenext --target es2023 --types node'.split(' ');
  const run = (...files: string[]) =>
    node(tsc, ...options, ...files).catch((error: { stdout: string }) => error.stdout);
  expect(await run(...examples.map((_example, index) => `${index}.mjs`))).toBe('');
  writeFileSync(path.join(folder, 'wrong.mjs'), "import { explain } from 'dms-doctor';\nexplain(1);\n");
  expect(await run('wrong.mjs')).toContain("'number' is not assignable to parameter of type 'string'");
});

test('the schemas can be imported, and nothing that is not an entry', async () => {
  const ask = (name: string) => node('--input-type=module', '-e', `console.log(import.meta.resolve('${name}'))`);
  expect(await ask('dms-doctor/schemas/report-1.json')).toMatch(/schemas\/report-1\.json$/m);
  await expect(ask('dms-doctor/dist/lib/judge.js')).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});
