import type { Declare } from './declare.ts';
import { examples } from './examples.ts';
import { colored, io, outputOptions } from './output.ts';

/** `demo`: the story of a legacy host. */
export const demo: Declare = (parser, name, set) =>
  parser.command(
    name,
    'the story of a legacy host, from the bundle that ships here',
    (y) => outputOptions(y).epilogue(examples([['dms-doctor demo --verbose', 'with all of the evidence']])),
    async (args) => {
      const { runDemo } = await import('../commands/demo.ts');
      set(await runDemo({ color: await colored(args.color), verbose: args.verbose, quiet: args.quiet }, io()));
    },
  );
