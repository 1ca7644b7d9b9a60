import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDestination } from '../../../src/evidence/ssh/destination.ts';
import { isItem } from '../../../src/evidence/item.ts';
import { SourceError } from '../../../src/evidence/source.ts';
import { sshSource } from '../../../src/evidence/ssh/source.ts';
import { connectSsh } from '../../../src/evidence/ssh/link.ts';
import type { Terminal } from '../../../src/evidence/terminal.ts';
import type { SshLab } from './servers.ts';
import { passwords, sh, silentAfter, sshLab } from './servers.ts';

let lab: SshLab;
const never = new AbortController().signal;
const nothingAsked = () =>
  Promise.resolve({
    port: undefined,
    addresses: [],
    database: undefined,
    user: undefined,
    psql: true,
    askSudoPassword: false,
  });

/** A person who knows these answers, by a word of the question; `asked` keeps the questions. */
function person(answers: Record<string, string>): Terminal & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(Object.entries(answers).find(([word]) => question.includes(word))?.[1]);
    },
    hold: () => () => undefined,
  };
}

async function hello(to: string, terminal?: Terminal): Promise<{ said: string; notes: readonly string[] }> {
  const link = await connectSsh(readDestination(to), terminal, never);
  try {
    const { output, cut } = await link.exec('id -un; head -c 2', Buffer.from('in'), false, never);
    expect(cut).toBeUndefined();
    return { said: output.toString(), notes: link.notes };
  } finally {
    link.close();
  }
}

beforeAll(async () => {
  lab = await sshLab();
});
afterAll(() => lab.close());

describe('log-in', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'])('with a key of type %s', async (type) => {
    const { port } = await lab.sshd();
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    lab.config(`IdentityFile ${lab.key(`key-${type}`, type)}\n`);
    expect(await hello(`ops@127.0.0.1:${port}`)).toEqual({ said: 'ops\nin', notes: [] });
  });

  test('with an encrypted key: its passphrase is asked for only where the server takes the key', async () => {
    const { port } = await lab.sshd();
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    lab.config(`IdentityFile ${lab.key('locked', 'ed25519', 'MARKER-passphrase')}\n`);
    const user = person({ locked: 'MARKER-passphrase' });
    expect((await hello(`ops@127.0.0.1:${port}`, user)).said).toBe('ops\nin');
    expect(user.asked).toEqual(['Passphrase of /root/.ssh/locked: ']);
    await expect(hello(`ops@127.0.0.1:${port}`)).rejects.toThrow(/has a passphrase, and there is no terminal/);
    const stranger = person({});
    await expect(hello(`root@127.0.0.1:${port}`, stranger)).rejects.toThrow(
      /was not let in: the server takes publickey/,
    );
    expect(stranger.asked).toEqual([]);
  });

  test('with a password, asked for on the terminal; keyboard-interactive; both in turn behind a key', async () => {
    const key = lab.hostKey('usual');
    const servers = await Promise.all([
      lab.sshd(['PasswordAuthentication yes']),
      lab.sshd(['UsePAM yes', 'KbdInteractiveAuthentication yes']),
      lab.sshd([
        'UsePAM yes',
        'KbdInteractiveAuthentication yes',
        'AuthenticationMethods publickey,keyboard-interactive',
      ]),
      lab.sshd(['PasswordAuthentication yes', 'AuthenticationMethods publickey,password']),
    ]);
    lab.knownHosts(servers.map(({ port }) => lab.knownLine(port, key)).join(''));
    lab.config(`IdentityFile ${lab.key('first')}\n`);
    lab.config(`IdentityFile ${lab.key('second')}\nIdentitiesOnly yes\n`);
    for (const [index, { port }] of servers.entries()) {
      if (index < 2) lab.config('IdentityFile none\nIdentityAgent none\n');
      else lab.config('IdentityFile /root/.ssh/second\nIdentitiesOnly yes\n');
      const user = person({ assword: passwords.ops });
      expect((await hello(`ops@127.0.0.1:${port}`, user)).said, String(index)).toBe('ops\nin');
      expect(user.asked).toHaveLength(1);
      await expect(hello(`ops@127.0.0.1:${port}`)).rejects.toThrow(/there is no terminal to ask for a password/);
    }
    const wrong = person({ assword: 'wrong' });
    lab.config('IdentityFile none\n');
    await expect(hello(`ops@127.0.0.1:${servers[0].port}`, wrong)).rejects.toThrow(/was not let in/);
    expect(wrong.asked).toHaveLength(3);
  });

  test('with an agent; IdentitiesOnly leaves its other keys alone', async () => {
    const server = await lab.sshd(['MaxAuthTries 2']);
    lab.knownHosts(lab.knownLine(server.port, lab.hostKey('usual')));
    const [other, wanted] = [lab.key('other'), lab.key('wanted')];
    for (const user of ['ops', 'narrow']) sh(`sed -i '/ other$/d' /home/${user}/.ssh/authorized_keys`);
    const socket = `${lab.home}/agent`;
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      sh(
        `until [ -S ${socket} ]; do sleep 0.05; done; SSH_AUTH_SOCK=${socket} ssh-add -q ${other} ${wanted}; mkdir ${lab.home}/away; mv ${wanted} ${other} ${lab.home}/away`,
      );
      lab.config(`IdentityAgent ${socket}\nIdentityFile ${wanted}\n`);
      expect((await hello(`ops@127.0.0.1:${server.port}`)).said).toBe('ops\nin');
      lab.config(`IdentityAgent ${socket}\nIdentityFile ${other}\nIdentitiesOnly yes\n`);
      sh(`cp ${lab.home}/away/other ${other}`);
      await expect(hello(`ops@127.0.0.1:${server.port}`)).rejects.toThrow(
        /was not let in.*agent key SHA256:\S+ was offered$/,
      );
    } finally {
      agent.kill();
      await once(agent, 'close');
    }
  });
});

