import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { shellQuote } from '../shell.ts';
import type { Printed } from './printed.ts';
import { Collector } from './printed.ts';
import type { Terminal } from './terminal.ts';

/** What the host script is asked. */
export type ScriptRequest = {
  /** The port that the clients use, and the addresses and ranges that they come from. */
  readonly port: number | undefined;
  readonly addresses: readonly string[];
  /** The database that DMS reads, and the role that it logs in as. */
  readonly database: string | undefined;
  readonly user: string | undefined;
  /** Ask the server through psql, as its own account: where no SQL session is there to ask it. */
  readonly psql: boolean;
  /** Ask on the terminal for the password that sudo wants; without, what needs root is denied where sudo asks. */
  readonly askSudoPassword: boolean;
};

/** The script as a shell reads it from standard input, and the words behind `sh -s --`. */
export type PreparedScript = { readonly input: Buffer; readonly words: readonly string[] };

/**
 * Makes the script ready to run, any number of times; a person is asked once.
 *
 * @param script its path
 * @param place whose password for sudo is asked for: `user@host`
 */
export async function prepareScript(
  script: string,
  request: ScriptRequest,
  place: string,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<PreparedScript> {
  return { input: await scriptInput(script, request, place, terminal, signal), words: scriptWords(request) };
}

/** The words behind `host-facts.sh`; it asks sudo where it is not root (never for a password). */
function scriptWords({ port, addresses, database, user, psql }: ScriptRequest): string[] {
  return [
    ...(database === undefined ? [] : ['--database', database]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(psql ? [] : ['--no-psql']),
    ...(port === undefined ? [] : ['--port', String(port)]),
    // The kernel's log is searched for addresses, not for ranges.
    ...addresses.filter((one) => !one.includes('/')).flatMap((address) => ['--address', address]),
    '--sudo',
  ];
}

/**
 * The script as a shell reads it from standard input: a password for sudo stands before it, in a variable of that shell, and
 * so in no argument, environment, file or log. The shell ends without waiting for the end of its input.
 */
async function scriptInput(
  script: string,
  { askSudoPassword }: ScriptRequest,
  place: string,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  const text = await readFile(script);
  const password = askSudoPassword ? await terminal?.ask(`Password of ${place} for sudo: `, signal) : undefined;
  // `unset`: a variable of that name that is exported would take the password to every command.
  const before = password === undefined ? '' : `unset sudo_password; sudo_password=${quoted(password)}\n`;
  return Buffer.concat([Buffer.from(before), text, Buffer.from('\nexit\n')]);
}

/** Always in quotes, and on one line: `\n` cannot be typed into a password. */
function quoted(text: string): string {
  const word = shellQuote(text.replaceAll(/[\r\n\0]/g, ''));
  return word.startsWith("'") ? word : `'${word}'`;
}

/**
 * Runs the read-only script on this very host.
 *
 * @param signal ends it, and everything that it started
 * @returns what it printed by then
 * @throws where there is no Unix shell
 */
export function runScript({ input, words }: PreparedScript, signal: AbortSignal): Promise<Printed> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that what the script started ends with it.
    const child = spawn('sh', ['-s', '--', ...words], { detached: true });
    const collector = new Collector(() => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
      child.stdout.destroy();
      child.stderr.destroy();
    });
    collector.until(signal);
    child.stdout.on('data', collector.output);
    child.stderr.on('data', collector.complaint);
    child.stdin.on('error', () => undefined);
    child.on('error', (error) =>
      reject(new Error(`host-facts.sh needs a Unix shell: ${error.message}`, { cause: error })),
    );
    child.on('close', () => resolve(collector.printed()));
    child.stdin.end(input);
  });
}
