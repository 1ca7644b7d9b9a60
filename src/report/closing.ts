import type { Finding } from '../finding.ts';
import type { Report } from '../report.ts';
import { stepHead, stepInFull } from './blockers.ts';
import type { Page } from './page.ts';
import { counted, listed, paragraph } from './page.ts';
import { deedOf, places, sameDeed } from './steps.ts';
import { columns } from './wrap.ts';

/** The answer in one sentence. */
export function verdictLine(report: Report): string {
  const { verdict, blockedAt, layers, scope } = report;
  const unknown = layers.filter(({ status }) => status === 'unknown').map(({ layer }) => layer);
  const warn = layers.filter(({ status }) => status === 'warn').length;
  const also = unknown.length === 0 ? '' : `; not known: ${listed(unknown)}`;
  const within = scope === null ? '' : ' Only the layers that were asked for were judged.';
  if (verdict === 'blocked') return `Blocked by ${counted(blockedAt.length, 'wall')}: ${listed(blockedAt)}${also}.${within}`;
  if (verdict === 'open') return `Open${warn === 0 ? '' : `, with warnings in ${counted(warn, 'layer')}`}.${within}`;
  if (unknown.length === 0) return `Undetermined: nothing was judged.${within}`;
  return `Undetermined: nothing that was seen blocks, but ${counted(unknown.length, 'layer')} could not be judged: ${listed(unknown)}.${within}`;
}

/** The steps in the order to carry them out, and what the simulation saw after them. In full only what no blocker showed. */
export function planSection(page: Page, report: Report): string[] {
  const { steps } = report.plan;
  const shown = report.findings.filter(({ status }) => status === 'block').flatMap(({ fix }) => fix?.steps ?? []);
  return [
    ...steps.flatMap((step, index) =>
      shown.some((other) => sameDeed(other, step))
        ? stepHead(page, `${index + 1}.`, step)
        : stepInFull(page, step, steps),
    ),
    ...paragraph(page, simulation(report), 2),
  ];
}

function simulation({ plan, scope, layers, findings }: Report): string {
  const { steps, opens, stuck } = plan;
  const what = scope === null ? 'the whole path' : 'every layer that was asked for';
  const after = `after ${steps.length === 1 ? 'this step' : `these ${steps.length} steps`}`;
  if (opens) return `In simulation ${what} is open ${after}.`;
  const layer = findings.find(({ code }) => code === stuck)?.layer;
  const stuckAt = stuck === undefined ? undefined : layer === undefined ? stuck : `${layer} (${stuck})`;
  if (steps.length === 0) return `No step is known that opens ${stuckAt ?? 'the path'}.`;
  if (stuckAt !== undefined) return `In simulation ${stuckAt} still blocks ${after}.`;
  const unknown = layers.filter(({ status }) => status === 'unknown').map((entry) => entry.layer);
  return `In simulation nothing blocks ${after}, but ${unknown.length === 0 ? 'not all of the path' : listed(unknown)} can be judged: it is not shown to be open.`;
}

/** What to do now: the fullest words that one line of the page holds. */
export function nextLine(page: Page, report: Report): string {
  const words = nextWords(report).map((text) => page.prose(text));
  return words.find((text) => columns(text) <= page.width) ?? words.at(-1) ?? '';
}

/** From the fullest to the shortest. */
function nextWords(report: Report): string[] {
  const { verdict, flow } = report;
  if (verdict === 'blocked') return blockedNext(report);
  if (verdict === 'undetermined') return [`Next: ${missing(report)}, then check again.`];
  if (report.scope !== null) return ['Next: check again without --only and --skip: the other layers were not judged.'];
  const endpoint = flow.endpoint ?? 'the endpoint';
  const instance = flow.replicationInstance ?? 'the replication instance';
  return [
    `Next: test the connection of ${endpoint} from ${instance} in DMS, then start the task.`,
    `Next: test the connection in DMS, then start the task.`,
    'Next: test the connection in DMS.',
  ];
}

function blockedNext({ plan, findings }: Report): string[] {
  const [first] = plan.steps;
  if (first === undefined) {
    const code = findings.find(({ status }) => status === 'block')?.code;
    return [`Next: read how to mend what blocks: dms-doctor explain ${code ?? ''}`.trimEnd()];
  }
  const { words, lines } = deedOf(first);
  const step = plan.steps.length === 1 ? 'the step' : `step 1 of ${plan.steps.length}`;
  return [
    ...(lines.length === 1 ? [`Next: ${step}, ${places[first.where]}, ${words} ${lines[0]}`] : []),
    `Next: ${step} of the plan above, ${places[first.where]}, then the others, then check again.`,
    `Next: ${step} of the plan, ${places[first.where]}.`,
  ];
}

/** What to gather or to say, by name. */
function missing({ findings }: Report): string {
  const unknown = findings.filter(({ status }) => status === 'unknown');
  const facts = unique(unknown.filter(({ code }) => code === 'EVD007').map(optionOf));
  const gather = unique(unknown.filter(({ code }) => /^EVD00[1-5]$/.test(code)).map(({ evidence }) => evidence[0]?.source ?? ''));
  const other = unique(unknown.filter(({ code }) => !/^EVD00[1-57]$/.test(code)).map(({ layer }) => layer));
  const parts = [
    ...(facts.length === 0 ? [] : [`give ${listed(facts)}`]),
    ...(gather.length === 0 ? [] : [`gather ${listed(atMost(5, gather))}`]),
    ...(other.length === 0 ? [] : [`settle ${listed(other)} (above)`]),
  ];
  return parts.length === 0 ? 'gather evidence' : listed(parts);
}

/** EVD007 names the fact of the flow in its subject; the option is the same name in the command line's spelling. */
function optionOf({ subject }: Finding): string {
  return `--${subject.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function atMost(most: number, names: readonly string[]): readonly string[] {
  return names.length <= most ? names : [...names.slice(0, most - 1), `${names.length - most + 1} more (above)`];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
