import { hostEvidence, isOfHost } from './host-evidence.ts';
import type { ScriptRequest } from './run-script.ts';
import { runScript } from './run-script.ts';
import type { Source } from './source.ts';
import { absenceReasonOf, absentBundle } from './source.ts';
import type { Terminal } from './terminal.ts';

/** This very host as a source: `--local`. */
export function localSource(script: string, request: ScriptRequest, terminal: Terminal | undefined): Source {
  const name = 'this host';
  return {
    name,
    gather: async (signal) => {
      try {
        return hostEvidence(await runScript(script, request, terminal, signal), name, signal, Date.now());
      } catch (error) {
        return absentBundle(isOfHost, absenceReasonOf(signal), `host-facts.sh: ${(error as Error).message}`);
      }
    },
  };
}
