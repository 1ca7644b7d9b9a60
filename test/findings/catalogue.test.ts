import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/finding.ts';
import { prefixes } from '../../src/findings/define.ts';
import { firewallCodes } from '../../src/findings/firewall.ts';
import type { Code, Words } from '../../src/findings/index.ts';
import { catalogue, docsOf } from '../../src/findings/index.ts';
import { layers } from '../../src/layers.ts';
import { samples } from './samples.ts';

const pages = new URL('../../src/findings/pages/', import.meta.url);
const codes = Object.keys(catalogue) as Code[];
const sections = ['What it means', 'Why it matters for DMS', 'What to do', 'How to verify', 'Sources'];

type Entry = Words<never> & { readonly layer?: string };

function entry(code: Code): Entry {
  return catalogue[code];
}

function textsOf(code: Code): { summary: string; detail: string } {
  const facts = samples[code] as never;
  return { summary: entry(code).summary(facts), detail: entry(code).detail(facts) };
}

describe('the catalogue', () => {
  it('gives each code the letters of its layer, and three digits', () => {
    expect(new Set(Object.values(prefixes)).size).toBe(layers.length);
    for (const code of codes) {
      const { layer } = entry(code);
      const letters = layer === undefined ? 'EVD' : prefixes[layer as keyof typeof prefixes];
      expect(code).toMatch(new RegExp(`^${letters}[0-9]{3}$`));
    }
    expect(Object.values(prefixes)).not.toContain('EVD');
  });

  it('stands in path order, the codes of any layer last', () => {
    const order = codes.map((code) => {
      const { layer } = entry(code);
      return layer === undefined ? layers.length : (layers as readonly string[]).indexOf(layer);
    });
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(layers.length + 1);
  });

  it('says why a code is skipped, and of no other code', () => {
    const reasoned = codes.filter((code) => entry(code).reason !== undefined);
    expect(reasoned).toEqual(codes.filter((code) => entry(code).status === 'skip'));
  });

  it('gives the seven meanings of a firewall the same status under every owner’s letters', () => {
    const meanings: Record<string, Status> = {
      pass: 'pass',
      block: 'block',
      unknown: 'unknown',
      limited: 'warn',
      absent: 'skip',
      missing: 'skip',
      shadowed: 'warn',
    };
    for (const [layer, family] of Object.entries(firewallCodes)) {
      const seen = Object.fromEntries(Object.entries(family).map(([meaning, code]) => [meaning, entry(code).status]));
      expect({ layer, seen }).toEqual({ layer, seen: meanings });
      expect(new Set(Object.values(family).map((code) => entry(code).layer))).toEqual(new Set([layer]));
      expect([entry(family.absent).reason, entry(family.missing).reason]).toEqual(['not-on-path', 'not-installed']);
    }
    const inFamilies = Object.values(firewallCodes).flatMap((family) => Object.values(family));
    const ofFirewalls = codes.filter((code) => Object.keys(firewallCodes).includes(entry(code).layer ?? ''));
    // What the kernel does beside its rules is said once, at iptables; what a boot or a start would change, by each owner.
    const besides = ['IPT008', 'IPT009', 'IPT010', 'IPT011', 'NFT008', 'SHW008', 'UFW008', 'FWD008'];
    expect([...inFamilies, ...besides].toSorted()).toEqual(ofFirewalls.toSorted());
  });

  it.each(codes)('%s is worded in one line, without control characters or holes', (code) => {
    const { summary, detail } = textsOf(code);
    for (const text of [entry(code).title, summary, detail]) {
      expect(text).not.toMatch(/\p{Cc}/u);
      expect(text).not.toMatch(/undefined|\[object|NaN/);
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
    }
    expect(entry(code).title).not.toMatch(/\.$/);
    expect(detail).toMatch(/[.!?”]$|: .*$/);
  });
});

/** Prose keeps to 120 columns; a command that cannot be broken may take 20 more. */
function tooLong(text: string): string[] {
  const [prose, commands] = [0, 1].map((odd) =>
    text
      .split('```')
      .filter((_, index) => index % 2 === odd)
      .join('\n')
      .split('\n'),
  );
  return [
    ...(prose ?? []).filter((line) => line.length > 120 && !line.includes('https://')),
    ...(commands ?? []).filter((line) => line.length > 140),
  ];
}

describe('the pages', () => {
  it('are one for each code, and of no other', async () => {
    const files = await readdir(pages);
    expect(files.toSorted()).toEqual(codes.map((code) => `${code}.md`).toSorted());
  });

  it.each(codes)('%s has its heading, its sections, and a source', async (code) => {
    const text = await readFile(new URL(`${code}.md`, pages), 'utf8');
    const lines = text.split('\n');
    expect(lines[0]).toBe(`# ${code}: ${entry(code).title}`);
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(sections.map((section) => `## ${section}`));
    for (const part of text.split(/^## .*$/m).slice(1)) expect(part.trim()).not.toBe('');
    expect(text.split('## Sources')[1]).toMatch(/https:\/\//);
    expect(lines.length).toBeGreaterThanOrEqual(15);
    expect(lines.length).toBeLessThanOrEqual(55);
    expect(tooLong(text)).toEqual([]);
    expect(text.split('```').length % 2).toBe(1);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[ ]+$/mu);
    expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true);
  });

  it.each(codes)('%s refers to codes that exist', async (code) => {
    const text = await readFile(new URL(`${code}.md`, pages), 'utf8');
    const letters = [...Object.values(prefixes), 'EVD'].join('|');
    const named = [...text.matchAll(new RegExp(`\\b(?:${letters})[0-9]{3}\\b`, 'g'))].map(([name]) => name);
    expect(named.filter((name) => !(codes as string[]).includes(name))).toEqual([]);
  });

  it('are linked where docs/codes.md has a heading', async () => {
    const text = await readFile(new URL('../../docs/codes.md', import.meta.url), 'utf8');
    const headings = new Set(
      [...text.matchAll(/^### (\w+)$/gm)].map(([, heading]) => `docs/codes.md#${heading?.toLowerCase()}`),
    );
    expect(headings).toEqual(new Set(codes.map(docsOf)));
  });
});
