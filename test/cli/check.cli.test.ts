import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frame } from '../../src/evidence/framed.ts';
import { withQueries } from '../../src/evidence/host-queries.ts';
import { project, run } from './run.ts';

const story = ['check', '--bundle', 'fixtures/legacy-host'];
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('check on the story', () => {
  test('text: the three walls, exit 1, nothing on standard error, no escape through a pipe', async () => {
    const { code, stdout, stderr } = await run(story);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).toContain('Blocked by 3 walls: shorewall, pg-hba and wal-level.');
    expect(stdout).not.toContain('\u001b');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Next: /);
    for (const line of stdout.split('\n')) if (!/^ {6}|`/.test(line)) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('json: one document and nothing else, with the names of the contract', async () => {
    const { code, stdout, stderr } = await run([...story, '--format', 'json']);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      schema: 'dms-doctor/report/1',
      tool: { name: 'dms-doctor' },
      scope: null,
      verdict: 'blocked',
      blockedAt: ['shorewall', 'pg-hba', 'wal-level'],
      plan: { opens: true },
      flow: { from: ['172.31.23.112'], host: '172.31.40.17', port: 5432, endpoint: 'orders-legacy-source' },
    });
    expect(Object.keys(report).slice(0, 11)).toEqual([
      'schema',
      'tool',
      'startedAt',
      'durationMs',
      'scope',
      'flow',
      'verdict',
      'blockedAt',
      'layers',
      'findings',
      'plan',
    ]);
  });

  test('colours: FORCE_COLOR asks for them, NO_COLOR and --no-color win', async () => {
    expect((await run(story, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[');
    expect((await run(story, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
    expect((await run([...story, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  test.each<[string[], number]>([
    [['--only', 'aws'], 0],
    [['--only', 'host'], 1],
    [['--skip', 'shorewall,pg-hba', '--skip', 'wal-level'], 0],
    [['--demote', 'SHW002', '--demote', 'pg-hba', '--demote', 'WAL002'], 0],
    [['--only', 'aws', '--fail-on', 'warn'], 0],
    [['--only', 'iptables', '--fail-on', 'warn'], 1],
  ])('%j exits %i', async (more, expected) => {
    const { code, stdout } = await run([...story, '--format', 'json', ...more]);
    expect(code).toBe(expected);
    const { scope, layers } = JSON.parse(stdout) as {
      scope: string[] | null;
      layers: { layer: string; status: string; reason?: string }[];
    };
    expect(layers).toHaveLength(27);
    for (const { layer, status, reason } of layers)
      if (scope !== null && !scope.includes(layer))
        expect({ layer, status, reason }).toEqual({ layer, status: 'skip', reason: 'left-out' });
  });

  test('--report writes each format into its file, beside what standard output gets', async () => {
    const file = (name: string) => path.join(folder, name);
    const reports = ['json', 'junit', 'markdown', 'html', 'github', 'text'].flatMap((format) => [
      '--report',
      `${format}=${file(format)}`,
    ]);
    const { code, stdout, stderr } = await run([...story, '--quiet', ...reports]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^Blocked by 3 walls/);
    expect(JSON.parse(readFileSync(file('json'), 'utf8'))).toMatchObject({ verdict: 'blocked' });
    expect(readFileSync(file('junit'), 'utf8')).toMatch(/^<\?xml /);
    expect(readFileSync(file('markdown'), 'utf8')).toMatch(/^# Blocked by 3 walls/);
    expect(readFileSync(file('html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(file('github'), 'utf8')).toMatch(/^::error title=shorewall SHW002::/);
    const nowhere = await run([...story, '--quiet', '--report', `json=${file('missing/x')}`]);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written') });
    expect((await run([...story, '--report', 'xml=x'])).code).toBe(2);
  });

  test('the fixed host exits 0', async () => {
    const { code, stdout } = await run(['check', '--bundle', 'fixtures/legacy-host-fixed', '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'open', blockedAt: [] });
  });

  test('a reader that goes away ends the output quietly', async () => {
    const { spawnSync } = await import('node:child_process');
    const { stderr } = spawnSync(
      'sh',
      ['-c', `${process.execPath} bin/dms-doctor.js ${story.join(' ')} --verbose | head -n 1`],
      { cwd: project, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
  });
});

/** The framed document that host-facts.sh would have printed of the recorded host. */
function framedStory(): Uint8Array {
  const root = path.join(project, 'fixtures/legacy-host');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(?:host|postgres)\/.*\.[^/]+$|^host\/shorewall\/\w+$/.test(name),
  );
  return frame(
    names
      .sort()
      .map(
        (name) => [name, { text: readFileSync(path.join(root, name), 'utf8'), at: '2026-11-22T11:00:00Z' }] as const,
      ),
  );
}

describe('the one file that the host script prints', () => {
  const flow = [
    '--from',
    '172.31.23.112',
    '--host',
    '172.31.40.17',
    '--port',
    '5432',
    '--database',
    'orders',
    '--user',
    'dms',
    '--tls',
    'none',
  ];

  test('is read from a file and from standard input alike; AWS’s layers stay unknown', async () => {
    const file = path.join(folder, 'facts.txt');
    writeFileSync(file, framedStory());
    const fromFile = await run(['check', '--bundle', file, '--format', 'json', ...flow]);
    const fromPipe = await run(['check', '--bundle', '-', '--format', 'json', ...flow], { stdin: framedStory() });
    expect(fromFile.code).toBe(1);
    const layersOf = (text: string) => (JSON.parse(text) as { layers: unknown[] }).layers;
    expect(layersOf(fromPipe.stdout)).toEqual(layersOf(fromFile.stdout));
    const report = JSON.parse(fromFile.stdout) as { blockedAt: string[]; layers: { layer: string; status: string }[] };
    expect(report.blockedAt).toEqual(['shorewall', 'pg-hba', 'wal-level']);
    expect(report.layers.find(({ layer }) => layer === 'security-group')?.status).toBe('unknown');
  });

  test('cut in the middle it never leads to open, and says that it is cut', async () => {
    const whole = framedStory();
    const { code, stdout } = await run(['check', '--bundle', '-', ...flow], {
      stdin: whole.subarray(0, Math.floor(whole.length / 2)),
    });
    expect([1, 3]).toContain(code);
    expect(stdout).toMatch(/bundle is damaged: standard\s+input: the document ends inside/);
  });
});

describe('bad input gets one clear line', () => {
  const bundleWith = (files: Record<string, string>) => {
    const root = mkdtempSync(path.join(folder, 'bundle-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    return root;
  };

  test.each<[string, () => string, number, RegExp]>([
    ['missing', () => path.join(folder, 'nowhere'), 2, /no such file or directory/],
    [
      'an empty file',
      () => (writeFileSync(path.join(folder, 'empty'), ''), path.join(folder, 'empty')),
      2,
      /neither a bundle directory nor/,
    ],
    ['an empty directory', () => bundleWith({}), 4, /nothing in it to judge/],
    ['not JSON', () => bundleWith({ 'bundle.json': '{"version":1,' }), 2, /bundle.json is not JSON/],
    [
      'of a future version',
      () => bundleWith({ 'bundle.json': '{"version":2}' }),
      2,
      /version 2, this dms-doctor reads version 1/,
    ],
    ['of a wrong shape', () => bundleWith({ 'bundle.json': '{"flow":{"port":"x"}}' }), 2, /flow\.port/],
  ])('a bundle that is %s', async (_, make, expected, words) => {
    const { code, stdout, stderr } = await run(['check', '--bundle', make()]);
    expect(code).toBe(expected);
    expect(stdout).toBe('');
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('control characters in what was gathered never reach the terminal', async () => {
    const evil = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e';
    const root = bundleWith({
      'bundle.json': JSON.stringify({
        version: 1,
        collectedAt: '2026-11-22T00:00:00Z',
        flow: { from: ['10.0.0.1'], host: `db${evil}`, port: 5432, user: evil, database: evil, tls: 'none' },
      }),
      'postgres/pg_hba.conf': `host all all 10.0.0.0/8 ${evil}\n`,
      'host/iptables-nft-save.txt': `*filter\n:INPUT ${evil} [0:0]\n-A INPUT -m ${evil}\nCOMMIT\n`,
      'host/clusters.json': '[]',
    });
    for (const format of ['text', 'json']) {
      const { code, stdout, stderr } = await run(['check', '--bundle', root, '--format', format, '--verbose']);
      expect([1, 3]).toContain(code);
      expect(stderr).toBe('');
      expect(
        [...stdout].filter((character) => /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(character)),
      ).toEqual([]);
    }
  });

  test.each<[string[], RegExp]>([
    [['check'], /--bundle/],
    [['chekc'], /check/],
    [['check', '--bundle', 'fixtures/legacy-host', '--bogus'], /bogus/],
    [['check', '--bundle', 'fixtures/legacy-host', '--port', '70000'], /1 to 65535/],
    [['check', '--bundle', 'fixtures/legacy-host', '--from', 'nowhere'], /not an address or CIDR/],
    [['check', '--bundle', 'fixtures/legacy-host', '--only', 'firewall'], /no such layer or group: firewall/],
    [['check', '--bundle', 'fixtures/legacy-host', '--demote', 'XX999'], /no such code or layer/],
    [['check', '--bundle', 'fixtures/legacy-host', '--format', 'xml'], /xml/],
    [[], /Which command/],
  ])('%j is a usage error', async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('the other commands', () => {
  test('demo exits 0 and says what check would have exited with', async () => {
    const { code, stdout } = await run(['demo'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('would have exited with 1');
  });

  test('explain CODE prints the page of a finding', async () => {
    const { code, stdout } = await run(['explain', 'shw002']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# SHW002: /);
  });

  test('explain 1020912 says that the code says nothing of the layer', async () => {
    const { code, stdout } = await run(['explain', '1020912', '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'dms-doctor/explain/1', explanations: [{ layer: null }] });
  });

  test('explain takes numbers as texts and reads standard input', async () => {
    expect((await run(['explain', '0x1F'])).code).toBe(1);
    const { code, stdout } = await run(['explain', '--format', 'json'], {
      stdin: 'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "dms", database "orders", SSL off',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ explanations: [{ layers: expect.arrayContaining(['pg-hba']) }] });
  });

  test('collect prints the script that it runs, and what it gathers here can be judged', async () => {
    const script = await run(['collect', '--print-script']);
    expect(script.code).toBe(0);
    expect(script.stdout).toBe(withQueries(readFileSync(path.join(project, 'src/evidence/host-facts.sh'), 'utf8')));
    const file = path.join(folder, 'here.txt');
    expect(await run(['collect', '--local', '--output', file, '--port', '5432'])).toMatchObject({
      code: 0,
      stdout: '',
    });
    const { code, stdout } = await run([
      'check',
      '--bundle',
      file,
      '--from',
      '192.0.2.1',
      '--host',
      '192.0.2.2',
      '--port',
      '5432',
      '--format',
      'json',
    ]);
    expect([1, 3]).toContain(code);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'dms-doctor/report/1' });
    expect((await run(['collect'])).code).toBe(2);
    expect((await run(['collect', '--local', '--print-script'])).code).toBe(2);
  });

  test('--version and --help', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['check', 'explain', 'collect', 'demo'])
      expect(help.stdout).toContain(`dms-doctor ${command}`);
  });
});
