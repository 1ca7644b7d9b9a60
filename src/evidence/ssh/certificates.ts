import { access, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { HostConfig } from './config.ts';
import { knownHost } from './host-key.ts';

/** An agent on this machine answers at once, or not at all (milliseconds). */
const agentPatience = 500;

/**
 * Whether an agent holds a certificate: ssh2 leaves those out of what it lists. Asked in the agent protocol's own words
 * (draft-ietf-sshm-ssh-agent, "Requesting a list of keys").
 *
 * @param socket a Unix socket, or a pipe of Windows; where nothing answers there, the answer is no
 */
export function agentHoldsCertificate(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const connection = connect(socket);
    const end = (found: boolean) => {
      connection.destroy();
      resolve(found);
    };
    connection.setTimeout(agentPatience, () => end(false));
    connection.on('error', () => end(false));
    connection.on('close', () => end(false));
    connection.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const isWhole = answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0);
      if (isWhole) end(answer.includes('-cert-v01@openssh.com'));
    });
    connection.write(requestOfList);
  });
}

/** The length of what follows, and SSH_AGENTC_REQUEST_IDENTITIES. */
const requestOfList = Buffer.from([0, 0, 0, 1, 11]);

/** What of a host's identities and known hosts ssh2 cannot use: certificates, and keys that live in hardware. */
export async function certificateOrToken(config: HostConfig): Promise<string[]> {
  const found = await Promise.all(
    config.identityFiles.map(async (file) => {
      const certificate = await access(`${file}-cert.pub`).then(
        () => ['a certificate'],
        () => [],
      );
      const key = await readFile(`${file}.pub`, 'utf8').catch(() => '');
      const there =
        key.startsWith('sk-') &&
        (await access(file).then(
          () => true,
          () => false,
        ));
      return [...certificate, ...(there ? ['a hardware key'] : [])];
    }),
  );
  const { exact } = await knownHost(config);
  const byAuthority =
    exact.some(({ marker }) => marker === 'cert-authority') && exact.every(({ marker }) => marker !== undefined);
  return [...found.flat(), ...(byAuthority ? ['a certificate authority in known_hosts'] : [])];
}
