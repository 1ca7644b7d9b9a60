import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project } from '../../cli/run.ts';
import { startServer, type Server } from '../../servers/postgres.ts';
import type { SshLab, Sshd } from './servers.ts';
import { passwords, sh, silentAfter, sshLab } from './servers.ts';

const sudoers = '/etc/sudoers.d/dms-doctor-check';
const markers = {
  passphrase: 'MARKER-passphrase',
  hba: 'MARKER-radius',
  conninfo: 'MARKER-conninfo',
  row: 'MARKER-row',
};
let lab: SshLab;
let sshd: Sshd;
let server: Server;

beforeAll(async () => {
  lab = await sshLab();
  sshd = await lab.sshd(['UsePAM yes', 'KbdInteractiveAuthentication yes']);
  server = await startServer({
    major: 13,
    hba: `local all all trust\nhost all all 10.0.0.0/8 radius radiusservers=10.0.0.9 radiussecrets=${markers.hba}\n`,
    settings: { primary_conninfo: `host=x password=${markers.conninfo}` },
  });
  writeFileSync(sudoers, 'ops ALL=(ALL) ALL\n', { mode: 0o440 });
});
afterAll(async () => {
  sh(`rm -f ${sudoers}`);
  await server.stop();
  await lab.close();
});

type Ended = { code: number | null; signal: string | null; stdout: string; stderr: string; seconds: number };

/** Starts a command; `interrupt`: milliseconds after which Ctrl-C comes; the seconds are counted from there. */
async function ran(command: readonly string[], interrupt?: number): Promise<Ended> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, { cwd: project, env: { PATH: process.env['PATH'], HOME: '/root', CI: 'true' } });
  let [stdout, stderr, since] = ['', '', performance.now()];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end();
  const timer =
    interrupt === undefined
      ? undefined
      : setTimeout(() => {
          since = performance.now();
          child.kill('SIGINT');
        }, interrupt);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { code, signal, stdout, stderr, seconds: (performance.now() - since) / 1000 };
}

const node = [process.execPath, 'bin/dms-doctor.js'];
const at = (port: number) => `ops@127.0.0.1:${port}`;
const flow = () => ['--from', '10.9.8.7', '--host', '127.0.0.1', '--port', String(server.port), '--user', 'dms'];
const trusted = (port: number) => lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));

describe('secrets', () => {
  test('a key’s passphrase, a password, that of sudo and those of the files are in no output of any format', async () => {
    trusted(sshd.port);
    lab.config(`IdentityFile ${lab.key('locked', 'ed25519', markers.passphrase)}\nIdentityAgent none\n`);
    const out = (name: string) => path.join(lab.home, name);
    const formats = ['json', 'junit', 'markdown', 'html', 'github', 'text'];
    const answers = [`/locked: =${markers.passphrase}`, `for sudo: =${passwords.ops}`];
    const check = [
      'check',
      '--ssh',
      at(sshd.port),
      '--ask-sudo-password',
      '--debug',
      '--verbose',
      '--timeout',
      '2m',
      ...flow(),
    ];
    const reports = formats.flatMap((format) => ['--report', `${format}=${out(format)}`]);
    const answer = ['python3', 'test/evidence/ssh/answer.py', ...answers, '--'];
    const { code, stdout, stderr } = await ran([
      ...answer,
      ...node,
      ...check,
      '--save-bundle',
      out('bundle'),
      ...reports,
    ]);
    expect({ code, stderr }).toMatchObject({ stderr: expect.stringContaining('for sudo: ') });
    expect(stdout).toContain('pg-hba');
    const bundle = readFileSync(out('bundle'), 'utf8');
    expect(bundle).toContain('radiussecrets=(removed)');
    expect(bundle).toMatch(/^sudo: used$/m);
    expect(bundle).toContain('item postgres/settings.json ');
    const all = [stdout, stderr, bundle, sshd.log(), ...formats.map((format) => readFileSync(out(format), 'utf8'))];
    for (const text of all) expect(text).not.toMatch(/MARKER/);
    // Replayed, it is the same report, dates and durations aside.
    const again = await ran([...node, 'check', '--bundle', out('bundle'), '--format', 'json']);
    const plain = (text: string) => text.replaceAll(/"(?:startedAt|durationMs)": ?[^,]*,/g, '');
    expect(plain(again.stdout)).toBe(plain(readFileSync(out('json'), 'utf8')));
    // Wrong answers, and the errors that follow.
    const wrong = ['python3', 'test/evidence/ssh/answer.py', '/locked: =MARKER-wrong', 'assword: =MARKER-wrong', '--'];
    const refused = await ran([...wrong, ...node, ...check]);
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/was not let in/);
    expect(`${refused.stdout}${refused.stderr}`).not.toMatch(/MARKER/);
  });
});

