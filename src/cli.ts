import type { Argv } from 'yargs';
import type { Io } from './commands/io.ts';
import { FileError } from './commands/io.ts';
import { exitCodes, failOnLevels } from './exit-code.ts';
import { migrationTypes, tlsModes } from './flow.ts';
import { reportFormats } from './report/index.ts';

/** A mistake in how the tool was called: one line, exit code 2. */
class UsageError extends Error {}

/** Only what is typed is read: numbers stay texts, arrays take one value each, so that no word is swallowed. */
const parserConfiguration = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'greedy-arrays': false,
  'strip-dashed': true,
};

/** Runs the command line. @returns the exit code */
async function main(argv: string[]): Promise<number> {
  if (argv.includes('--version')) {
    const { tool } = await import('./commands/version.ts');
    process.stdout.write(`${(await tool()).version}\n`);
    return exitCodes.open;
  }
  // A message pasted behind `explain` has no option to parse, and its answer is there before a parser would be.
  if (argv[0] === 'explain' && argv.length > 1 && argv.every((word) => !word.startsWith('-')))
    return explain({ text: argv.slice(1), format: 'text' });
  let code: number = exitCodes.open;
  const set = (result: number) => {
    code = result;
  };
  const words = withStandardInput(argv);
  const [first = '', ...rest] = words;
  // Parsed as the only command it needs neither the others' options nor the help that yargs makes ready for a subcommand.
  const alone = Object.hasOwn(commands, first) ? (first as keyof typeof commands) : undefined;
  const { default: yargs } = await import('yargs');
  const parser = yargs(alone === undefined ? words : rest)
    .scriptName(alone === undefined ? 'dms-doctor' : `dms-doctor ${alone}`)
    .locale('en')
    .parserConfiguration(parserConfiguration)
    .strict()
    .version(false)
    .option('version', { type: 'boolean', describe: 'print the version' })
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
  if (alone !== undefined) commands[alone](parser, '$0', set);
  else {
    parser.usage(
      '$0 <command>\n\nFinds every wall between an AWS DMS replication instance and a PostgreSQL source, in one run.',
    );
    for (const [name, declare] of Object.entries(commands)) declare(parser, name, set);
    parser
      .example('$0 check --bundle facts.txt', 'judge what host-facts.sh gathered')
      .example("$0 explain 'Application-Status: 1020912 … timeout expired'", 'where on the path is that?')
      .demandCommand(1, 'Which command? check, explain, collect or demo.')
      .recommendCommands();
  }
  await parser.parseAsync();
  return code;
}

type Declare = (parser: Argv, name: string, set: (code: number) => void) => unknown;

/** The commands; `name` is the word that calls one, or `$0` where it is the only one. */
const commands = {
  check: (parser, name, set) =>
    parser.command(
      name,
      'judge every layer of the path, say what blocks, and what to change',
      (y) => checkOptions(outputOptions(y)),
      async (args) => set(await (await import('./commands/check.ts')).runCheck(await toCheckOptions(args), io())),
    ),
  explain: (parser, name, set) =>
    parser.command(
      `${name} [text..]`,
      'explain a DMS error, a log, or one of this tool’s own codes (SHW002)',
      (y) =>
        outputOptions(y)
          .positional('text', { type: 'string', array: true, describe: 'a code or a message; quote it' })
          .option('file', {
            type: 'string',
            array: true,
            describe: 'a log to read; may be repeated',
            requiresArg: true,
          })
          .option('format', {
            choices: ['text', 'json', 'markdown'] as const,
            default: 'text' as const,
            describe: 'how to write the answer',
          }),
      async (args) => set(await explain(args)),
    ),
  collect: (parser, name, set) =>
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
        const { runCollect } = await import('./commands/collect.ts');
        const from = await addresses(args.from ?? []);
        set(
          await runCollect({ printScript: args.printScript, output: args.output, port: portOf(args.port), from }, io()),
        );
      },
    ),
  demo: (parser, name, set) =>
    parser.command(
      name,
      'the story of a legacy host, from the bundle that ships here',
      (y) => outputOptions(y),
      async (args) => {
        const { runDemo } = await import('./commands/demo.ts');
        set(await runDemo({ color: await colored(args.color), verbose: args.verbose, quiet: args.quiet }, io()));
      },
    ),
} as const satisfies Record<string, Declare>;

