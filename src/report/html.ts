import type { Report } from '../report.ts';
import { blockersOf } from './blockers.ts';
import { factsOf, judgedBy } from './header.ts';
import { copying } from './html/copying.ts';
import { looks } from './html/looks.ts';
import { joined, Markup, markup, prose } from './html/markup.ts';
import { picture } from './html/picture.ts';
import { policy } from './html/policy.ts';
import type { Section } from './html/sections.ts';
import { layerTable, others, plan, skipped, walls } from './html/sections.ts';
import { inlineSign } from './html/signs.ts';
import { nextWords } from './next.ts';
import { summaryOf } from './others.ts';
import { behindWords, verdictWords } from './sentences.ts';

const signs = { blocked: 'block', undetermined: 'unknown', open: 'pass' } as const;

/**
 * A report as one HTML page for people: it needs no other file and no script, and loads nothing. What blocks comes
 * first, then the plan, then everything else. All text of the report is escaped; the page's policy allows its own
 * style and script alone.
 *
 * @returns the document, ending in a newline
 */
export async function renderHtml(report: Report): Promise<string> {
  const path: Section = { id: 'path', title: 'The path', content: [picture(report)] };
  const sections = [
    path,
    walls(report),
    plan(report),
    others(report, 'unknown', 'Not known'),
    others(report, 'warn', 'Warnings'),
    layerTable(report),
    skipped(report),
  ].filter(({ content }) => content.some(({ text }) => text !== ''));
  const { text } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(await policy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${report.tool.name} ${report.tool.version}">
<title>${verdictWords(report)}</title>
<style>${new Markup(looks)}</style>
</head>
<body>
<a class="jump" href="#${sections[0]?.id}">Skip to the report</a>
${head(report, sections)}<main>
${sections.map(section)}</main>
<footer><p>Made by ${judgedBy(report)}. <code>dms-doctor explain CODE</code> says more about a code.</p></footer>
<p class="unseen" id="status" role="status"></p>
<script>${new Markup(copying)}</script>
</body>
</html>
`;
  return text;
}

function head(report: Report, sections: readonly Section[]): Markup {
  const behind = behindWords(report);
  const next = nextWords(report).find((words) => !words.startsWith('Next (')) ?? '';
  const blockers = blockersOf(report).map(
    (finding, index) =>
      markup`<li><a href="#wall-${index + 1}"><strong>${finding.layer}</strong> ${prose(summaryOf(finding))}</a></li>\n`,
  );
  const links = sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>\n`);
  return markup`<header>
<p class="tool">${judgedBy(report)}</p>
<h1 class="${report.verdict}">${inlineSign(signs[report.verdict])} ${verdictWords(report)}</h1>
${behind === '' ? undefined : markup`<p>${behind}</p>\n`}${blockers.length === 0 ? undefined : markup`<ul class="walls">\n${blockers}</ul>\n`}<p class="next">${prose(next)}</p>
<dl class="facts">
${factsOf(report).map(([label, text]) => markup`<div><dt>${label}</dt><dd>${prose(text)}</dd></div>\n`)}</dl>
<nav aria-label="Parts of this report"><ul>
${links}</ul></nav>
</header>
`;
}

function section({ id, title, content }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${joined(content, '')}</section>
`;
}
