import type { Duplex } from 'node:stream';
import type { Printed } from '../printed.ts';
import { SourceError } from '../source.ts';
import type { Terminal } from '../terminal.ts';
import { agentHoldsCertificate, certificateOrToken } from './certificates.ts';
import type { ConfigReader, HostConfig } from './config.ts';
import { configReader } from './config.ts';
import type { Destination } from './destination.ts';
import { wordsOf } from './destination.ts';

/** One connection to a host. */
export type Link = {
  /** How it was made, where that is worth a note. */
  readonly notes: readonly string[];
  /**
   * Runs one command; what it printed by the time the signal comes is returned.
   *
   * @param input its standard input; it must end without seeing the end of it
   * @param terminal give it a pseudo-terminal, which `requiretty` wants
   */
  readonly exec: (command: string, input: Buffer, terminal: boolean, signal: AbortSignal) => Promise<Printed>;
  readonly forward: (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;
  readonly close: () => void;
};

/** The connection could not be made. The message names the host, how far it came, and what to do. */
export class ConnectError extends Error {
  /** The server refused the log-in and takes Kerberos, which OpenSSH's own client can do. */
  readonly kerberos: boolean;
  constructor(message: string, options: ErrorOptions & { kerberos?: boolean } = {}) {
    super(message, options);
    this.name = 'ConnectError';
    this.kerberos = options.kerberos === true;
  }
}

/**
 * Connects to a host, through its jump hosts, as `ssh_config` says: with ssh2, or with OpenSSH's own client where only that
 * can do what the configuration asks for.
 *
 * @param begun told when the first packet is on its way
 * @throws SourceError where the user must act first (a host key that is not trusted, a configuration that cannot be read)
 * @throws ConnectError where the other side does not let us in
 */
export async function connectSsh(
  to: Destination,
  terminal: Terminal | undefined,
  signal: AbortSignal,
  begun: () => void = () => undefined,
): Promise<Link> {
  // Loaded while `ssh -G` reads the configuration.
  const loaded = import('./ssh2.ts');
  const reader = await configReader(signal);
  const hops = await hopsTo(to, reader);
  const notes = reader.openSsh
    ? []
    : [
        'ssh_config was parsed here, since OpenSSH’s client (`ssh -G`) is not installed: Match exec and tokens were left out.',
      ];
  const reasons = [...new Set((await Promise.all(hops.map((hop) => onlyOpenSsh(hop, reader)))).flat())];
  const openSsh = async (why: string): Promise<Link> => {
    if (!reader.openSsh)
      throw new SourceError(`${wordsOf(to)}: ${why} needs OpenSSH’s own client, and there is no ssh here`);
    const { openSshLink } = await import('./openssh.ts');
    return openSshLink(to, [...notes, `The host was reached with the installed ssh, for ${why}.`], terminal, signal);
  };
  if (reasons.length > 0) return openSsh(reasons.join(', '));
  const { ssh2Link } = await loaded;
  try {
    const link = ssh2Link(hops, notes, terminal, signal);
    begun();
    return await link;
  } catch (error) {
    if (error instanceof ConnectError && error.kerberos && reader.openSsh) return openSsh('Kerberos (GSSAPI)');
    throw error;
  }
}

const mostHops = 10;

/** The hosts on the way, the destination last. Only the first jump's own jumps count: the others are reached from it. */
async function hopsTo(to: Destination, reader: ConfigReader): Promise<HostConfig[]> {
  const hops = [await reader.of(to)];
  for (let jumps = hops[0]?.jumps ?? []; jumps.length > 0; jumps = hops[0]?.jumps ?? []) {
    hops.unshift(...(await Promise.all(jumps.map(reader.of))));
    if (hops.length > mostHops)
      throw new SourceError(`${wordsOf(to)}: ProxyJump leads through more than ${mostHops} hosts`);
  }
  return hops;
}

async function onlyOpenSsh(config: HostConfig, { openSsh }: ConfigReader): Promise<readonly string[]> {
  const [inFiles, inAgent] = await Promise.all([
    certificateOrToken(config),
    // Without OpenSSH the agent's plain keys may do.
    openSsh && config.agent !== undefined && agentHoldsCertificate(config.agent),
  ]);
  return [...config.onlyOpenSsh, ...inFiles, ...(inAgent ? ['a certificate in the agent'] : [])];
}
