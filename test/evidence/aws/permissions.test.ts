import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { awsActions, testAction } from '../../../src/evidence/aws/calls.ts';
import { dmsCommands } from '../../../src/evidence/aws/dms-client.ts';
import { ec2Commands } from '../../../src/evidence/aws/ec2-client.ts';

const at = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
const run = (...options: string[]) =>
  promisify(execFile)(process.execPath, [at('scripts/permissions.mjs'), ...options]);

/** The actions of each policy in the document. */
async function policies(): Promise<string[][]> {
  const text = await readFile(at('docs/permissions.md'), 'utf8');
  return [...text.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json = '']) => (JSON.parse(json) as { Statement: { Action: string[] }[] }).Statement[0]?.Action ?? [],
  );
}

describe('docs/permissions.md', () => {
  test('names the actions of the calls that the clients can make, and the one that acts apart from them', async () => {
    const [read = [], act = []] = await policies();
    expect(read).toEqual(awsActions);
    expect(act).toEqual([testAction]);
    const made = [
      ...Object.keys(dmsCommands).map((operation) => `dms:${operation}`),
      ...Object.keys(ec2Commands).map((operation) => `ec2:${operation}`),
    ];
    expect([...read, ...act].toSorted()).toEqual(made.toSorted());
    for (const action of read) expect(action).toMatch(/^(?:dms|ec2):(?:Describe|Get|Search)[A-Z]/);
  });

  test('is what scripts/permissions.mjs writes, and is seen to be stale where one action differs', async () => {
    await expect(run('--check')).resolves.toMatchObject({ stderr: '' });
    const folder = await mkdtemp(path.join(tmpdir(), 'dms-doctor-permissions-test-'));
    try {
      const copy = path.join(folder, 'permissions.md');
      const text = await readFile(at('docs/permissions.md'), 'utf8');
      await writeFile(copy, text.replace('ec2:DescribeVpcs', 'ec2:DescribeVpc'));
      await expect(run('--check', copy)).rejects.toMatchObject({ code: 1 });
      await run(copy);
      expect(await readFile(copy, 'utf8')).toBe(text);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('no other file asks AWS for anything', async () => {
    const files = await readdir(at('src'), { recursive: true, withFileTypes: true });
    const importing = await Promise.all(
      files
        .filter((one) => one.isFile() && one.name.endsWith('.ts'))
        .map(async (one) => {
          const text = await readFile(path.join(one.parentPath, one.name), 'utf8');
          return /from '@aws-sdk|import\('@aws-sdk/.test(text) ? one.name : [];
        }),
    );
    expect(importing.flat().toSorted()).toEqual(['dms-client.ts', 'ec2-client.ts', 'sts-client.ts']);
  });
});
