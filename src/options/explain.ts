import { exitCodes } from '../exit-code.ts';
import type { Declare } from './declare.ts';
import { examples } from './examples.ts';
import { colored, io, outputOptions } from './output.ts';

const formats = ['text', 'json', 'markdown'] as const;

/** `explain`: what an error, a log or one of our own codes says. */
export const explain: Declare = (parser, name, set) =>
  parser.command(
    `${name} [text..]`,
    'explain a DMS error, a log, or one of this tool’s own codes (SHW002)',
    (y) =>
      outputOptions(y)
        .positional('text', { type: 'string', array: true, describe: 'a code or a message; quote it' })
        .option('file', { type: 'string', array: true, describe: 'a log to read; may be repeated', requiresArg: true })
        .option('format', { choices: formats, default: 'text' as const, describe: 'how to write the answer' })
        .epilogue(
          examples([
            ["dms-doctor explain 'RetCode: SQL_ERROR SqlState: 08001 … timeout expired'", 'a message of DMS; quote it'],
            ['dms-doctor explain --file task.log', 'the whole log of a task: the root cause first'],
            ['aws dms describe-connections | dms-doctor explain', 'what is piped in'],
            ['dms-doctor explain SHW002', 'the page of a finding of check'],
          ]),
        ),
    async (args) => set(await runExplain(args)),
  );

type ExplainArguments = {
  text?: string[] | undefined;
  file?: string[] | undefined;
  format: (typeof formats)[number];
  color?: boolean | undefined;
};

/** Runs `explain` on what was asked. @returns the exit code */
export async function runExplain(args: ExplainArguments): Promise<number> {
  const text = args.text === undefined || args.text.length === 0 ? undefined : args.text.join(' ');
  if (text !== undefined && /^\s*[A-Za-z]{2,3}\d{3}\s*$/.test(text)) {
    const { explainCode } = await import('../commands/explain-code.ts');
    if (await explainCode(text, args.format, io())) return exitCodes.open;
  }
  const command = await import('../commands/explain.ts');
  const port = io();
  const code = await command.runExplain(
    {
      ...(text === undefined ? {} : { text }),
      files: args.file ?? [],
      format: args.format,
      ...(process.stdin.isTTY ? {} : { stdin: process.stdin }),
      color: await colored(args.color),
      width: port.width,
      progress: port.progress,
    },
    port,
  );
  if (code === exitCodes.blocked && text !== undefined) await suggestCode(text.trim().toUpperCase());
  return code;
}

/** A word that looks like a code of ours and is none may be one with a slip of the finger. */
async function suggestCode(word: string): Promise<void> {
  if (!/^[A-Z]{1,4}\d{1,4}$/.test(word)) return;
  const [{ catalogue }, { nearest }] = await Promise.all([import('../findings/index.ts'), import('./suggest.ts')]);
  const codes = Object.keys(catalogue);
  const near = nearest(word, codes);
  const kin = codes.filter((code) => code.replace(/\d+$/, '') === word.replace(/\d+$/, ''));
  if (near === undefined && kin.length === 0) return;
  const words = near === undefined ? `there are ${kin[0]} to ${kin.at(-1)}` : `did you mean ${near}?`;
  io().stderr(`dms-doctor: no finding has the code ${word}; ${words}\n`);
}
