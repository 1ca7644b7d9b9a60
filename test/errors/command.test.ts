import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runExplain } from '../../src/commands/explain.ts';
import type { ExplainOptions } from '../../src/commands/explain.ts';
import { readExplanations } from '../support/schemas.ts';
import { examples } from './examples.ts';

type Ran = { code: number; stdout: string; stderr: string };

async function run(options: Partial<ExplainOptions>): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await runExplain(
    { files: [], format: 'text', color: false, width: 80, ...options },
    { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) },
  );
  return { code, stdout, stderr };
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const refusal = examples['pg-hba-no-entry'] ?? '';

describe('explain', () => {
  it('exits 0 where something was explained, 1 where nothing was recognised, 2 where there is nothing to read', async () => {
    expect((await run({ text: refusal })).code).toBe(0);
    expect((await run({ text: '1020912' })).code).toBe(0);
    expect((await run({ text: 'hello world' })).code).toBe(1);
    expect((await run({})).code).toBe(2);
    expect((await run({ files: ['/does/not/exist'] })).code).toBe(2);
  });

  it('says of a bare 1020912 that it tells nothing about the layer, and what to paste', async () => {
    const { stdout } = await run({ text: '1020912' });
    expect(stdout).toContain('tells nothing about the layer');
    expect(stdout).toContain('describe-connections');
  });

  it('takes the text before files, files before standard input', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'errors-'));
    try {
      const file = join(folder, 'task.log');
      writeFileSync(file, 'ERROR:  all replication slots are in use\n');
      const stdin = (): AsyncGenerator<Uint8Array> => pieces('FATAL:  the database system is ', 'starting up\n');
      expect((await run({ text: refusal, files: [file], stdin: stdin() })).stdout).toContain('pg_hba.conf');
      expect((await run({ files: [file], stdin: stdin() })).stdout).toContain('slots');
      expect((await run({ stdin: stdin() })).stdout).toContain('starting');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints JSON of the agreed shape, and nothing else, on standard output', async () => {
    for (const text of [...Object.values(examples), 'hello world']) {
      const { stdout, stderr } = await run({ text, format: 'json' });
      expect(stderr).toBe('');
      for (const one of readExplanations(stdout)) {
        expect(one.layer).toBe(one.layers[0] ?? null);
        for (const layer of one.cleared) expect(one.layers).not.toContain(layer);
      }
    }
  });

  it.each([40, 60, 80, 120])('keeps every line within %i columns', async (width) => {
    for (const text of Object.values(examples)) {
      for (const line of (await run({ text, width })).stdout.split('\n'))
        expect([...line].length, line).toBeLessThanOrEqual(width);
    }
  });

  it('prints no control sequence of what it explains', async () => {
    for (const format of ['text', 'json', 'markdown'] as const) {
      const { stdout } = await run({ text: `\u001b]0;owned\u0007\u001b[2J${refusal}\u202e`, format });
      expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
    }
  });

  it('escapes Markdown: a text cannot leave its block', async () => {
    const { stdout } = await run({ text: `${refusal} \`\`\`\n# heading <script>`, format: 'markdown' });
    const block = /(`{3,})\n([\s\S]*?)\n\1\n/.exec(stdout);
    expect(block?.[2]).toContain('```');
    expect(stdout.replace(block?.[0] ?? '', '')).not.toContain('<script>');
  });

  it('colours only where it is asked to', async () => {
    expect((await run({ text: refusal })).stdout).not.toContain('\u001b');
    expect((await run({ text: refusal, color: true })).stdout).toContain('\u001b[');
  });

  it('shows how far a file has been read on standard error only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'errors-'));
    try {
      const file = join(folder, 'task.log');
      writeFileSync(file, `${'noise\n'.repeat(600_000)}${refusal}\n`);
      const { stdout, stderr } = await run({ files: [file], progress: true });
      expect(stderr).toContain('%');
      expect(stderr.endsWith('\r\u001b[K')).toBe(true);
      expect(stdout).toContain('pg_hba.conf');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
