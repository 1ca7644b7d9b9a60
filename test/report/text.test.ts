import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noStyle } from '../../src/report/style.ts';
import type { TextOptions } from '../../src/report/text.ts';
import { renderText } from '../../src/report/text.ts';
import { columns } from '../../src/report/wrap.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';

const coloured = new Chalk({ level: 1 });
const reports = { blocked, open, undetermined };
const widths = [40, 80, 200];
const normal = { width: 80, verbose: false, quiet: false };

function text(report: Report, options: Partial<TextOptions> = {}): string {
  return renderText(report, noStyle, { ...normal, ...options });
}

/** Lines that are to be copied: they are printed whole, however long. */
function copied(report: Report): string[] {
  const steps = [...report.plan.steps, ...report.findings.flatMap(({ fix }) => fix?.steps ?? [])];
  return steps.flatMap((step) => ('run' in step ? step.run.split('\n') : step.edit.lines));
}

/** The rows that are wider than the terminal and hold nothing to copy. */
function tooWide(shown: string, width: number, report: Report): string[] {
  const toCopy = copied(report);
  const steps = [...report.plan.steps, ...report.findings.flatMap(({ fix }) => fix?.steps ?? [])];
  const spans = steps.flatMap(({ undo, verify }) =>
    [...`${undo} ${verify}`.matchAll(/`[^`]*`/g)].map(([span]) => span),
  );
  return shown
    .split('\n')
    .filter((row) => columns(row) > width && !toCopy.includes(row.trim()) && !spans.some((span) => row.includes(span)));
}

for (const [name, report] of Object.entries(reports)) {
  for (const width of widths) {
    test(`${name}, ${width} columns`, async () => {
      await expect(text(report, { width })).toMatchFileSnapshot(`snapshots/${name}-${width}.txt`);
    });
  }
  test(`${name}, quiet`, async () => {
    await expect(text(report, { quiet: true })).toMatchFileSnapshot(`snapshots/${name}-quiet.txt`);
  });
}

test('blocked, verbose', async () => {
  await expect(text(blocked, { verbose: true })).toMatchFileSnapshot('snapshots/blocked-verbose.txt');
});

test('blocked, ASCII', async () => {
  const shown = text(blocked, { ascii: true });
  expect(shown).toMatch(/^[\n -~]*$/);
  await expect(shown).toMatchFileSnapshot('snapshots/blocked-ascii.txt');
});

test('blocked, coloured', async () => {
  await expect(renderText(blocked, coloured, normal)).toMatchFileSnapshot('snapshots/blocked-80-coloured.txt');
});

test.each(widths)('colours change nothing but the colours, at %i columns', (width) => {
  for (const report of Object.values(reports)) {
    const shown = renderText(report, coloured, { ...normal, width });
    expect(stripVTControlCharacters(shown)).toBe(text(report, { width }));
    expect(shown).not.toBe(text(report, { width }));
  }
});

test('no line is wider than the terminal, but for the lines to copy', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 24, max: 240 }),
      fc.constantFrom(...Object.values(reports)),
      fc.boolean(),
      (width, report, verbose) => {
        expect(tooWide(text(report, { width, verbose }), width, report)).toEqual([]);
      },
    ),
    samples(60),
  );
});

test('commands are never wrapped or cut', () => {
  for (const width of [20, 40, 80]) {
    const rows = text(blocked, { width })
      .split('\n')
      .map((row) => row.trim());
    for (const command of copied(blocked)) expect(rows).toContain(command);
  }
});

test('hostile text brings no control character and breaks no line', () => {
  const hostile = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '\u001b]0;', '\r', '\n', '\u202e', '漢字', '🔒', '`', ' '),
    ),
  );
  fc.assert(
    fc.property(hostile, fc.integer({ min: 30, max: 120 }), (parts, width) => {
      const words = parts.join('');
      const wall = finding('shorewall', 'SHW002', 'block', words, {
        detail: words,
        caveats: [words],
        evidence: [line(words, 7, words)],
      });
      const findings = [...blocked.findings.filter(({ layer }) => layer !== 'shorewall'), wall];
      const report = {
        ...blocked,
        findings,
        layers: statusesOf(findings),
        flow: { ...blocked.flow, host: words, from: [words] },
        notes: [words],
      };
      const shown = text(report, { width });
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(tooWide(shown, width, report)).toEqual([]);
    }),
    samples(150),
  );
});
