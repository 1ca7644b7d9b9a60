import type { Evidence } from './evidence/item.ts';
import { isItem } from './evidence/item.ts';
import { withoutSecrets } from './evidence/reader.ts';
import type { Finding } from './finding.ts';
import type { Excerpt } from './report.ts';

/** How many lines are shown before and behind a line of evidence. */
const around = 2;
/** A line of context is there to be recognised: it is cut here. */
const longest = 400;

/**
 * What stands around the findings' evidence, one excerpt where two would touch, in the order of the items' names.
 *
 * @param evidence the items that the findings quote; what is not an item that can be read has no excerpt
 */
export function excerptsOf(evidence: Evidence, findings: readonly Finding[]): Excerpt[] {
  const quoted = new Map<string, Set<number>>();
  for (const { source, line } of findings.flatMap((finding) => finding.evidence)) {
    if (line === null) continue;
    const known = quoted.get(source) ?? new Set();
    quoted.set(source, known.add(line));
  }
  return [...quoted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([source, numbers]) => {
      const item = evidence.items.get(source);
      return isItem(item) ? ofItem(source, item.text.replace(/\n$/, '').split('\n'), numbers) : [];
    });
}

function ofItem(source: string, lines: readonly string[], numbers: ReadonlySet<number>): Excerpt[] {
  const spans: { first: number; last: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const first = Math.max(1, number - around);
    const last = Math.min(lines.length, number + around);
    const before = spans.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else if (first <= last) spans.push({ first, last });
  }
  return spans.map(({ first, last }) => ({ source, first, lines: lines.slice(first - 1, last).map(shown) }));
}

function shown(line: string): string {
  return withoutSecrets(line.length > longest ? `${line.slice(0, longest)} …` : line);
}
