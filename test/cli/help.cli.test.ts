import { describe, expect, test } from 'vitest';
import { run } from './run.ts';

const commands = ['check', 'explain', 'collect', 'demo', 'completion'];
const helpOf = async (...words: string[]) => (await run([...words, '--help'])).stdout;

describe('--help', () => {
  test('names every command, and is what a call without one points to', async () => {
    const help = await helpOf();
    for (const command of commands) expect(help).toContain(`dms-doctor ${command}`);
    expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringContaining('check, explain, collect') });
  });

  test.each([[], ...commands.map((command) => [command])])('%s: has examples, in 80 columns', async (...words) => {
    const help = await helpOf(...words);
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    const [, examples = ''] = help.split('\nExamples:\n');
    const shown = [...examples.matchAll(/^ {2}(\S.*)\n {6}\S/gm)].map(([, command = '']) => command);
    expect(shown.length).toBeGreaterThan(0);
    // A command that is too long for the page would be wrapped, and could not be copied.
    expect((examples.split('\n\n')[0] ?? '').trimEnd().split('\n')).toHaveLength(2 * shown.length);
    for (const example of shown) {
      const called = /dms-doctor (\w+)/.exec(example)?.[1];
      if (called === undefined) continue;
      expect(commands).toContain(called);
      const known = await helpOf(called);
      for (const option of example.match(/ --[a-z-]+/g) ?? []) expect(known, example).toContain(option.trim());
    }
  });

  test('the options of check stand under the questions that they answer', async () => {
    const help = await helpOf('check');
    const options = help.split('\nOptions:\n')[1]?.match(/--[a-z-]+ /g) ?? [];
    // One that is declared and not grouped would turn up here.
    expect(options.map((option) => option.trim())).toEqual(expect.arrayContaining(['--version', '--help', '--debug']));
    for (const title of ['Where the evidence comes from', 'What is judged, and what gates', 'What is written'])
      expect(help).toContain(`\n${title}:\n`);
  });
});

describe('what was probably meant', () => {
  test.each([
    [['chekc'], 'no such command: chekc (did you mean check?)'],
    [['explian', '1020912'], 'did you mean explain?'],
    [['frobnicate'], 'no such command: frobnicate (--help'],
    [['check', '--bundel', 'x'], 'bundel (did you mean --bundle?)'],
    [['collect', '--print-scrpit'], 'print-scrpit (did you mean --print-script?)'],
    [['check', '--quite'], 'quite (did you mean --quiet?)'],
    [['check', '--xyzzy'], 'unknown: xyzzy (--help'],
    [
      ['check', '--bundle', 'x', '--only', 'shorewal,hots'],
      'shorewal (did you mean shorewall?), hots (did you mean host?)',
    ],
    [['check', '--bundle', 'x', '--skip', 'qqqqqq'], 'no such layer or group: qqqqqq. There are: endpoint, '],
    [['check', '--bundle', 'x', '--demote', 'SWH002'], 'SWH002 (did you mean SHW002?)'],
    [['check', '--bundle', 'x', '--demote', 'pghba'], 'pghba (did you mean pg-hba?)'],
    [
      ['check', '--tls', 'requier'],
      '--tls requier: not one of none, require, verify-ca, verify-full (did you mean require?)',
    ],
    [['check', '--format', 'jason'], 'did you mean json?'],
  ])('%j', async (words, said) => {
    const { code, stdout, stderr } = await run(words);
    expect(stderr).toContain(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('a code of a finding that is none', async () => {
    expect(await run(['explain', 'shv002'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did you mean SHW002?'),
    });
    expect((await run(['explain', 'SHW999'])).stderr).toMatch(
      /no finding has the code SHW999; there are SHW001 to SHW\d{3}/,
    );
    expect((await run(['explain', 'HY000'])).stderr).toBe('');
    expect((await run(['explain', 'SHW002'])).stderr).toBe('');
  });
});
