import type { Declare } from './declare.ts';
import { io, outputOptions } from './output.ts';
import { UsageError } from './usage.ts';
import { addresses, portOf } from './values.ts';

/** `collect`: the source host's part, gathered or as a script. */
export const collect: Declare = (parser, name, set) =>
  parser.command(
    name,
    'gather the source host’s part with the read-only script, or print that script for a DBA',
    (y) =>
      outputOptions(y)
        .option('print-script', {
          type: 'boolean',
          default: false,
          describe: 'print the script, to be read and run elsewhere',
        })
        .option('local', { type: 'boolean', default: false, describe: 'run it on this very host' })
        .option('output', { type: 'string', requiresArg: true, describe: 'the file that gets what it prints' })
        .option('port', { type: 'string', requiresArg: true, describe: 'the source’s port (default 5432)' })
        .option('from', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'an address to look for in the kernel’s log',
        }),
    async (args) => {
      if (args.printScript === args.local)
        throw new UsageError('collect: give --print-script, or --local on the source host');
      const { runCollect } = await import('../commands/collect.ts');
      const from = await addresses(args.from ?? []);
      set(
        await runCollect({ printScript: args.printScript, output: args.output, port: portOf(args.port), from }, io()),
      );
    },
  );
