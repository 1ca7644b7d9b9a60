import type { Sudo } from '../evidence/parse/sudo.ts';
import type { Fix } from '../finding.ts';

const file = '/etc/sudoers.d/dms-doctor';

/**
 * What lets the account of the run see what was denied to it, as the narrowest lines of sudoers: one a command, each with its
 * arguments, so that it allows nothing else (sudoers(5), "Command line arguments").
 *
 * @returns undefined where nothing was refused that root could see
 */
export function sudoersFix({ account, state, deadline, refused }: Sudo): Fix | undefined {
  if (refused.length === 0 || !/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(account) || account === 'root') return undefined;
  const lines = refused.map((command) => `${account} ALL=(root) NOPASSWD: ${commandOf(deadline, command)}`);
  return {
    steps: [
      {
        where: 'source host',
        edit: { file, before: 1, lines },
        effect: 'none',
        risk: `Lets ${account} run just these commands as root, without a password. Each reads; none takes another argument.`,
        undo: `\`rm ${file}\``,
        verify: `\`visudo -cf ${file}\`, then check again: what was behind these may need a line, too.`,
        ...(state === 'asks for a password'
          ? { instead: 'Or leave sudoers as it is, and give --ask-sudo-password.' }
          : {}),
      },
    ],
    patches: [],
  };
}

/** A command without arguments would allow any: `""` allows none. */
function commandOf(deadline: string, command: string): string {
  if (deadline !== '') return `${deadline} ${command}`;
  return command.includes(' ') ? command : `${command} ""`;
}