describe('a user certificate goes through the installed ssh', () => {
  const through = (what: string) => ({
    said: 'ops\nin',
    notes: [`The host was reached with the installed ssh, for ${what}.`],
  });
  let port: number;
  let key: string;
  beforeAll(async () => {
    const authority = lab.hostKey('user-authority');
    ({ port } = await lab.sshd([`TrustedUserCAKeys ${authority}.pub`, 'AuthorizedKeysFile none']));
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    key = lab.key('signed');
    sh(`ssh-keygen -q -s ${authority} -I ops@example -n ops -V +1h ${key}.pub`);
  });

  test('beside its key, named, or in the agent', async () => {
    lab.config(`IdentityFile ${key}\nIdentityAgent none\n`);
    expect(await hello(`ops@127.0.0.1:${port}`)).toEqual(through('a certificate'));
    sh(`mkdir -p ${lab.home}/certificates && mv ${key}-cert.pub ${lab.home}/certificates/ops.pub`);
    lab.config(`IdentityFile ${key}\nCertificateFile ${lab.home}/certificates/ops.pub\nIdentityAgent none\n`);
    expect(await hello(`ops@127.0.0.1:${port}`)).toEqual(through('CertificateFile'));
    // The key alone is not let in.
    lab.config(`IdentityFile ${key}\nIdentityAgent none\n`);
    await expect(hello(`ops@127.0.0.1:${port}`)).rejects.toThrow(/was not let in: the server takes publickey/);

    const socket = `${lab.home}/agent-of-certificates`;
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      // ssh-add takes the certificate that lies beside the key.
      sh(
        `until [ -S ${socket} ]; do sleep 0.05; done; mv ${lab.home}/certificates/ops.pub ${key}-cert.pub; SSH_AUTH_SOCK=${socket} ssh-add -q ${key}; mv ${key}-cert.pub ${lab.home}/certificates/`,
      );
      lab.config(`IdentityFile none\nIdentityAgent ${socket}\n`);
      expect(await hello(`ops@127.0.0.1:${port}`)).toEqual(through('a certificate in the agent'));
    } finally {
      agent.kill();
      await once(agent, 'close');
    }
  });

  test('for another account, or too late: refused, in ssh’s own words', async () => {
    sh(`mv ${lab.home}/certificates/signed-cert.pub ${key}-cert.pub`);
    lab.config(`IdentityFile ${key}\nIdentityAgent none\n`);
    await expect(hello(`narrow@127.0.0.1:${port}`)).rejects.toThrow(/Permission denied \(publickey\)/);
    sh(`ssh-keygen -q -s ${lab.hostKey('user-authority')} -I ops@example -n ops -V -2h:-1h ${key}.pub`);
    await expect(hello(`ops@127.0.0.1:${port}`)).rejects.toThrow(/Permission denied \(publickey\)/);
    sh(`rm ${key}-cert.pub`);
  });
});