/** yargs takes a lone `-` for no value at all; here it is the name of standard input. */
function withStandardInput(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    if (word === '-' && argv[index - 1] === '--bundle') return [];
    return word === '--bundle' && argv[index + 1] === '-' ? ['--bundle=-'] : [word];
  });
}

function outputOptions<T>(y: Argv<T>) {
  return y
    .option('color', { type: 'boolean', describe: 'colours (--no-color; NO_COLOR is honoured)' })
    .option('verbose', { type: 'boolean', default: false, describe: 'also the evidence of what passes' })
    .option('quiet', { type: 'boolean', default: false, describe: 'the verdict, what blocks, what to do next' })
    .option('debug', { type: 'boolean', default: false, describe: 'print stacks of errors' });
}

function checkOptions<T>(y: Argv<T>) {
  const text = (describe: string) => ({ type: 'string', describe, requiresArg: true }) as const;
  const many = (describe: string) => ({ ...text(describe), array: true }) as const;
  return y
    .option('bundle', many('recorded evidence: a directory, the output of host-facts.sh, or - for standard input'))
    .option('endpoint', text('the DMS source endpoint, by identifier or ARN'))
    .option('replication-instance', text('the DMS replication instance, by identifier or ARN'))
    .option('from', many('an address or CIDR that the connection comes from; may be repeated'))
    .option('host', text('the source’s name or address'))
    .option('port', text('the source’s port'))
    .option('database', text('the database'))
    .option('user', text('the role that DMS logs in as'))
    .option('tls', { choices: tlsModes, describe: 'the endpoint’s TLS mode', requiresArg: true })
    .option('migration-type', { choices: migrationTypes, describe: 'what the task does', requiresArg: true })
    .option('only', many('judge only these layers or groups (comma-separated)'))
    .option('skip', many('leave these layers or groups out (comma-separated)'))
    .option('demote', many('a code or layer whose blocks and unknowns count as warnings; may be repeated'))
    .option('fail-on', {
      choices: failOnLevels,
      default: 'unknown' as const,
      describe: 'from which status on the exit code is not 0',
    })
    .option('format', { choices: reportFormats, default: 'text' as const, describe: 'how to write the report' })
    .option('report', many('also write a report into a file, as FORMAT=FILE; may be repeated'));
}

type CheckArguments = Awaited<ReturnType<typeof checkOptions>['argv']> &
  Awaited<ReturnType<typeof outputOptions>['argv']>;

async function toCheckOptions(args: CheckArguments) {
  const port = portOf(args.port);
  return {
    bundles: args.bundle ?? [],
    flow: {
      from: await addresses(args.from ?? []),
      host: args.host,
      port,
      database: args.database,
      user: args.user,
      tls: args.tls,
      migrationType: args.migrationType,
      endpoint: args.endpoint,
      replicationInstance: args.replicationInstance,
    },
    scope: await scopeOf(args.only, args.skip),
    demote: await demotions(args.demote ?? []),
    failOn: args.failOn,
    format: args.format,
    reports: reportsOf(args.report ?? []),
    verbose: args.verbose,
    quiet: args.quiet,
    color: await colored(args.color),
  };
}

async function addresses(texts: readonly string[]): Promise<readonly string[]> {
  const { isAddressOrCidr } = await import('./address.ts');
  for (const text of texts) if (!isAddressOrCidr(text)) throw new UsageError(`--from ${text}: not an address or CIDR`);
  return texts;
}

