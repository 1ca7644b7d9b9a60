import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { exitCodes } from '../exit-code.ts';
import type { Io } from './io.ts';
import { packageFile } from './version.ts';

/** What a user asks of `collect`, validated. */
export type CollectOptions = {
  /** Print the script instead of running it. */
  readonly printScript: boolean;
  /** The file that gets what the script prints; standard output where none is given. */
  readonly output: string | undefined;
  /** The port that the clients use, and the addresses to look for in the kernel's log. */
  readonly port: number | undefined;
  readonly from: readonly string[];
};

/** Runs `collect`: the read-only script on this very host, or printed for whoever runs it elsewhere. @returns the exit code */
export async function runCollect(options: CollectOptions, io: Io): Promise<number> {
  const script = await packageFile('dist/host-facts.sh');
  const text = options.printScript ? await readFile(script, 'utf8') : await gathered(script, options);
  if (options.output === undefined) io.stdout(text);
  else await io.write(options.output, text);
  return exitCodes.open;
}

/** What the script prints here; without root it asks sudo, which is never asked for a password. */
function gathered(script: string, { port, from }: CollectOptions): Promise<string> {
  const words = [
    script,
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...from.flatMap((address) => ['--address', address]),
    ...(process.getuid?.() === 0 ? [] : ['--sudo']),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('sh', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) =>
      reject(new Error(`host-facts.sh needs a Unix shell: ${error.message}`, { cause: error })),
    );
    child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
