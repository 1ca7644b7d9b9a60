import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unframe, type Unframed } from '../../src/evidence/framed.ts';

/** The script, as a live run sends it. */
export const script = 'src/evidence/host-facts.sh';

const shells: readonly (readonly [program: string, ...arguments_: string[]])[] = [
  ['dash'],
  ['bash'],
  ['busybox', 'ash'],
];

/** The shells that the script must run under, as a name and a command line; those that this machine has. */
export const presentShells = shells
  .filter(([program]) => spawnSync(program, ['-c', 'exit 0']).error === undefined)
  .map(([program, ...more]) => ({ name: [program, ...more].join(' '), command: [program, ...more] as const }));

/** Whether one of the shells is missing here, so that its tests cannot run. */
export const missingShells = shells.length - presentShells.length;

/** What one run printed, and how it ended. */
export type Run = Unframed & { stdout: Buffer; stderr: string; status: number | null; seconds: number };

/** Runs the script to its end. */
export function run(
  shell: readonly string[],
  arguments_: readonly string[],
  options: { uid?: number; gid?: number; input?: string } = {},
): Promise<Run> {
  const { input, ...account } = options;
  const [program = 'sh', ...before] = shell;
  const started = performance.now();
  const child = spawn(program, [...before, ...(input === undefined ? [script] : ['-s', '--']), ...arguments_], account);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      const bytes = Buffer.concat(stdout);
      resolve({ ...unframe(bytes), stdout: bytes, stderr, status, seconds: (performance.now() - started) / 1000 });
    });
  });
}

/** Runs one function of the script on an input. */
export function callFunction(shell: readonly string[], call: string, input: string | Uint8Array): Buffer {
  const [program = 'sh', ...before] = shell;
  const functions = readFileSync(script, 'utf8').replace(/^\{\n {2}main "\$@"[^]*$/m, '');
  const { stdout, stderr, status } = spawnSync(
    program,
    [...before, '-c', `${functions}\nLC_ALL=C; export LC_ALL; ${call}`],
    { input },
  );
  if (status !== 0) throw new Error(`${call} ended with ${status}: ${stderr.toString()}`);
  return stdout;
}

/** Commands that every system has. */
export const basics = [
  'awk',
  'basename',
  'cat',
  'cut',
  'date',
  'df',
  'env',
  'grep',
  'head',
  'id',
  'ls',
  'od',
  'printf',
  'ps',
  'readlink',
  'rm',
  'sed',
  'sleep',
  'stat',
  'tail',
  'test',
  'timeout',
  'tr',
  'true',
  'uname',
  'wc',
];

/**
 * A directory of commands: what every system has, except for `without`, and stubs, which are shell scripts.
 * @returns its path; the caller removes it
 */
export function commands(stubs: Readonly<Record<string, string>>, without: readonly string[] = []): string {
  const directory = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
  chmodSync(directory, 0o755);
  for (const name of basics) {
    const path = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (path !== undefined && !without.includes(name)) symlinkSync(path, join(directory, name));
  }
  for (const [name, body] of Object.entries(stubs)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return directory;
}