describe('host keys', () => {
  const to = (port: number) => `ops@127.0.0.1:${port}`;
  const rejected = (port: number) => hello(to(port)).catch((error: Error) => error);

  beforeAll(() => lab.config(`IdentityFile ${lab.key('host-keys')}\n`));

  test('one that is not known is refused with its fingerprint and the way to accept it', async () => {
    const { port, log } = await lab.sshd();
    lab.knownHosts('');
    const error = await rejected(port);
    const [, fingerprint = ''] = sh(`ssh-keygen -l -f ${lab.hostKey('usual')}`).split(' ');
    expect(error).toBeInstanceOf(SourceError);
    expect((error as Error).message).toContain(`[127.0.0.1]:${port} is not known: ssh-ed25519 key ${fingerprint}`);
    expect((error as Error).message).toContain(`ssh -p ${port} ops@127.0.0.1 true`);
    expect(log()).not.toMatch(/userauth|Accepted|Failed/);
    // What is printed is what OpenSSH would write down.
    sh(`ssh -o StrictHostKeyChecking=accept-new -p ${port} ops@127.0.0.1 true`);
    expect((await hello(to(port))).said).toBe('ops\nin');
  });

  test('hashed, in another file, as a pattern, under an alias, without its port: known as to OpenSSH', async () => {
    const { port } = await lab.sshd();
    const line = lab.knownLine(port, lab.hostKey('usual'));
    const key = line.split(' ').slice(1).join(' ');
    const place = `${lab.home}/known_hosts`;
    const cases: [string, string, string][] = [
      ['hashed', line, ''],
      ['bare', `127.0.0.1 ${key}`, ''],
      ['pattern', `[127.0.?.*]:${port},!other ${key}`, ''],
      ['alias', `the-db ${key}`, 'HostKeyAlias the-db\n'],
      ['second file', '', `UserKnownHostsFile ${place} ${place}2\n`],
    ];
    for (const [name, text, settings] of cases) {
      lab.knownHosts(text);
      lab.config(`IdentityFile ${lab.home}/host-keys\n${settings}`);
      if (name === 'hashed') sh(`ssh-keygen -q -H -f ${place} 2>/dev/null`);
      if (name === 'hashed') expect(readFileSync(place, 'utf8')).not.toContain('127.0.0.1');
      if (name === 'second file') sh(`cat > ${place}2`, line);
      expect((await hello(to(port))).said, name).toBe('ops\nin');
      // OpenSSH itself agrees.
      expect(sh(`ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -p ${port} ops@127.0.0.1 id -un`), name).toBe(
        'ops\n',
      );
    }
    lab.config(`IdentityFile ${lab.home}/host-keys\n`);
    sh(`rm ${place}2`);
    lab.knownHosts(`[127.0.*]:*,![127.0.0.1]:${port} ${key}`);
    expect((await rejected(port)) as Error).toBeInstanceOf(SourceError);
    lab.knownHosts(line);
    sh(`chmod 000 ${place}; mkdir ${lab.home}/folder`);
    lab.config(`IdentityFile ${lab.home}/host-keys\nUserKnownHostsFile ${lab.home}/folder\n`);
    expect(((await rejected(port)) as Error).message).toMatch(
      /cannot be read \(EISDIR\), so no host key can be trusted/,
    );
    sh(`chmod 600 ${place}`);
    lab.config(`IdentityFile ${lab.home}/host-keys\n`);
  });

  test('one that has changed, and a revoked one, are refused loudly', async () => {
    const { port, log } = await lab.sshd();
    lab.knownHosts(lab.knownLine(port, lab.hostKey('another')));
    expect(((await rejected(port)) as Error).message).toMatch(
      /^THE HOST KEY HAS CHANGED: \[127\.0\.0\.1\]:\d+ shows the ssh-ed25519 key SHA256:\S+, and \/root\/\.ssh\/known_hosts:1 holds SHA256:/,
    );
    const line = lab.knownLine(port, lab.hostKey('usual'));
    lab.knownHosts(`${line}@revoked * ${line.split(' ').slice(1).join(' ')}`);
    expect(((await rejected(port)) as Error).message).toMatch(/^REVOKED HOST KEY: /);
    expect(log()).not.toMatch(/userauth|Accepted|Failed/);
  });

  test('of several keys of a server the known one is asked for', async () => {
    const [first, second] = [lab.hostKey('usual'), lab.hostKey('rsa', 'rsa')];
    const { port } = await lab.sshd([`HostKey ${second}`], first);
    lab.knownHosts(lab.knownLine(port, second));
    expect((await hello(to(port))).said).toBe('ops\nin');
    const other = await lab.sshd();
    lab.knownHosts(lab.knownLine(other.port, second));
    expect(((await rejected(other.port)) as Error).message).toMatch(
      /is not known: .*known_hosts:1 knows its ssh-rsa key/,
    );
  });

  test('a certificate authority is left to OpenSSH, and said so; as are certificates and ProxyCommand', async () => {
    const authority = lab.hostKey('authority');
    const key = lab.hostKey('certified');
    sh(`ssh-keygen -q -s ${authority} -I db -h -n 127.0.0.1 ${key}.pub 2>/dev/null`);
    const { port } = await lab.sshd([`HostCertificate ${key}-cert.pub`], key);
    const line = lab.knownLine(port, authority);
    lab.knownHosts(`@cert-authority ${line}`);
    expect(await hello(to(port))).toEqual({
      said: 'ops\nin',
      notes: ['The host was reached with the installed ssh, for a certificate authority in known_hosts.'],
    });
    const plain = await lab.sshd();
    lab.knownHosts(lab.knownLine(plain.port, lab.hostKey('usual')));
    lab.config(`IdentityFile ${lab.home}/host-keys\nProxyCommand nc-is-not-here %h %p\n`);
    expect(((await rejected(plain.port)) as Error).message).toMatch(/^ops@127\.0\.0\.1:\d+: /);
    lab.config(
      `IdentityFile ${lab.home}/host-keys\nProxyCommand python3 ${process.cwd()}/test/evidence/ssh/through.py %h %p\n`,
    );
    expect(await hello(to(plain.port))).toEqual({
      said: 'ops\nin',
      notes: ['The host was reached with the installed ssh, for ProxyCommand.'],
    });
    lab.knownHosts('');
    const refused = (await rejected(plain.port)) as Error;
    expect(refused).toBeInstanceOf(SourceError);
    const [, fingerprint = ''] = sh(`ssh-keygen -l -f ${lab.hostKey('usual')}`).split(' ');
    expect(refused.message).toContain(fingerprint);
    lab.knownHosts(lab.knownLine(plain.port, lab.hostKey('another')));
    expect(((await rejected(plain.port)) as Error).message).toMatch(/^THE HOST KEY HAS CHANGED/);
    lab.config(`IdentityFile ${lab.home}/host-keys\n`);
  });
});

