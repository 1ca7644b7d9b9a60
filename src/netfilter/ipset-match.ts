import type { Family } from './addresses.ts';
import { doubtful, type Match } from './program.ts';
import type { Option } from './rule-words.ts';

/** `--match-set NAME FLAGS`. */
export function matchIpset({ args }: Option, _family: Family): Match | undefined {
  return args.length < 2 ? undefined : doubtful(`what the set ${args[0]} holds`);
}
