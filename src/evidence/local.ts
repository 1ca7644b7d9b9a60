import { hostBundle } from './bundle.ts';
import { BundleError } from './manifest.ts';
import type { ScriptRequest } from './run-script.ts';
import { runScript } from './run-script.ts';
import type { Source } from './source.ts';
import { absenceReasonOf, absentBundle } from './source.ts';

/** This very host as a source: `--local`. */
export function localSource(script: string, request: ScriptRequest): Source {
  const name = 'this host';
  return {
    name,
    gather: async (signal) => {
      try {
        return hostBundle(await runScript(script, request, signal), name);
      } catch (error) {
        const detail = error instanceof BundleError ? error.message : `host-facts.sh: ${(error as Error).message}`;
        return absentBundle(isOfHost, absenceReasonOf(signal), detail);
      }
    },
  };
}

/** The items that the host script brings: the host's, and the database's files. */
function isOfHost(name: string): boolean {
  return name.startsWith('host/') || (name.startsWith('postgres/') && !name.endsWith('.json'));
}
