import type { Declare } from './declare.ts';
import { colored, io, outputOptions } from './output.ts';

/** `demo`: the story of a legacy host. */
export const demo: Declare = (parser, name, set) =>
  parser.command(
    name,
    'the story of a legacy host, from the bundle that ships here',
    (y) => outputOptions(y),
    async (args) => {
      const { runDemo } = await import('../commands/demo.ts');
      set(await runDemo({ color: await colored(args.color), verbose: args.verbose, quiet: args.quiet }, io()));
    },
  );
