import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { heldAgainstItsSchema } from '../support/schemas.ts';

/** The project's folder. */
export const project = fileURLToPath(new URL('../../', import.meta.url));
/** What `npm run build` made, as a user starts it. */
const binary = `${project}bin/dms-doctor.js`;

/** What a finished run left behind. */
export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** No test may ever ask AWS itself: no metadata service, no files of the AWS CLI, and nobody listens at the endpoint. */
const noAws = {
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};

/** Spawns the built command line through real pipes, with a minimal environment. Its documents are held against their schemas. */
export function run(
  args: readonly string[],
  options: { stdin?: string | Uint8Array; env?: Record<string, string>; cwd?: string } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: options.cwd ?? project,
      env: { PATH: process.env['PATH'] ?? '', ...noAws, ...options.env },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const stdout = Buffer.concat(out).toString();
      try {
        heldAgainstItsSchema(stdout);
        resolve({ code, stdout, stderr: Buffer.concat(err).toString() });
      } catch (error) {
        reject(error);
      }
    });
    // A command that reads no input may be gone before it is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}
