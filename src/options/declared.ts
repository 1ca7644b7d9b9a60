import type { Argv } from 'yargs';
import type { Declare } from './declare.ts';

/** What yargs knows of declared options; its types do not say so. */
type Declared = {
  readonly key: Readonly<Record<string, unknown>>;
  readonly boolean: readonly string[];
  readonly choices: Readonly<Record<string, readonly string[]>>;
};

/** One option as it was declared. */
export type Option = { readonly name: string; readonly takesValue: boolean; readonly choices: readonly string[] };

/** The options that a parser knows by now, without one-letter names. */
export function optionsOf(parser: Argv): Option[] {
  const { key, boolean, choices } = (parser as unknown as { getOptions(): Declared }).getOptions();
  return Object.keys(key)
    .filter((name) => name.length > 1)
    .map((name) => ({ name, takesValue: !boolean.includes(name), choices: choices[name] ?? [] }));
}

/**
 * The options that a command declares, without running it.
 *
 * @param parser a parser of its own: the options are declared on it
 */
export function declaredBy(declare: Declare, parser: Argv): Option[] {
  const builders: ((y: Argv) => unknown)[] = [];
  const recorder = {
    command: (_name: string, _describe: string, builder: (y: Argv) => unknown) => builders.push(builder),
  };
  declare(recorder as unknown as Argv, '$0', () => undefined);
  for (const build of builders) build(parser);
  return optionsOf(parser);
}
