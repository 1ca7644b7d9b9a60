import { afterAll, beforeAll, expect, test } from 'vitest';
import { configReader, hostConfig } from '../../../src/evidence/ssh/config.ts';
import { readDestination } from '../../../src/evidence/ssh/destination.ts';
import { parsedSettings } from '../../../src/evidence/ssh/parse-config.ts';
import type { SshLab } from './servers.ts';
import { sh, sshLab } from './servers.ts';

let lab: SshLab;
beforeAll(async () => {
  lab = await sshLab();
});
afterAll(() => lab.close());

const configs: [string, string][] = [
  ['nothing', ''],
  ['a block, case and blanks', 'host db\n  HostName=10.0.0.1\n\tport 2222\nHost *\n  User other\n  Port 22\n'],
  ['the first value counts', 'User first\nHost db\n  User second\n  Port 1\nHost d*\n  Port 2\n'],
  ['negation', 'Host * !db\n  Port 2\nHost *\n  Port 3\n'],
  [
    'several keys',
    'Host db\n  IdentityFile ~/.ssh/a\nIdentityFile "/tmp/with blank"\nHost *\n  IdentityFile ~/.ssh/b\n',
  ],
  ['jumps', 'Host db\n  ProxyJump one,two@10.0.0.2:2222\nHost *\n  ProxyJump never\n'],
  ['no jump', 'Host db\n  ProxyJump none\nHost *\n  ProxyJump never\n'],
  ['tokens', 'Host db\n  HostName %h.internal\n'],
  ['known hosts', 'UserKnownHostsFile ~/.ssh/one /tmp/two\nHostKeyAlias alias\nGlobalKnownHostsFile none\n'],
  [
    'what only OpenSSH does',
    'ProxyCommand aws ssm start-session --target %h\nCertificateFile ~/.ssh/c\nGSSAPIAuthentication yes\n',
  ],
  ['includes', 'Include more\nHost db\n  Include parts/*.conf\nUser last\n'],
  ['a match', 'Match host db user ops\n  Port 7\nMatch all\n  Port 8\n'],
  ['an agent', 'IdentityAgent none\nIdentitiesOnly yes\n'],
];

test.each(configs)('parsed without OpenSSH it is as ssh -G says: %s', async (_name, text) => {
  lab.config(text);
  sh(
    `cd ${lab.home}; mkdir -p parts; echo 'Host db
  Port 77' > more; echo 'ForwardAgent yes' > parts/a.conf; echo 'User included' > parts/b.conf`,
  );
  const reader = await configReader(new AbortController().signal);
  expect(reader.openSsh).toBe(true);
  for (const to of ['db', 'ops@db', 'db:99', 'other']) {
    const destination = readDestination(to);
    const asked = await reader.of(destination);
    const parsed = hostConfig(destination, await parsedSettings(destination));
    // Keys that no longer exist anywhere, and Debian's own default, are not worth being told apart.
    const comparable = (one: typeof asked) => ({
      ...one,
      gssapi: undefined,
      identityFiles: one.identityFiles.filter((file) => !/id_(?:dsa|xmss)$/.test(file)),
    });
    expect(comparable(parsed), to).toEqual(comparable(asked));
  }
});
