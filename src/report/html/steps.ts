import type { Step } from '../../finding.ts';
import { covers, deedOf, effects } from '../steps.ts';
import type { Markup } from './markup.ts';
import { joined, markup, prose } from './markup.ts';

/** What a step does, with its lines to copy, and what it brings with it. */
export function stepBody(step: Step, name: string): Markup {
  return markup`${commandOf(step, name)}
<dl class="consequences">
<div><dt>Effect</dt><dd class="effect-${step.effect}">${effects[step.effect]}</dd></div>
<div><dt>Risk</dt><dd>${prose(step.risk)}</dd></div>
<div><dt>Undo</dt><dd>${prose(step.undo)}</dd></div>
<div><dt>Verify</dt><dd>${prose(step.verify)}</dd></div>
${step.instead === undefined ? undefined : markup`<div><dt>Instead</dt><dd>${prose(step.instead)}</dd></div>\n`}</dl>
`;
}

/** The lines to copy. Lines that cannot be shown as they are get no button: a copy of them would be something else. */
export function commandOf(step: Step, name: string): Markup {
  const { lines, hidden } = deedOf(step);
  const code = joined(
    lines.map((line) => markup`${line}`),
    markup`\n`,
  );
  const button = markup`<button type="button" class="copy" hidden>Copy<span class="unseen"> ${name}</span></button>`;
  const note = markup`<p class="note">This holds characters that cannot be shown here: take it from <code>--format json</code>.</p>\n`;
  return markup`<div class="command"><pre><code>${code}</code></pre>${hidden ? undefined : button}</div>\n${hidden ? note : undefined}`;
}

/** What mends a finding: the plan's steps where it has them, else the steps themselves. */
export function mendedBy(steps: readonly Step[], plan: readonly Step[]): Markup[] {
  const numbers = steps.map((step) => plan.findIndex((other) => covers(other, step)) + 1);
  const planned = [...new Set(numbers)]
    .filter((number) => number > 0)
    .sort((a, b) => a - b)
    .map((number) => markup`<a href="#step-${number}">step ${number}</a>`);
  const others = steps.filter((_step, index) => numbers[index] === 0);
  return [
    ...(planned.length === 0 ? [] : [markup`<p class="mended">Mended by ${listed(planned)} of the plan.</p>\n`]),
    ...others.map(
      (step) => markup`<p class="mended">${deedOf(step).words}:</p>\n${stepBody(step, deedOf(step).short)}`,
    ),
  ];
}

function listed(names: readonly Markup[]): Markup {
  const [last] = names.slice(-1);
  return names.length < 2 ? joined(names, '') : markup`${joined(names.slice(0, -1), ', ')} and ${last}`;
}
