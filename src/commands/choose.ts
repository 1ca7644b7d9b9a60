import { createInterface } from 'node:readline/promises';
import type { AwsConnection } from '../evidence/aws/select.ts';
import { connectionWords } from '../evidence/aws/select.ts';
import { plain } from '../report/plain.ts';

/**
 * Lets the user choose one of several connections by its number, on the terminal.
 *
 * @param say prints on the terminal
 * @returns undefined where none was chosen: an empty answer, the end of input, or an interruption
 */
export async function choose(
  connections: readonly AwsConnection[],
  say: (text: string) => void,
  signal: AbortSignal,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<AwsConnection | undefined> {
  say('Several connections fit. Which one is meant?\n');
  for (const [index, one] of connections.entries()) say(`  ${index + 1}  ${plain(connectionWords(one))}\n`);
  // Not as a terminal: Ctrl-C then stays what it is everywhere else in a run.
  const lines = createInterface({ input, terminal: false });
  const ended = new Promise<undefined>((done) => {
    lines.once('close', () => done(undefined));
    if (signal.aborted) done(undefined);
    signal.addEventListener('abort', () => done(undefined), { once: true });
  });
  try {
    for (;;) {
      say(`Number (1 to ${connections.length}, empty for none): `);
      const answer = await Promise.race([new Promise<string>((done) => lines.once('line', done)), ended]);
      if (answer === undefined || answer.trim() === '') return undefined;
      const chosen = connections[Number(answer) - 1];
      if (chosen !== undefined) return chosen;
    }
  } finally {
    lines.close();
  }
}
