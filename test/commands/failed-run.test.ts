import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { CheckOptions } from '../../src/commands/check.ts';
import { runCheck } from '../../src/commands/check.ts';
import { FileError } from '../../src/commands/io.ts';
import { nothingLive } from '../../src/commands/sources.ts';
import { emptyFlow } from '../../src/flow.ts';
import { layers } from '../../src/layers.ts';
import { reportFormats } from '../../src/report/index.ts';
import { readReport } from '../support/schemas.ts';

const story = fileURLToPath(new URL('../../fixtures/legacy-host', import.meta.url));
const broken = fileURLToPath(import.meta.url);
const every = reportFormats.map((format) => ({ format, file: `report.${format}` }));

/** Runs `check` without a process: what it wrote, printed and threw. */
async function ran(more: Partial<CheckOptions>, { judge = check, unwritable = '' } = {}) {
  const files = new Map<string, string>();
  const out: string[] = [];
  const err: string[] = [];
  const options = {
    ...{
      bundles: [story],
      live: nothingLive,
      flow: emptyFlow,
      scope: null,
      demote: [],
      failOn: 'unknown',
    },
    ...{ format: 'text', reports: every, saveBundle: undefined, maxAge: undefined, timeout: 0 },
    ...{ verbose: false, quiet: false, color: false },
    ...more,
  } as CheckOptions;
  const write = async (file: string, content: string | Uint8Array) => {
    if (file === unwritable) throw new FileError(`${file}: cannot be written (ENOSPC)`);
    files.set(file, String(content));
  };
  const readStdin = () => Promise.resolve(new Uint8Array());
  const io = {
    stdout: (text: string | Uint8Array) => void out.push(String(text)),
    stderr: (text: string) => void err.push(text),
  };
  const result = await runCheck(
    options,
    { ...io, write, readStdin, progress: false, asks: false, width: 80 },
    judge,
  ).then(
    (code) => ({ code, thrown: undefined }),
    (error: unknown) => ({ code: undefined, thrown: error as Error }),
  );
  return { ...result, files, out: out.join(''), err: err.join('') };
}

const crash = () => {
  throw new TypeError('x is not a function');
};

describe('every report that was asked for is written', () => {
  test('where judging crashes: nothing is known in it, and it says why', async () => {
    const { thrown, files, out } = await ran({}, { judge: crash });
    expect(thrown?.message).toBe('x is not a function');
    expect([...files.keys()].sort()).toEqual(every.map(({ file }) => file).sort());
    const report = readReport(files.get('report.json') ?? '');
    expect(report.verdict).toBe('undetermined');
    expect(report.layers).toEqual(layers.map((layer) => ({ layer, status: 'unknown' })));
    expect(report.notes).toEqual(['Nothing was judged: x is not a function.']);
    expect(files.get('report.junit')).toMatch(/<testsuites [^>]*tests="28" failures="0" errors="28"/);
    for (const { format, file } of every)
      if (format !== 'github') expect(files.get(file), format).toContain('x is not a function');
    expect(files.get('report.github')).toContain('Undetermined');
    expect(out).toBe('');
  });

  test('where a bundle cannot be read, with the layers that were left out', async () => {
    const { thrown, files } = await ran({ bundles: [broken], scope: ['dns'] });
    expect(thrown?.name).toBe('BundleError');
    const report = readReport(files.get('report.json') ?? '');
    expect(report.layers.filter(({ status }) => status === 'unknown')).toEqual([{ layer: 'dns', status: 'unknown' }]);
    expect(report.scope).toEqual(['dns']);
  });

  test('where there is nothing to judge', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'dms-doctor-empty-'));
    writeFileSync(path.join(empty, 'bundle.json'), '{"version":1}');
    const { code, files, err } = await ran({ bundles: [empty] });
    rmSync(empty, { recursive: true });
    expect(code).toBe(4);
    expect(err).toContain('nothing in it to judge');
    expect(readReport(files.get('report.json') ?? '').notes[0]).toContain('nothing in it to judge');
  });

  test('where one of them cannot be written: the others are, and what is printed', async () => {
    const { thrown, files, out } = await ran({}, { unwritable: 'report.json' });
    expect(thrown).toBeInstanceOf(FileError);
    expect([...files.keys()].sort()).toEqual(
      every
        .map(({ file }) => file)
        .filter((file) => file !== 'report.json')
        .sort(),
    );
    expect(out).toContain('Blocked by 3 walls');
  });
});

test('a document on standard output is there, too, where the run fails', async () => {
  const { out } = await ran({ format: 'json', reports: [] }, { judge: crash });
  expect(readReport(out).verdict).toBe('undetermined');
});
