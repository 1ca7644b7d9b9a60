import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { unframe } from '../../src/evidence/framed.ts';
import { basics, callFunction, commands, missingShells, presentShells, run, script } from './host-facts.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);
const directories: string[] = [];
const withCommands = (...given: Parameters<typeof commands>): string => {
  const directory = commands(...given);
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Every item that any run may yield has one of these beginnings or names. */
const known =
  /^(?:host\/(?:ip6?tables-(?:legacy-|nft-)?save\.txt|nft-ruleset\.(?:json|txt)|ipset-save\.txt|ip-(?:addr|route)\.(?:json|txt)|ip-rule\.txt|sysctl\.txt|ss\.txt|netstat\.txt|nstat\.txt|conntrack\.txt|(?:shorewall|shorewall6|shorewall-lite|ufw|firewalld|fail2ban)\/.+|iptables-rules\.v[46]|nftables\.conf|rules-files\.json|kernel-log\.txt|clusters\.json|poolers\.json|ps\.txt|units\.txt|df\.txt|load\.txt|cron\.txt|managers\.txt|os-release\.txt|docker\.txt|fail2ban\.txt|selinux\.txt|xdp-tc\.txt|sudo\.txt)|postgres\/.+)(?:\.error)?$/;
const reasons = /^(?:not-installed|denied|timed-out|not-gathered): [^\n]+\n$/;

test.skipIf(missingShells > 0)('dash, bash and busybox ash are here to be tried', () => {
  expect(presentShells.map(({ name }) => name)).toEqual(['dash', 'bash', 'busybox ash']);
});

test('shellcheck finds nothing', ({ skip }) => {
  const { error, stdout } = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' });
  skip(error !== undefined, 'shellcheck is not installed');
  expect(stdout).toBe('');
});

/**
 * Runs a command line on an overlay of this machine's root, in a mount namespace of its own.
 * @returns every path that it created, changed or removed below /
 */
function writtenBy(commandLine: string): string[] {
  const overlay = `set -eu
    directory=$(mktemp -d)
    mount -t tmpfs none "$directory"
    mkdir "$directory/upper" "$directory/work" "$directory/root"
    if mount -t overlay none -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$directory/root"; then
      for name in proc sys dev; do mount --rbind "/$name" "$directory/root/$name"; done
      cp ${script} "$directory/root/facts.sh"
      chroot "$directory/root" sh -c '${commandLine}' >/dev/null
      cd "$directory/upper" && find . -mindepth 1
    else # the root is a stack of overlays that allows no further one: look for what is newer
      cp ${script} /facts.sh
      touch "$directory/root/before" && sleep 0.1
      sh -c '${commandLine}' >/dev/null
      cd / && find . -xdev -mindepth 1 -newercm "$directory/root/before" ! -path ./facts.sh
      rm /facts.sh
    fi
    cd / && umount -l "$directory" && rmdir "$directory"`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', overlay],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the overlay ended with ${status}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .filter((path) => path !== '' && path !== './facts.sh');
}

/** What the kernel holds that a careless command would change: modules, and the tables that asking for them creates. */
const kernelState = () =>
  [
    'cat /proc/modules',
    'cat /proc/net/ip_tables_names /proc/net/ip6_tables_names',
    'nft list tables',
    'ipset list -n',
  ].map((commandLine) => spawnSync('sh', ['-c', commandLine], { encoding: 'utf8' }).stdout);

const isRoot = process.getuid?.() === 0;

describe.each(presentShells)('$name', ({ command }) => {
  test('this machine: a whole document of known names, JSON that parses, reasons in the four words', async () => {
    const { items, complete, problem, stderr, status } = await run(command, ['--port', '5432']);
    expect({ complete, problem, stderr, status }).toEqual({
      complete: true,
      problem: undefined,
      stderr: '',
      status: 0,
    });
    for (const [name, { text, at }] of items) {
      expect(name).toMatch(known);
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      if (name.endsWith('.error')) expect(text).toMatch(reasons);
      else if (name.endsWith('.json')) expect(() => JSON.parse(text)).not.toThrow();
    }
    expect(items.get('host/sysctl.txt')?.text).toMatch(/^net\.ipv4\.ip_forward = [01]$/m);
    expect(items.get('host/nstat.txt')?.text).toMatch(/^TcpExtListenOverflows +\d+ +0\.0$/m);
    expect(items.get('host/clusters.json')).toBeDefined();
  });

  test('read from standard input, as over SSH, it gives the same items', async () => {
    const fromFile = await run(command, ['--port', '1']);
    const fromInput = await run(command, ['--port', '1'], { input: readFileSync(script, 'utf8') });
    expect(fromInput.complete).toBe(true);
    // Servers come and go on a machine where other tests run.
    const ofHost = (names: Iterable<string>) => [...names].filter((name) => name.startsWith('host/'));
    expect(ofHost(fromInput.items.keys())).toEqual(ofHost(fromFile.items.keys()));
  });

  test('after DMS’s test it takes the counters and the logs alone', async () => {
    const { items, complete, stderr, status } = await run(command, ['--port', '5432', '--after-test']);
    expect({ complete, stderr, status }).toEqual({ complete: true, stderr: '', status: 0 });
    const names = [...items.keys()].map((name) => name.replace(/\.error$/, ''));
    for (const name of names)
      expect(name).toMatch(/^host\/(?:ip6?tables-.*save|nft-ruleset|nstat|kernel-log)\.|^postgres\/log\.txt$/);
    expect(names).toContain('host/nstat.txt');
  });

  test('cut on its way to the shell it does nothing', async () => {
    const whole = readFileSync(script, 'utf8');
    const last = whole.lastIndexOf('}');
    const offsets = fc.sample(fc.nat(last), { numRuns: 12 * samples, seed: 7 });
    for (const offset of [...offsets, ...Array.from({ length: 26 }, (_, i) => last - i)]) {
      const { stdout } = await run(command, [], { input: whole.slice(0, offset) });
      expect(stdout.toString()).toBe('');
    }
  });

  test.skipIf(!isRoot)('it writes nothing, loads nothing, and the test would see it', () => {
    expect(writtenBy('touch /etc/dms-doctor-was-here')).toContain('./etc/dms-doctor-was-here');
    const before = kernelState();
    expect(writtenBy(`${command.join(' ')} /facts.sh --port 5432`)).toEqual([]);
    expect(kernelState()).toEqual(before);
  });

  test.skipIf(!isRoot)('rules of both backends, sets and front ends are told apart, with their counters', () => {
    const rules = [
      'iptables-legacy -A INPUT -s 192.0.2.1 -p tcp --dport 5432 -j DROP',
      'iptables-nft -N ufw-user-input',
      'iptables-nft -A INPUT -s 192.0.2.2 -p tcp --dport 5432 -j ACCEPT',
      'ip6tables-nft -N shorewall',
      'nft add table inet mine',
      'ipset create blocked hash:ip && ipset add blocked 192.0.2.3',
      `${command.join(' ')} ${script} --port 5432`,
    ];
    const { status, stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-ec', rules.join('\n')]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    const { items, complete } = unframe(stdout);
    expect(complete).toBe(true);
    const text = (name: string) => items.get(name)?.text ?? items.get(`${name}.error`)?.text;
    expect(text('host/iptables-legacy-save.txt')).toMatch(/^\[0:0\] -A INPUT -s 192\.0\.2\.1\/32 .*-j DROP$/m);
    expect(text('host/iptables-legacy-save.txt')).not.toContain('192.0.2.2');
    expect(text('host/iptables-nft-save.txt')).toMatch(/^\[0:0\] -A INPUT -s 192\.0\.2\.2\/32 .*-j ACCEPT$/m);
    expect(text('host/ip6tables-legacy-save.txt')).toBe('not-installed: no legacy table is loaded\n');
    expect(text('host/nft-ruleset.json')).toContain('"name": "mine"');
    expect(text('host/ipset-save.txt')).toMatch(/^add blocked 192\.0\.2\.3$/m);
    // A front end is there when its files or its command are; it runs when its chain is in the rules of its own family.
    expect(text('host/ufw/status.txt')).toMatch(/^(?:Status: active|not-installed: ufw: not found)\n$/);
    expect(text('host/shorewall/status.txt')).toMatch(
      /^(?:Shorewall-[^]*Shorewall is stopped\n|not-installed: shorewall: not found\n)/,
    );
  });

  test.skipIf(!isRoot)("cron jobs come without their arguments, shorewall's files without its params", () => {
    const host = [
      'mkdir -p /etc/shorewall /etc/cron.d /var/spool/cron/crontabs',
      'for place in /etc/shorewall /etc/cron.d /var/spool/cron/crontabs; do mount -t tmpfs none $place; done',
      'echo "DB_PASSWORD=MARKER" > /etc/shorewall/params',
      'echo "net eth0" > /etc/shorewall/interfaces',
      'echo "net ipv4" > /etc/shorewall/zones',
      'mkdir /etc/shorewall/rules.d && echo "ACCEPT net fw tcp 22" > /etc/shorewall/rules.d/ssh',
      'echo "MARKER" > /etc/shorewall/started',
      'echo "PGPASSWORD=MARKER" > /etc/cron.d/backup',
      'echo "0 2 * * * postgres PGPASSWORD=MARKER /usr/bin/nice pg_dump -h MARKER orders" >> /etc/cron.d/backup',
      'echo "@daily curl -u MARKER:MARKER https://example.org" > /var/spool/cron/crontabs/root',
      `${command.join(' ')} ${script}`,
    ];
    const { status, stdout, stderr } = spawnSync('unshare', [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      host.join('\n'),
    ]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).not.toContain('MARKER');
    const { items } = unframe(stdout);
    const cron = items.get('host/cron.txt')?.text ?? '';
    expect(cron).toContain('# /etc/cron.d/backup\n0 2 * * * postgres /usr/bin/nice  # names: pg_dump\n');
    expect(cron).toContain('# /var/spool/cron/crontabs/root\n@daily curl\n');
    expect([...items.keys()].filter((name) => name.startsWith('host/shorewall/')).toSorted()).toEqual(
      expect.arrayContaining([
        'host/shorewall/files.json',
        'host/shorewall/interfaces',
        'host/shorewall/rules.d/ssh',
        'host/shorewall/status.txt',
        'host/shorewall/zones',
      ]),
    );
    expect(items.has('host/shorewall/params') || items.has('host/shorewall/started')).toBe(false);
  });

  test("a server's command line comes without its secrets", () => {
    const given = `sh -c 'sleep 3; :' postgres -D /data -c "primary_conninfo=host=a password=MARKER" --app.secret=MARKER -c port=5433`;
    const got = callFunction(command, `${given} >/dev/null 2>&1 & sleep 0.2; arguments $!; kill $!`, '').toString();
    expect(got).not.toContain('MARKER');
    expect(got.split('\n').slice(-7)).toEqual(
      ['-D', '/data', '-c', 'primary_conninfo=(removed)', '--app.secret=(removed)', '-c', 'port=5433', ''].slice(-7),
    );
  });

  test('wrong options are refused, and nothing is printed', async () => {
    for (const wrong of [['--port', 'x'], ['--port'], ['--deadline', '1s'], ['--address', '$(id)'], ['--what']]) {
      const { status, stdout, stderr } = await run(command, wrong);
      expect({ status, stdout: stdout.length, told: stderr !== '' }).toEqual({ status: 2, stdout: 0, told: true });
    }
  });

  test('what is not installed is said so', async () => {
    const { items, complete, stderr } = await run(command, ['--path', withCommands({})]);
    expect({ complete, stderr }).toEqual({ complete: true, stderr: '' });
    expect(items.get('host/ip-addr.json.error')?.text).toBe('not-installed: ip: not found\n');
    // What listens is read from /proc where neither ss nor netstat is.
    expect(items.get('host/netstat.txt')?.text).toMatch(/^Proto Recv-Q Send-Q Local Address /);
    for (const name of ['host/iptables-nft-save.txt', 'host/nft-ruleset.json', 'host/ipset-save.txt']) {
      expect(items.get(`${name}.error`)?.text).toMatch(reasons);
      expect(items.has(name)).toBe(false);
    }
    // Rules that are in the kernel without a tool that shows them are not "not installed".
    expect(items.get('host/nft-ruleset.json.error')?.text).toMatch(
      /^not-(?:gathered: nf_tables is loaded|installed: nf_tables is not loaded)/,
    );
  });

  test('a host that has busybox alone gives as much, in its own words', async () => {
    const { stdout, error } = spawnSync('busybox', ['--list'], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    const directory = withCommands({}, basics);
    for (const applet of stdout.trimEnd().split('\n')) symlinkSync('/usr/bin/busybox', join(directory, applet));
    const [alone, beside] = [await run(command, ['--path', directory]), await run(command, [])];
    expect({ complete: alone.complete, stderr: alone.stderr }).toEqual({ complete: true, stderr: '' });
    for (const [name, { text }] of alone.items) if (name.endsWith('.error')) expect(text).toMatch(reasons);
    for (const same of ['host/sysctl.txt', 'host/os-release.txt', 'host/nftables.conf', 'host/selinux.txt']) {
      expect(alone.items.get(same)?.text).toBe(beside.items.get(same)?.text);
    }
    expect(alone.items.get('host/ip-addr.txt')?.text).toContain('127.0.0.1/8');
    expect(alone.items.get('host/netstat.txt')?.text).toMatch(/^Proto/m);
    expect(alone.items.get('host/df.txt')?.text).toMatch(/1024-blocks/);
  });

  test('what is denied is said so', async () => {
    const path = withCommands({
      nft: 'echo "Operation not permitted (you must be root)" >&2; exit 1',
      ipset: 'echo "ipset v7: Kernel error received: Operation not permitted" >&2; exit 1',
    });
    const { items } = await run(command, ['--path', path]);
    for (const name of ['host/nft-ruleset.json', 'host/ipset-save.txt']) {
      expect(items.get(`${name}.error`)?.text).toMatch(/^denied: |^not-installed: .* is not loaded/);
    }
  });

  test.each(['timeout', 'the shell alone'])(
    'what hangs is given up after its deadline, by %s, and leaves no process',
    async (by) => {
      const marker = `86${String(process.pid).padStart(6, '0')}`;
      const stub = `echo begun; exec sleep ${marker}`;
      const path = withCommands(
        { ip: `[ "$1" = rule ] || exit 1; ${stub}`, ss: stub },
        by === 'timeout' ? [] : ['timeout'],
      );
      const { items, complete, seconds } = await run(command, ['--deadline', '1', '--path', path]);
      expect(complete).toBe(true);
      expect(items.get('host/ip-rule.txt.error')?.text).toBe('timed-out: ip gave no answer within 1 s\n');
      expect(items.get('host/ss.txt.error')?.text).toMatch(/^timed-out: /);
      expect(items.has('host/os-release.txt')).toBe(true);
      expect(seconds).toBeLessThan(20);
      expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(`sleep ${marker}`);
    },
  );

  test('what commands print comes through byte for byte, but for NULs', async () => {
    const outputs = [
      '',
      '\n',
      'no line feed',
      'two\n\n\n',
      'cr\r\nlf\n',
      'end 3\nitem host/x 1 Z\n',
      'a\\nb %s $x `y` "\'\n',
      'é\n',
      ' \t\n',
    ];
    const printing = (output: string) => {
      const bytes = [...Buffer.from(output)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
      return `printf '${bytes.join('')}'`;
    };
    for (let i = 0; i < outputs.length; i += 3) {
      const [addr = '', route = '', rule = ''] = outputs.slice(i, i + 3);
      const body = `case $1 in -j) exit 255 ;; addr) ${printing(addr)} ;; route) ${printing(route)} ;; rule) ${printing(rule)} ;; esac`;
      const { items, complete } = await run(command, ['--path', withCommands({ ip: body })]);
      expect(complete).toBe(true);
      expect(items.get('host/ip-addr.txt')?.text).toBe(addr);
      expect(items.get('host/ip-route.txt')?.text).toBe(route);
      expect(items.get('host/ip-rule.txt')?.text).toBe(rule);
    }
    const path = withCommands({ ip: `printf 'a\\000b\\377\\n'` });
    const { items } = await run(command, ['--path', path]);
    expect(items.get('host/ip-rule.txt')?.text).toBe('ab\ufffd\n');
  });

  test('an output of 10 MB comes through in seconds', async () => {
    const path = withCommands({
      ip: `[ "$1" = rule ] || exit 255; yes 'add set 172.31.23.112' | head -c 10000000`,
      yes: 'exec /usr/bin/yes "$@"',
    });
    const { items, complete, seconds } = await run(command, ['--path', path, '--deadline', '60']);
    expect(complete).toBe(true);
    expect(items.get('host/ip-rule.txt')?.text).toHaveLength(10_000_000);
    expect(seconds).toBeLessThan(60);
  });

  test('a JSON string is what was given, whatever it holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\t', '\u0001', 'a', ' ', '%', '$') }),
    );
    fc.assert(
      fc.property(text, (given) => {
        // A shell's variable holds no NUL, and `$(…)` drops the last line feeds.
        const value = Buffer.from(given).toString().replaceAll('\0', '').replace(/\n+$/, '');
        expect(JSON.parse(callFunction(command, 'json "$(cat)"', value).toString())).toBe(value);
      }),
      { numRuns: 40 * samples },
    );
  });

  test('secrets of pg_hba.conf are taken out, wherever they stand, and the rest stays as it is', () => {
    const word = fc.constantFrom('MARKER', 'MARKER2,MARKER', 'MARKER\\', 'MA#RKER MARKER');
    const quoted = word.map((w) => `"${w}"`);
    const bare = fc.constantFrom('MARKER', 'MARKER=', 'MARKER\\x');
    const key = fc.constantFrom('ldapbindpasswd', 'radiussecrets', 'LDAPBINDPASSWD');
    const secret = fc.oneof(
      fc.tuple(key, fc.oneof(quoted, bare)).map(([k, v]) => `${k}=${v}`),
      fc.tuple(key, fc.constantFrom('MARKER', 'MARKER MARKER', 'MARKER,MARKER')).map(([k, v]) => `"${k}=${v}"`),
      fc.constant('radiussecrets="""MARKER"",""MARKER"""'),
      fc.constant('ldapbindpasswd="MARK\\\nMARKER"'),
    );
    const plain = fc.constantFrom(
      'host all all 10.0.0.0/8 scram-sha-256',
      '# a comment',
      '',
      'local all "x y" peer map=a',
      'hostssl all all all cert clientcert=verify-full',
      "include_dir 'a'",
    );
    const before = fc.constantFrom(
      'host all all 10.0.0.0/8 ldap ldapserver=x ',
      '# host all all all radius radiusservers=y ',
      'host all all all radius ',
    );
    const after = fc.constantFrom('', ' ldapport=3', ' radiusports="1,2" # note', ' ldaptls=1');
    const line = fc.oneof(
      plain.map((text) => ({ text, rest: text })),
      fc.tuple(before, secret, after).map(([b, s, a]) => ({ text: b + s + a, rest: undefined, b, a })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const given = lines.map(({ text }) => `${text}\n`).join('');
        const got = callFunction(command, 'without_hba_secrets', given).toString();
        expect(got).not.toContain('MARKER');
        expect(got.split('\n')).toHaveLength(given.split('\n').length);
        const gotLines = got.split('\n');
        let at = 0;
        for (const entry of lines) {
          if (entry.rest !== undefined) expect(gotLines[at]).toBe(entry.rest);
          else expect(gotLines[at]?.startsWith('b' in entry ? entry.b : '')).toBe(true);
          at += entry.text.split('\n').length;
          if ('a' in entry && !entry.text.includes('MARKER\\"')) expect(gotLines[at - 1]?.endsWith(entry.a)).toBe(true);
        }
      }),
      { numRuns: 150 * samples },
    );
  });

  test('secrets of postgresql.conf are taken out, and settings that only sound like them stay', () => {
    const secret = [
      "primary_conninfo = 'host=a password=MARKER'",
      "#primary_conninfo='MARKER'",
      "  archive_command   'cp MARKER'",
      "restore_command='MARKER'",
      "ssl_passphrase_command = 'echo MARKER'",
      "Archive_Command = 'MARKER'",
      "app.jwt_secret = 'MARKER'",
      "#archive_cleanup_command = 'MARKER' # x",
      "shared_thing = 'postgres://u:MARKER@h/db'",
      '# connect with password=MARKER',
      "x.api_key = 'MARKER'",
    ];
    const plain = [
      "password_encryption = 'scram-sha-256'",
      '#password_encryption = md5',
      'log_replication_commands = on',
      "#archive_command = ''\t\t# command to use",
      'archive_mode = on',
      'wal_level = logical',
      '# the archive_command runs for each segment',
      "include_dir 'conf.d'",
      '',
      "ssl_key_file = 'server.key'",
      'ssl_passphrase_command_supports_reload = off',
    ];
    for (const text of secret) {
      const got = callFunction(command, 'without_setting_secrets', `${text}\n`).toString();
      expect(got).not.toContain('MARKER');
      expect(got).toContain('(removed)');
    }
    expect(callFunction(command, 'without_setting_secrets', `${plain.join('\n')}\n`).toString()).toBe(
      `${plain.join('\n')}\n`,
    );
  });

  test('what the two files include is found in every way of writing it', () => {
    const settings =
      "include_dir = 'conf.d'\ninclude 'a b.conf' # x\n  INCLUDE_IF_EXISTS='/x/y'\ninclude_dir plain # x\n#include 'no'\nincluded = 'no'\ninclude_dir = ''\n";
    expect(callFunction(command, 'setting_references', settings).toString()).toBe(
      'include_dir\tconf.d\ninclude\ta b.conf\ninclude_if_exists\t/x/y\ninclude_dir\tplain\n',
    );
    const rules =
      'include "a b.conf"\ninclude_dir d # x\ninclude_if_exists \\\n  e\nhost @f,@g all all md5\nhost all @h.txt 1.2.3.4/32 md5 # @no\n# include no\nhost "@no" all all md5\n';
    expect(callFunction(command, 'hba_references', rules).toString()).toBe(
      'include\ta b.conf\ninclude_dir\td\ninclude_if_exists\te\nlist\tf\nlist\tg\nlist\th.txt\n',
    );
  });

  test('a log keeps the lines about connections, and neither statements nor secrets', () => {
    const prefix = '2026-11-22 11:00:00.000 UTC [12] dms@orders ';
    const kept = [
      'LOG:  connection received: host=172.31.23.112 port=41000',
      'FATAL:  no pg_hba.conf entry for host "172.31.23.112", user "dms", database "orders", no encryption',
      'FATAL:  password authentication failed for user "dms"',
      'DETAIL:  Connection matched pg_hba.conf line 99: "host all all all scram-sha-256"',
      'LOG:  connection authorized: user=dms database=orders application_name=x',
      'LOG:  pg_hba.conf was not reloaded',
      'FATAL:  sorry, too many clients already',
    ];
    const dropped = [
      "LOG:  statement: SELECT 'MARKER FATAL:  x'",
      'STATEMENT:  SELECT MARKER',
      'ERROR:  duplicate key value violates unique constraint "MARKER"',
      'DETAIL:  Key (email)=(MARKER) already exists.',
      "LOG:  duration: 3 ms  statement: SELECT 'MARKER pg_hba'",
      "LOG:  execute <unnamed>: SELECT 'MARKER FATAL:  '",
      'CONTEXT:  SQL statement "SELECT MARKER pg_hba"',
    ];
    const log =
      [...kept, ...dropped].map((text) => prefix + text).join('\n') +
      "\n\tWHERE x = 'FATAL:  MARKER'\n" +
      `${prefix}LOG:  parameter "primary_conninfo" changed to "host=a password=MARKER"\n`;
    const got = callFunction(command, 'connection_lines', log).toString();
    expect(got).not.toContain('MARKER');
    expect(got.split('\n').slice(0, kept.length)).toEqual(kept.map((text) => prefix + text));
  });

  test.skipIf(!isRoot)('where the processes of others are hidden, none of them is said not to be there', () => {
    const seenBy = (account: string, options: string) => {
      const host = [
        `mount -t proc -o ${options} proc /proc`,
        'mkdir -p /etc/firewalld && mount -t tmpfs tmpfs /etc/firewalld',
        `exec ${account} ${command.join(' ')} ${script}`,
      ].join(' && ');
      const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
      const { stdout, stderr } = spawnSync('unshare', [...namespaces, 'sh', '-c', `(${host}); exit`]);
      expect(stderr.toString()).toBe('');
      const { items, complete } = unframe(stdout);
      expect(complete).toBe(true);
      return (name: string) => items.get(name)?.text ?? items.get(`${name}.error`)?.text;
    };
    const stranger = 'setpriv --reuid=65533 --regid=65533 --clear-groups';
    for (const hidden of ['hidepid=1', 'hidepid=2']) {
      const text = seenBy(stranger, hidden);
      for (const name of ['clusters.json', 'poolers.json', 'firewalld/state.txt', 'docker.txt', 'fail2ban.txt'])
        expect(text(`host/${name}`), `${name} under ${hidden}`).toMatch(
          /^denied: the processes of other users are hidden/,
        );
      expect(text('postgres/pg_hba.conf')).toMatch(/^denied: the processes of other users are hidden/);
    }
    const text = seenBy(stranger, 'hidepid=0');
    expect([text('host/clusters.json'), text('host/firewalld/state.txt')]).toEqual(['[]\n', 'not running\n']);
    expect(seenBy('', 'hidepid=2')('host/clusters.json')).toBe('[]\n');
  });

  test.skipIf(!isRoot)('who else manages the host is told by processes, places and the first lines of files', () => {
    const processes = ['puppet', 'chef-client', 'salt-minion', 'patroni', 'repmgrd', 'pacemakerd'];
    const host = [
      'mkdir -p /etc/iptables /etc/ansible && mount -t tmpfs tmpfs /etc/iptables && mount -t tmpfs tmpfs /opt',
      'printf "# Generated\\n# This file is managed by Puppet\\n*filter\\nCOMMIT\\n" > /etc/iptables/rules.v4',
      'mkdir /opt/puppetlabs && cd /opt',
      ...processes.map((name) => `cp /bin/sleep ${name}; ./${name} 60 & `),
      `sleep 0.3; cd ${process.cwd()}; ${command.join(' ')} ${script}`,
    ].join('\n');
    const namespaces = ['--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--propagation', 'private'];
    const { items } = unframe(spawnSync('unshare', [...namespaces, 'sh', '-ec', host]).stdout);
    const lines = items.get('host/managers.txt')?.text.split('\n') ?? [];
    expect(lines).toEqual(
      expect.arrayContaining([
        ...processes.map((name) => `${name}: process`),
        '/opt/puppetlabs: exists',
        '/etc/ansible: exists',
        '/etc/iptables/rules.v4: says: # This file is managed by Puppet',
      ]),
    );
  });

  test('without tc it says whether the kernel has a place for its filters', () => {
    // Not every kernel has /proc/modules: the look into it stands for itself.
    const programsWith = (loaded: boolean) =>
      callFunction(
        command,
        `deadline=5 timeout_style=none; has() { [ "$1" = ip ]; }; grep() { [ "$*" = "-qs ^sch_ingress  /proc/modules" ] && ${loaded}; }; early_drops`,
        '',
      ).toString();
    expect(programsWith(true)).toMatch(/^# ip -d link\n[^]*^# tc: not found, and sch_ingress is loaded\n$/m);
    expect(programsWith(false)).not.toMatch(/tc: not found/);
  });

  test.skipIf(!isRoot)('SELinux below the root, as on RHEL 6', () => {
    const host = [
      'mkdir -p /selinux && echo 1 > /selinux/enforce',
      `${command.join(' ')} ${script}; rm -r /selinux`,
    ].join(' && ');
    const { items } = unframe(spawnSync('sh', ['-c', host]).stdout);
    expect(items.get('host/selinux.txt')?.text).toMatch(/^selinux: Enforcing\n/);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'without root it says of each thing that it was denied, and is whole',
    async () => {
      const { items, complete, stderr } = await run(command, [], {
        uid: 65534,
        gid: 65534,
        input: readFileSync(script, 'utf8'),
      });
      expect({ complete, stderr }).toEqual({ complete: true, stderr: '' });
      expect(items.get('host/os-release.txt')?.text).toContain('GATHERED_AS="nobody"');
      const rules = [...items].filter(([name]) => /^host\/ip6?tables-.*save|^host\/nft-ruleset/.test(name));
      expect(rules.length).toBeGreaterThan(0);
      for (const [name, { text }] of rules) {
        expect(name).toMatch(/\.error$/);
        expect(text).toMatch(reasons);
      }
    },
  );
});
