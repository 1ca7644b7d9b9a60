import { shellQuote } from '../../shell.ts';
import { afterTestWord } from '../after-test-name.ts';
import { deferred } from '../deferred.ts';
import type { Expected } from '../host-evidence.ts';
import { expectedOf, hostEvidence } from '../host-evidence.ts';
import type { Printed } from '../printed.ts';
import type { PreparedScript, ScriptRequest } from '../run-script.ts';
import { prepareScript } from '../run-script.ts';
import type { Source } from '../source.ts';
import { absenceReasonOf, absentBundle, SourceError } from '../source.ts';
import type { Terminal } from '../terminal.ts';
import type { Destination } from './destination.ts';
import { wordsOf } from './destination.ts';
import type { Link } from './link.ts';
import { ConnectError, connectSsh } from './link.ts';

/**
 * A host over SSH as a source, and as a way to others: `--ssh`. One connection, and one command on it: the script, which goes
 * in on its standard input.
 *
 * @param script the path of host-facts.sh
 * @param request the same answer each time that it is asked
 */
export function sshSource(
  script: string,
  request: () => Promise<ScriptRequest>,
  to: Destination,
  terminal: Terminal | undefined,
): Source {
  const name = `ssh ${wordsOf(to)}`;
  const connection = deferred<Link>();
  const begun = deferred<void>();
  // Nobody may want the way through it.
  connection.promise.catch(() => undefined);
  let prepared: Promise<PreparedScript> | undefined;
  const run = async (signal: AbortSignal, ...more: string[]) => {
    const link = await connection.promise;
    prepared ??= request().then((asked) => prepareScript(script, asked, wordsOf(to), terminal, signal));
    const { input, words } = await prepared;
    return runOverSsh(link, { input, words: [...words, ...more] }, signal);
  };
  return {
    name,
    gather: async (signal) => {
      try {
        const link = await connectSsh(to, terminal, signal, begun.resolve);
        begun.resolve();
        connection.resolve(link);
        const printed = await run(signal);
        const bundle = hostEvidence(printed, name, await expectedOf(request, signal), signal, Date.now());
        return { ...bundle, notes: [...link.notes, ...bundle.notes] };
      } catch (error) {
        begun.resolve();
        connection.reject(error);
        return withoutIt(error as Error, name, await expectedOf(request, signal), signal);
      }
    },
    lookAgain: (signal) => run(signal, afterTestWord),
    begun: begun.promise,
    tunnel: {
      through: name,
      open: async (host, port, signal) => (await connection.promise).forward(host, port, signal),
    },
    close: () => {
      connection.promise.then(
        (link) => link.close(),
        () => undefined,
      );
    },
  };
}

/**
 * Runs the script over a connection; once more with a terminal where sudo wants one (`requiretty`).
 *
 * @throws ConnectError where no command may be run there
 */
export async function runOverSsh(link: Link, { input, words }: PreparedScript, signal: AbortSignal): Promise<Printed> {
  const command = ['sh', '-s', '--', ...words].map(shellQuote).join(' ');
  const first = await link.exec(`${command} --unless-requiretty`, input, false, signal);
  if (!wantsTerminal(first.output)) return first;
  // A shell that reads from a terminal prompts, and sees no end of input: the script comes to it through a pipe.
  return link.exec(`head -c ${input.length} | ${command}`, input, true, signal);
}

/** The script printed nothing but that sudo wants a terminal. */
function wantsTerminal(output: Buffer): boolean {
  return output.length < 1024 * 1024 && output.includes('\nrequiretty\n');
}

function withoutIt(error: Error, name: string, expected: Expected, signal: AbortSignal) {
  const detail = `${name}: ${error.message}`;
  if (error instanceof SourceError)
    throw new SourceError(detail, { cause: error, instead: absentBundle(expected, 'denied', detail) });
  const known = error instanceof ConnectError;
  if (!known && !signal.aborted) throw error;
  const why = signal.aborted ? absenceReasonOf(signal) : 'not-gathered';
  return { ...absentBundle(expected, why, detail), notes: [`${detail}.`] };
}
