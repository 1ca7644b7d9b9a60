/** What the host script says of sudo: who it ran as, and the commands that root would have had to allow. */
export type Sudo = {
  readonly account: string;
  /** `root`, `used`, or why it was of no use. */
  readonly state: string;
  /** What stands before each command where the host's `timeout` can hold it to its time; empty where it cannot. */
  readonly deadline: string;
  /** Each as sudoers wants it: the full path, and marks behind a backslash. */
  readonly refused: readonly string[];
};

/** `host/sudo.txt`. */
export function parseSudo(text: string): Sudo {
  const all = (key: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${key}: `) ? [line.slice(key.length + 2)] : []));
  return {
    account: all('account')[0] ?? '',
    state: all('sudo')[0] ?? '',
    deadline: all('deadline')[0] ?? '',
    refused: all('root'),
  };
}
