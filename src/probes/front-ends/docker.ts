import { proposeAccept, tableOf, type KernelFix } from '../../netfilter/index.ts';
import type { Decided } from './block.ts';

/**
 * A rule of DOCKER-USER, the one chain that docker asks before its own and leaves alone. Undefined where the packet is not
 * forwarded, or is decided on before that chain is asked.
 */
export function dockerUserRule({ host, part, decider, attempt }: Decided): KernelFix | undefined {
  const table = tableOf(host, decider);
  const forward = table?.chains.get('FORWARD');
  if (decider.hook !== 'forward' || forward === undefined || !table?.chains.has('DOCKER-USER')) return undefined;
  const call = forward.rules.find(({ ref }) => ref.text.endsWith(' -j DOCKER-USER'))?.index;
  const [base] = [...decider.jumps, decider];
  const at = base?.chain === 'FORWARD' ? (base.index ?? Infinity) : 0;
  if (call === undefined || at < call) return undefined;
  const index = decider.chain === 'DOCKER-USER' ? decider.index : 1;
  return proposeAccept(host, part, decider, attempt, { chain: 'DOCKER-USER', index });
}
