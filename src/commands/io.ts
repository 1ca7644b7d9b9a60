/** What a command may do with its process: narrow, so that tests hand in plain functions. */
export type Io = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly readStdin: () => Promise<Uint8Array>;
  /** The terminal's width in columns, 80 where there is none. */
  readonly width: number;
};
