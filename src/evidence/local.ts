import { afterTestWord } from './after-test-name.ts';
import { expectedOf, hostEvidence } from './host-evidence.ts';
import type { PreparedScript, ScriptRequest } from './run-script.ts';
import { prepareScript, runScript } from './run-script.ts';
import type { Source } from './source.ts';
import { absenceReasonOf, absentBundle } from './source.ts';
import type { Terminal } from './terminal.ts';

/**
 * This very host as a source: `--local`.
 *
 * @param script the path of host-facts.sh
 * @param request the same answer each time that it is asked
 */
export function localSource(
  script: string,
  request: () => Promise<ScriptRequest>,
  terminal: Terminal | undefined,
): Source {
  const name = 'this host';
  let prepared: Promise<PreparedScript> | undefined;
  const run = async (signal: AbortSignal, ...more: string[]) => {
    prepared ??= request().then((asked) => prepareScript(script, asked, 'this user', terminal, signal));
    const { input, words } = await prepared;
    return runScript({ input, words: [...words, ...more] }, signal);
  };
  return {
    name,
    gather: async (signal) => {
      const expected = expectedOf(request, signal);
      try {
        const printed = await run(signal);
        return hostEvidence(printed, name, await expected, signal, Date.now());
      } catch (error) {
        return absentBundle(await expected, absenceReasonOf(signal), `host-facts.sh: ${(error as Error).message}`);
      }
    },
    lookAgain: (signal) => run(signal, afterTestWord),
  };
}