describe('a run on a host', () => {
  beforeAll(() => {
    trusted(sshd.port);
    lab.config(`IdentityFile ${lab.key('plain')}\nIdentityAgent none\n`);
    writeFileSync(sudoers, 'ops ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
  });

  test('a refused host key alone is exit 2 with one line; beside other evidence its layers say so', async () => {
    lab.knownHosts('');
    const alone = await ran([...node, 'check', '--ssh', at(sshd.port), ...flow()]);
    expect(alone.code).toBe(2);
    expect(alone.stdout).toBe('');
    expect(alone.stderr).toMatch(
      /dms-doctor: ssh ops@127\.0\.0\.1:\d+: the host key of .* is not known: ssh-ed25519 key SHA256:/,
    );
    const story = ['--bundle', 'fixtures/closed-security-group'];
    const beside = await ran([
      ...node,
      'check',
      '--ssh',
      at(sshd.port),
      ...story,
      '--format',
      'json',
      '--max-age',
      '9999d',
    ]);
    const report = JSON.parse(beside.stdout) as { notes?: string[]; findings: { caveats: string[] }[] };
    expect(JSON.stringify(report.findings)).toMatch(/denied: ssh ops@127\.0\.0\.1:\d+: the host key/);
    trusted(sshd.port);
  });

  test('nothing changes on it but the traces that docs/permissions.md names', async () => {
    const state = () =>
      [
        'iptables-save',
        'nft list ruleset',
        'ipset save',
        'cat /proc/modules',
        'sysctl -a --pattern "^(net|vm)" 2>/dev/null | grep -v conntrack_count',
        'ip -o addr',
        'crontab -l 2>&1',
      ]
        .map((command) => sh(`${command} || true`))
        .join('\n');
    const rows = () =>
      sh(
        `psql -X -A -t -U postgres -h ${server.socketFolder} -p ${server.port} -c 'select name, setting from pg_settings order by 1; select * from pg_stat_user_tables; select rolname from pg_roles; select slot_name from pg_replication_slots'`,
      );
    // Asking for the rules makes their tables, once.
    sh('iptables-save; nft list ruleset');
    const before = [state(), rows()];
    sh('touch /run/before; sleep 0.1');
    const { code, stdout } = await ran([...node, 'check', '--ssh', at(sshd.port), ...flow(), '--database', 'postgres']);
    expect({ code, told: stdout.includes('wal-level') }).toEqual({ code: expect.any(Number), told: true });
    expect([state(), rows()]).toEqual(before);
    sh('touch /var/log/seen');
    const places = '/etc /home /usr /var /opt /srv /tmp';
    const changed = sh(`find ${places} -xdev -newercm /run/before -type f ! -path '${server.data}/*'`)
      .trim()
      .split('\n');
    // What is changed on purpose is seen.
    expect(changed).toContain('/var/log/seen');
    const named = /^\/var\/log\/(?:auth\.log|lastlog|wtmp|btmp|faillog|seen|journal\/.*)$|^\/run\/|^$/;
    expect(changed.filter((file) => !named.test(file))).toEqual([]);
  });

  test('collect --ssh writes what check --bundle reads; so does the line that needs no dms-doctor on the way', async () => {
    const file = path.join(lab.home, 'facts.txt');
    const port = ['--port', String(server.port), '--database', 'postgres', '--user', 'dms'];
    expect(await ran([...node, 'collect', '--ssh', at(sshd.port), '--output', file, ...port])).toMatchObject({
      code: 0,
      stdout: '',
    });
    const facts = path.join(lab.home, 'facts.sh');
    expect((await ran([...node, 'collect', '--print-script', '--output', facts])).code).toBe(0);
    const judged = await ran([...node, 'check', '--bundle', file, '--format', 'json', ...flow()]);
    const piped = `ssh -p ${sshd.port} ops@127.0.0.1 'sudo sh -s -- ${port.join(' ')}' < ${facts} | ${node.join(' ')} check --bundle - --format json ${flow().join(' ')}`;
    const line = await ran(['sh', '-c', piped]);
    const layers = ({ stdout }: Ended) => (JSON.parse(stdout) as { layers: unknown }).layers;
    expect(layers(line)).toEqual(layers(judged));
  });

  test('--local on the host itself judges as much, and names the layers of AWS as not known', async () => {
    sh(
      'ip link add here type veth peer name there; ip link set here up; ip link set there up; ' +
        'ip addr add 10.20.30.40/24 dev here; ip route add default via 10.20.30.1',
    );
    const { stdout, code } = await ran([...node, 'check', '--local', '--from', '172.31.23.112', '--format', 'json']);
    // The server listens on the loopback alone.
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as {
      flow: { host: string; port: number };
      layers: { layer: string; status: string }[];
    };
    expect(report.flow).toMatchObject({ host: '10.20.30.40', port: server.port });
    const status = (name: string) => report.layers.find(({ layer }) => layer === name)?.status;
    for (const layer of ['route', 'security-group', 'network-acl']) expect(status(layer), layer).toBe('unknown');
    expect(status('listener')).toBe('block');
    for (const layer of ['iptables', 'nftables', 'listener', 'wal-level', 'slots', 'senders'])
      expect(status(layer), layer).not.toBe('unknown');
  });
});

describe('Ctrl-C', () => {
  // While node starts, the handshake waits, the script runs or the command hangs.
  test.each([400, 700, 1000, 1400, 1900])(
    'after %i ms: what is known is printed within 2 s, exit 130, nothing is left',
    async (after) => {
      for (const bytes of [0, 1500, 1e9]) {
        const silent = await silentAfter(bytes, sshd.port);
        try {
          lab.knownHosts(lab.knownLine(silent.port, lab.hostKey('usual')));
          const ended = await ran([...node, 'check', '--ssh', at(silent.port), ...flow(), '--timeout', '1m'], after);
          // Before it listens for signals a process just ends; a run that was over by then is none.
          if (ended.code === 3 || ended.code === 1) continue;
          expect(ended.code ?? ended.signal, ended.stderr).toBe(ended.code === null ? 'SIGINT' : 130);
          if (ended.code === 130) expect(ended.stdout).toContain('Interrupted: this is what was known by then.');
          expect(ended.seconds).toBeLessThan(2);
          await expect.poll(silent.connections).toBe(0);
        } finally {
          silent.close();
        }
      }
      await expect.poll(() => sh('ps -u ops -o args= || true'), { timeout: 15_000 }).not.toMatch(/sh -s/);
    },
  );
});
