declare module 'pgpass' {
  import type { Writable } from 'node:stream';
  /** Looks a password up in PGPASSFILE or ~/.pgpass; undefined where there is none. */
  const pgpass: {
    (
      connection: { host: string; port: number; database: string; user: string },
      done: (password: string | undefined) => void,
    ): void;
    /** Where warnings go. @returns where they went before */
    warnTo: (stream: Writable) => Writable;
  };
  export default pgpass;
}