describe('the way there', () => {
  test('through several jump hosts, each with its own known key; what is forwarded goes the same way', async () => {
    const servers = [
      await lab.sshd(),
      await lab.sshd([], lab.hostKey('second')),
      await lab.sshd([], lab.hostKey('third')),
    ];
    const keys = ['usual', 'second', 'third'].map((name) => lab.hostKey(name));
    const [a, b, c] = servers.map(({ port }) => port) as [number, number, number];
    lab.knownHosts(servers.map(({ port }, index) => lab.knownLine(port, keys[index] ?? '')).join(''));
    const key = lab.key('jumping');
    lab.config(
      `Host far\n Hostname 127.0.0.1\n Port ${c}\n User ops\n ProxyJump narrow@127.0.0.1:${a},mid\nHost mid\n Hostname 127.0.0.1\n Port ${b}\n User ops\nHost *\n IdentityFile ${key}\n`,
    );
    expect((await hello('far')).said).toBe('ops\nin');
    expect(servers[0]?.log()).toMatch(/Accepted publickey for narrow/);
    expect(servers[1]?.log()).toMatch(/Accepted publickey for ops/);
    const source = sshSource('src/evidence/host-facts.sh', nothingAsked, readDestination('far'), undefined);
    const gathering = source.gather(never);
    const stream = await source.tunnel?.open('127.0.0.1', b, never);
    const [banner] = (await once(stream as Duplex, 'data')) as [Buffer];
    expect(banner.toString()).toMatch(/^SSH-2\.0-OpenSSH/);
    await gathering;
    await expect(source.tunnel?.open('127.0.0.1', 1, never)).rejects.toThrow(
      /from there, 127\.0\.0\.1 port 1 cannot be reached/,
    );
    source.close?.();
    // A jump host that is not trusted stops it, under its own name.
    lab.knownHosts(lab.knownLine(a, keys[0] ?? '') + lab.knownLine(c, keys[2] ?? ''));
    await expect(hello('far')).rejects.toThrow(`the host key of [127.0.0.1]:${b} is not known`);
  });

  test('names and ports that lead nowhere are said so', async () => {
    lab.config('');
    await expect(hello('no-such-host.invalid')).rejects.toThrow(/no such host name is known here/);
    await expect(hello('127.0.0.1:1')).rejects.toThrow(/the connection was refused/);
    for (const wrong of ['', 'a b', '-oProxyCommand=x', 'host:0', 'host:99999', 'u@', '@h', 'h:x', '$(id)'])
      expect(() => readDestination(wrong), wrong).toThrow(SourceError);
    expect(readDestination('dbа@[::1]:22')).toEqual({ host: '::1', user: 'dbа', port: 22 });
    expect(readDestination('::1').host).toBe('::1');
  });
});

