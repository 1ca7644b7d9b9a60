import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../../src/check.ts';
import type { Bundle } from '../../../src/evidence/bundle.ts';
import { toEvidence } from '../../../src/evidence/evidence-of.ts';
import { unframe } from '../../../src/evidence/framed.ts';
import { withQueries } from '../../../src/evidence/host-queries.ts';
import { isItem } from '../../../src/evidence/item.ts';
import { readDestination } from '../../../src/evidence/ssh/destination.ts';
import { sshSource } from '../../../src/evidence/ssh/source.ts';
import { emptyFlow } from '../../../src/flow.ts';
import { type Server, startServer } from '../../servers/postgres.ts';
import { documented, standsFor } from '../documented-commands.ts';
import { presentShells } from '../host-facts.ts';
import type { SshLab, Sshd } from './servers.ts';
import { passwords, sh, sshLab } from './servers.ts';

const sudoers = '/etc/sudoers.d/dms-doctor';
const script = '/run/facts.sh';
let lab: SshLab;
let sshd: Sshd;
let server: Server;
beforeAll(async () => {
  writeFileSync(script, withQueries(readFileSync('src/evidence/host-facts.sh', 'utf8')));
  lab = await sshLab();
  sshd = await lab.sshd(['UsePAM yes']);
  lab.knownHosts(lab.knownLine(sshd.port, lab.hostKey('usual')));
  lab.config(`IdentityFile ${lab.key('sudo')}\n`);
  server = await startServer({ major: 13 });
});
afterAll(async () => {
  await server.stop();
  await lab.close();
});
afterEach(() => rmSync(sudoers, { force: true }));

/** Gathers as the account `narrow`; `answers`: what is typed where the terminal asks. */
async function gathered(answers?: string[]): Promise<Bundle> {
  const asked: string[] = [];
  const terminal =
    answers === undefined
      ? undefined
      : {
          ask: (question: string) => {
            asked.push(question);
            return Promise.resolve(answers.shift());
          },
          hold: () => () => undefined,
        };
  const request = {
    port: server.port,
    addresses: [],
    database: undefined,
    user: undefined,
    psql: true,
    askSudoPassword: answers !== undefined,
  };
  const to = readDestination(`narrow@127.0.0.1:${sshd.port}`);
  const source = sshSource(script, () => Promise.resolve(request), to, terminal);
  const bundle = await source.gather(new AbortController().signal);
  source.close?.();
  if (answers !== undefined) expect(asked).toEqual([`Password of narrow@127.0.0.1:${sshd.port} for sudo: `]);
  return bundle;
}

const allow = (...lines: string[]) => {
  writeFileSync(sudoers, `${lines.join('\n')}\n`, { mode: 0o440 });
  sh(`visudo -cqf ${sudoers}`);
};
const hba = 'postgres/pg_hba.conf';
const stateOf = (bundle: Bundle, name: string) => {
  const entry = bundle.items.get(name);
  return isItem(entry) ? 'had' : entry?.why;
};
const sudoOf = (bundle: Bundle) => {
  const entry = bundle.items.get('host/sudo.txt');
  return isItem(entry) ? /^sudo: (.*)$/m.exec(entry.text)?.[1] : undefined;
};

