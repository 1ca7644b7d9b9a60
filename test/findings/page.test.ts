import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPage } from '../../src/findings/page.ts';

describe('readPage', () => {
  let root = '';
  const at = (path: string) => pathToFileURL(join(root, path)).href;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dms-doctor-pages-'));
    await mkdir(join(root, 'dist/pages'), { recursive: true });
    await mkdir(join(root, 'pages'), { recursive: true });
    await writeFile(join(root, 'dist/pages/HBA003.md'), '# HBA003: from dist\n');
    await writeFile(join(root, 'pages/HBA999.md'), 'outside of the package\n');
    await writeFile(join(root, 'secret.md'), 'secret\n');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('reads a page of the source tree, whatever the case of the code', async () => {
    const page = await readPage('HBA003');
    expect(page?.split('\n')[0]).toBe('# HBA003: No line of pg_hba.conf matches the connection');
    expect(await readPage('hba003')).toBe(page);
    expect(await readPage('sG001')).toMatch(/^# SG001: /);
  });

  it.each(['dist/cli.js', 'dist/chunks/explain-ABC.js', 'dist/lib/findings/page.js'])(
    'finds the pages from %s',
    async (module) => {
      expect(await readPage('HBA003', at(module))).toBe('# HBA003: from dist\n');
      expect(await readPage('HBA999', at(module))).toBeUndefined();
    },
  );

  it.each([
    'HBA999',
    '',
    'HBA',
    '003',
    'HBA0031',
    '1020912',
    '../secret',
    '..%2fsecret',
    'HBA003\n',
    'HBA003/../../../secret',
    'ＨＢＡ００３',
    '08001',
  ])('has no page of %j', async (code) => {
    expect(await readPage(code, at('dist/cli.js'))).toBeUndefined();
  });

  it('says so where the installation holds no pages', async () => {
    await expect(readPage('HBA003', at('a/b/c/d.js'))).rejects.toThrow(/pages .* missing/);
  });
});