/** A source and a time limit, in the words of `--timeout`. */
function sourceOf(port: number, milliseconds: number) {
  const source = sshSource(
    'src/evidence/host-facts.sh',
    nothingAsked,
    readDestination(`ops@127.0.0.1:${port}`),
    undefined,
  );
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException('the time limit came first', 'TimeoutError')), milliseconds);
  return { source, limit: controller.signal };
}

describe('a host that hangs', () => {
  // Bytes after which it falls silent: at once, within its banner, within the key exchange, before the log-in.
  test.each([
    [0, /the SSH banner|the key exchange/],
    [30, /the key exchange/],
    [1200, /the key exchange/],
    [1700, /the log-in|the key exchange/],
  ])('after %i bytes: given up with the time limit, with what it waited for', async (bytes, stage) => {
    const { port } = await lab.sshd();
    const silent = await silentAfter(bytes, port);
    try {
      lab.knownHosts(lab.knownLine(silent.port, lab.hostKey('usual')));
      lab.config('IdentityFile none\n');
      const source = sshSource(
        'src/evidence/host-facts.sh',
        nothingAsked,
        readDestination(`ops@127.0.0.1:${silent.port}`),
        undefined,
      );
      const bundle = await source.gather(AbortSignal.timeout(700));
      expect(bundle.items.get('postgres/pg_hba.conf')).toMatchObject({
        why: 'timed-out',
        detail: expect.stringMatching(stage),
      });
      source.close?.();
      await expect.poll(silent.connections).toBe(0);
    } finally {
      silent.close();
    }
  });

  test.each([
    [
      'its log-in',
      ['AuthorizedKeysCommand /etc/hangs', 'AuthorizedKeysCommandUser root'],
      /the log-in as ops@127\.0\.0\.1/,
    ],
    ['its command', ['ForceCommand sleep 8'], /the time limit/],
  ])('in %s', async (_stage, settings, told) => {
    writeFileSync('/etc/hangs', '#!/bin/sh\nexec sleep 8\n', { mode: 0o755 });
    const { port } = await lab.sshd(settings);
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    if (!existsSync(`${lab.home}/hanging`)) lab.key('hanging');
    lab.config(`IdentityFile ${lab.home}/hanging\n`);
    if (settings.length > 1) sh('mv /home/ops/.ssh/authorized_keys /home/ops/.ssh/away');
    const { source, limit } = sourceOf(port, 1500);
    const bundle = await source.gather(limit);
    if (settings.length > 1) sh('mv /home/ops/.ssh/away /home/ops/.ssh/authorized_keys');
    expect(bundle.items.get('host/ss.txt')).toMatchObject({ why: 'timed-out', detail: expect.stringMatching(told) });
    source.close?.();
  });

  test('in the middle of its output: what came is used, and known to be cut', async () => {
    const { port } = await lab.sshd();
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    lab.config(`IdentityFile ${lab.key('cut')}\n`);
    const half = `${lab.home}/half.sh`;
    writeFileSync(
      half,
      "printf 'dms-doctor-bundle 1\\nitem host/load.txt 2 -\\nab\\nitem host/df.txt 9 -\\nab'; exec sleep 8640\n",
    );
    const source = sshSource(half, nothingAsked, readDestination(`ops@127.0.0.1:${port}`), undefined);
    const bundle = await source.gather(AbortSignal.timeout(1500));
    expect(bundle.items.get('host/load.txt')).toMatchObject({ text: 'ab' });
    expect(bundle.items.get('host/df.txt')).toMatchObject({ why: 'timed-out' });
    expect(bundle.items.get('bundle')).toMatchObject({ why: 'damaged' });
    source.close?.();
    // The host is told to end it, and does.
    await expect.poll(() => sh('ps -eo args | grep "[s]leep 8640" || true')).toBe('');
  });
});

