import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { choose } from '../../src/commands/choose.ts';

const connections = [
  { endpoint: 'a', replicationInstance: 'one', status: 'failed' },
  { endpoint: 'b', replicationConfig: 'less' },
  { endpoint: 'c\u001b[2J' },
];

/** What a person types, line by line, each when it is asked for. */
async function typed(answers: readonly string[], signal = new AbortController().signal) {
  const input = new PassThrough();
  const said: string[] = [];
  const left = [...answers];
  const chosen = await choose(
    connections,
    (text) => {
      said.push(text);
      if (!text.startsWith('Number')) return;
      const answer = left.shift();
      setImmediate(() => (answer === undefined ? input.end() : input.write(`${answer}\n`)));
    },
    signal,
    input,
  );
  return { chosen, said: said.join('') };
}

test('lists every connection with its number, without control sequences', async () => {
  const { said } = await typed([]);
  expect(said).toContain(
    '  1  a from one (failed)\n  2  b from less (serverless) (never tested)\n  3  c from no instance',
  );
  expect(said).not.toContain('\u001b');
});

test.each<[string, string[], string | undefined]>([
  ['a number', ['2'], 'b'],
  ['another answer is asked again', ['0', '4', 'a', '1.5', '1'], 'a'],
  ['nothing', [''], undefined],
  ['the end of input', [], undefined],
])('%s', async (_, answers, expected) => {
  expect((await typed(answers)).chosen?.endpoint).toBe(expected);
});

test('an interruption ends it', async () => {
  const stop = new AbortController();
  const asked = choose(connections, () => undefined, stop.signal, new PassThrough());
  stop.abort();
  expect(await asked).toBeUndefined();
});
