import { open } from 'node:fs/promises';
import type { Explanation } from '../errors/cause.ts';
import { createExplainer } from '../errors/explainer.ts';
import type { Explainer } from '../errors/explainer.ts';

/** What `explain` is asked. */
export type ExplainOptions = {
  /** The text argument; it wins over files, and files over standard input. */
  readonly text?: string;
  readonly files: readonly string[];
  readonly format: 'text' | 'json' | 'markdown';
  /** Standard input where it is not a terminal. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Whether to show on standard error how much of a file has been read. */
  readonly progress?: boolean;
};

/** Where `explain` writes. */
export type ExplainOutput = { stdout(text: string): void; stderr(text: string): void };

const chunkSize = 1 << 20;

/**
 * Runs `dms-doctor explain`.
 *
 * @returns the exit code: 0 something was explained (also a text recognised as saying nothing), 1 nothing was recognised,
 *   2 nothing to read, or a file that cannot be read
 */
export async function runExplain(options: ExplainOptions, io: ExplainOutput): Promise<number> {
  const explainer = createExplainer();
  if (options.text !== undefined && options.text.trim() !== '') explainer.push(options.text);
  else if (options.files.length > 0) {
    for (const file of options.files) {
      try {
        await readFileInto(explainer, file, options.progress === true ? io : undefined);
      } catch (error) {
        io.stderr(`dms-doctor: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
        return 2;
      }
    }
  } else if (options.stdin === undefined) {
    io.stderr('dms-doctor: nothing to explain: give a code or a text, --file LOG, or pipe a log into standard input\n');
    return 2;
  } else for await (const chunk of options.stdin) explainer.push(chunk);
  const explanations = explainer.end();
  io.stdout(await render(explanations, options));
  return explanations.length > 0 ? 0 : 1;
}

/** Reads a file piece by piece; the next piece is read while this one is searched. */
async function readFileInto(explainer: Explainer, file: string, progress: ExplainOutput | undefined): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    let now = Buffer.allocUnsafe(chunkSize);
    let spare = Buffer.allocUnsafe(chunkSize);
    let done = 0;
    let shown = -1;
    let reading = handle.read(now, 0, chunkSize);
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) break;
      reading = handle.read(spare, 0, chunkSize);
      explainer.push(now.subarray(0, bytesRead));
      [now, spare] = [spare, now];
      done += bytesRead;
      const percent = size > 0 ? Math.floor((100 * done) / size) : 0;
      if (progress !== undefined && size > 0 && percent !== shown) {
        shown = percent;
        progress.stderr(`\r${'█'.repeat(percent / 5).padEnd(20, '░')} ${percent} %`);
      }
    }
    if (shown >= 0) progress?.stderr('\r\u001b[K');
  } finally {
    await handle.close();
  }
}

/** Loads only the form that is asked for. */
async function render(explanations: readonly Explanation[], { format, width, color }: ExplainOptions): Promise<string> {
  if (format === 'json') return (await import('../report/explanation-json.ts')).explanationJson(explanations);
  if (format === 'markdown')
    return (await import('../report/explanation-markdown.ts')).explanationMarkdown(explanations);
  const { explanationText, plain } = await import('../report/explanation-text.ts');
  const paint = color ? new (await import('chalk')).Chalk({ level: 1 }) : plain;
  return explanationText(explanations, width, paint);
}
