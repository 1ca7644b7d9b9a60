import type { Finding } from '../finding.ts';
import type { Report } from '../report.ts';
import { listed } from './page.ts';
import { plain } from './plain.ts';
import { deedOf } from './steps.ts';

/** What to do now, in one sentence, from the fullest words to the shortest. */
export function nextWords(report: Report): string[] {
  const { verdict, scope, flow } = report;
  if (verdict === 'blocked') return blockedNext(report);
  if (verdict === 'undetermined') return [`Next: ${missing(report)}, then check again.`];
  if (scope !== null) return ['Next: check again without --only and --skip: the other layers were not judged.'];
  const endpoint = flow.endpoint ?? 'the endpoint';
  const instance = flow.replicationInstance ?? 'the replication instance';
  return [
    `Next: test the connection from ${instance} to ${endpoint} in DMS, then start the task.`,
    'Next: test the connection in DMS, then start the task.',
    'Next: test the connection in DMS.',
  ];
}

function blockedNext({ plan, findings }: Report): string[] {
  const [first] = plan.steps;
  if (first === undefined) {
    const code = findings.find(({ status }) => status === 'block')?.code;
    return [`Next: read how to mend what blocks: \`dms-doctor explain ${code ?? 'CODE'}\``];
  }
  const { words, short, lines, hidden } = deedOf(first);
  const step = plan.steps.length === 1 ? 'the only step' : `step 1 of ${plan.steps.length}`;
  const copyable = 'run' in first && lines.length === 1 && !hidden;
  return [
    ...(copyable ? [`Next (${step}): ${words.charAt(0).toLowerCase()}${words.slice(1)}: ${lines[0]}`] : []),
    `Next: ${short}: ${step} of the plan. Check again after the last.`,
    `Next: ${short} (${step}).`,
    `Next: ${step} of the plan.`,
  ];
}

const mostNames = 6;

/** What to gather or to say, by name. */
function missing({ findings }: Report): string {
  const unknown = findings.filter(({ status }) => status === 'unknown');
  const facts = named(unknown, 'fact', optionOf);
  const gather = named(unknown, 'item', ({ evidence }) => (evidence[0]?.source ?? 'evidence').replace(/\.error$/, ''));
  const other = named(unknown, 'other', ({ layer }) => layer);
  const parts = [
    ...(facts.length === 0 ? [] : [`give ${listed(facts)}`]),
    ...(gather.length === 0 ? [] : [`gather ${listed(gather)}`]),
    ...(other.length === 0 ? [] : [`settle what is not known of ${listed(other)}`]),
  ];
  return parts.length === 0 ? 'gather evidence of the layers' : listed(parts);
}

/** What kind of thing is missing: an item that can be gathered, a fact of the connection, or neither. */
function kindOf({ code }: Finding): 'item' | 'fact' | 'other' {
  if (code === 'EVD007') return 'fact';
  return /^EVD00[1-5]$/.test(code) ? 'item' : 'other';
}

function named(
  unknown: readonly Finding[],
  kind: ReturnType<typeof kindOf>,
  nameOf: (finding: Finding) => string,
): string[] {
  const names = [
    ...new Set(unknown.filter((finding) => kindOf(finding) === kind).map((finding) => plain(nameOf(finding)))),
  ];
  return names.length <= mostNames ? names : [...names.slice(0, mostNames - 1), `${names.length - mostNames + 1} more`];
}

/** EVD007 has the fact's name in the flow as its subject; the option has the same name, as command lines write it. */
function optionOf({ subject }: Finding): string {
  return `--${subject.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
