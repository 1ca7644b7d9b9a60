import { readFileSync } from 'node:fs';

/** The commands that docs/permissions.md says may be asked of root. */
export const documented: readonly string[] = (
  /```\n(iptables-save -c\n[^`]*)```/.exec(readFileSync('docs/permissions.md', 'utf8'))?.[1] ?? ''
)
  .trim()
  .split('\n');

/** A command as a pattern: its words in capitals match anything. */
function patternOf(command: string): RegExp {
  return new RegExp(`^${command.replaceAll(/[.*+?^$()|[\]{}\\]/g, '\\$&').replaceAll(/\b[A-Z]{4,}\b(?!=)/g, '.+')}$`);
}

/** Whether a command is one of those that a documented one stands for. */
export function standsFor(one: string, command: string): boolean {
  return patternOf(one).test(command);
}
