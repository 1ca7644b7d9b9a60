import type { EvidenceLine, Finding } from '../../finding.ts';
import type { Excerpt } from '../../report.ts';
import { seenFrom, shortened } from '../evidence-lines.ts';
import { counted } from '../page.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** How many lines are shown before and behind a deciding one, and how many deciding ones. */
const around = 2;
const most = 40;

/** What shows a finding: each file with the deciding lines marked where they stand, and what has no line beside it. */
export function evidenceOf({ evidence }: Finding, excerpts: readonly Excerpt[]): Markup[] {
  const shown = evidence.slice(0, most);
  const left = evidence.length - shown.length;
  const sources = [...new Set(shown.map(({ source }) => source))];
  return [
    ...sources.map((source) =>
      figure(
        shown.filter((line) => line.source === source),
        linesOf(excerpts, source),
      ),
    ),
    ...(left === 0
      ? []
      : [markup`<p class="more">… and ${counted(left, 'more line')}: <code>--format json</code></p>`]),
  ];
}

function linesOf(excerpts: readonly Excerpt[], source: string): Map<number, string> {
  const lines = new Map<number, string>();
  for (const excerpt of excerpts)
    if (excerpt.source === source)
      for (const [index, text] of excerpt.lines.entries()) lines.set(excerpt.first + index, text);
  return lines;
}

function figure(lines: readonly EvidenceLine[], context: ReadonlyMap<number, string>): Markup {
  const [first] = lines;
  const deciding = new Map(lines.flatMap(({ line, text }) => (line === null ? [] : [[line, text] as const])));
  const loose = lines.filter(({ line }) => line === null);
  const from = first === undefined ? '' : seenFrom[first.vantage];
  return markup`<figure class="evidence">
<figcaption><code>${first?.source}</code> <span>${from}</span></figcaption>
${loose.map(({ text }) => (text === '' ? undefined : markup`<p class="loose">${shortened(text)}</p>\n`))}${runs(deciding, context).map((run) => listing(run, deciding, context))}</figure>`;
}

/** The numbers of the lines to show, in runs without a gap. */
function runs(deciding: ReadonlyMap<number, string>, context: ReadonlyMap<number, string>): number[][] {
  const wanted = new Set(deciding.keys());
  for (const number of deciding.keys())
    for (let near = number - around; near <= number + around; near += 1) if (context.has(near)) wanted.add(near);
  const found: number[][] = [];
  for (const number of [...wanted].sort((a, b) => a - b)) {
    const run = found.at(-1);
    if (run !== undefined && run.at(-1) === number - 1) run.push(number);
    else found.push([number]);
  }
  return found;
}

function listing(
  run: readonly number[],
  deciding: ReadonlyMap<number, string>,
  context: ReadonlyMap<number, string>,
): Markup {
  const rows = run.map((number) => {
    const text = deciding.get(number);
    return text === undefined
      ? markup`<li>${spaced(context.get(number) ?? '')}</li>`
      : markup`<li class="deciding"><mark>${shortened(spaced(text))}</mark></li>`;
  });
  return markup`<ol class="listing" start="${run[0]}">${rows}</ol>\n`;
}

/** Columns that tabs made stay apart. */
function spaced(text: string): string {
  return text.replaceAll('\t', '    ');
}
