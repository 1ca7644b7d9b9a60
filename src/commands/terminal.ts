import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import type { Terminal } from '../evidence/terminal.ts';

/**
 * The terminal that this process was started from, whatever its standard streams are; undefined where there is none.
 *
 * @param hold keeps the progress and the clock still; it returns what ends that
 */
export function terminalOf(hold: () => () => void): Terminal | undefined {
  if (!isThere()) return undefined;
  // One question at a time: two sources may ask at once.
  let before: Promise<unknown> = Promise.resolve();
  const ask: Terminal['ask'] = (question, signal) => {
    const answer = before.then(async () => {
      if (signal.aborted) return undefined;
      const resume = hold();
      try {
        return await hiddenAnswer(question, signal);
      } finally {
        resume();
      }
    });
    before = answer.catch(() => undefined);
    return answer;
  };
  return { ask, hold };
}

function isThere(): boolean {
  if (process.platform === 'win32') return process.stdin.isTTY;
  try {
    new ReadStream(openSync('/dev/tty', 'r+')).destroy();
    return true;
  } catch {
    return false;
  }
}

const enter = ['\r', '\n'];
const rubOut = ['\u007f', '\b'];
const interrupt = '\u0003';
const endOfInput = '\u0004';

/** Reads one line without showing it. Ctrl-C interrupts the run, as it would anywhere. */
function hiddenAnswer(question: string, signal: AbortSignal): Promise<string | undefined> {
  const isWindows = process.platform === 'win32';
  const input = isWindows ? process.stdin : new ReadStream(openSync('/dev/tty', 'r+'));
  const output = isWindows ? process.stderr : new WriteStream(openSync('/dev/tty', 'w'));
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (answer: string | undefined) => {
      signal.removeEventListener('abort', stop);
      input.off('data', read);
      input.setRawMode(false);
      output.write('\n');
      if (isWindows) input.pause();
      else {
        input.destroy();
        output.end();
      }
      resolve(answer);
    };
    const stop = () => finish(undefined);
    const read = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (enter.includes(character)) return finish(typed.join(''));
        if (character === interrupt || character === endOfInput) {
          finish(undefined);
          if (character === interrupt) process.kill(process.pid, 'SIGINT');
          return;
        }
        if (rubOut.includes(character)) typed = typed.slice(0, -1);
        else typed.push(character);
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    // First, for what is pasted at once would be shown.
    input.setRawMode(true);
    // The other side chose some of these words.
    output.write(question.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' '));
    input.on('data', read);
    input.resume();
  });
}
