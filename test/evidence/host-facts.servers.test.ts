import { once } from 'node:events';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { FramedItem } from '../../src/evidence/framed.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { commands, presentShells, run } from './host-facts.ts';

const isRoot = process.getuid?.() === 0;
const shell = presentShells[0]?.command ?? ['sh'];
type Row = Record<string, unknown>;

const rowsOf = (items: Map<string, FramedItem>, name: string): Row[] => {
  const parsed: unknown = JSON.parse(items.get(name)?.text ?? 'null');
  if (!Array.isArray(parsed)) throw new Error(`${name} is not an array: ${items.get(`${name}.error`)?.text}`);
  return parsed;
};

const hba = [
  '# administered by hand',
  'local all all trust',
  'host all all all trust',
  'host @names/databases.txt all 10.0.0.0/8 reject',
  'host all all 10.1.0.0/16 ldap ldapserver=x ldapbindpasswd="MARKER ldap" ldapport=389',
  '# host all all 10.2.0.0/16 radius radiusservers=a radiussecrets=MARKER',
  '',
].join('\n');

describe.each(majors)('PostgreSQL %i', (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major, settings: { log_connections: 'on', archive_command: 'cp %p MARKER' } });
    server.write('names/databases.txt', 'orders\n@more.txt\n');
    server.write('names/more.txt', 'billing\n');
    server.write('conf.d/10-a.conf', "work_mem = '8MB'\n");
    server.write('conf.d/20 b.conf', "#primary_conninfo = 'password=MARKER'\n");
    const settings = readFileSync(join(server.data, 'postgresql.conf'), 'utf8');
    server.write('postgresql.conf', `${settings}include_dir 'conf.d'\ninclude_if_exists 'gone.conf'\n`);
    server.write('postgresql.auto.conf', "# Do not edit\napp.secret_word = 'MARKER'\n");
    server.write('pg_hba.conf', hba);
  });
  afterAll(() => server.stop());

  const facts = async () => {
    const result = await run(shell, ['--port', String(server.port)]);
    expect({ complete: result.complete, stderr: result.stderr }).toEqual({ complete: true, stderr: '' });
    return result.items;
  };

  test('the running cluster is found, and is the one that answers there', async () => {
    const items = await facts();
    const cluster = rowsOf(items, 'host/clusters.json').find(({ chosen }) => chosen === true);
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    const { rows } = await client.query<Row>(
      `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier", current_setting('data_directory') AS "dataDirectory",
        current_setting('hba_file') AS "hbaFile", current_setting('config_file') AS "configFile",
        to_char(date_trunc('second', pg_postmaster_start_time()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started`,
    );
    await client.end();
    const { started, ...same } = rows[0] ?? {};
    expect(cluster).toMatchObject({
      ...same,
      port: server.port,
      version: String(major),
      exeDeleted: false,
      listenAddresses: '127.0.0.1',
      socketDirectory: server.socketFolder,
      standbySignal: false,
      container: null,
      unreadable: null,
    });
    // postmaster.pid is written a moment before or after the time that the server calls its start.
    expect(Math.abs(Date.parse(String(cluster?.['startTime'])) - Date.parse(String(started)))).toBeLessThanOrEqual(
      2000,
    );
    expect(cluster?.['plugins']).toMatchObject({
      test_decoding: expect.stringMatching(/test_decoding\.so$/),
      pglogical: null,
    });
  });

  test('its files come with what they include, without their secrets, line for line', async () => {
    const items = await facts();
    const text = (name: string) => items.get(`postgres/${name}`)?.text;
    expect(text('pg_hba.conf')).toBe(hba.replace('"MARKER ldap"', '(removed)').replace('=MARKER', '=(removed)'));
    expect(text('names/databases.txt')).toBe('orders\n@more.txt\n');
    expect(text('names/more.txt')).toBe('billing\n');
    expect(text('conf.d/10-a.conf')).toBe("work_mem = '8MB'\n");
    expect(text('conf.d/20 b.conf')).toBe("#primary_conninfo = '(removed)'\n");
    expect(text('postgresql.auto.conf')).toBe("# Do not edit\napp.secret_word = '(removed)'\n");
    expect(text('postgresql.conf')?.split('\n')).toHaveLength(
      readFileSync(join(server.data, 'postgresql.conf'), 'utf8').split('\n').length,
    );
    expect([...items].filter(([, item]) => item.text.includes('MARKER'))).toEqual([]);
    // That a file is not there is what include_if_exists needs to know.
    expect(text('gone.conf.error')).toMatch(/^not-installed: .*gone\.conf.*: No such file or directory\n$/);
  });

  test('files.json says when each was last written', async () => {
    const items = await facts();
    const files = rowsOf(items, 'postgres/files.json');
    expect(files.map(({ item }) => item)).toContain('postgres/conf.d/20 b.conf');
    for (const { path, size, mtime, ctime } of files) {
      const real = statSync(String(path));
      const second = (time: Date) => `${time.toISOString().slice(0, 19)}Z`;
      expect({ size, mtime, ctime }).toEqual({ size: real.size, mtime: second(real.mtime), ctime: second(real.ctime) });
    }
  });
});

