/** The script on hosts of the age of RHEL 6, Ubuntu 12.04 and busybox 1.19. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unframe } from '../../src/evidence/framed.ts';
import { withQueries } from '../../src/evidence/host-queries.ts';
import { parseIpAddr, parseIpRoute } from '../../src/evidence/parse/host.ts';
import { startServer, type Server } from '../servers/postgres.ts';
import { commands, presentShells, script } from './host-facts.ts';

const published = withQueries(readFileSync(script, 'utf8'));
const folders: string[] = [];
let server: Server;
beforeAll(async () => {
  server = await startServer({ major: 13, settings: { archive_command: 'cp %p MARKER' } });
  server.write('pg_hba.conf', 'local all all trust\nhost all all all ldap ldapserver=x ldapbindpasswd="MARKER x"\n');
});
afterAll(async () => {
  await server.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs the published script with these directories of commands before all others. */
function facts(shell: readonly string[], ...first: string[]) {
  const [program = 'sh', ...before] = shell;
  const words = [
    '--port',
    String(server.port),
    '--database',
    'postgres',
    '--path',
    [...first, process.env['PATH']].join(':'),
  ];
  const { stdout, stderr, status } = spawnSync(program, [...before, '-s', '--', ...words], {
    input: published,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { items, complete } = unframe(stdout);
  expect({ stderr: stderr.toString(), status, complete }).toEqual({ stderr: '', status: 0, complete: true });
  expect(stdout.toString()).not.toContain('MARKER');
  return new Map([...items].map(([name, { text }]) => [name, text]));
}

/** A directory of commands in front of the machine's own. */
function inFront(stubs: Record<string, string>, links: Record<string, string> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-old-'));
  folders.push(folder);
  for (const [name, body] of Object.entries(stubs))
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(folder, name));
  return folder;
}

/** What moves from one look to the next. */
const moving =
  /^host\/(?:ps|load|nstat|conntrack|df|ss|netstat|kernel-log|sudo)\.txt$|status\.txt$|^postgres\/(?:server|wal|activity|database-stats|locks|bgwriter|archiver|data|stat.*)\.json$/;
const still = (items: Map<string, string>) =>
  [...items].map(([name, text]) => [name, moving.test(name) ? '(moves)' : text]);

const awks = { mawk: '/usr/bin/mawk', gawk: '/usr/bin/gawk', 'original-awk': '/usr/bin/original-awk' };

describe('each awk says the same', () => {
  test.each(Object.entries({ ...awks, 'busybox awk': '/usr/bin/busybox' }))('%s', (_name, program) => {
    expect(existsSync(program)).toBe(true);
    const reference = facts(['dash'], inFront({}, { awk: awks.mawk }));
    expect(reference.get('postgres/pg_hba.conf')).toContain('(removed)');
    expect(JSON.parse(reference.get('postgres/settings.json') ?? '')).not.toEqual([]);
    expect(still(facts(['dash'], inFront({}, { awk: program })))).toEqual(still(reference));
  });
});

/**
 * What busybox 1.19 and mawk 1.3.3 do not do, each found by running them: a range in octal is none for tr, grep knows no -x,
 * and a name before a parenthesis, whatever stands between, is a function for awk.
 */
const busybox119 = {
  tr: `case $1$2 in *'\\0'*-*) exec sed 's/./ /g' ;; esac; exec /usr/bin/tr "$@"`,
  grep: `case $1 in -*x*) echo "grep: invalid option -- 'x'" >&2; exit 2 ;; esac; exec /usr/bin/grep "$@"`,
  awk: `for word in "$@"; do
    if printf '%s\\n' "$word" | /usr/bin/grep -v '^ *#' | /usr/bin/sed 's/"[^"]*"//g; s/#.*//' |
      /usr/bin/grep -qE '(^|[^a-z/])(line|program|words|text|name|rest|value|path|kind|row|result) +[(]'; then
      echo 'awk: cmd. line:1: Call to undefined function' >&2; exit 1
    fi
  done
  exec /usr/bin/busybox awk "$@"`,
};

test.each(presentShells)('$name: with the commands of busybox 1.19 it says what it says', ({ command }) => {
  mkdirSync('/etc/cron.d', { recursive: true });
  writeFileSync('/etc/cron.d/dms-doctor-test', '0 2 * * * postgres /usr/bin/nice pg_dump -h MARKER orders\n');
  const now = facts(command);
  const old = facts(command, inFront(busybox119));
  rmSync('/etc/cron.d/dms-doctor-test');
  expect(old.get('host/cron.txt')).toContain('0 2 * * * postgres /usr/bin/nice  # names: pg_dump\n');
  expect([...old].filter(([name]) => name.endsWith('.error'))).toEqual(
    [...now].filter(([name]) => name.endsWith('.error')),
  );
  expect(still(old)).toEqual(still(now));
});

// Printed by iproute2 2.6.33, built from its sources.
const ipAddr = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet 172.31.40.17/32 scope global lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host 
       valid_lft forever preferred_lft forever
`;
const ipRoute = `blackhole 10.9.0.0/16 
local 172.31.40.17 dev lo  table local  proto kernel  scope host  src 172.31.40.17 
broadcast 127.255.255.255 dev lo  table local  proto kernel  scope link  src 127.0.0.1 
local ::1 dev lo  table local  proto kernel  metric 0 
`;

test.each(presentShells)(
  '$name: RHEL 6 and Ubuntu 12.04: ip without -j, dmesg without times, upstart, no nft',
  ({ command }) => {
    const folder = inFront({
      ip: `case $1 in
      -j) echo 'Option "-j" is unknown, try "ip -help".' >&2; exit 255 ;;
      addr) cat <<'END'\n${ipAddr}END\n ;;
      route) cat <<'END'\n${ipRoute}END\n ;;
      *) printf '0:\\tfrom all lookup local \\n32766:\\tfrom all lookup main \\n32767:\\tfrom all lookup default \\n' ;;
    esac`,
      dmesg: `[ $# = 0 ] || { echo "Usage: dmesg [-c] [-n level] [-s bufsize]" >&2; exit 1; }
      echo "[  12.5] DROP IN=eth0 SRC=172.31.23.112 DST=172.31.40.17 PROTO=TCP SPT=41000 DPT=${server.port} SYN"`,
      runuser: `echo "runuser: invalid option -- 'u'" >&2; exit 1`,
    });
    mkdirSync('/etc/init', { recursive: true });
    writeFileSync(
      '/etc/init/ufw.conf',
      'description "firewall"\nstart on starting network\nstop on runlevel [!023456]\n',
    );
    writeFileSync('/etc/init/docker.conf', 'start on filesystem\n');
    writeFileSync('/etc/init/docker.override', 'manual\n');
    const items = facts(command, folder);
    rmSync('/etc/init', { recursive: true });
    expect(items.get('host/ip-addr.txt')).toBe(ipAddr);
    expect(parseIpAddr(ipAddr, 'host/ip-addr.txt')[0]?.addresses.map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '172.31.40.17',
      '::1',
    ]);
    expect(items.get('host/ip-route.txt')).toBe(ipRoute);
    expect(parseIpRoute(ipRoute, 'host/ip-route.txt')[0]).toMatchObject({
      destination: '10.9.0.0/16',
      leadsNowhere: true,
    });
    expect(items.get('host/kernel-log.txt')).toContain(`DPT=${server.port} SYN`);
    expect(items.get('host/units.txt')).toContain('/etc/init/ufw.conf\n');
    expect(items.get('host/units.txt')).not.toContain('docker');
    // As the account of the server by su, for this runuser takes no -u.
    expect(JSON.parse(items.get('postgres/settings.json') ?? '')).not.toEqual([]);
  },
);

test.each(presentShells)('$name: a host without awk says so instead of an empty pg_hba.conf', ({ command }) => {
  const folder = commands({}, ['awk']);
  folders.push(folder);
  const [program, ...before] = command;
  const { stdout, stderr, status } = spawnSync(program, [...before, script, '--path', folder]);
  expect({ stdout: stdout.toString(), stderr: stderr.toString(), status }).toEqual({
    stdout: '',
    stderr: 'this host has no awk, without which nothing can be said\n',
    status: 3,
  });
});

test.each(presentShells)('$name: a filter that ends in the middle leaves no file behind', ({ command }) => {
  // Ends before its last line where it is asked to take secrets out, as one that was killed would.
  const folder = inFront({
    awk: `case "$*" in *ldapbindpasswd*) exec /usr/bin/head -n 1 ;; esac; exec /usr/bin/mawk "$@"`,
  });
  const items = facts(command, folder);
  expect(items.has('postgres/pg_hba.conf')).toBe(false);
  expect(items.get('postgres/pg_hba.conf.error')).toBe(
    'not-gathered: its secrets could not be taken out: lines are missing\n',
  );
  expect(items.has('postgres/postgresql.conf')).toBe(true);
});
