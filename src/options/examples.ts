/** Command lines with what they are good for, as the end of a help text. A line is printed as it is: it can be copied. */
export function examples(entries: readonly (readonly [command: string, what: string])[]): string {
  return `Examples:\n${entries.map(([command, what]) => `  ${command}\n      ${what}`).join('\n')}`;
}
