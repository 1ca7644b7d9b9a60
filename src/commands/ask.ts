import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * Asks for a secret on the terminal, without showing what is typed.
 *
 * @returns undefined where there is no terminal, or nobody answered before the signal came
 */
export async function askSecret(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // On a raw terminal Ctrl-C is a key: it is to stay what it is everywhere else in a run.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  process.stderr.write(question);
  try {
    return await lines.question('', { signal });
  } catch {
    return undefined;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
