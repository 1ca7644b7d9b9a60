import { access, readFile } from 'node:fs/promises';
import type { HostConfig } from './config.ts';
import { knownHost } from './host-key.ts';

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
