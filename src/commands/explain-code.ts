import { readPage } from '../findings/page.ts';
import { catalogue } from '../findings/index.ts';
import type { Io } from './io.ts';

/** The forms in which a finding's page can be printed. */
export type PageFormat = 'text' | 'json' | 'markdown';

/** Prints the long form of a finding's code. @returns false where there is none of that name */
export async function explainCode(text: string, format: PageFormat, io: Pick<Io, 'stdout'>): Promise<boolean> {
  const code = text.trim().toUpperCase();
  const page = await readPage(code);
  if (page === undefined) return false;
  io.stdout(format === 'json' ? asJson(code, page) : page.replace(/\n*$/, '\n'));
  return true;
}

/** A page in the shape of an explanation, so that a script need not care what it asked about. */
function asJson(code: string, page: string): string {
  const words = catalogue[code as keyof typeof catalogue];
  const layer = 'layer' in words ? words.layer : null;
  const explanation = {
    id: code,
    kind: 'finding',
    layer,
    layers: layer === null ? [] : [layer],
    cleared: [],
    confidence: 'certain',
    summary: words.title,
    cause: section(page, 'What it means').replaceAll('\n', ' '),
    next: section(page, 'What to do')
      .split(/\n(?=\d+\. )/)
      .filter(Boolean),
    matched: { line: 1, text: code },
    count: 1,
    firstSeen: null,
    lastSeen: null,
  };
  return `${JSON.stringify({ schema: 'dms-doctor/explain/1', explanations: [explanation] }, null, 2)}\n`;
}

function section(page: string, heading: string): string {
  const [, rest = ''] = page.split(`\n## ${heading}\n`);
  return (rest.split('\n## ')[0] ?? '').trim();
}
