import { shellQuote } from '../../shell.ts';
import { hostEvidence, isOfHost } from '../host-evidence.ts';
import type { Printed } from '../printed.ts';
import type { ScriptRequest } from '../run-script.ts';
import { scriptInput, scriptWords } from '../run-script.ts';
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
 */
export function sshSource(
  script: string,
  request: ScriptRequest,
  to: Destination,
  terminal: Terminal | undefined,
): Source {
  const name = `ssh ${wordsOf(to)}`;
  const connection = deferred<Link>();
  // Nobody may want the way through it.
  connection.promise.catch(() => undefined);
  return {
    name,
    gather: async (signal) => {
      try {
        const link = await connectSsh(to, terminal, signal);
        connection.resolve(link);
        const bundle = hostEvidence(
          await runOverSsh(link, script, request, to, terminal, signal),
          name,
          signal,
          Date.now(),
        );
        return { ...bundle, notes: [...link.notes, ...bundle.notes] };
      } catch (error) {
        connection.reject(error);
        return withoutIt(error as Error, name, signal);
      }
    },
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
export async function runOverSsh(
  link: Link,
  script: string,
  request: ScriptRequest,
  to: Destination,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Printed> {
  const input = await scriptInput(script, request, wordsOf(to), terminal, signal);
  const command = ['sh', '-s', '--', ...scriptWords(request)].map(shellQuote).join(' ');
  const first = await link.exec(`${command} --unless-requiretty`, input, false, signal);
  if (!wantsTerminal(first.output)) return first;
  // A shell that reads from a terminal prompts, and sees no end of input: the script comes to it through a pipe.
  return link.exec(`head -c ${input.length} | ${command}`, input, true, signal);
}

/** The script printed nothing but that sudo wants a terminal. */
function wantsTerminal(output: Buffer): boolean {
  return output.length < 1024 * 1024 && output.includes('\nrequiretty\n');
}

function withoutIt(error: Error, name: string, signal: AbortSignal) {
  const detail = `${name}: ${error.message}`;
  if (error instanceof SourceError)
    throw new SourceError(detail, { cause: error, instead: absentBundle(isOfHost, 'denied', detail) });
  const known = error instanceof ConnectError;
  if (!known && !signal.aborted) throw error;
  const why = signal.aborted ? absenceReasonOf(signal) : 'not-gathered';
  return { ...absentBundle(isOfHost, why, detail), notes: [`${detail}.`] };
}

function deferred<T>() {
  let [resolve, reject]: [(value: T) => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((succeed, fail) => {
    [resolve, reject] = [succeed, fail];
  });
  return { promise, resolve, reject };
}
