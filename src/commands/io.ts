/** A file that cannot be written: one line, exit code 2. */
export class FileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileError';
  }
}

/** What a command may do with its process: narrow, so that tests hand in plain functions. */
export type Io = {
  readonly stdout: (text: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
  /** Writes a file whole, readable for its owner alone where `secret`; throws {@link FileError} where it cannot. */
  readonly write: (
    file: string,
    content: string | Uint8Array,
    options?: { readonly secret?: boolean },
  ) => Promise<void>;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Whether standard error is a terminal that may show what is going on. */
  readonly progress: boolean;
  /** Whether a person at a terminal can be asked. */
  readonly asks: boolean;
  /** The terminal's width in columns, 80 where there is none. */
  readonly width: number;
};
