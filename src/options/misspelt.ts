/**
 * What yargs says of a command line, with the option or the value that may have been meant.
 *
 * @param message yargs' own words
 * @param known the options of the command that was called
 */
export async function misspelt(message: string, known: readonly string[]): Promise<string> {
  const { suggestion } = await import('./suggest.ts');
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (unknown !== undefined) {
    const words = unknown.map((word) => asTyped(word));
    return `unknown: ${words.map((word) => `${word}${suggestion(word, known, '--')}`).join(', ')}`;
  }
  const value = /Argument: (\S+), Given: "([^"]*)", Choices: (.*)/.exec(message);
  if (value === null) return message;
  const [, option = '', given = '', listed = ''] = value;
  const choices = [...listed.matchAll(/"([^"]*)"/g)].map(([, choice = '']) => choice);
  return `--${option} ${given}: not one of ${choices.join(', ')}${suggestion(given, choices)}`;
}

/** yargs knows an unknown `--print-scrpit` as printScrpit alone. */
function asTyped(word: string): string {
  return word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
