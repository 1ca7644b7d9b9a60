import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selfSignedCertificate } from './certificate.ts';
import packages from './packages.json' with { type: 'json' };

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Major versions for which there are servers. */
export const majors: readonly number[] = Object.keys(packages.servers).map(Number);

/** PostgreSQL refuses to run as root: root runs it as `nobody`. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** What must not outlive this process. */
const running = new Set<{ child: ChildProcess; folder: string }>();
const copies: string[] = [];
process.on('exit', () => {
  for (const { child, folder } of running) {
    child.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  }
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

/** Makes a folder that the account of the server owns. */
function makeFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
}

const usable = new Map<number, string>();

/**
 * The folder of a fetched server, with `bin`, `lib` and `share`, which the server's account can read.
 * @throws where `npm test` (or `scripts/fetch-postgres.mjs`) has not fetched it
 */
export function fetchedServer(major: number): string {
  const known = usable.get(major);
  if (known) return known;
  const folder = join(root, '.cache', 'postgres', String(major), 'native');
  if (!existsSync(join(folder, 'bin', 'postgres'))) {
    throw new Error(`PostgreSQL ${major} is not in ${folder}: run \`node scripts/fetch-postgres.mjs\` first`);
  }
  let readable = folder;
  try {
    execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { ...account, stdio: 'ignore' });
  } catch {
    // The working copy lies below a folder that the account may not enter.
    readable = makeFolder(`dms-doctor-pg${major}-`);
    copies.push(readable);
    cpSync(folder, readable, { recursive: true, verbatimSymlinks: true });
  }
  usable.set(major, readable);
  return readable;
}

/** Copies a folder with its owners; false where that cannot be done. */
function copied(from: string, to: string): boolean {
  try {
    execFileSync('cp', ['-a', from, to], { stdio: 'ignore' });
    return true;
  } catch {
    rmSync(to, { recursive: true, force: true });
    return false;
  }
}

/** A new cluster in `data`, copied from the one that the first start of this major left in the cache. */
function makeCluster(major: number, data: string): void {
  const template = join(root, '.cache', 'postgres', String(major), 'cluster');
  if (existsSync(template) && copied(template, data)) return;
  const arguments_ = ['-D', data, '-U', 'postgres', '-N', '-E', 'UTF8', '--locale=C', '--auth=trust'];
  if (major >= 11) arguments_.push('--wal-segsize=1');
  execFileSync(join(fetchedServer(major), 'bin', 'initdb'), arguments_, { ...account, cwd: tmpdir(), stdio: 'pipe' });
  const copy = `${template}-${process.pid}`;
  if (existsSync(template) || !copied(data, copy)) return;
  try {
    renameSync(copy, template);
  } catch {
    // Another process was first.
    rmSync(copy, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A running server. */
export type Server = {
  readonly major: number;
  readonly port: number;
  /** Host for a connection through its Unix socket. */
  readonly socketFolder: string;
  readonly data: string;
  /** Writes a file below the data directory, owned by the server's account. */
  write(path: string, content: string | Uint8Array): void;
  /** What it has logged so far. */
  log(): string;
  /** Waits until the log, from an offset on, matches; returns what came after the offset. Ten seconds unless it is said. */
  logged(from: number, pattern: RegExp, milliseconds?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Stops it and removes all that it had. */
  stop(): Promise<void>;
};

export type ServerOptions = {
  readonly major: number;
  /** Settings, such as `{ wal_level: 'logical' }`; `ssl: 'on'` has a certificate made. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Text of `pg_hba.conf`; everybody is trusted where it is left out. */
  readonly hba?: string;
  /** Further files below the data directory, by path. */
  readonly files?: Readonly<Record<string, string>>;
};

const quickSettings = {
  fsync: 'off',
  autovacuum: 'off',
  shared_buffers: '16MB',
  max_connections: '100',
  dynamic_shared_memory_type: 'posix',
  log_timezone: 'UTC',
  lc_messages: 'C',
  listen_addresses: '127.0.0.1',
};

/**
 * Starts a server of its own on a new cluster, on a free port of 127.0.0.1 and a Unix socket.
 * @throws with its log where it does not start within 30 seconds; it is then stopped and removed
 */
export async function startServer({ major, settings = {}, hba, files = {} }: ServerOptions): Promise<Server> {
  const folder = makeFolder('dms-doctor-pg-');
  const data = join(folder, 'data');
  let stopped = false;
  const write = (path: string, content: string | Uint8Array): void => {
    // A test that outlived its time limit must not make the folder again.
    if (stopped) throw new Error(`PostgreSQL ${major} has been stopped`);
    const target = join(data, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: 0o600 });
    if (account) chownSync(target, account.uid, account.gid);
    if (account) chownSync(dirname(target), account.uid, account.gid);
  };
  let child: ChildProcess;
  const port = await freePort();
  try {
    makeCluster(major, data);
    write('pg_hba.conf', hba ?? 'local all all trust\nhost all all all trust\nhost replication all all trust\n');
    for (const [path, content] of Object.entries(files)) write(path, content);
    if (settings['ssl'] === 'on') {
      const { key, certificate } = selfSignedCertificate('localhost');
      write('server.key', key);
      write('server.crt', certificate);
    }
    const all = { ...quickSettings, ...settings, port: String(port), unix_socket_directories: folder };
    const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
    write('postgresql.conf', lines.join(''));
    child = spawn(join(fetchedServer(major), 'bin', 'postgres'), ['-D', data], {
      ...account,
      cwd: folder,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }

  let log = '';
  let exited = false;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      changed();
    });
  }
  const entry = { child, folder };
  running.add(entry);
  child.on('error', (error) => {
    log += String(error);
  });
  const exit = new Promise<void>((resolve) => {
    child.on('close', () => {
      exited = true;
      changed();
      resolve();
    });
  });

  const logged = (from: number, pattern: RegExp, milliseconds = 10_000): Promise<string> =>
    new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        listeners.delete(look);
        clearTimeout(timer);
        finish();
      };
      const look = (): void => {
        const text = log.slice(from);
        if (pattern.test(text)) settle(() => resolve(text));
        else if (exited) settle(() => reject(new Error(`PostgreSQL ${major} has ended:\n${text}`)));
      };
      const timer = setTimeout(() => {
        settle(() => reject(new Error(`PostgreSQL ${major} has not logged ${pattern} in time:\n${log.slice(from)}`)));
      }, milliseconds);
      listeners.add(look);
      look();
    });

  const stop = async (): Promise<void> => {
    stopped = true;
    if (!exited) child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), 5_000);
    await exit;
    clearTimeout(timer);
    running.delete(entry);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await logged(0, /database system is ready to accept connections/, 30_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    major,
    port,
    socketFolder: folder,
    data,
    write,
    log: () => log,
    logged,
    signal: (name) => child.kill(name),
    stop,
  };
}