describe('what a host may print', () => {
  const bundleOf = async (script: string, shell?: string) => {
    const { port } = await lab.sshd(shell === undefined ? [] : [`ForceCommand ${shell}`]);
    lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
    if (!existsSync(`${lab.home}/printing`)) lab.key('printing');
    lab.config(`IdentityFile ${lab.home}/printing\n`);
    const file = `${lab.home}/script.sh`;
    writeFileSync(file, script);
    const source = sshSource(file, nothingAsked, readDestination(`ops@127.0.0.1:${port}`), undefined);
    const bundle = await source.gather(never);
    source.close?.();
    return bundle;
  };
  const document = "printf 'dms-doctor-bundle 1\\nitem host/load.txt 2 2020-01-01T00:00:00Z\\nab\\nend 1\\n'";

  test('a banner before it, files that are not UTF-8, a clock that is off', async () => {
    const bundle = await bundleOf(`echo 'Welcome to db1! dms-doctor-bundle 1'; printf '\\377\\n'; ${document}`);
    expect(bundle.items.get('host/load.txt')).toMatchObject({ text: 'ab' });
    expect(bundle.items.has('bundle')).toBe(false);
    expect(bundle.notes.join()).toMatch(/The clock of ssh ops@127\.0\.0\.1:\d+ is \d+ min behind this machine’s/);
  });

  test('nothing, or something else: its words are in the reason', async () => {
    const refused = await bundleOf('', "echo 'This account is currently not available.'");
    expect(refused.items.get('host/ss.txt')).toMatchObject({
      why: 'not-gathered',
      detail: expect.stringMatching(/did not run; it said: This account is currently not available\.$/),
    });
    expect((await bundleOf('exit 3')).items.get('host/ss.txt')).toMatchObject({ why: 'not-gathered' });
  });

  test('200 MB: taken, and more than any host prints: cut', async () => {
    const much = (megabytes: number) =>
      `printf 'dms-doctor-bundle 1\\nitem host/load.txt 2 -\\nab\\nitem host/df.txt ${megabytes * 1048576} -\\n'; head -c ${megabytes * 1048576} /dev/zero; printf '\\nend 2\\n'`;
    const taken = await bundleOf(much(200));
    expect(isItem(taken.items.get('host/df.txt')) && !taken.items.has('bundle')).toBe(true);
    const cut = await bundleOf(much(300));
    expect(cut.items.get('bundle')).toMatchObject({ why: 'damaged' });
    expect(cut.items.get('host/load.txt')).toMatchObject({ text: 'ab' });
  });
});
