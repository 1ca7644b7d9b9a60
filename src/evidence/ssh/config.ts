/** What `ssh_config` says of a host: asked of OpenSSH itself where that is installed, else parsed. */
import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { SourceError } from '../source.ts';
import type { Destination } from './destination.ts';
import { readDestination } from './destination.ts';

/** The settings of one host that a connection depends on. */
export type HostConfig = {
  /** The name that was given, which `known_hosts` may have an alias for. */
  readonly given: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket; undefined where none is to be used. */
  readonly agent: string | undefined;
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly hostKeyAlias: string | undefined;
  readonly jumps: readonly Destination[];
  /** `yes` in the settings for Kerberos. */
  readonly gssapi: boolean;
  /** What only OpenSSH's own client can do, in the words of `ssh_config`. */
  readonly onlyOpenSsh: readonly string[];
};

/** The settings by their lower-case names, as `ssh -G` prints them: one entry a line. */
type Settings = ReadonlyMap<string, readonly string[]>;

/** Where settings come from; `openSsh`: this machine has OpenSSH's client. */
export type ConfigReader = {
  readonly openSsh: boolean;
  readonly of: (destination: Destination) => Promise<HostConfig>;
};

/**
 * Chooses how `ssh_config` is read on this machine.
 *
 * @param signal ends a `Match exec` that hangs
 */
export async function configReader(signal: AbortSignal): Promise<ConfigReader> {
  const openSsh = await isInstalled(signal);
  if (openSsh) return { openSsh, of: async (to) => hostConfig(to, await askOpenSsh(to, signal)) };
  const { parsedSettings } = await import('./parse-config.ts');
  return { openSsh, of: async (to) => hostConfig(to, await parsedSettings(to)) };
}

function isInstalled(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('ssh', ['-V'], { signal, windowsHide: true }, (error) => resolve(error === null));
  });
}

function askOpenSsh({ host, user, port }: Destination, signal: AbortSignal): Promise<Settings> {
  const options = [
    '-G',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    '--',
    host,
  ];
  return new Promise((resolve, reject) => {
    execFile('ssh', options, { signal, windowsHide: true, maxBuffer: 4 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(settingsOf(stdout));
      else if (signal.aborted) reject(error);
      else reject(new SourceError(`ssh_config cannot be read: ${(stderr.trim() || error.message).split('\n')[0]}`));
    });
  });
}

function settingsOf(text: string): Settings {
  const settings = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const name = line.slice(0, space).toLowerCase();
    settings.set(name, [...(settings.get(name) ?? []), line.slice(space + 1).trim()]);
  }
  return settings;
}

/** Reads the settings of a host. Pure but for this user's own name, home and environment. */
export function hostConfig(given: Destination, settings: Settings): HostConfig {
  const one = (name: string) => settings.get(name)?.[0];
  const isSet = (name: string) => !['', 'none', undefined].includes(one(name)?.toLowerCase());
  const isYes = (name: string) => ['yes', 'true'].includes(one(name)?.toLowerCase() ?? '');
  const files = (name: string) =>
    (settings.get(name) ?? [])
      .flatMap(words)
      .filter((file) => file !== 'none')
      .map(expanded);
  const host = (one('hostname') ?? given.host).replaceAll('%h', given.host);
  const identityFiles = (settings.get('identityfile') ?? []).filter((file) => file !== 'none').map(expanded);
  const onlyOpenSsh = [
    ...(isSet('proxycommand') ? ['ProxyCommand'] : []),
    ...(isSet('certificatefile') ? ['CertificateFile'] : []),
    ...(isSet('pkcs11provider') ? ['PKCS11Provider'] : []),
    ...(isSet('knownhostscommand') ? ['KnownHostsCommand'] : []),
    ...(isYes('hostbasedauthentication') ? ['HostbasedAuthentication'] : []),
  ];
  return {
    given: given.host,
    host,
    port: given.port ?? Number(one('port') ?? 22),
    user: given.user ?? one('user') ?? userInfo().username,
    identityFiles,
    identitiesOnly: isYes('identitiesonly'),
    agent: agentOf(one('identityagent')),
    userKnownHosts: files('userknownhostsfile'),
    globalKnownHosts: files('globalknownhostsfile'),
    hostKeyAlias: isSet('hostkeyalias') ? one('hostkeyalias') : undefined,
    jumps: isSet('proxyjump') ? (one('proxyjump') ?? '').split(',').map((hop) => readDestination(hop.trim())) : [],
    gssapi: isYes('gssapiauthentication'),
    onlyOpenSsh,
  };
}

/** Words as `ssh_config` separates them: by blanks, in double quotes where they hold one. */
function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function expanded(file: string): string {
  const plain = file.replace(/^"(.*)"$/, '$1').replaceAll('%d', homedir());
  return plain.startsWith('~/') || plain === '~' ? path.join(homedir(), plain.slice(1)) : plain;
}

/** The pipe at which Windows' own agent listens. */
const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';

function agentOf(setting: string | undefined): string | undefined {
  const fromEnvironment = process.env['SSH_AUTH_SOCK'] ?? (process.platform === 'win32' ? windowsAgent : undefined);
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return fromEnvironment;
  if (setting.toLowerCase() === 'none') return undefined;
  return setting.startsWith('$') ? process.env[setting.slice(1).replace(/^\{(.*)\}$/, '$1')] : expanded(setting);
}
