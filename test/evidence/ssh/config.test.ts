import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { agentHoldsCertificate } from '../../../src/evidence/ssh/certificates.ts';
import type { Machine } from '../../../src/evidence/ssh/config.ts';
import { hostConfig, settingsOf } from '../../../src/evidence/ssh/config.ts';

const db = { host: 'db', user: 'ops', port: undefined };
const windows: Machine = {
  windows: true,
  home: String.raw`C:\Users\Jo Doe`,
  environment: { PROGRAMDATA: String.raw`D:\ProgramData` },
};
const unix: Machine = { windows: false, home: '/home/jo', environment: { SSH_AUTH_SOCK: '/run/agent' } };

// As OpenSSH for Windows prints them: with CR, without quotes, and its own word for %PROGRAMDATA%.
const ofWindows = [
  'hostname db.example.com',
  'port 22',
  'identityfile ~/.ssh/id_ed25519',
  String.raw`identityfile ~\.ssh\id_work`,
  String.raw`globalknownhostsfile __PROGRAMDATA__\ssh/ssh_known_hosts __PROGRAMDATA__\ssh/ssh_known_hosts2`,
  String.raw`userknownhostsfile C:\Users\Jo Doe/.ssh/known_hosts C:\Users\Jo Doe/.ssh/known_hosts2`,
  '',
].join('\r\n');

test('ssh -G of Windows: homes with a blank, %PROGRAMDATA%, the agent’s pipe', () => {
  const config = hostConfig(db, settingsOf(ofWindows), windows);
  expect(config).toMatchObject({
    host: 'db.example.com',
    identityFiles: [String.raw`C:\Users\Jo Doe\.ssh\id_ed25519`, String.raw`C:\Users\Jo Doe\.ssh\id_work`],
    globalKnownHosts: [String.raw`D:\ProgramData\ssh/ssh_known_hosts`, String.raw`D:\ProgramData\ssh/ssh_known_hosts2`],
    userKnownHosts: [String.raw`C:\Users\Jo Doe/.ssh/known_hosts`, String.raw`C:\Users\Jo Doe/.ssh/known_hosts2`],
    agent: String.raw`\\.\pipe\openssh-ssh-agent`,
    onlyOpenSsh: [],
  });
  const agentWith = (setting: string, environment: Machine['environment'] = {}) =>
    hostConfig(db, settingsOf(`identityagent ${setting}\n`), { ...windows, environment }).agent;
  expect(agentWith(String.raw`\\.\pipe\pageant.jo`)).toBe(String.raw`\\.\pipe\pageant.jo`);
  expect(agentWith('none')).toBeUndefined();
  expect(agentWith('$MY_AGENT', { MY_AGENT: 'pageant' })).toBe('pageant');
  expect(agentWith('SSH_AUTH_SOCK', { SSH_AUTH_SOCK: '/tmp/ssh-1/agent.1' })).toBe('/tmp/ssh-1/agent.1');
});

test('elsewhere a blank separates two files, and a backslash is one', () => {
  const text = 'userknownhostsfile ~/.ssh/known_hosts work "~/a b"\nidentityfile %d/.ssh/id\n';
  expect(hostConfig(db, settingsOf(text), unix)).toMatchObject({
    userKnownHosts: ['/home/jo/.ssh/known_hosts', 'work', '/home/jo/a b'],
    identityFiles: ['/home/jo/.ssh/id'],
    agent: '/run/agent',
  });
  expect(hostConfig(db, settingsOf(String.raw`identityfile ~\x`), unix).identityFiles).toEqual([String.raw`~\x`]);
});

test('an agent is asked for certificates; one that is not there, says nonsense or says nothing has none', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-agent-'));
  const list = Buffer.from('\0\0\0\0\x0c ssh-ed25519-cert-v01@openssh.com', 'latin1');
  list.writeUInt32BE(list.length - 4);
  const answers: [string, (Buffer | undefined)[], boolean][] = [
    ['whole', [list], true],
    ['in pieces', [list.subarray(0, 3), list.subarray(3, 9), list.subarray(9)], true],
    ['plain keys', [Buffer.from('\0\0\0\x10\x0c ssh-ed25519 abc', 'latin1')], false],
    ['nothing', [], false],
    ['gone', [undefined], false],
  ];
  try {
    for (const [name, pieces, expected] of answers) {
      const socket = path.join(folder, name.replace(' ', '-'));
      const server = createServer((client) => {
        client.on('error', () => undefined);
        client.once('data', (asked) => {
          expect([...asked]).toEqual([0, 0, 0, 1, 11]);
          for (const [index, piece] of pieces.entries())
            setTimeout(() => (piece === undefined ? client.destroy() : client.write(piece)), 10 * index);
        });
      }).listen(socket);
      await once(server, 'listening');
      expect(await agentHoldsCertificate(socket), name).toBe(expected);
      server.close();
    }
    expect(await agentHoldsCertificate(path.join(folder, 'none'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
