import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layers } from '../../src/layers.ts';
import { copying } from '../../src/report/html/copying.ts';
import { looks } from '../../src/report/html/looks.ts';
import { pathOf } from '../../src/report/html/stations.ts';
import { renderHtml } from '../../src/report/html.ts';
import { deedOf } from '../../src/report/steps.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';

const reports = { blocked, open, undetermined };
const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[sign]};`);

test.each(Object.entries(reports))('%s, but for the style and the script', async (name, report) => {
  const page = await renderHtml(report);
  const own = page
    .replace(looks, '')
    .replace(copying, '')
    .replaceAll(/sha256-[^']+/g, 'sha256-…');
  await expect(own).toMatchFileSnapshot(`snapshots/${name}.html`);
});

test('every finding’s words and code are in the page, every line of evidence, and every line to copy', async () => {
  for (const report of Object.values(reports)) {
    const page = await renderHtml(report);
    for (const { code, evidence } of report.findings) {
      expect(page).toContain(`<code class="code">${code}</code>`);
      for (const { text } of evidence) expect(page).toContain(escaped(text.replaceAll('\t', '    ')));
    }
    for (const step of report.plan.steps) for (const text of deedOf(step).lines) expect(page).toContain(escaped(text));
  }
});

test('the policy knows this page’s style and script by their hashes, and allows nothing else', async () => {
  const page = await renderHtml(blocked);
  const hash = (element: string) => {
    const [, content = ''] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page) ?? [];
    expect(content.length).toBeGreaterThan(100);
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  };
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page) ?? [];
  expect(policy?.split('; ')).toEqual([
    `default-src 'none'`,
    `style-src ${hash('style')}`,
    `script-src ${hash('script')}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ]);
  // The policy stands before everything that it rules.
  expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
});

test('the page refers to nothing outside, and each of its links goes to a place in it', async () => {
  for (const report of Object.values(reports)) {
    const page = await renderHtml(report);
    expect(page).not.toMatch(/\s(?:src|srcset|action|style|on\w+)=|url\(|@import|<(?:link|iframe|object|base)\b/);
    const targets = [...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(2);
    for (const target of targets) expect(page).toContain(`id="${target?.slice(1)}"`);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

/** A report in which every text that may come from outside is `words`. */
function saying(words: string): Report {
  const step = { where: 'source host', run: words, effect: 'none', risk: words, undo: words, verify: words } as const;
  const told = (layer: 'shorewall' | 'iptables' | 'dns' | 'tls', status: 'block' | 'warn' | 'pass' | 'unknown') =>
    finding(layer, 'SHW002', status, words, {
      detail: words,
      caveats: [words],
      evidence: [line('host/a', 7, words), line('host/b', null, `x${words}`)],
      ...(status === 'block' ? { fix: { steps: [step], patches: [] } } : {}),
    });
  const findings = [told('dns', 'pass'), told('tls', 'unknown'), told('iptables', 'warn'), told('shorewall', 'block')];
  return {
    ...blocked,
    findings,
    layers: statusesOf(findings),
    flow: { ...blocked.flow, host: words, from: [words], endpoint: words, replicationInstance: words },
    notes: [words],
    plan: { steps: [step], opens: true },
    excerpts: [{ source: 'host/a', first: 6, lines: [words, words, words] }],
  };
}

const tagsOf = (page: string) =>
  (page.match(/<[^>]*>/g) ?? [])
    .filter((tag) => !/^<\/?code>$/.test(tag))
    .map((tag) => tag.replace(/aria-label="[^"]*"/, ''));

test('no text becomes markup, and no control character gets through', async () => {
  const plainTags = tagsOf(await renderHtml(saying('words')));
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='x",
      '</title>',
      '</style>',
      '<!--',
      ']]>',
      '&lt;',
      '`<b>`',
      '${x}',
      '$&',
      '\u001b[2J',
      '\u202e',
      '\n',
      '\u0000',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 1 }), async (parts) => {
      const page = await renderHtml(saying(`w${parts.join('')}`));
      // What holds characters that cannot be shown loses its copy button, and says so.
      const same = (tags: readonly string[]) =>
        tags.filter((tag) => !/button|<\/?p\b|<span class="unseen">|<\/span>/.test(tag));
      expect(same(tagsOf(page))).toEqual(same(plainTags));
      expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }),
    samples(60),
  );
});

test('the picture shows every layer once, what is cut off, and a wall behind the others', () => {
  const { lanes, beside } = pathOf(blocked);
  const stations = lanes.flatMap((lane) => lane.stations);
  expect([...stations, ...beside.stations].map(({ layer }) => layer)).toEqual([...layers]);
  expect(stations.find(({ layer }) => layer === 'shorewall')?.way).toBe('open');
  expect(stations.find(({ layer }) => layer === 'ufw')?.way).toBe('cut');
  const doubtful = pathOf(undetermined).lanes.flatMap((lane) => lane.stations);
  expect(doubtful.find(({ layer }) => layer === 'network-acl')?.way).toBe('open');
  expect(doubtful.at(-1)?.way).toBe('doubt');
  const behind = pathOf({ ...open, verdict: 'blocked', blockedAt: ['tls'] }).lanes.flatMap((lane) => lane.stations);
  expect(behind.filter((station) => station.behind).map(({ layer }) => layer)).toEqual(['tls']);
  const aside = pathOf({
    ...open,
    layers: open.layers.map((one) =>
      one.layer === 'dns' ? ({ layer: 'dns', status: 'skip', reason: 'left-out' } as const) : one,
    ),
  });
  expect(aside.lanes.flatMap((lane) => lane.stations).some(({ layer }) => layer === 'dns')).toBe(false);
});

/** Relative luminance and contrast after WCAG 2.2. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = (colour.slice(1).length === 3 ? colour.replace(/\w/g, '$&$&') : colour)
      .slice(1)
      .match(/../g)!
      .map((part) => Number.parseInt(part, 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test('every colour of text can be read on every ground, light, dark and printed; signs stand out of theirs', () => {
  const palettes = [...looks.matchAll(/:root \{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map([...body.matchAll(/--([\w-]+): (#\w+)/g)].map(([, name = '', colour = '']) => [name, colour])),
  );
  expect(palettes).toHaveLength(3);
  for (const palette of palettes) {
    const colour = (name: string) => palette.get(name) ?? 'missing';
    for (const text of ['ink', 'soft', 'link', 'block', 'warn', 'pass', 'unknown', 'skip'])
      for (const ground of ['paper', 'sheet', 'sunk'])
        expect(contrast(colour(text), colour(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('mark-ink'), colour('mark'))).toBeGreaterThanOrEqual(4.5);
    for (const sign of ['block', 'warn', 'pass', 'unknown'])
      expect(contrast(colour('glyph'), colour(sign)), `glyph on ${sign}`).toBeGreaterThanOrEqual(3);
  }
});
