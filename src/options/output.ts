import type { Argv } from 'yargs';
import type { Io } from '../commands/io.ts';
import { FileError } from '../commands/io.ts';

/** The options of every command that prints: how much, and how it looks. */
export function outputOptions<T>(y: Argv<T>) {
  return y
    .option('color', { type: 'boolean', describe: 'colours (--no-color; NO_COLOR is honoured)' })
    .option('verbose', { type: 'boolean', default: false, describe: 'also the evidence of what passes' })
    .option('quiet', { type: 'boolean', default: false, describe: 'the verdict, what blocks, what to do next' })
    .option('debug', { type: 'boolean', default: false, describe: 'print stacks of errors' });
}

/** Whether standard output is to be coloured. */
export async function colored(flag: boolean | undefined): Promise<boolean> {
  return (await import('../commands/style.ts')).wantsColor(flag, process.env, process.stdout.isTTY);
}

/** What the commands may do with this process. */
export function io(): Io {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    write: async (file, content, { secret = false } = {}) => {
      const { chmod, writeFile } = await import('node:fs/promises');
      const mode = 0o600;
      try {
        await writeFile(file, content, secret ? { mode } : {});
        // One that was there before keeps the mode that it had.
        if (secret) await chmod(file, mode);
      } catch (error) {
        throw new FileError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`, { cause: error });
      }
    },
    readStdin: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    // A terminal that does not know its width has 0 columns: a spinner would clear lines there without end.
    progress: process.stderr.isTTY && process.stderr.columns > 0 && !process.env['CI'],
    asks: process.stdin.isTTY && process.stderr.isTTY,
    width: process.stdout.columns || 80,
  };
}
