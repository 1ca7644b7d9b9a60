/** The page's style. Colours are named once for light and once for dark; each pair keeps a contrast of 4.5 to 1. */
export const looks = `
:root {
  color-scheme: light dark;
  --paper: #fafaf8; --sheet: #ffffff; --ink: #1c1e22; --soft: #575d67; --rule: #deddd8; --sunk: #f2f2ee; --link: #0a559f;
  --block: #b1221c; --block-tint: #fdf1f0; --warn: #8a5400; --pass: #23703f; --unknown: #6d4aa8; --skip: #5f656f;
  --mark: #ffe9a8; --mark-ink: #2b2200; --glyph: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --sheet: #1c1f23; --ink: #e8e7e3; --soft: #a9afb9; --rule: #34383e; --sunk: #111315; --link: #8dbcf5;
    --block: #ff8f85; --block-tint: #2b1a1a; --warn: #efb552; --pass: #7fd09a; --unknown: #c3a6f5; --skip: #9aa0aa;
    --mark: #55470f; --mark-ink: #fff3c9; --glyph: #15171a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 66rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { margin: .25rem 0 1rem; font-size: clamp(1.45rem, 1.1rem + 1.6vw, 2.1rem); letter-spacing: -.01em; }
h2 { margin: 0 0 1rem; font-size: 1.25rem; }
h3 { margin: 0 0 .6rem; font-size: 1.02rem; text-wrap: pretty; }
p { margin: 0 0 .75rem; max-width: 48rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, pre, .listing, .loose { font-family: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
p code, dd code, td code, li code, h3 code { padding: .08em .3em; border-radius: 4px; background: var(--sunk); }
.unseen, .jump:not(:focus) {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0;
}
.jump:focus { position: absolute; top: .5rem; left: .5rem; padding: .5rem 1rem; background: var(--sheet); }
section { margin-top: 2.75rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .9rem; }

.tool { margin: 0; color: var(--soft); font-size: .875rem; }
h1.blocked { color: var(--block); } h1.open { color: var(--pass); } h1.undetermined { color: var(--unknown); }
h1 .inline { width: .95em; height: .95em; }
.walls { margin: 0 0 1rem; padding: 0; list-style: none; }
.walls li { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--block); }
.walls a { color: inherit; text-decoration-color: var(--soft); }
.next { padding: .7rem 1rem; border-radius: 8px; background: var(--sunk); font-weight: 600; max-width: none; }
.facts { margin: 1.25rem 0; font-size: .925rem; }
.facts div { display: grid; grid-template-columns: 6.5rem 1fr; gap: .1rem 1rem; padding: .12rem 0; }
.facts dt, .consequences dt { color: var(--soft); }
dd { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: .75rem 0; list-style: none; border: solid var(--rule); border-width: 1px 0; }
nav a { display: inline-block; padding: .15rem 0; }

.picture { padding: 1rem 1.25rem; border: 1px solid var(--rule); border-radius: 10px; background: var(--sheet); }
.picture svg { display: block; width: 100%; height: auto; overflow: visible; }
.wide { display: none !important; } .narrow { max-width: 340px; }
@media (min-width: 860px), print { .wide { display: block !important; } .narrow { display: none !important; } }
svg text { fill: var(--ink); font-size: 13px; }
.narrow text { font-size: 15px; } .narrow text.end { font-size: 13.5px; }
svg text.lane { fill: var(--soft); font-weight: 600; }
svg text.end { font-weight: 600; }
svg text.name.skip { fill: var(--soft); }
svg text.name.block { fill: var(--block); font-weight: 700; } svg text.name.behind { fill: var(--block); }
svg text.name.unknown { fill: var(--unknown); font-weight: 600; } svg text.name.warn { fill: var(--warn); }
circle.end { fill: var(--ink); }
.way { fill: none; stroke-width: 3; }
.way.open { stroke: var(--pass); } .way.doubt { stroke: var(--unknown); stroke-dasharray: 8 6; } .way.cut { stroke: var(--skip); stroke-dasharray: 2 6; }
.sign { stroke: none; }
.sign.pass { fill: var(--pass); } .sign.warn { fill: var(--warn); } .sign.block { fill: var(--block); } .sign.unknown { fill: var(--unknown); }
.sign.skip { fill: var(--sheet); stroke: var(--skip); stroke-width: 2; }
.sign.behind { fill: var(--sheet); stroke: var(--block); stroke-width: 1.5; stroke-dasharray: 3 2; }
.sign .stroke { fill: none; stroke: var(--glyph); stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
.sign.behind .stroke { stroke: var(--block); stroke-dasharray: none; }
.inline { width: 1.15em; height: 1.15em; vertical-align: -.2em; }

.finding { margin: 0 0 1.25rem; padding: 1.1rem 1.25rem; border: 1px solid var(--rule); border-left-width: 5px; border-radius: 8px; background: var(--sheet); }
.finding.block { border-left-color: var(--block); } .finding.warn { border-left-color: var(--warn); } .finding.unknown { border-left-color: var(--unknown); }
.finding > :last-child { margin-bottom: 0; }
.layer { font-weight: 700; } h3:not(:has(.layer)) { font-weight: 600; }
.finding h3 { font-weight: 500; }
.block .layer { color: var(--block); } .warn .layer { color: var(--warn); } .unknown .layer { color: var(--unknown); }
.code { color: var(--soft); white-space: nowrap; }
.note { padding-left: .8rem; border-left: 3px solid var(--rule); color: var(--soft); }
.more { color: var(--soft); font-size: .9rem; }
.mended { font-weight: 600; }

.evidence { margin: .9rem 0; border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; }
figcaption { padding: .35rem .75rem; border-bottom: 1px solid var(--rule); color: var(--soft); font-size: .875rem; }
figcaption code { color: var(--ink); font-weight: 600; }
.listing { margin: 0; padding: .3rem .5rem .3rem 4rem; background: var(--sunk); color: var(--soft); }
.listing + .listing { border-top: 1px dashed var(--rule); }
.listing li { padding: .05rem 0 .05rem .35rem; white-space: pre-wrap; min-height: 1.55em; }
.listing li::marker { color: var(--soft); font-variant-numeric: tabular-nums; }
.listing .deciding::marker { color: var(--block); font-weight: 700; }
.listing mark { padding: .1rem .25rem; border-radius: 3px; background: var(--mark); color: var(--mark-ink); box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.listing mark::before { content: "deciding line: "; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.loose { margin: 0; padding: .35rem .75rem; background: var(--sunk); max-width: none; white-space: pre-wrap; }
details { margin-top: .35rem; }
summary { color: var(--link); cursor: pointer; font-size: .9rem; width: fit-content; padding: .15rem 0; }

.plan { margin: 0; padding: 0; list-style: none; }
.plan > li { margin-bottom: 1rem; padding: 1.1rem 1.25rem; border: 1px solid var(--rule); border-radius: 8px; background: var(--sheet); }
.proof { font-weight: 600; } .proof.opens { color: var(--pass); } .proof.stays { color: var(--unknown); }
.command { position: relative; margin: 0 0 .9rem; }
pre { margin: 0; padding: .75rem .9rem; border: 1px solid var(--rule); border-radius: 6px; background: var(--sunk); white-space: pre-wrap; tab-size: 4; }
.copy:not([hidden]) { display: block; margin: .4rem 0 0; padding: .3rem .8rem; min-height: 2rem; border: 1px solid var(--soft); border-radius: 6px; background: var(--sheet); color: var(--ink); font: inherit; font-size: .875rem; cursor: pointer; }
.copy:hover { border-color: var(--link); color: var(--link); }
.consequences { margin: 0; font-size: .925rem; }
.consequences div { display: grid; grid-template-columns: 4rem 1fr; gap: .1rem 1rem; padding: .15rem 0; }
.effect-reload { font-weight: 600; } .effect-restart { font-weight: 700; color: var(--block); }

table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead th { padding: .4rem .5rem .4rem 0; color: var(--soft); font-size: .875rem; text-align: left; }
th:first-child { width: 12rem; }
tbody th { text-align: left; font-weight: 600; }
tbody th, tbody td { padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--rule); vertical-align: top; }
tbody .skip th, tbody .skip td { color: var(--soft); }

@media (min-width: 640px) {
  .copy:not([hidden]) { position: absolute; top: .4rem; right: .4rem; margin: 0; min-height: 0; padding: .2rem .7rem; }
  .command:has(.copy:not([hidden])) pre { padding-right: 6rem; }
}
@media (max-width: 520px) {
  .facts div, .consequences div { grid-template-columns: 1fr; padding: .25rem 0; }
  th:first-child { width: 9.2rem; }
  .listing { padding-left: 3.2rem; }
  .finding, .plan > li { padding: .9rem; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --rule: #bbb; --sunk: #fff; --link: #000;
    --block: #a00000; --warn: #6b4000; --pass: #0b5a2a; --unknown: #4b2d85; --skip: #666; --mark: #fff; --mark-ink: #000; --glyph: #fff;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .copy, .jump, summary { display: none !important; }
  .finding, .plan > li, .evidence, tr, .picture { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .sign { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .listing mark { padding: 0; font-weight: 700; border-bottom: 1.5pt solid #000; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  a { text-decoration: none; }
}
`;
