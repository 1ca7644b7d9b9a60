import { readFile } from 'node:fs/promises';
import { shellQuote } from '../../shell.ts';
import { SourceError } from '../source.ts';
import type { HostConfig } from './config.ts';
import type { KnownKey } from './known-hosts.ts';
import { fingerprint, judgeKey, keysFor, keyType, knownName } from './known-hosts.ts';

/** What the files of known hosts hold for one host. */
export type KnownHost = {
  readonly config: HostConfig;
  readonly name: string;
  readonly exact: readonly KnownKey[];
  readonly withoutPort: readonly KnownKey[];
};

/**
 * Reads the user's files and the machine's for a host; a file that is not there holds nothing, as for OpenSSH.
 *
 * @throws SourceError where a file is there and cannot be read: nothing may be trusted then
 */
export async function knownHost(config: HostConfig): Promise<KnownHost> {
  const name = config.hostKeyAlias?.toLowerCase() ?? knownName(config.host, config.port);
  const bare = config.host.toLowerCase();
  const [exact, withoutPort]: [KnownKey[], KnownKey[]] = [[], []];
  for (const file of [...config.userKnownHosts, ...config.globalKnownHosts]) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
      throw new SourceError(`${file}: cannot be read (${error.code}), so no host key can be trusted`);
    });
    exact.push(...keysFor(name, text, file));
    if (name !== bare && config.hostKeyAlias === undefined) withoutPort.push(...keysFor(bare, text, file));
  }
  return { config, name, exact, withoutPort };
}

/**
 * Host key algorithms, those of known keys first: a server that has several keys then shows one that is known.
 *
 * @returns undefined where nothing is known, and any order will do
 */
export function preferredAlgorithms({ exact, withoutPort }: KnownHost): string[] | undefined {
  const types = [...exact, ...withoutPort]
    .filter(({ marker }) => marker === undefined)
    .map(({ blob }) => keyType(blob));
  const known = [...new Set(types)].filter((type) => all.some(({ key }) => key === type));
  if (known.length === 0) return undefined;
  const first = all.filter(({ key }) => known.includes(key));
  return [...first, ...all.filter((one) => !first.includes(one))].flatMap(({ algorithms }) => algorithms);
}

const all = [
  { key: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  { key: 'ecdsa-sha2-nistp256', algorithms: ['ecdsa-sha2-nistp256'] },
  { key: 'ecdsa-sha2-nistp384', algorithms: ['ecdsa-sha2-nistp384'] },
  { key: 'ecdsa-sha2-nistp521', algorithms: ['ecdsa-sha2-nistp521'] },
  { key: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] },
] as const satisfies readonly { key: string; algorithms: readonly string[] }[];

/** A host key that is not trusted: nothing was sent to that server. */
export class HostKeyError extends SourceError {}

/**
 * Holds the key that a server shows against what is known of it.
 *
 * @param blob the key as it goes over the wire
 * @returns undefined where it is known, else why the server is not trusted, and what to do
 */
export function refusalOf(known: KnownHost, blob: Buffer): HostKeyError | undefined {
  const verdict = judgeKey(blob, known.exact, known.withoutPort);
  const shown = `${keyType(blob) || 'unknown'} key ${fingerprint(blob)}`;
  const at = ({ file, line }: KnownKey) => `${file}:${line}`;
  switch (verdict.is) {
    case 'known':
      return undefined;
    case 'revoked':
      return new HostKeyError(
        `REVOKED HOST KEY: ${known.name} shows the ${shown}, which ${at(verdict.by)} revokes. Nothing was sent to it.`,
      );
    case 'changed':
      return new HostKeyError(
        `THE HOST KEY HAS CHANGED: ${known.name} shows the ${shown}, and ${at(verdict.by)} holds ${fingerprint(verdict.by.blob)}. ` +
          'Either the host was set up anew, or somebody stands in between. Nothing was sent to it. Ask its owner for the fingerprint; ' +
          `only if it is the new one: ssh-keygen -R ${shellQuote(known.name)} -f ${shellQuote(verdict.by.file)}`,
      );
    case 'unknown':
      return new HostKeyError(
        `the host key of ${known.name} is not known: ${shown}${othersOf(verdict.others)}${authorityOf(verdict.authority)}. ` +
          `Nothing was sent to it. Where its owner confirms the fingerprint, accept it: ${acceptance(known)}`,
      );
  }
}

function othersOf(others: readonly KnownKey[]): string {
  if (others.length === 0) return '';
  return ` (${others.map(({ file, line, type }) => `${file}:${line} knows its ${type} key`).join(', ')})`;
}

function authorityOf(authority: KnownKey | undefined): string {
  return authority === undefined
    ? ''
    : ` (${authority.file}:${authority.line} trusts a certificate authority for it, which is not checked here)`;
}

/** `ssh` itself asks with the fingerprint and writes it down, by whatever way it takes there. */
function acceptance({ config: { given, user, port } }: KnownHost): string {
  const to = [...(port === 22 ? [] : ['-p', String(port)]), shellQuote(`${user}@${given}`)];
  return `ssh ${to.join(' ')} true`;
}
