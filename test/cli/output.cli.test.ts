import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { styleFor } from '../../src/commands/style.ts';
import { reportFormats } from '../../src/report/index.ts';
import type { ReportFormat } from '../../src/report/index.ts';
import { renderReport } from '../../src/report/index.ts';
import { noStyle } from '../../src/report/style.ts';
import type { Report } from '../../src/report.ts';
import { edited, evidenceFrom, filesOf } from '../support/bundles.ts';
import { readReport } from '../support/schemas.ts';
import { project, run } from './run.ts';

/** What differs from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?=",\n {2}"durationMs)/g, 'STARTED')
    .replaceAll(/"durationMs": \d+/g, '"durationMs": 0')
    .replaceAll(/(dms-doctor \d+\.\d+\.\d+, )\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '$1STARTED')
    .replaceAll(/(timestamp=")[^"]*/g, '$1STARTED')
    .replaceAll(/( time=")[^"]*/g, '$10')
    .replace(/<style>[^]*<\/style>/, '<style></style>')
    .replace(/<script>[^]*<\/script>/, '<script></script>')
    .replaceAll(/sha256-[^']+/g, 'sha256-…');
}

/**
 * Few layers, so that the pictures change only where their own words do. Whole reports are held below against what is
 * rendered, and renderings against pictures in test/report.
 */
const few = ['check', '--bundle', 'fixtures/legacy-host', '--only', 'dns,database'];

describe('whole outputs through a real pipe', () => {
  test.each(reportFormats)('%s, plain', async (format) => {
    const { stdout, stderr } = await run([...few, '--format', format]);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('\u001b');
    await expect(steady(stdout)).toMatchFileSnapshot(`snapshots/pipe.${format}`);
  });

  test('text, coloured', async () => {
    const { stdout } = await run(few, { env: { FORCE_COLOR: '1' } });
    await expect(steady(stdout)).toMatchFileSnapshot('snapshots/pipe-coloured.text');
    expect(steady(stripVTControlCharacters(stdout))).toBe(steady((await run(few)).stdout));
  });

  test.each(reportFormats.filter((format) => format !== 'text'))('%s has no colours to force', async (format) => {
    const plain = await run([...few, '--format', format]);
    const forced = await run([...few, '--format', format], { env: { FORCE_COLOR: '1' } });
    expect(steady(forced.stdout)).toBe(steady(plain.stdout));
  });
});

describe('more than a pipe holds (64 KiB), before a reader that comes late', () => {
  let folder = '';
  let report: Report;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-large-'));
    const names = Array.from({ length: 1500 }, (_, index) => `archive_${index}`).join();
    const lines = Array.from({ length: 20 }, (_, index) => `host ${names} all 10.1.${index}.0/24 md5`);
    const files = edited('legacy-host', {
      'postgres/pg_hba.conf': (text) => `${text.trimEnd()}\n${lines.join('\n')}\n`,
    });
    for (const [name, { bytes }] of files) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    const tool = { name: 'dms-doctor', version: '0.1.0' };
    report = { tool, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 0, ...check(evidenceFrom(files)) };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the reader at the end of a pipe gets that reads nothing before some time has gone. */
  async function late(format: ReportFormat, environment: string): Promise<string> {
    const command = `${environment} ${process.execPath} bin/dms-doctor.js check --bundle '${folder}' --verbose --format ${format} | (sleep 0.3; cat)`;
    const options = { cwd: project, maxBuffer: 1 << 28, env: { PATH: process.env['PATH'] } };
    return (await promisify(execFile)('sh', ['-c', command], options)).stdout;
  }

  test.each(reportFormats)('%s is whole', async (format) => {
    const look = { style: noStyle, width: 80, verbose: true, quiet: false };
    const whole = await renderReport(format, report, look);
    expect(steady(await late(format, ''))).toBe(steady(whole));
    // These two name a few of the lines, whatever there are.
    if (format !== 'github' && format !== 'markdown') expect(Buffer.byteLength(whole)).toBeGreaterThan(65_536);
  });

  test('text in colours is whole', async () => {
    const look = { style: await styleFor(true), width: 80, verbose: true, quiet: false };
    const whole = await renderReport('text', report, look);
    expect(Buffer.byteLength(whole)).toBeGreaterThan(2 * 65_536);
    expect(steady(await late('text', 'FORCE_COLOR=1'))).toBe(steady(whole));
  });
});

/** What a terminal of so many columns gets, through `script` of util-linux. */
async function terminal(columns: number, args: readonly string[], environment = ''): Promise<string> {
  const command = `stty cols ${columns} rows 50; ${environment} ${process.execPath} bin/dms-doctor.js ${args.join(' ')}`;
  const options = { cwd: project, maxBuffer: 1 << 26, env: { PATH: process.env['PATH'], TERM: 'xterm-256color' } };
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], options).catch(
    (error: { code: unknown; stdout: string }) => {
      // `script -e` hands the command's own exit code on.
      if (error.code !== 1) throw error as unknown;
      return error;
    },
  );
  return stdout.replaceAll('\r\n', '\n');
}

describe('on a terminal', () => {
  test.each([40, 80, 200])('%i columns: the picture', async (columns) => {
    await expect(steady(await terminal(columns, few))).toMatchFileSnapshot(`snapshots/terminal-${columns}.text`);
  });

  test.each([40, 80, 200])(
    '%i columns: the whole story is what is rendered for that width, in colours',
    async (columns) => {
      const tool = { name: 'dms-doctor', version: '0.1.0' };
      const checked = check(evidenceFrom(filesOf('legacy-host')));
      const report = { tool, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 0, ...checked };
      const look = { style: await styleFor(true), width: columns, verbose: false, quiet: false };
      const shown = await terminal(columns, ['check', '--bundle', 'fixtures/legacy-host']);
      expect(steady(shown)).toBe(steady(await renderReport('text', report, look)));
      expect(shown).toContain('\u001b[');
    },
  );

  test('NO_COLOR and --no-color leave no escape sequence, and a document has none', async () => {
    expect(await terminal(80, few, 'NO_COLOR=1')).not.toContain('\u001b');
    expect(await terminal(80, [...few, '--no-color'])).not.toContain('\u001b');
    expect(readReport(await terminal(80, [...few, '--format', 'json'])).verdict).toBe('open');
  });
});
