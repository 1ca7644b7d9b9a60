import { FileError } from './commands/io.ts';
import { exitCodes } from './exit-code.ts';
import { check } from './options/check.ts';
import { collect } from './options/collect.ts';
import { completion } from './options/completion.ts';
import type { Declare } from './options/declare.ts';
import { optionsOf } from './options/declared.ts';
import { demo } from './options/demo.ts';
import { examples } from './options/examples.ts';
import { explain, runExplain } from './options/explain.ts';
import { UsageError } from './options/usage.ts';

/** The commands; each loads what it runs only where it is called. */
const commands: Readonly<Record<string, Declare>> = {
  check,
  explain,
  collect,
  demo,
  completion: completion(() => commands),
};

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
    return runExplain({ text: argv.slice(1), format: 'text' });
  let code: number = exitCodes.open;
  const set = (result: number) => {
    code = result;
  };
  const words = withStandardInput(argv);
  const [first = '', ...rest] = words;
  // Parsed as the only command it needs neither the others' options nor the help that yargs makes ready for a subcommand.
  const alone = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (alone === undefined && first !== '' && !first.startsWith('-')) throw await noSuchCommand(first);
  const { default: yargs } = await import('yargs');
  const parser = yargs(alone === undefined ? words : rest)
    .scriptName(alone === undefined ? 'dms-doctor' : `dms-doctor ${first}`)
    .locale('en')
    .parserConfiguration(parserConfiguration)
    .strict()
    .version(false)
    .option('version', { type: 'boolean', describe: 'print the version' })
    .help()
    .alias('help', 'h')
    .exitProcess(false);
  parser.fail((message, error) => {
    const options = optionsOf(parser).map(({ name }) => name);
    throw error ?? new UsageError(message, options);
  });
  if (alone !== undefined) alone(parser, '$0', set);
  else {
    parser.usage(
      '$0 <command>\n\nFinds every wall between an AWS DMS replication instance and a PostgreSQL source, in one run.',
    );
    for (const [name, declare] of Object.entries(commands)) declare(parser, name, set);
    parser
      .epilogue(
        `${examples([
          ['dms-doctor demo', 'look around'],
          ['dms-doctor check --bundle facts.txt', 'judge what host-facts.sh gathered'],
          ["dms-doctor explain '1020912 … [unixODBC]timeout expired'", 'where on the path is that?'],
        ])}\n\nEach command has its own: dms-doctor check --help`,
      )
      .demandCommand(1, `Which command? ${listed(Object.keys(commands))}.`);
  }
  await parser.parseAsync();
  return code;
}

async function noSuchCommand(word: string): Promise<UsageError> {
  const { suggestion } = await import('./options/suggest.ts');
  return new UsageError(`no such command: ${word}${suggestion(word, Object.keys(commands))}`);
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** yargs takes a lone `-` for no value at all; here it is the name of standard input. */
function withStandardInput(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    if (word === '-' && argv[index - 1] === '--bundle') return [];
    return word === '--bundle' && argv[index + 1] === '-' ? ['--bundle=-'] : [word];
  });
}

/** What a person can mend gets one line; what is our own fault says so, with its stack under --debug only. */
async function report(error: unknown): Promise<number> {
  // A bundle's own words may stand in the message.
  const { plain } = await import('./report/plain.ts');
  const said = error instanceof Error ? error.message : String(error);
  const { misspelt } = await import('./options/misspelt.ts');
  const message = plain(error instanceof UsageError ? await misspelt(said, error.known) : said);
  const usage = error instanceof UsageError || (error instanceof Error && error.name === 'YError');
  const known =
    usage ||
    error instanceof FileError ||
    (error instanceof Error && ['BundleError', 'SourceError'].includes(error.name));
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
