import type { Source } from '../evidence/source.ts';
import type { Flow } from '../flow.ts';
import { packageFile } from './version.ts';

/** Where a user lets `check` look live. */
export type LiveOptions = {
  /** This very host is the source host. */
  readonly local: boolean;
};

/** Whether there is anything live to ask. */
export function asksLive(options: LiveOptions): boolean {
  return options.local;
}

/** The live sources that the options name, the one whose items count first; their modules are loaded only here. */
export async function liveSources(options: LiveOptions, flow: Flow): Promise<Source[]> {
  const sources: Source[] = [];
  if (options.local) {
    const { localSource } = await import('../evidence/local.ts');
    sources.push(
      localSource(await packageFile('dist/host-facts.sh'), {
        port: flow.port,
        // The kernel's log is searched for addresses, not for ranges.
        addresses: flow.from.filter((one) => !one.includes('/')),
      }),
    );
  }
  return sources;
}
