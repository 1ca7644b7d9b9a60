import type { Declare } from './declare.ts';
import { examples } from './examples.ts';
import { io, outputOptions } from './output.ts';
import { UsageError } from './usage.ts';
import { addresses, durationOf, portOf } from './values.ts';

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
        .option('ssh', { type: 'string', requiresArg: true, describe: 'run it on a host, as [user@]host[:port]' })
        .option('ask-sudo-password', {
          type: 'boolean',
          default: false,
          describe: 'ask on the terminal for the password that sudo wants there',
        })
        .option('timeout', { type: 'string', requiresArg: true, default: '2m', describe: 'how long it may take' })
        .option('local', { type: 'boolean', default: false, describe: 'run it on this very host' })
        .option('output', { type: 'string', requiresArg: true, describe: 'the file that gets what it prints' })
        .option('port', { type: 'string', requiresArg: true, describe: 'the source’s port (default 5432)' })
        .option('database', { type: 'string', requiresArg: true, describe: 'the database that DMS reads' })
        .option('user', { type: 'string', requiresArg: true, describe: 'the role that DMS logs in as' })
        .option('from', {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'an address to look for in the kernel’s log',
        })
        .epilogue(
          examples([
            ['dms-doctor collect --print-script > facts.sh', 'read it, hand it out'],
            ["ssh db 'sudo sh' < facts.sh > facts.txt", 'how it is run'],
            ['sudo dms-doctor collect --local --output facts.txt', 'the same, on the source host'],
          ]),
        ),
    async (args) => {
      if ([args.printScript, args.local, args.ssh !== undefined].filter(Boolean).length !== 1)
        throw new UsageError('collect: give --print-script, --ssh HOST, or --local on the source host');
      const { runCollect } = await import('../commands/collect.ts');
      set(
        await runCollect(
          {
            printScript: args.printScript,
            ssh: args.ssh,
            askSudoPassword: args.askSudoPassword,
            timeout: durationOf('--timeout', args.timeout),
            output: args.output,
            port: portOf(args.port),
            database: args.database,
            user: args.user,
            from: await addresses(args.from ?? []),
            quiet: args.quiet,
          },
          io(),
        ),
      );
    },
  );
