import { readFile } from 'node:fs/promises';
import { within } from '../evidence/deadline.ts';
import { unframe } from '../evidence/framed.ts';
import type { Printed } from '../evidence/printed.ts';
import { saidBy } from '../evidence/host-evidence.ts';
import type { ScriptRequest } from '../evidence/run-script.ts';
import { prepareScript, runScript } from '../evidence/run-script.ts';
import { SourceError } from '../evidence/source.ts';
import type { Terminal } from '../evidence/terminal.ts';
import { exitCodes } from '../exit-code.ts';
import { interruptible } from './interrupt.ts';
import type { Io } from './io.ts';
import { person } from './person.ts';
import { progressOf } from './progress.ts';
import { packageFile } from './version.ts';

/** What a user asks of `collect`, validated. */
export type CollectOptions = {
  /** Print the script instead of running it. */
  readonly printScript: boolean;
  /** `[user@]host[:port]`, as written; undefined: this very host. */
  readonly ssh: string | undefined;
  readonly askSudoPassword: boolean;
  /** Milliseconds after which it is given up. */
  readonly timeout: number;
  /** The file that gets what the script prints; standard output where none is given. */
  readonly output: string | undefined;
  /** The port that the clients use, and the addresses to look for in the kernel's log. */
  readonly port: number | undefined;
  readonly from: readonly string[];
  /** The database that DMS reads, and the role that it logs in as. */
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly quiet: boolean;
};

/**
 * Runs `collect`: the read-only script on the source host, or printed for whoever runs it elsewhere.
 *
 * @returns the exit code: 3 where what was gathered is not whole
 * @throws SourceError where nothing was gathered at all
 */
export async function runCollect(options: CollectOptions, io: Io): Promise<number> {
  const script = await packageFile('dist/host-facts.sh');
  const give = async (bytes: Uint8Array) =>
    options.output === undefined ? io.stdout(bytes) : io.write(options.output, bytes);
  if (options.printScript) {
    await give(await readFile(script));
    return exitCodes.open;
  }
  const place = options.ssh === undefined ? 'this host' : `ssh ${options.ssh}`;
  return interruptible(async (interrupted) => {
    const printed = await gathered(place, script, options, io, interrupted);
    const { items, complete, problem } = unframe(printed.output);
    if (items.size === 0)
      throw new SourceError(`${place}: ${printed.cut ?? 'host-facts.sh did not run'}${saidBy(printed)}`);
    await give(printed.output);
    if (!complete) io.stderr(`not whole: ${printed.cut ?? problem ?? 'cut'}; what came is known to be cut\n`);
    return complete ? exitCodes.open : exitCodes.undetermined;
  });
}

async function gathered(
  place: string,
  script: string,
  options: CollectOptions,
  io: Io,
  interrupted: AbortSignal,
): Promise<Printed> {
  const progress = await progressOf(io.progress, options.quiet, io.stderr);
  const limit = within(interrupted, options.timeout);
  const { signal } = limit;
  progress.told(place, 'begins');
  try {
    const request = {
      port: options.port,
      addresses: options.from,
      database: options.database,
      user: options.user,
      psql: true,
      askSudoPassword: options.askSudoPassword,
    };
    const terminal = await person(progress, limit);
    if (options.ssh !== undefined) return await overSsh(options.ssh, script, request, terminal, signal);
    return await runScript(await prepareScript(script, request, 'this user', terminal, signal), signal);
  } finally {
    limit.end();
    progress.told(place, 'ended');
    progress.end();
  }
}

async function overSsh(
  text: string,
  script: string,
  request: ScriptRequest,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Printed> {
  const [{ runOverSsh }, { readDestination, wordsOf }, { connectSsh, ConnectError }] = await Promise.all([
    import('../evidence/ssh/source.ts'),
    import('../evidence/ssh/destination.ts'),
    import('../evidence/ssh/link.ts'),
  ]);
  const to = readDestination(text);
  try {
    const link = await connectSsh(to, terminal, signal);
    try {
      return await runOverSsh(link, await prepareScript(script, request, wordsOf(to), terminal, signal), signal);
    } finally {
      link.close();
    }
  } catch (error) {
    if (error instanceof ConnectError) throw new SourceError(error.message, { cause: error });
    throw error;
  }
}
