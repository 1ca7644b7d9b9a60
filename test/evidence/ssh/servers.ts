import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import path from 'node:path';

/** Runs a command of the lab; throws with what it wrote where it fails. */
export function sh(command: string, input = ''): string {
  return execFileSync('sh', ['-ec', command], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** One real OpenSSH server on this lab's loopback. */
export type Sshd = { readonly port: number; readonly log: () => string; readonly stop: () => Promise<void> };

/** The lab's part of these tests: accounts, a home with an empty `.ssh`, and servers that end with it. */
export type SshLab = {
  readonly home: string;
  /** A private key of `ops`, whom every server knows, in PEM of OpenSSH; `passphrase` encrypts it. */
  readonly key: (name: string, type?: string, passphrase?: string) => string;
  readonly sshd: (settings?: readonly string[], hostKey?: string) => Promise<Sshd>;
  readonly hostKey: (name: string, type?: string) => string;
  readonly config: (text: string) => void;
  readonly knownHosts: (text: string) => void;
  /** The line of known_hosts for a host key. */
  readonly knownLine: (port: number, hostKey: string) => string;
  readonly close: () => Promise<void>;
};

export const passwords = { ops: 'MARKER-ops-password', narrow: 'MARKER-narrow-password' };

const ssh = '/root/.ssh';

/** Makes it. Only inside the lab's overlay: accounts are created, and root's own `.ssh` is covered. */
export async function sshLab(): Promise<SshLab> {
  if (!existsSync('/run/lab')) throw new Error('these tests run in the lab only');
  const folder = mkdtempSync('/run/ssh-lab-');
  chmodSync(folder, 0o755);
  sh(`mkdir -p ${ssh} /run/sshd && mount -t tmpfs -o mode=700 tmpfs ${ssh}`);
  for (const [name, password] of Object.entries(passwords)) {
    sh(`id ${name} >/dev/null 2>&1 || useradd -m -s /bin/bash ${name}; mkdir -p -m 700 /home/${name}/.ssh`);
    sh('chpasswd', `${name}:${password}\n`);
    writeFileSync(`/home/${name}/.ssh/authorized_keys`, '');
    sh(`chown -R ${name}: /home/${name}`);
  }
  const running: Sshd[] = [];
  const hostKey: SshLab['hostKey'] = (name, type = 'ed25519') => {
    const file = path.join(folder, `host-${name}`);
    if (!existsSync(file)) sh(`ssh-keygen -q -t ${type} -N '' -C host -f ${file}`);
    return file;
  };
  const lab: SshLab = {
    home: ssh,
    hostKey,
    key: (name, type = 'ed25519', passphrase = '') => {
      const file = path.join(ssh, name);
      sh(`ssh-keygen -q -t ${type} -N '${passphrase}' -C '${name}' -f ${file}`);
      for (const user of Object.keys(passwords))
        sh(`cat >> /home/${user}/.ssh/authorized_keys`, readFileSync(`${file}.pub`, 'utf8'));
      return file;
    },
    sshd: async (settings = [], key = hostKey('usual')) => {
      const port = await freePort();
      const server = await startSshd(folder, port, settings, key);
      running.push(server);
      return server;
    },
    config: (text) => writeFileSync(path.join(ssh, 'config'), text, { mode: 0o600 }),
    knownHosts: (text) => writeFileSync(path.join(ssh, 'known_hosts'), text),
    knownLine: (port, key) =>
      `[127.0.0.1]:${port} ${readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')}\n`,
    close: async () => {
      await Promise.all(running.map((server) => server.stop()));
      sh(`umount -l ${ssh}`);
      rmSync(folder, { recursive: true });
    },
  };
  mkdirSync(path.join(folder, 'logs'));
  return lab;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function startSshd(folder: string, port: number, settings: readonly string[], key: string): Promise<Sshd> {
  const log = path.join(folder, `log-${port}`);
  const file = path.join(folder, `config-${port}`);
  const usual = [
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    'PidFile none',
  ];
  // The first value counts.
  writeFileSync(
    file,
    [...settings, ...usual, `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${key}`, ''].join('\n'),
  );
  const child: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-f', file, '-E', log], { stdio: 'ignore' });
  const ended = once(child, 'close');
  for (let tried = 0; !(await answers(port)); tried += 1) {
    if (tried > 200 || child.exitCode !== null) throw new Error(`sshd did not start: ${readFileSync(log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    port,
    log: () => readFileSync(log, 'utf8'),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** A server that falls silent: it hands through to a real one, and after so many bytes from there no more. */
export async function silentAfter(
  bytes: number,
  to: number,
): Promise<{ port: number; connections: () => number; close: () => void }> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    const far = createConnection(to, '127.0.0.1');
    far.on('error', () => undefined);
    let left = bytes;
    far.on('data', (chunk: Buffer) => {
      if (left > 0) client.write(chunk.subarray(0, left));
      left -= chunk.length;
    });
    client.on('data', (chunk: Buffer) => far.write(chunk));
    client.on('close', () => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => open.size,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
