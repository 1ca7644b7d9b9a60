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

/** What `ssh -G` printed, by the settings' names. */
export function settingsOf(text: string): Settings {
  const settings = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const name = line.slice(0, space).toLowerCase();
    settings.set(name, [...(settings.get(name) ?? []), line.slice(space + 1).trim()]);
  }
  return settings;
}

/** What settings mean differently on another machine. */
export type Machine = {
  readonly windows: boolean;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

const thisMachine = (): Machine => ({
  windows: process.platform === 'win32',
  home: homedir(),
  environment: process.env,
});

/** Reads the settings of a host. Pure but for this user's own name. */
export function hostConfig(given: Destination, settings: Settings, machine: Machine = thisMachine()): HostConfig {
  const one = (name: string) => settings.get(name)?.[0];
  const isSet = (name: string) => !['', 'none', undefined].includes(one(name)?.toLowerCase());
  const isYes = (name: string) => ['yes', 'true'].includes(one(name)?.toLowerCase() ?? '');
  const files = (name: string) =>
    (settings.get(name) ?? [])
      .flatMap((text) => fileNames(text, machine))
      .filter((file) => file !== 'none')
      .map((file) => expanded(file, machine));
  const host = (one('hostname') ?? given.host).replaceAll('%h', given.host);
  const identityFiles = (settings.get('identityfile') ?? [])
    .filter((file) => file !== 'none')
    .map((file) => expanded(file, machine));
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
    agent: agentOf(one('identityagent'), machine),
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

/**
 * The file names of one setting. `ssh -G` prints them without quotes, also those of `C:\\Users\\Jo Doe`: on Windows a word that
 * begins no path belongs to the name before it.
 */
function fileNames(text: string, { windows }: Machine): string[] {
  const names: string[] = [];
  for (const word of words(text)) {
    const last = names.length - 1;
    if (windows && last >= 0 && !/^(?:[~/\\%]|[a-z]:[\\/]|__PROGRAMDATA__|none$)/i.test(word))
      names[last] += ` ${word}`;
    else names.push(word);
  }
  return names;
}

function expanded(file: string, { windows, home, environment }: Machine): string {
  const paths = windows ? path.win32 : path.posix;
  const plain = file
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('%d', () => home)
    // As `ssh -G` of Windows prints it; taken by the letter, what is revoked there would be missed.
    .replace(/^__PROGRAMDATA__/, () => programData(environment));
  const isAtHome = plain === '~' || plain.startsWith('~/') || (windows && plain.startsWith('~\\'));
  return isAtHome ? paths.join(home, plain.slice(1)) : plain;
}

/** Where Windows keeps what counts for all users. */
export function programData(environment: Machine['environment']): string {
  return environment['PROGRAMDATA'] ?? environment['ProgramData'] ?? 'C:\\ProgramData';
}

/** The pipe at which Windows' own agent listens. */
const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';

function agentOf(setting: string | undefined, machine: Machine): string | undefined {
  const { windows, environment } = machine;
  const fromEnvironment = environment['SSH_AUTH_SOCK'] ?? (windows ? windowsAgent : undefined);
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return fromEnvironment;
  if (setting.toLowerCase() === 'none') return undefined;
  return setting.startsWith('$')
    ? environment[setting.slice(1).replace(/^\{(.*)\}$/, '$1')]
    : expanded(setting, machine);
}
