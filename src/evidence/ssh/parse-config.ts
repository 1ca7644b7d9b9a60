/** `ssh_config` read without OpenSSH: `ssh-config` knows its grammar and `Host` and `Match`, but not `Include`. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { SSHConfig } from 'ssh-config';
import { programData } from './config.ts';
import type { Destination } from './destination.ts';

/** OpenSSH reads includes sixteen levels deep. */
const deepest = 16;

/** The private keys that OpenSSH tries where no `IdentityFile` is set. */
const usualKeys = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];

/** The settings of a host, by their lower-case names, each with the entries that `ssh -G` would print. */
export async function parsedSettings({ host, user, port }: Destination): Promise<Map<string, string[]>> {
  const own = path.join(homedir(), '.ssh');
  const all = path.join(process.platform === 'win32' ? programData(process.env) : '/etc', 'ssh');
  const text = [
    ...(await linesOf(path.join(own, 'config'), own, 0)),
    // What stands in the user's file wins, and its last block must not swallow the other file.
    'Match all',
    ...(await linesOf(path.join(all, 'ssh_config'), all, 0)),
  ].join('\n');
  // `Match exec` would run commands, and CanonicalizeHostname would ask the DNS through one: neither is done here.
  const computed = SSHConfig.parse(text).compute(
    { Host: host, ...(user === undefined ? {} : { User: user }) },
    { ignoreCase: true, matchExec: false },
  );
  const settings = new Map<string, string[]>();
  for (const [name, value] of Object.entries(computed)) {
    const list = Array.isArray(value) ? value : [value];
    settings.set(name.toLowerCase(), name.toLowerCase() === 'identityfile' ? list : [list.join(' ')]);
  }
  const defaults: Record<string, string[]> = {
    identityfile: usualKeys.map((name) => path.join(own, name)),
    userknownhostsfile: [['known_hosts', 'known_hosts2'].map((name) => `"${path.join(own, name)}"`).join(' ')],
    globalknownhostsfile: [
      ['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => `"${path.join(all, name)}"`).join(' '),
    ],
  };
  for (const [name, value] of Object.entries(defaults)) if (!settings.has(name)) settings.set(name, value);
  if (port !== undefined) settings.set('port', [String(port)]);
  return settings;
}

async function linesOf(file: string, folder: string, depth: number): Promise<string[]> {
  const text = depth > deepest ? '' : await readFile(file, 'utf8').catch(() => '');
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, patterns] = /^\s*include[\s=]+(.+?)\s*$/i.exec(line) ?? [];
    if (patterns === undefined) {
      if (!/^\s*canonicalizehostname/i.test(line)) lines.push(line);
      continue;
    }
    for (const pattern of patterns.split(/\s+/))
      for (const included of await filesOf(pattern.replaceAll('"', ''), folder))
        lines.push(...(await linesOf(included, folder, depth + 1)));
  }
  return lines;
}

/** The files that an `Include` names; `*` and `?` count in the last part of its path. */
async function filesOf(pattern: string, folder: string): Promise<string[]> {
  const absolute = path.resolve(
    folder,
    pattern.replace(/^~(?=[\\/])/, () => homedir()),
  );
  if (!/[*?]/.test(absolute)) return [absolute];
  const directory = path.dirname(absolute);
  const source = path.basename(absolute).replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const matching = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => matching.test(name))
    .sort()
    .map((name) => path.join(directory, name));
}
