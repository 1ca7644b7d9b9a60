import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { project, run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-gating-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'dms-doctor.yaml'),
  `sources:
  orders-db:
    bundle: ${project}fixtures/legacy-host
    from: 172.31.23.112
    only: [shorewall]
    format: json
    plan: plan.md
`,
);
const inFolder = { cwd: folder };

describe('a source of the configuration file', () => {
  test('is checked by its name alone', async () => {
    const { code, stdout, stderr } = await run(['check', 'orders-db'], inFolder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ scope: ['shorewall'], blockedAt: ['shorewall'] });
    expect(readFileSync(join(folder, 'plan.md'), 'utf8')).toContain('Step 1 of 2');
  });

  test('what is typed wins over it, option by option', async () => {
    const { code, stdout } = await run(['check', 'orders-db', '--from', '172.31.36.21'], inFolder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ scope: ['shorewall'], flow: { from: ['172.31.36.21'] }, blockedAt: [] });
    // Also where it is what would have been taken without the file.
    expect((await run(['check', 'orders-db', '--format', 'text'], inFolder)).stdout).toContain('Blocked by 1 wall');
  });

  test.each([
    [['check', 'orders'], /dms-doctor\.yaml: it has no source orders \(orders-db\)/],
    [['check', '--config', 'dms-doctor.yaml'], /name one of its sources: orders-db/],
    [['check', 'orders-db', '--config', 'nowhere.yaml'], /nowhere\.yaml: there is no such file/],
  ])('%j is a mistake in words, with exit code 2', async (args, why) => {
    const { code, stderr } = await run(args, inFolder);
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
  });
});

describe('--fail-on, --demote, --only and --skip', () => {
  const bundle = ['check', '--quiet', '--bundle', 'fixtures/legacy-host'];
  test.each([
    [[], 1],
    [['--fail-on', 'block', '--demote', 'shorewall', '--demote', 'HBA003', '--demote', 'wal-level'], 0],
    [['--fail-on', 'warn', '--demote', 'shorewall', '--demote', 'HBA003', '--demote', 'wal-level'], 1],
    [['--only', 'aws'], 0],
    [['--only', 'restart', '--fail-on', 'warn'], 1],
    [['--skip', 'host,session,replication'], 0],
  ])('%j', async (args, code) => {
    expect((await run([...bundle, ...args])).code).toBe(code);
  });

  test('an unknown gates unless it is said that it does not', async () => {
    const lacking = join(folder, 'lacking');
    cpSync(`${project}fixtures/legacy-host-fixed`, lacking, { recursive: true });
    rmSync(join(lacking, 'postgres/pg_hba.conf'));
    const codes = await Promise.all(
      [[], ['--fail-on', 'block'], ['--demote', 'pg-hba', '--demote', 'EVD004']].map(
        async (args) => (await run(['check', '--bundle', lacking, ...args])).code,
      ),
    );
    expect(codes).toEqual([3, 0, 0]);
  });
});

test('--plan writes a script for its owner alone, that does nothing yet', async () => {
  const file = join(folder, 'plan.sh');
  writeFileSync(file, 'of an earlier run', { mode: 0o755 });
  expect((await run(['check', '--bundle', 'fixtures/legacy-host', '--plan', file])).code).toBe(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const child = spawn('sh', [file, '1', '2', '3']);
  expect(await once(child, 'close')).toEqual([64, null]);
});

describe('--wait', () => {
  const waits = (bundle: string, ...args: string[]) => {
    const child = spawn(
      process.execPath,
      ['bin/dms-doctor.js', 'check', '--bundle', bundle, '--format', 'json', ...args],
      {
        cwd: project,
        env: { PATH: process.env['PATH'] ?? '' },
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const looked = async () => {
      while (!stderr.includes('look 1:')) await once(child.stderr, 'data');
    };
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return { child, looked, ended };
  };

  test('ends when the path is open, with one report', async () => {
    const bundle = join(folder, 'mended');
    cpSync(`${project}fixtures/legacy-host`, bundle, { recursive: true });
    const { looked, ended } = waits(bundle, '--wait', '1m');
    await looked();
    // While it is written it is damaged, which must not end the wait.
    cpSync(`${project}fixtures/legacy-host-fixed`, bundle, { recursive: true });
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'open' });
    expect(stderr).toMatch(
      /^\d\d:\d\d:\d\d look 1: blocked at shorewall, pg-hba and wal-level; again in 2\.0 s, for \d\d s at most\n/,
    );
  });

  test('ends when its time is over, with what the last look saw', async () => {
    const { code, stdout, stderr } = await waits('fixtures/legacy-host', '--wait', '1s').ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'blocked' });
    expect(
      stderr
        .split('\n')
        .filter((line) => line !== '')
        .every((line) => / look \d+: blocked at /.test(line)),
    ).toBe(true);
  });

  test('Ctrl-C ends it with 130 and the last report', async () => {
    const { child, looked, ended } = waits('fixtures/legacy-host', '--wait', '5m');
    await looked();
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'blocked' });
  });

  test('standard input cannot be waited for', async () => {
    const { code, stderr } = await run(['check', '--bundle', '-', '--wait', '1s'], { stdin: 'x' });
    expect(code).toBe(2);
    expect(stderr).toContain('--wait needs a file');
  });
});
