import { spawn } from 'node:child_process';

/** What the host script is asked: the port that the clients use, and addresses to look for in the kernel's log. */
export type ScriptRequest = { readonly port: number | undefined; readonly addresses: readonly string[] };

/** The words behind `host-facts.sh`; `sudo`: without root, let it ask sudo (never for a password). */
function scriptWords({ port, addresses }: ScriptRequest, sudo: boolean): string[] {
  return [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...addresses.flatMap((address) => ['--address', address]),
    ...(sudo ? ['--sudo'] : []),
  ];
}

/** More than any host prints; a host that prints without end is cut here, and known to be cut. */
const mostOutput = 256 * 1024 * 1024;

/**
 * Runs the read-only script on this very host.
 *
 * @param script its path
 * @param signal ends it, and everything that it started
 * @returns what it printed by then
 * @throws where there is no Unix shell
 */
export function runScript(script: string, request: ScriptRequest, signal: AbortSignal): Promise<Buffer> {
  const words = [script, ...scriptWords(request, process.getuid?.() !== 0)];
  return new Promise((resolve, reject) => {
    // A process group of its own, so that what the script started ends with it.
    const child = spawn('sh', words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
      child.stdout.destroy();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostOutput) stop();
    });
    child.on('error', (error) =>
      reject(new Error(`host-facts.sh needs a Unix shell: ${error.message}`, { cause: error })),
    );
    child.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve(Buffer.concat(chunks));
    });
  });
}
