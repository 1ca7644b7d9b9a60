import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';

/** How a command ended, with all it wrote. `code` is 124 when it was stopped for taking too long. */
export type Outcome = {
  code: number;
  stdout: string;
  stderr: string;
  /** Standard output as it came. */ bytes: Buffer;
};

/** How to run a command on a host. */
type ExecOptions = {
  /** The account it runs as; root when absent. */
  user?: string;
  /** What it reads; nothing when absent. */
  input?: string;
  /** Seconds after which it is stopped; 60 when absent. */
  seconds?: number;
};

/** A host of the lab: namespaces of its own, a root file system of its own. */
export type Host = {
  name: string;
  /** Its IPv4 address, without the prefix length. */
  address: string;
  /** Its process 1, as the lab sees it; `/proc/<pid>/root` is its root file system. */
  pid: number;
  /** Runs a shell command on the host and waits for its end, whatever its exit code. */
  exec(command: string, options?: ExecOptions): Promise<Outcome>;
  /** As `exec`, but resolves to its standard output and throws, with what it wrote, when its exit code is not 0. */
  run(command: string, options?: ExecOptions): Promise<string>;
  /** Starts a shell command on the host with its standard streams piped; the caller ends it, or the host's end does. */
  spawn(command: string, options?: Pick<ExecOptions, 'user'>): ChildProcess;
  /** Runs a command of the lab itself (not of the host's file system) in the host's network. */
  inNetwork(command: string, args: readonly string[]): Promise<Outcome>;
  /** Ends the host with every process on it. */
  stop(): Promise<void>;
};

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** Waits for a child's end and gathers what it wrote. */
export async function outcome(child: ChildProcess, input?: string): Promise<Outcome> {
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  // A command may end without having read its input.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  const bytes = Buffer.concat(chunks.stdout);
  return { code: code ?? 137, stdout: bytes.toString(), stderr: Buffer.concat(chunks.stderr).toString(), bytes };
}

/** Runs a command of the lab itself; throws with what it wrote when its exit code is not 0. */
export async function runInLabItself(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await outcome(spawn(command, args, { env: environment }));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr}${stdout}`);
  return stdout;
}

/**
 * Starts a host: namespaces, a root file system and a process 1 that waits. It has no link but the loopback yet.
 * @param directory where its file system's changes go; on a tmpfs
 * @param name its host name
 * @param address its IPv4 address, dotted, to be known by
 * @throws when the namespaces or the file system cannot be made
 */
export async function startHost(directory: string, name: string, address: string): Promise<Host> {
  mkdirSync(directory, { recursive: true });
  const script = join(process.cwd(), 'test/lab/host.sh');
  const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--net', '--fork', '--kill-child'];
  const keeper = spawn('unshare', [...namespaces, '/bin/bash', script, directory, name], { env: environment });
  let complaint = '';
  keeper.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
  const ended = once(keeper, 'close');
  await Promise.race([once(keeper.stdout, 'data'), ended]);
  if (keeper.exitCode !== null) throw new Error(`the host ${name} did not start: ${complaint}`);
  const pid = Number(await runInLabItself('ps', ['--ppid', String(keeper.pid), '-o', 'pid=']));

  const enter = ['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '--'];
  const start = (command: string, user: string | undefined, prefix: string[]): ChildProcess => {
    const as = user === undefined ? [] : ['runuser', '-u', user, '--'];
    return spawn('nsenter', [...enter, ...prefix, ...as, 'sh', '-c', command], { env: environment });
  };
  const host: Host = {
    name,
    address,
    pid,
    exec: (command, { user, input, seconds = 60 } = {}) =>
      outcome(start(command, user, ['timeout', '--kill-after=5', String(seconds)]), input),
    async run(command, options) {
      const { code, stdout, stderr } = await host.exec(command, options);
      if (code !== 0) throw new Error(`${name}: ${command}: exit ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    spawn: (command, { user } = {}) => start(command, user, []),
    inNetwork: (command, args) =>
      outcome(
        spawn('nsenter', ['--target', String(pid), '--net', '--', command, ...args], { env: { ...process.env } }),
      ),
    async stop() {
      if (keeper.exitCode === null && keeper.signalCode === null) keeper.kill('SIGKILL');
      await ended;
    },
  };
  return host;
}