describe('a cluster that is not the plain case', () => {
  const major = Math.max(...majors);
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
  });
  afterAll(() => server.stop());

  test.skipIf(!isRoot)('root prints no file that the server itself could not read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
    chmodSync(folder, 0o755);
    const secret = join(folder, 'shadow');
    writeFileSync(secret, 'root:MARKER:1:0:99999:7:::\n', { mode: 0o600 });
    unlinkSync(join(server.data, 'pg_hba.conf'));
    symlinkSync(secret, join(server.data, 'pg_hba.conf'));
    try {
      const hidden = await run(shell, ['--port', String(server.port)]);
      expect(hidden.stdout.toString()).not.toContain('MARKER');
      expect(hidden.items.get('postgres/pg_hba.conf.error')?.text).toMatch(
        /^not-gathered: .*not a file that the server may read/,
      );
      // The same file is printed once its mode lets the server read it.
      chmodSync(secret, 0o644);
      const shown = await run(shell, ['--port', String(server.port)]);
      expect(shown.items.get('postgres/pg_hba.conf')?.text).toContain('MARKER');
    } finally {
      rmSync(folder, { recursive: true });
      unlinkSync(join(server.data, 'pg_hba.conf'));
      server.write('pg_hba.conf', 'host all all all trust\n');
    }
  });

  test('hba_file elsewhere and with another name is postgres/pg_hba.conf, what it includes by absolute paths is below postgres/files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
    chmodSync(folder, 0o755);
    try {
      writeFileSync(
        join(folder, 'access.conf'),
        `include more.conf\ninclude ${folder}/far.conf\ninclude_dir ${folder}/rules.d\ninclude ../up.conf\ninclude ./more.conf\nhost all all all trust\n`,
        { mode: 0o644 },
      );
      writeFileSync(join(folder, 'more.conf'), 'local all all trust\n', { mode: 0o644 });
      writeFileSync(join(folder, 'far.conf'), 'include far.conf\n', { mode: 0o644 });
      execFileSync('mkdir', ['-m', '755', join(folder, 'rules.d')]);
      for (const name of ['b.conf', 'a.conf', '.hidden.conf', 'c.txt', 'sp ace.conf'])
        writeFileSync(join(folder, 'rules.d', name), `# ${name}\n`, { mode: 0o644 });
      server.write(
        'postgresql.conf',
        `${readFileSync(join(server.data, 'postgresql.conf'), 'utf8')}include 'hba.conf'\n`,
      );
      server.write('hba.conf', `hba_file = '${folder}/access.conf'\n`);
      const { items } = await run(shell, ['--port', String(server.port)]);
      expect(rowsOf(items, 'host/clusters.json').find(({ chosen }) => chosen === true)).toMatchObject({
        hbaFile: `${folder}/access.conf`,
      });
      expect(items.get('postgres/pg_hba.conf')?.text).toMatch(/^include more\.conf\n/);
      expect(items.get('postgres/more.conf')?.text).toBe('local all all trust\n');
      const far = [...items.keys()].filter((name) => name.startsWith('postgres/files/'));
      expect(far.toSorted()).toEqual(
        ['far.conf', 'rules.d/a.conf', 'rules.d/b.conf', 'rules.d/sp ace.conf'].map(
          (name) => `postgres/files${folder}/${name}`,
        ),
      );
      const directory = rowsOf(items, 'postgres/files.json').find(({ path }) => path === `${folder}/rules.d`);
      expect(directory?.['entries']).toEqual(['.hidden.conf', 'a.conf', 'b.conf', 'c.txt', 'sp ace.conf']);
      expect(items.has('postgres/up.conf') || items.has('postgres/up.conf.error')).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('without ss and netstat the listening sockets come from /proc, with the pid of the server', async () => {
    const path = commands({});
    try {
      const { items } = await run(shell, ['--port', String(server.port), '--path', path]);
      const cluster = rowsOf(items, 'host/clusters.json').find(({ chosen }) => chosen === true);
      expect(items.get('host/netstat.txt')?.text.split('\n')).toContain(
        `tcp 0 0 127.0.0.1:${server.port} 0.0.0.0:* LISTEN ${String(cluster?.['pid'])}/postgres`,
      );
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  test('each library that the next start would preload is looked for where the server would look', async () => {
    const automatic = readFileSync(join(server.data, 'postgresql.auto.conf'), 'utf8');
    const pluginsWith = async (settings: string) => {
      server.write('postgresql.auto.conf', `${automatic}${settings}`);
      const { items } = await run(shell, ['--port', String(server.port)]);
      return rowsOf(items, 'host/clusters.json').find(({ chosen }) => chosen === true)?.['plugins'];
    };
    try {
      const names =
        'shared_preload_libraries = \'"pg_stat_statements", $libdir/gone_library, test_decoding, /opt/x.so, a"b\'\n';
      expect(await pluginsWith(names)).toEqual({
        ...((await pluginsWith('')) as object),
        pg_stat_statements: expect.stringMatching(/\/pg_stat_statements\.so$/),
        gone_library: null,
      });
      // A search path of its own may lead to where the library lies.
      expect(await pluginsWith(`${names}dynamic_library_path = '/opt/lib'\n`)).toEqual(await pluginsWith(''));
    } finally {
      server.write('postgresql.auto.conf', automatic);
    }
  });

  test('who runs the cluster is told by its own file, or by the process that watches', async () => {
    const managedBy = async () => {
      const { items } = await run(shell, ['--port', String(server.port)]);
      return rowsOf(items, 'host/clusters.json').find(({ chosen }) => chosen === true)?.['managedBy'];
    };
    const before = await managedBy();
    const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
    try {
      server.write('patroni.dynamic.json', '{}');
      expect(await managedBy()).toBe('patroni');
      rmSync(join(server.data, 'patroni.dynamic.json'));
      for (const [program, manager] of [
        ['repmgrd', 'repmgr'],
        ['pacemakerd', 'pacemaker'],
      ] as const) {
        copyFileSync('/bin/sleep', join(folder, program));
        const watcher = spawn(join(folder, program), ['60']);
        const ended = once(watcher, 'close');
        try {
          expect(await managedBy()).toBe(manager);
        } finally {
          watcher.kill();
          await ended;
        }
      }
      expect(await managedBy()).toBe(before);
    } finally {
      rmSync(folder, { recursive: true });
      rmSync(join(server.data, 'patroni.dynamic.json'), { force: true });
    }
  });

  test('a process that has only the name of a server is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
    copyFileSync('/bin/sleep', join(folder, 'postgres'));
    const impostor = spawn(join(folder, 'postgres'), ['60'], { cwd: folder });
    try {
      const { items } = await run(shell, ['--port', String(server.port)]);
      const found = rowsOf(items, 'host/clusters.json').map(({ pid }) => pid);
      expect(found).not.toContain(impostor.pid);
      expect(found.length).toBeGreaterThan(0);
    } finally {
      impostor.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test('a port that no cluster has: where several run, none is chosen', async () => {
    const other = await startServer({ major });
    try {
      const { items } = await run(shell, ['--port', '1']);
      expect(rowsOf(items, 'host/clusters.json').filter(({ chosen }) => chosen === true)).toEqual([]);
      expect(items.get('postgres/pg_hba.conf.error')?.text).toMatch(
        /^not-gathered: \d+ clusters run here, none known to have port 1\n$/,
      );
    } finally {
      await other.stop();
    }
  });

  test.skipIf(!isRoot)('without root, a stranger is told what was denied', async () => {
    const stranger = 65_533;
    const { items, complete, stderr } = await run(shell, ['--port', String(server.port)], {
      uid: stranger,
      gid: stranger,
      input: readFileSync('src/evidence/host-facts.sh', 'utf8'),
    });
    expect({ complete, stderr }).toEqual({ complete: true, stderr: '' });
    expect(rowsOf(items, 'host/clusters.json').map(({ dataDirectory }) => dataDirectory)).toContain(server.data);
    expect(items.get('postgres/pg_hba.conf.error')?.text).toMatch(/^(?:denied|not-gathered): /);
    expect(items.has('postgres/pg_hba.conf')).toBe(false);
  });

  test.skipIf(!isRoot)('sudo stands before the commands that need it alone, with their full path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-facts-'));
    chmodSync(folder, 0o755);
    const log = join(folder, 'calls');
    writeFileSync(log, '', { mode: 0o666 });
    chmodSync(log, 0o666);
    chownSync(log, 65_533, 65_533);
    writeFileSync(
      join(folder, 'sudo'),
      `#!/bin/sh\necho "$*" >> ${log}\n[ "$2" != -l ] || exit 0\nshift\nexec "$@"\n`,
      { mode: 0o755 },
    );
    try {
      const path = `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`;
      const { complete } = await run(shell, ['--sudo', '--path', path, '--port', String(server.port)], {
        uid: 65_533,
        gid: 65_533,
        input: readFileSync('src/evidence/host-facts.sh', 'utf8'),
      });
      expect(complete).toBe(true);
      const calls = readFileSync(log, 'utf8')
        .trimEnd()
        .split('\n')
        .filter((call) => !call.startsWith('-n -l'));
      expect(calls.length).toBeGreaterThan(5);
      for (const call of calls)
        expect(call).toMatch(/^-n \/(?:usr\/)?s?bin\/timeout -s KILL \d+ \/(?:usr\/)?s?bin\/[a-z0-9-]+/);
      const asRoot = new Set(calls.map((call) => call.split(' ')[5]?.split('/').at(-1)));
      for (const plain of ['ip', 'ps', 'uname', 'date', 'awk', 'grep', 'sh']) expect(asRoot).not.toContain(plain);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('a server that logs as CSV alone: an older plain log is not taken for what it says now', async () => {
  const server = await startServer({ major: 16 });
  try {
    // As the logging collector writes it (syslogger.c); with a collector this server's start could not be seen.
    server.write('current_logfiles', 'csvlog log/postgresql-now.csv\n');
    server.write('log/postgresql-old.log', 'FATAL:  no pg_hba.conf entry for host "10.1.1.1", user "MARKER"\n');
    const { items } = await run(shell, ['--port', String(server.port), '--no-psql']);
    expect(items.get('postgres/log.txt.error')?.text).toMatch(/^not-gathered: the server logs as csvlog alone/);
    expect(items.has('postgres/log.txt')).toBe(false);
  } finally {
    await server.stop();
  }
});
