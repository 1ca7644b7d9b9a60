/** A mistake in how the tool was called: one line, exit code 2. */
export class UsageError extends Error {
  /** The options that there are, where the mistake may be a misspelt one. */
  readonly known: readonly string[];
  constructor(message: string, known: readonly string[] = []) {
    super(message);
    this.name = 'UsageError';
    this.known = known;
  }
}
