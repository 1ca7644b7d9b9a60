import type { Style } from '../report/style.ts';
import { noStyle } from '../report/style.ts';

/** The looks of a text report: chalk's where colour is wanted, none elsewhere, where chalk is not even loaded. */
export async function styleFor(color: boolean): Promise<Style> {
  if (!color) return noStyle;
  const { Chalk } = await import('chalk');
  const { bold, dim, red, green, yellow, cyan } = new Chalk({ level: 1 });
  return { bold, dim, red, green, yellow, cyan };
}

/**
 * Whether to colour what goes to a stream: `--no-color` and `NO_COLOR` win, then `FORCE_COLOR`, then whether it is a
 * terminal (no-color.org; chalk does not look at NO_COLOR by itself).
 */
export function wantsColor(flag: boolean | undefined, env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (flag === false || (env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}
