import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/codes.mjs', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/codes.md', import.meta.url));
const run = (...options: string[]) => promisify(execFile)(process.execPath, [script, ...options]);

describe('docs/codes.md', () => {
  it('is what scripts/codes.mjs writes', async () => {
    await expect(run('--check')).resolves.toMatchObject({ stderr: '' });
  });

  it('is seen to be stale where one word differs, and is written anew', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dms-doctor-codes-test-'));
    try {
      const copy = join(directory, 'codes.md');
      const text = await readFile(docs, 'utf8');
      await writeFile(copy, text.replace('shorewall', 'shorwall'));
      await expect(run('--check', copy)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('stale') });
      await run(copy);
      expect(await readFile(copy, 'utf8')).toBe(text);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
