import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cell, escaped, fenced } from '../../src/report/markdown-escape.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';

test.each(Object.entries({ blocked, open, undetermined }))('the %s report, whole', async (name, report) => {
  await expect(renderMarkdown(report)).toMatchFileSnapshot(`snapshots/${name}.md`);
});

test.each([
  ['a <img src=x> & more', 'a &lt;img src=x&gt; &amp; more'],
  ['[text](https://example.org)', '\\[text\\](https:&#47;&#47;example.org)'],
  ['www.example.org', 'www&#46;example.org'],
  ['*bold* and _more_', '\\*bold\\* and \\_more\\_'],
  ['@somebody, #12', '&#64;somebody, &#35;12'],
  ['a | b', 'a | b'],
  ['# heading', '&#35; heading'],
  ['- item', '&#45; item'],
  ['1. item', '&#49;. item'],
  ['> quote', '&gt; quote'],
  ['-A net-fw', '-A net-fw'],
  ['---', '&#45;--'],
  ['172.31.23.112', '172.31.23.112'],
  ['run `a | b *c*` now', 'run `a | b *c*` now'],
  ['a ` alone', 'a \\` alone'],
  ['two\nlines', 'two lines'],
])('%j is written so that it is shown as it is', (text, written) => {
  expect(escaped(text)).toBe(written);
});

/** What stands outside of code, after CommonMark's rules for backslashes and spans of single backticks. */
function outsideCode(written: string): string {
  return written.replace(/\\[!-/:-@[-`{-~]|`[^`]+`/g, '');
}

test('no text makes HTML, a mention, a link or another line', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[`<>@|\\ \n[\]a*#]*$/)), (text) => {
      const written = escaped(text);
      expect(written).not.toContain('\n');
      expect(outsideCode(written)).not.toMatch(/[<>@`[\]*_!~\\]|(?<!&)#/);
    }),
    samples(1000),
  );
});

test('no text ends the cell that it stands in', () => {
  expect(cell('run `a | b` | c')).toBe('run `a \\| b` \\| c');
  fc.assert(
    fc.property(fc.stringMatching(/^[`|\\ a]*$/), (text) => {
      // As GitHub's tables read a cell: an escaped sign, or anything but a bar.
      expect(cell(text)).toMatch(/^(?:\\[\\|`]|[^|])*$/);
    }),
    samples(500),
  );
});

test('no line ends the fence that it stands in', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[` a]*$/)), (lines) => {
      const [fence = '', ...rest] = fenced(lines);
      expect(rest.pop()).toBe(fence);
      expect(rest).toEqual(lines);
      for (const row of lines) expect(row).not.toContain(fence);
    }),
    samples(300),
  );
});

test('hostile findings add no heading and no row', () => {
  const structure = (report: Report) =>
    renderMarkdown(report)
      .split('\n')
      .filter((row) => /^(#|\||- |>|\d+\.)/.test(row))
      .map((row) => row.slice(0, 2));
  const quiet = finding('tls', 'TLS002', 'block', 'quiet', {
    detail: 'quiet',
    caveats: ['quiet'],
    evidence: [line('x', 1, 'quiet')],
  });
  const withWall = (wall: typeof quiet) => {
    const findings = [...open.findings.filter(({ layer }) => layer !== 'tls'), wall];
    return { ...open, findings, layers: statusesOf(findings) };
  };
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\n# x', '|', '\n```\n', '`', '> ', '1. ')),
      ),
      (parts) => {
        const text = `x${parts.join('')}`;
        const wall = { ...quiet, summary: text, detail: text, caveats: [text], evidence: [line('x', 1, text)] };
        expect(structure(withWall(wall))).toEqual(structure(withWall(quiet)));
      },
    ),
    samples(200),
  );
});

test('long evidence keeps its beginning and its end, and many lines are counted', () => {
  const rule = `-A net-fw ${'x'.repeat(5000)} -j DROP`;
  const evidence = Array.from({ length: 20 }, (_, index) => line('host/iptables-save.txt', index + 1, rule));
  const wall = finding('shorewall', 'SHW002', 'block', 'blocks', { evidence });
  const shown = renderMarkdown({ ...open, verdict: 'blocked', findings: [wall], layers: statusesOf([wall]) });
  expect(shown).toMatch(/^host\/iptables-save\.txt:1 {2}-A net-fw x{480,} … x{480,} -j DROP$/m);
  expect(shown).toContain('… and 8 more');
  expect(shown.length).toBeLessThan(20_000);
});

test('steps that only the simulation needed are in the plan in full', () => {
  const shown = renderMarkdown({ ...blocked, findings: blocked.findings.filter(({ status }) => status !== 'block') });
  const plan = shown.slice(shown.indexOf('## Plan'));
  expect(plan.match(/^ {3}- undo:/gm)).toHaveLength(5);
  expect(
    renderMarkdown(blocked)
      .slice(shown.indexOf('## Plan'))
      .match(/^ {3}- undo:/gm),
  ).toBeNull();
});
