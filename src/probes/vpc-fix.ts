import type { Fix, Patch } from '../finding.ts';
import type { Layer } from '../layers.ts';
import type { Verdict } from '../vpc/index.ts';
import type { Network } from './vpc-topology.ts';
import { command } from './wording.ts';

/**
 * The fix that the engine proposes, as steps for AWS and patches of the items that the network was read from. A step that is
 * for another account than the connection's says so.
 *
 * @param layer the layer that is looked at again to see it work
 * @returns undefined where the engine knows none
 */
export function vpcFix({ placeOf }: Network, { fix }: Verdict, layer: Layer): Fix | undefined {
  if (fix === undefined) return undefined;
  return {
    steps: fix.map(({ command: run, undo, risk, instead, patch }) => {
      const [, account, region] = /^aws\/([^/]+)\/([^/]+)\//.exec(placeOf(patch.part, patch.path).item) ?? [];
      const there = account === undefined ? '' : ` It is in account ${account}, Region ${region}.`;
      return {
        where: 'AWS',
        run,
        effect: 'none',
        risk: `${risk}${there}`,
        ...(instead === undefined ? {} : { instead }),
        undo: command(undo),
        verify: `\`dms-doctor check --only ${layer}\`, then DMS’s own connection test`,
      };
    }),
    patches: fix
      .flatMap(({ patch, further = [] }) => [patch, ...further])
      .map((patch): Patch => {
        const { item, path } = placeOf(patch.part, patch.path);
        return 'push' in patch ? { item, path, push: patch.push } : { item, path, set: patch.set };
      }),
  };
}
