import { emptyFlow } from '../flow.ts';
import type { CheckOptions } from './check.ts';
import { runCheck } from './check.ts';
import type { Io } from './io.ts';
import { nothingLive } from './sources.ts';
import { packageFile } from './version.ts';

const opening = `The story of a legacy host, judged from the bundle that ships with dms-doctor:
its security group was right, iptables blocked, the address was added there, and it still blocked …

`;

/** Runs `demo`: the story's bundle through the real `check`. @returns 0; what `check` would have exited with is printed */
export async function runDemo(options: Pick<CheckOptions, 'color' | 'verbose' | 'quiet'>, io: Io): Promise<number> {
  io.stdout(opening);
  const code = await runCheck(
    {
      ...options,
      bundles: [await packageFile('fixtures/legacy-host')],
      flow: emptyFlow,
      scope: null,
      demote: [],
      failOn: 'unknown',
      format: 'text',
      reports: [],
      live: nothingLive,
      plan: undefined,
      saveBundle: undefined,
      wait: undefined,
      maxAge: undefined,
      timeout: 0,
    },
    io,
  );
  io.stdout(`\nThis was a demonstration. \`dms-doctor check\` would have exited with ${code} here.\n`);
  return 0;
}