function portOf(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : Number(text);
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535))
    throw new UsageError(`--port ${text}: a port is a number from 1 to 65535`);
  return port;
}

function reportsOf(texts: readonly string[]) {
  return texts.map((text) => {
    const [, name, file] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    const format = reportFormats.find((known) => known === name);
    if (format === undefined || file === undefined)
      throw new UsageError(`--report ${text}: write FORMAT=FILE, with a format of ${reportFormats.join(', ')}`);
    return { format, file };
  });
}

async function scopeOf(only: string[] | undefined, skip: string[] | undefined) {
  if (only === undefined && skip === undefined) return null;
  const { layers, readLayers } = await import('./layers.ts');
  const read = (names: string[] | undefined) => {
    const { layers: found, unknown } = readLayers((names ?? []).flatMap((name) => name.split(',')).filter(Boolean));
    if (unknown.length > 0)
      throw new UsageError(`no such layer or group: ${unknown.join(', ')} (layers: ${layers.join(', ')})`);
    return found;
  };
  const out = read(skip);
  const scope = (only === undefined ? [...layers] : read(only)).filter((layer) => !out.includes(layer));
  if (scope.length === 0) throw new UsageError('--only and --skip leave no layer to judge');
  return scope;
}

async function demotions(names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const [{ catalogue }, { isLayer }] = await Promise.all([import('./findings/index.ts'), import('./layers.ts')]);
  const unknown = names.filter((name) => !isLayer(name) && !Object.hasOwn(catalogue, name));
  if (unknown.length > 0) throw new UsageError(`--demote ${unknown.join(', ')}: no such code or layer`);
  return names;
}

type ExplainArguments = {
  text?: string[] | undefined;
  file?: string[] | undefined;
  format: 'text' | 'json' | 'markdown';
  color?: boolean | undefined;
};

async function explain(args: ExplainArguments): Promise<number> {
  const text = args.text === undefined || args.text.length === 0 ? undefined : args.text.join(' ');
  if (text !== undefined && /^\s*[A-Za-z]{2,3}\d{3}\s*$/.test(text)) {
    const { explainCode } = await import('./commands/explain-code.ts');
    if (await explainCode(text, args.format, io())) return exitCodes.open;
  }
  const { runExplain } = await import('./commands/explain.ts');
  return runExplain(
    {
      ...(text === undefined ? {} : { text }),
      files: args.file ?? [],
      format: args.format,
      ...(process.stdin.isTTY ? {} : { stdin: process.stdin }),
      color: await colored(args.color),
      width: columns(),
      progress: process.stderr.isTTY && !process.env['CI'],
    },
    io(),
  );
}

async function colored(flag: boolean | undefined): Promise<boolean> {
  return (await import('./commands/style.ts')).wantsColor(flag, process.env, process.stdout.isTTY);
}

function columns(): number {
  return process.stdout.columns || 80;
}

function io(): Io {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    write: async (file, text) => {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
        throw new FileError(`${file}: cannot be written (${error.code})`, { cause: error });
      });
    },
    readStdin: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    width: columns(),
  };
}

/** What a person can mend gets one line; what is our own fault says so, with its stack under --debug only. */
async function report(error: unknown): Promise<number> {
  // A bundle's own words may stand in the message.
  const { plain } = await import('./report/plain.ts');
  const message = plain(error instanceof Error ? error.message : String(error));
  const usage = error instanceof UsageError || (error instanceof Error && error.name === 'YError');
  const known = usage || error instanceof FileError || (error instanceof Error && error.name === 'BundleError');
  process.stderr.write(`dms-doctor: ${message}${usage ? ' (--help lists what there is)' : ''}\n`);
  if (!known) process.stderr.write('This is a fault of dms-doctor; --debug prints where.\n');
  if (process.argv.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCodes.usage;
}

// A reader that goes away (`| head`) ends the output, not the run with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = await report(error);
}
