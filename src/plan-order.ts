import type { Step } from './finding.ts';

/** What the steps of a plan fall into, in the order of carrying them out. The first three take effect by themselves. */
const phases = ['AWS', 'host', 'database', 'standby', 'setting', 'restart', 'edit', 'reload', 'DMS'] as const;
type Phase = (typeof phases)[number];

/**
 * The steps of all fixes in the order to carry them out, each once, merged where one command serves: what takes effect by
 * itself, then the settings that wait for a restart (the standbys' before the primary's) and one restart, then what is
 * edited and reloaded, last DMS's own definitions, of which a change may begin a connection test.
 *
 * A file is edited after the restart: with a mistake in it a server that reloads keeps its old rules, and one that restarts
 * does not come back.
 *
 * @param fixes the steps of each fix, in the order in which the fixes were found; what was found later rests on the former
 */
export function inOrder(fixes: readonly (readonly Step[])[]): Step[] {
  const steps = fixes.flatMap((fix) => fix.map((step) => ({ step, phase: phaseOf(step, fix) })));
  return phases.flatMap((phase) => {
    const own = once(lastValues(steps.filter((one) => one.phase === phase).map(({ step }) => step)));
    if (phase === 'standby') return byHost(own);
    return phase === 'setting' || phase === 'reload' ? oneScript(own) : own;
  });
}

function phaseOf({ where, effect }: Step, fix: readonly Step[]): Phase {
  if (where === 'DMS') return 'DMS';
  if (where === 'standby') return 'standby';
  // What a firewall reloads is its own, and of no effect on the server.
  const reloads = fix.find((one) => one.effect === 'reload');
  if (where === 'source host' && reloads?.where === 'source host') return 'host';
  if (effect !== 'none') return effect;
  if (fix.some((one) => one.effect === 'restart' && one.where !== 'standby')) return 'setting';
  if (reloads !== undefined) return 'edit';
  return where === 'source host' ? 'host' : where;
}

/** Each step once: a reload or restart after the last of what waits for it, anything else where it comes first. */
function once(steps: readonly Step[]): Step[] {
  return steps.filter((step, index) => {
    const same = (other: Step) => isSame(step, other);
    return index === (step.effect === 'none' ? steps.findIndex(same) : steps.findLastIndex(same));
  });
}

/** A step is what it runs or edits, and where; its words may tell of different walls. */
function isSame(a: Step, b: Step): boolean {
  const done = (step: Step) => JSON.stringify('run' in step ? step.run : step.edit);
  return a.where === b.where && a.host === b.host && done(a) === done(b);
}

/** Of each standby its settings, then its restart. */
function byHost(steps: readonly Step[]): Step[] {
  return [...new Set(steps.map(({ host }) => host))].flatMap((name) => {
    const own = steps.filter(({ host }) => host === name);
    return [...own.filter(({ effect }) => effect !== 'restart'), ...own.filter(({ effect }) => effect === 'restart')];
  });
}

/** The name of the setting that a step writes into the server's configuration. */
function settingOf(step: Step): string | undefined {
  return 'run' in step ? /\bALTER SYSTEM SET (\w+) = /.exec(step.run)?.[1] : undefined;
}

/** A setting that several walls want higher gets the last value; the undo is the first one's, which knows what was there. */
function lastValues(steps: readonly Step[]): Step[] {
  const kept: Step[] = [];
  for (const step of steps) {
    const name = settingOf(step);
    const same = (one: Step) => settingOf(one) === name && one.where === step.where && one.host === step.host;
    const at = name === undefined ? -1 : kept.findIndex(same);
    const before = kept[at];
    if (before === undefined) kept.push(step);
    else kept[at] = { ...step, undo: before.undo };
  }
  return kept;
}

const reload = 'SELECT pg_reload_conf();';

/** Several scripts for the database as one, with one reload at its end where one of them reloads. */
function oneScript(steps: readonly Step[]): Step[] {
  const scripts = steps.flatMap((step) => (step.where === 'database' && 'run' in step ? [step] : []));
  const [first] = scripts;
  if (first === undefined || scripts.length < 2) return [...steps];
  const joined = (texts: readonly string[]) => [...new Set(texts)].join(' ');
  const statements = scripts.map(({ run }) => (run.endsWith(reload) ? run.slice(0, -reload.length).trim() : run));
  const lines = [...statements.filter(Boolean), ...(scripts.some(({ run }) => run.endsWith(reload)) ? [reload] : [])];
  const script: Step = {
    ...first,
    run: lines.join('\n'),
    risk: joined(scripts.map(({ risk }) => risk)),
    undo: joined(scripts.map(({ undo }) => undo)),
    verify: joined(scripts.map(({ verify }) => verify)),
  };
  return [...steps.filter((step) => !scripts.some((one) => one === step)), script];
}
