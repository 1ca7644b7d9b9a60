import type { CompletedOption, Shell, Words } from '../commands/completion.ts';
import { exitCodes } from '../exit-code.ts';
import type { Declare } from './declare.ts';
import type { Option } from './declared.ts';
import { examples } from './examples.ts';
import { io } from './output.ts';

const shells = ['bash', 'zsh'] as const satisfies readonly Shell[];

/**
 * `completion`: a script with which a shell completes commands, options and their values.
 *
 * @param commands all commands; they are asked for their options when the script is made
 */
export function completion(commands: () => Readonly<Record<string, Declare>>): Declare {
  return (parser, name, set) =>
    parser.command(
      `${name} [shell]`,
      'print a script that completes commands, options, layers and codes in bash or zsh',
      (y) =>
        y.positional('shell', { choices: shells, describe: 'the shell; by default the one that SHELL names' }).epilogue(
          examples([
            ['source <(dms-doctor completion bash)', 'in ~/.bashrc'],
            ['source <(dms-doctor completion zsh)', 'in ~/.zshrc, behind compinit'],
          ]),
        ),
      async ({ shell = process.env['SHELL']?.endsWith('zsh') === true ? 'zsh' : 'bash' }) => {
        const { completionScript } = await import('../commands/completion.ts');
        io().stdout(completionScript(shell, await wordsOf(commands())));
        set(exitCodes.open);
      },
    );
}

async function wordsOf(commands: Readonly<Record<string, Declare>>): Promise<Words> {
  const [{ default: yargs }, { declaredBy }, { catalogue }, { groups, layers }, { reportFormats }] = await Promise.all([
    import('yargs'),
    import('./declared.ts'),
    import('../findings/index.ts'),
    import('../layers.ts'),
    import('../report/index.ts'),
  ]);
  const codes = Object.keys(catalogue);
  const names = [...layers, ...Object.keys(groups)];
  const known: Readonly<Record<string, Pick<CompletedOption, 'values' | 'list'>>> = {
    only: { values: names, list: true },
    skip: { values: names, list: true },
    demote: { values: [...layers, ...codes], list: false },
    report: { values: reportFormats.map((format) => `${format}=`), list: false },
  };
  const completed = ({ name, takesValue, choices }: Option): CompletedOption => ({
    name,
    takesValue,
    ...(known[name] ?? { values: choices, list: false }),
  });
  return {
    commands: new Map(
      Object.entries(commands).map(([command, declare]) => [
        command,
        declaredBy(declare, yargs([]).version(false))
          .filter(({ name }) => !['name', 'shell', 'text'].includes(name))
          .map(completed),
      ]),
    ),
    arguments: new Map<string, readonly string[]>([
      ['explain', codes],
      ['completion', shells],
    ]),
  };
}
