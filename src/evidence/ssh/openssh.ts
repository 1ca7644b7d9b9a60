/** Connections with the installed `ssh`, for what ssh2 cannot do. */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { Printed } from '../printed.ts';
import { Collector } from '../printed.ts';
import type { Terminal } from '../terminal.ts';
import type { Destination } from './destination.ts';
import { wordsOf } from './destination.ts';
import { HostKeyError } from './host-key.ts';
import type { Link } from './link.ts';
import { ConnectError } from './link.ts';

/** Nothing is written down, nothing shared or forwarded; a key that is not known is refused. */
const settings = [
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'ControlMaster=no',
  'ControlPath=none',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
];

/** A way to a host with the installed `ssh`; each command and each forwarded connection is a connection of its own. */
export function openSshLink(
  to: Destination,
  notes: readonly string[],
  terminal: Terminal | undefined,
  _signal: AbortSignal,
): Link {
  const started = new Set<() => void>();
  const start = (more: readonly string[], command: readonly string[]) => {
    // -v: ssh then prints the fingerprint of a key that it refuses.
    const options = [...settings, `BatchMode=${terminal === undefined ? 'yes' : 'no'}`].flatMap((one) => ['-o', one]);
    const port = to.port === undefined ? [] : ['-p', String(to.port)];
    const user = to.user === undefined ? [] : ['-l', to.user];
    const child = spawn('ssh', ['-v', ...options, ...port, ...user, ...more, '--', to.host, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const stop = () => void child.kill('SIGTERM');
    started.add(stop);
    child.on('close', () => started.delete(stop));
    child.stdin.on('error', () => undefined);
    return child;
  };
  return {
    notes,
    exec: (command, input, withTerminal, signal) => {
      const child = start([withTerminal ? '-tt' : '-T'], [command]);
      return finished(child, input, to, terminal, signal);
    },
    forward: (host, port, signal) => {
      const child = start(
        ['-o', 'ClearAllForwardings=no', '-W', host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`],
        [],
      );
      signal.addEventListener('abort', () => void child.kill('SIGTERM'), { once: true });
      child.stderr.resume();
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
      stream.on('close', () => void child.kill('SIGTERM'));
      return Promise.resolve(stream);
    },
    close: () => {
      for (const stop of started) stop();
    },
  };
}

function finished(
  child: ReturnType<typeof spawn>,
  input: Buffer,
  to: Destination,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Printed> {
  // ssh itself asks for passphrases, until the first byte comes.
  const release = terminal?.hold();
  return new Promise((resolve, reject) => {
    const collector = new Collector(() => {
      child.kill('SIGTERM');
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    collector.until(signal);
    child.stdout?.on('data', (chunk: Buffer) => {
      release?.();
      collector.output(chunk);
    });
    child.stderr?.on('data', collector.complaint);
    child.on('error', (error) => {
      release?.();
      reject(new ConnectError(`ssh cannot be started: ${error.message}`, { cause: error }));
    });
    child.on('close', (code) => {
      release?.();
      const { output, complaint: heard, cut } = collector.printed();
      const complaint = heard
        .split(/\r?\n/)
        .filter((line) => !isChatter(line))
        .join('\n');
      // 255 is ssh's own; with output, it is a connection that broke.
      if (code === 255 && output.length === 0 && cut === undefined) reject(refusal(heard, complaint, to));
      else resolve({ output, complaint, cut: cut ?? (code === 255 ? 'the connection was lost' : undefined) });
    });
    child.stdin?.end(input);
  });
}

const isChatter = (line: string) =>
  /^(?:debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line);

function refusal(heard: string, complaint: string, to: Destination): Error {
  const place = wordsOf(to);
  const fingerprint = /Server host key: (\S+ SHA256:\S+)/.exec(heard)?.[1];
  const shown = fingerprint === undefined ? '' : `, which shows ${fingerprint}`;
  if (/HOST IDENTIFICATION HAS CHANGED/.test(heard))
    return new HostKeyError(
      `THE HOST KEY HAS CHANGED of ${place}${shown}. Nothing was sent to it. ssh says: ${complaint
        .split('\n')
        .filter((line) => /Offending|known_hosts/.test(line))
        .join(' ')}`,
    );
  if (/Host key verification failed|is revoked/.test(heard))
    return new HostKeyError(
      `the host key of ${place} is not known or revoked${shown}. Nothing was sent to it. Where its owner confirms the fingerprint, accept it: ssh ${to.port === undefined ? '' : `-p ${to.port} `}${to.user === undefined ? '' : `${to.user}@`}${to.host} true`,
    );
  const last = complaint
    .split('\n')
    .filter((line) => line.trim() !== '')
    .at(-1);
  return new ConnectError(`${place}: ${last ?? 'ssh gave up without a word'}`);
}
