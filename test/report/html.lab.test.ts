import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { renderHtml } from '../../src/report/html.ts';
import { deedOf } from '../../src/report/steps.ts';
import type { Report } from '../../src/report.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';
import { blocked, finding, line, open, undetermined } from './sample.ts';

/** The story as it was recorded, and the same with texts that nothing can break. */
const story: Report = { ...blocked, ...check(evidenceFrom(filesOf('legacy-host'))) };
const long = 'x'.repeat(3000);
const unbreakable: Report = {
  ...blocked,
  flow: { ...blocked.flow, host: long, replicationInstance: long },
  findings: [finding('shorewall', 'SHW002', 'block', long, { detail: long, evidence: [line(long, 123_456, long)] })],
  notes: [long],
};
const reports = { story, open, undetermined, unbreakable };

let folder = '';
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dms-doctor-html-'));
  for (const [name, report] of Object.entries(reports))
    await writeFile(path.join(folder, `${name}.html`), await renderHtml(report));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A report in a browser, with what the browser complained of and what it asked for. */
async function opened(name: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(path.join(folder, `${name}.html`)).href;
  await page.goto(url);
  return { page, complaints, requests, url, close: () => context.close() };
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds, each rule with the first element that breaks it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate<AxeResults>('axe.run()');
  expect(results.passes.length).toBeGreaterThan(15);
  return results.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}

const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

describe.each(Object.keys(reports))('%s', (name) => {
  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('%s at %i px: axe-core finds nothing, nothing scrolls sideways', async (colorScheme, width) => {
    const { page, complaints, requests, url, close } = await opened(name, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    expect(await violations(page)).toEqual([]);
    expect(await widthOf(page)).toBe(width);
    expect({ complaints, requests }).toEqual({ complaints: [], requests: [url] });
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(250, 250, 248)' : 'rgb(21, 23, 26)');
    await close();
  });
});

test('the picture is one image to a screen reader, and says in words what blocks', async () => {
  for (const [width, other] of [
    [1280, 'narrow'],
    [360, 'wide'],
  ] as const) {
    const { page, close } = await opened('story', { viewport: { width, height: 800 } });
    const image = page.getByRole('img', { name: 'The path from the replication instance orders-dms' });
    expect(await image.count()).toBe(1);
    expect(await image.getAttribute('class')).not.toBe(other);
    expect(await image.locator('desc').textContent()).toContain('Blocks: shorewall, pg-hba and wal-level.');
    await close();
  }
});

test('the deciding line is marked where it stands, with its number', async () => {
  const { page, close } = await opened('story');
  const wall = page.locator('#wall-1');
  const [first] = story.findings.find(({ code }) => code === 'SHW002')?.evidence ?? [];
  expect(first?.line).toBeGreaterThan(1);
  const item = wall.locator('li.deciding', { hasText: first?.text ?? '' });
  expect(
    await item.evaluate(
      (element) =>
        (element as unknown as { value: number; parentElement: { start: number; children: Iterable<unknown> } })
          .parentElement.start +
        [...(element as unknown as { parentElement: { children: Iterable<unknown> } }).parentElement.children].indexOf(
          element,
        ),
    ),
  ).toBe(first?.line);
  expect(await wall.locator('.listing li:not(.deciding)').count()).toBeGreaterThan(3);
  await close();
});

test('each copy button copies its step, from the keyboard, too', async () => {
  const { page, close } = await opened('story');
  const buttons = page.locator('.plan .copy');
  expect(await buttons.count()).toBe(story.plan.steps.length);
  for (const [index, step] of story.plan.steps.entries()) {
    await buttons.nth(index).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(deedOf(step).lines.join('\n'));
  }
  await close();
});

test('without script nothing is missing but the copy buttons; folded evidence opens', async () => {
  const { page, close } = await opened('story', { javaScriptEnabled: false });
  expect(await page.locator('.copy:visible').count()).toBe(0);
  for (const step of story.plan.steps) expect(await page.locator('.plan').innerText()).toContain(deedOf(step).lines[0]);
  const folded = page.locator('#layers details').first();
  expect(await folded.locator('.evidence').first().isVisible()).toBe(false);
  await folded.locator('summary').click();
  expect(await folded.locator('.evidence').first().isVisible()).toBe(true);
  await close();
});

test('the policy lets nothing run or load that an escaped text might have become', async () => {
  const page = await renderHtml(story);
  const hostile =
    '<script>document.title = "ran"</script><img src="https://example.org/x" onerror="document.title = 1"><p style="color: red">';
  await writeFile(path.join(folder, 'hostile.html'), page.replace('<main>', `<main>${hostile}`));
  const { page: shown, complaints, close } = await opened('hostile');
  expect(await shown.title()).toMatch(/^Blocked by 3 walls/);
  for (const kind of ['inline script', 'inline style', 'inline event handler', 'image'])
    expect(
      complaints.find((text) => text.includes('Content Security Policy') && text.includes(kind)),
      kind,
    ).toBeDefined();
  await close();
});

test('the first key press offers to skip the head, and goes where it says', async () => {
  const { page, close } = await opened('story');
  await page.keyboard.press('Tab');
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Skip to the report');
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).hash).toBe('#path');
  await close();
});

test('print: black on white also in a dark room, no buttons, folded evidence unfolded', async () => {
  const { page, close } = await opened('story', { colorScheme: 'dark', viewport: { width: 720, height: 1000 } });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  expect(await page.locator('.copy:visible, nav:visible').count()).toBe(0);
  expect(
    await page
      .locator('#layers details .evidence')
      .first()
      .evaluate((element) => (element as unknown as { offsetHeight: number }).offsetHeight),
  ).toBeGreaterThan(20);
  expect(await violations(page)).toEqual([]);
  expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  await close();
});