test('without sudo what needs root is denied; with just the lines that the report prints nothing is', async () => {
  sh('ip addr add 10.9.9.9/24 dev lo');
  let lines: string[] = [];
  const known = { from: ['192.0.2.1'], host: '10.9.9.9', port: server.port, database: 'postgres', user: 'dms' };
  const flow = { ...emptyFlow, ...known, tls: 'none' as const };
  for (let round = 0; ; round += 1) {
    const bundle = await gathered();
    const { findings } = check(toEvidence(bundle, flow));
    const fixes = findings.filter(({ code, fix }) => code === 'EVD002' && fix !== undefined);
    if (round === 0) {
      expect(stateOf(bundle, hba)).toBe('denied');
      expect(stateOf(bundle, 'host/iptables-nft-save.txt')).toBe('denied');
      expect(sudoOf(bundle)).toBe('asks for a password');
    }
    const step = fixes[0]?.fix?.steps[0];
    if (step === undefined || !('edit' in step)) {
      expect(round).toBeGreaterThan(0);
      expect(stateOf(bundle, hba)).toBe('had');
      expect(stateOf(bundle, 'host/nft-ruleset.json')).toBe('had');
      expect(sudoOf(bundle)).toBe('used');
      break;
    }
    expect(fixes).toHaveLength(1);
    expect(step.edit.file).toBe(sudoers);
    const fresh = step.edit.lines.filter((line) => !lines.includes(line));
    // Each round adds something: what one line lets be seen may name a file that another one must allow.
    expect(fresh.length, step.edit.lines.join('\n')).toBeGreaterThan(0);
    for (const line of fresh)
      expect(line).toMatch(/^narrow ALL=\(root\) NOPASSWD: \/usr\/bin\/timeout -s KILL 10 \/\S+/);
    for (const line of fresh) {
      const command = line.replace(/^.* KILL 10 \/\S*\//, '').replaceAll('\\', '');
      expect(
        documented.some((one) => standsFor(one, command)),
        command,
      ).toBe(true);
    }
    lines = [...lines, ...fresh];
    allow(...lines);
    expect(round).toBeLessThan(4);
  }
  // The lines allow nothing else: not another file, and not another argument.
  for (const command of [
    'cat /etc/shadow',
    'timeout -s KILL 10 cat /etc/shadow',
    'timeout -s KILL 10 nft flush ruleset',
    'sh',
  ])
    expect(() => sh(`su narrow -c 'sudo -n ${command}'`), command).toThrow('Command failed');
});

test('passwordless sudo is used; a password that was asked for is used, and stands nowhere', async () => {
  allow('narrow ALL=(ALL) NOPASSWD: ALL');
  const free = await gathered();
  expect(stateOf(free, hba)).toBe('had');
  expect(stateOf(free, 'postgres/settings.json')).toBe('had');
  allow('narrow ALL=(ALL) ALL');
  const denied = await gathered();
  expect(stateOf(denied, hba)).toBe('denied');
  expect(stateOf(denied, 'postgres/settings.json')).toBe('denied');
  expect(sudoOf(denied)).toBe('asks for a password');
  const bundle = await gathered([passwords.narrow]);
  expect(sudoOf(bundle)).toBe('used');
  expect(stateOf(bundle, hba)).toBe('had');
  expect(stateOf(bundle, 'postgres/settings.json')).toBe('had');
  expect(server.log()).not.toContain(passwords.narrow);
  expect(JSON.stringify([...bundle.items])).not.toContain(passwords.narrow);
  expect(sshd.log()).not.toContain(passwords.narrow);
});

test('a wrong password is tried once', async () => {
  allow('narrow ALL=(root) ALL', 'Defaults logfile=/var/log/sudo-tries');
  writeFileSync('/var/log/sudo-tries', '');
  const bundle = await gathered(['it\'s\\ $(wrong) "MARKER']);
  expect(sudoOf(bundle)).toBe('refused the password');
  expect(stateOf(bundle, hba)).toBe('denied');
  expect(sh('grep -c "incorrect password" /var/log/sudo-tries')).toBe('1\n');
  expect(JSON.stringify([...bundle.items])).not.toContain('MARKER');
});

test('a pty where requiretty demands it', async () => {
  for (const [rule, answers] of [
    ['NOPASSWD: ALL', undefined],
    ['ALL', [passwords.narrow]],
  ] as const) {
    allow('Defaults requiretty', `narrow ALL=(root) ${rule}`);
    const bundle = await gathered(answers === undefined ? undefined : [...answers]);
    expect(sudoOf(bundle), rule).toBe('used');
    expect(stateOf(bundle, hba)).toBe('had');
    expect(bundle.items.has('bundle')).toBe(false);
    expect(JSON.stringify([...bundle.items])).not.toContain(passwords.narrow);
  }
});

describe('what hangs as root, and nobody else may end', () => {
  const hanging = '/usr/local/bin/ipset';
  // A number that no other process sleeps for.
  const marker = `97${process.pid}`;
  const left = () =>
    sh(
      `for one in /proc/[0-9]*; do tr '\\0' ' ' < $one/cmdline 2>/dev/null | grep -qx 'sleep ${marker} ' && echo \${one#/proc/}; done || :`,
    )
      .split('\n')
      .filter((pid) => pid !== '');
  beforeAll(() => writeFileSync(hanging, `#!/bin/sh\necho begun\nexec sleep ${marker}\n`, { mode: 0o755 }));
  beforeEach(() => allow('narrow ALL=(root) NOPASSWD: ALL, !/usr/bin/timeout'));
  afterEach(() => {
    for (const pid of left()) process.kill(Number(pid), 'SIGKILL');
  });
  afterAll(() => rmSync(hanging));

  describe.each(['timeout there, but not in sudoers', 'no timeout there'])('%s', (kind) => {
    beforeAll(() => {
      if (kind === 'no timeout there') renameSync('/usr/bin/timeout', '/usr/bin/timeout.away');
    });
    afterAll(() => {
      if (kind === 'no timeout there') renameSync('/usr/bin/timeout.away', '/usr/bin/timeout');
    });

    test.each(presentShells)('$name', ({ command: [program, ...before] }) => {
      const began = performance.now();
      const words = ['setpriv', '--reuid=narrow', '--regid=narrow', '--init-groups', program, ...before, script];
      const { stdout, stderr, status } = spawnSync('env', [...words, '--sudo', '--no-psql', '--deadline', '2'], {
        timeout: 60_000,
        encoding: 'buffer',
      });
      const { items, complete } = unframe(stdout);
      expect({ stderr: stderr.toString(), status, complete }).toEqual({ stderr: '', status: 0, complete: true });
      expect(items.get('host/ipset-save.txt.error')?.text).toBe('timed-out: ipset gave no answer within 2 s\n');
      expect(items.get('host/iptables-nft-save.txt.error')?.text).not.toMatch(/^(?:denied|timed-out)/);
      expect(items.get('host/sudo.txt')?.text).toContain('sudo: used\n');
      expect(performance.now() - began).toBeLessThan(40_000);
      // It was really one that hung as root.
      expect(left().map((pid) => sh(`stat -c %U /proc/${pid}`))).toEqual(['root\n']);
    });

    test('over SSH', async () => {
      const bundle = await gathered();
      expect(bundle.items.get('host/ipset-save.txt')).toMatchObject({ why: 'timed-out' });
      expect(stateOf(bundle, hba)).toBe('had');
      expect(bundle.items.has('bundle')).toBe(false);
      expect(left()).toHaveLength(1);
    });
  });
});
