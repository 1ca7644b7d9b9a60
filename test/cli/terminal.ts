import { spawn } from 'node:child_process';
import { project } from './run.ts';

/** What a run on a terminal left there, both streams together, and how it ended. */
export type Typed = { readonly code: number | null; readonly shown: string };

/** Keys that a terminal does not hand on as text: Ctrl-C, and Ctrl-D at the start of a line. */
export const keys = { interrupt: '\u0003', end: '\u0004' } as const;

/**
 * Runs the built command line on a terminal of its own (`script` of util-linux) and types.
 *
 * @param columns the terminal's width; 0 is that of one that does not know it
 * @param asks what stands on the terminal when something is to be typed
 * @param answers what is typed then, one after the other, each with its return key where it has one
 */
export function typed(
  args: readonly string[],
  {
    asks,
    answers,
    env,
    columns = 80,
  }: { asks: string; answers: readonly string[]; env: Readonly<Record<string, string>>; columns?: number },
): Promise<Typed> {
  return new Promise((resolve, reject) => {
    const words = [process.execPath, 'bin/dms-doctor.js', ...args].map((word) => `'${word}'`);
    const command = `stty cols ${columns} rows 50; ${words.join(' ')}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: project,
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    });
    const left = [...answers];
    let shown = '';
    let answered = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      while (shown.indexOf(asks, answered) !== -1) {
        answered = shown.indexOf(asks, answered) + asks.length;
        const answer = left.shift();
        if (answer !== undefined) child.stdin.write(answer);
      }
    });
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    // Whoever waits for ever is ended, and its run then fails by its exit code.
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code, shown: shown.replaceAll('\r\n', '\n') });
    });
  });
}
