import type { Step } from '../finding.ts';
import type { Report } from '../report.ts';
import { shellQuote } from '../shell.ts';
import { counted } from './page.ts';
import { plain } from './plain.ts';
import type { Part } from './plan-parts.ts';
import { partsOf, placeholdersOf } from './plan-parts.ts';
import { simulationWords } from './sentences.ts';
import { deedOf, effects } from './steps.ts';
import { wrap } from './wrap.ts';

/** Exit codes of sysexits.h: how it was called, and what stands in it. */
const usage = 64;
const unfilled = 65;

/**
 * The plan as a shell script for people: a part for each place, to be run there by its number. It does nothing before the
 * line that guards it is taken out.
 *
 * @returns a script for any POSIX shell, ending in a newline
 */
export function renderPlanScript(report: Report): string {
  const { steps } = report.plan;
  const parts = partsOf(steps);
  const body = parts.flatMap((part, index) => partLines(part, index + 1, steps.length)).join('\n');
  const lines = [
    '#!/bin/sh',
    ...comment(headOf(report)),
    '#',
    ...comment(simulationWords(report)),
    ...(steps.length === 0
      ? []
      : ['#', '# Its parts, one after the other, each where it belongs; several numbers run several:']),
    ...parts.map((part, index) => `#   sh FILE ${index + 1}    ${partWords(part)}`),
    '#',
    ...comment('Then check again, and test the connection in DMS.'),
    // Shorewall's $FW is for shorewall to expand.
    ...(steps.some(writesDollar) ? ['', '# shellcheck disable=SC2016'] : []),
    'set -eu',
    '',
    '# The guard: read every step below, with its risk and its undo; then delete the next line.',
    'guarded=yes',
    `if [ "\${guarded:-}" = yes ]; then`,
    `  echo "$0: nothing was done: read this plan, then delete its line 'guarded=yes'." >&2`,
    `  exit ${usage}`,
    'fi',
    '',
    ...(steps.length === 0 ? ['echo "There is no step to carry out." >&2'] : [...helpers(body, report), body, '']),
    ...(steps.length === 0 ? [] : calls(parts)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether a step writes a line into a file that expands it itself. */
function writesDollar(step: Step): boolean {
  return 'edit' in step && step.edit.lines.some((line) => line.includes('$'));
}

function headOf({ tool, startedAt, flow, plan }: Report): string {
  const to = [flow.endpoint, flow.host && `${flow.host}:${flow.port ?? '?'}`, flow.database, flow.user].filter(Boolean);
  return `The plan of ${tool.name} ${tool.version} of ${startedAt} for ${to.join(', ') || 'the source'}: ${counted(plan.steps.length, 'step')}.`;
}

function partWords({ place, restarts, steps }: Part): string {
  const first = steps[0]?.number ?? 0;
  const last = steps.at(-1)?.number ?? 0;
  return `${place}: step${first === last ? ` ${first}` : `s ${first} to ${last}`}${restarts ? ', a restart' : ''}`;
}

/** Text of the report as comments: no character of it can end the line. */
function comment(text: string, indent = ''): string[] {
  return wrap(plain(text), 100, { keepCode: true }).map((line) => `${indent}# ${line}`);
}

function partLines(part: Part, number: number, all: number): string[] {
  return [
    '',
    `# --- Part ${number}: ${part.place} ${'-'.repeat(Math.max(3, 80 - part.place.length))}`,
    `part_${number}() {`,
    ...part.steps.flatMap(({ number: at, step }) => stepLines(step, `step ${at} of ${all}`)),
    '}',
  ];
}

function stepLines(step: Step, name: string): string[] {
  const { words, hidden } = deedOf(step);
  const notes = [
    `effect: ${effects[step.effect]}`,
    `risk: ${step.risk}`,
    `undo: ${step.undo}`,
    `verify: ${step.verify}`,
    ...(step.instead === undefined ? [] : [`instead: ${step.instead}`]),
  ];
  return [
    `  # ${name}: ${words}`,
    ...notes.flatMap((note) => comment(note, '  ')),
    `  say ${shellQuote(`${name}: ${words}`)}`,
    ...(hidden ? ["  fill_in 'what cannot be shown here (see --format json)'"] : doing(step)),
    '',
  ];
}

function doing(step: Step): string[] {
  const missing = placeholdersOf(step).map((name) => `  fill_in ${name} # and delete this line`);
  if ('edit' in step) {
    const { file, before, lines, behind } = step.edit;
    const known = behind === undefined || behind.replaceAll('\t', ' ') !== plain(behind) ? [] : [shellQuote(behind)];
    if (!file.startsWith('/')) return [`  fill_in ${shellQuote(`the folder of ${plain(file)}`)}`];
    return here(`  insert_before ${[String(before), shellQuote(file), ...known].join(' ')}`, lines);
  }
  if (step.where === 'database') return here('  sql', step.run.split('\n'));
  return [...missing, ...step.run.split('\n').map((line, index) => (index === 0 ? `  ${line}` : line))];
}

/** A command with a here-document that nothing in it can end, and of which the shell expands nothing. */
function here(command: string, lines: readonly string[]): string[] {
  let end = 'END';
  while (lines.includes(end)) end += '_';
  return [`${command} <<'${end}'`, ...lines, end];
}

/** The functions that the steps call. */
function helpers(body: string, { flow }: Report): string[] {
  const used = (name: string) => new RegExp(`^ {2}${name}\\b`, 'm').test(body);
  return [
    `say() { printf '%s\\n' "$1" >&2; }`,
    ...(used('fill_in')
      ? [
          '',
          '# Ends where a name stands that only people know.',
          'fill_in() {',
          '  echo "$0: fill in $1 first" >&2',
          `  exit ${unfilled}`,
          '}',
        ]
      : []),
    ...(used('sql') ? sql(flow.database) : []),
    ...(used('insert_before') ? insertBefore : []),
  ];
}

function sql(database: string | undefined): string[] {
  const name = database === undefined || database !== plain(database) ? '?the database' : `-${shellQuote(database)}`;
  return [
    '',
    '# On the source host as root: as the account postgres. Elsewhere psql connects by its own variables (PGHOST, PGUSER, …).',
    'sql() {',
    `  PGDATABASE=\${PGDATABASE:${name}}`,
    '  if [ "$(id -u)" = 0 ] && [ -z "${PGHOST:-}${PGUSER:-}" ] && id postgres >/dev/null 2>&1; then',
    '    (cd / && runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -d "$PGDATABASE")',
    '  else',
    '    psql -X -q -v ON_ERROR_STOP=1 -d "$PGDATABASE"',
    '  fi',
    '}',
  ];
}

const insertBefore = [
  '',
  '# insert_before LINE FILE [LINE BEFORE IT]: puts what it reads there. The file as it was stays beside it.',
  'insert_before() {',
  '  if [ "$(awk \'END { print NR }\' "$2")" -lt "$(($1 - 1))" ]; then',
  '    echo "$2: it has no line $(($1 - 1)): it was changed since the plan was made" >&2',
  '    exit 1',
  '  fi',
  '  if [ $# -gt 2 ] && [ "$(sed -n "$(($1 - 1))p" "$2")" != "$3" ]; then',
  '    echo "$2: line $(($1 - 1)) is not what it was when the plan was made" >&2',
  '    exit 1',
  '  fi',
  '  [ -e "$2.before-dms-doctor" ] || cp -p "$2" "$2.before-dms-doctor"',
  '  whole=$(mktemp)',
  '  { awk "NR < $1" "$2"; cat; awk "NR >= $1" "$2"; } >"$whole"',
  '  cat "$whole" >"$2" # which keeps its owner and mode',
  '  rm "$whole"',
  '}',
];

function calls(parts: readonly Part[]): string[] {
  return [
    'usage() {',
    "  cat >&2 <<'END'",
    'Which part?',
    ...parts.map((part, index) => `  sh FILE ${index + 1}    ${partWords(part)}`),
    'END',
    `  exit ${usage}`,
    '}',
    '',
    '[ $# -gt 0 ] || usage',
    'for part in "$@"; do',
    '  case $part in',
    ...parts.map((_, index) => `    ${index + 1}) part_${index + 1} ;;`),
    '    *) usage ;;',
    '  esac',
    'done',
  ];
}
