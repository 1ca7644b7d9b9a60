import type { Duplex } from 'node:stream';

/** A way to other machines through one that is connected already: an SSH connection that forwards. */
export type Tunnel = {
  /** How the machine is called in messages: `ssh db1`. */
  readonly through: string;
  /**
   * Opens a connection from that machine; names are resolved there.
   *
   * @param signal ends the attempt
   * @throws where the machine itself or, from it, host and port cannot be reached
   */
  readonly open: (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;
};
