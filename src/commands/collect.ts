import { readFile } from 'node:fs/promises';
import { runScript } from '../evidence/run-script.ts';
import { exitCodes } from '../exit-code.ts';
import { interruptible } from './interrupt.ts';
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
  const give = async (bytes: Uint8Array) =>
    options.output === undefined
      ? io.stdout(Buffer.from(bytes).toString('utf8'))
      : io.write(options.output, Buffer.from(bytes).toString('utf8'));
  if (options.printScript) {
    await give(await readFile(script));
    return exitCodes.open;
  }
  return interruptible(async (signal) => {
    await give(await runScript(script, { port: options.port, addresses: options.from }, signal));
    return exitCodes.open;
  });
}
