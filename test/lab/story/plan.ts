import { spawn } from 'node:child_process';
import { readReport } from '../../support/schemas.ts';
import type { Host } from '../host.ts';
import { outcome } from '../host.ts';
import type { Cluster } from '../postgres.ts';

/** A step of a plan as the JSON report has it: a command, or lines to put before a line of a file. */
type PlanStep = { where: string } & (
  | { run: string }
  | { edit: { file: string; before: number; lines: readonly string[] } }
);

/** A report's plan. */
export type Plan = { steps: readonly PlanStep[]; opens: boolean; stuck?: string };

/**
 * Asks the built dms-doctor for the plan that opens a recorded bundle.
 * @throws when it prints no report, or its plan does not open the path
 */
export async function planFor(bundle: string): Promise<Plan> {
  const report = await outcome(
    spawn(process.execPath, ['bin/dms-doctor.js', 'check', '--bundle', bundle, '--format', 'json']),
  );
  if (report.code !== 1)
    throw new Error(`dms-doctor check ended with ${report.code}, not 1 (blocked): ${report.stderr}`);
  const { plan } = readReport(report.stdout);
  if (!plan.opens) throw new Error(`the plan does not open the path: ${JSON.stringify(plan)}`);
  return plan;
}

/**
 * Carries out a plan, step by step and to the letter, as an administrator would: commands as root on the source host, SQL as
 * superuser through the Unix socket, edits of files on the host. Steps at AWS or DMS are for nobody in the lab.
 * @param say receives each step before it is done
 * @throws when a step fails; those before it stay done
 */
export async function carryOut(plan: Plan, host: Host, cluster: Cluster, say: (line: string) => void): Promise<void> {
  for (const step of plan.steps) {
    if ('edit' in step) {
      say(`${step.where}: ${step.edit.file}, before line ${step.edit.before}: ${step.edit.lines.join(' | ')}`);
      await edit(host, step.edit);
    } else if (step.where === 'source host') {
      say(`${step.where}: ${step.run}`);
      // Into a file: a server that the step restarts would hold a pipe open for ever.
      await host.run(`out=$(mktemp); ( ${step.run}\n) >"$out" 2>&1 </dev/null; code=$?; cat "$out"; exit $code`);
    } else if (step.where === 'database') {
      say(`${step.where}: ${step.run}`);
      await cluster.sql(step.run, 'orders');
    } else {
      say(`left to ${step.where}: ${step.run}`);
    }
  }
}

/** Puts lines before a line (counted from 1) of a file, which keeps its owner and mode. */
async function edit(
  host: Host,
  { file, before, lines }: { file: string; before: number; lines: readonly string[] },
): Promise<void> {
  const text = (await host.run(`cat '${file}'`)).split('\n');
  text.splice(before - 1, 0, ...lines);
  await host.run(`cat > '${file}'`, { input: text.join('\n') });
}
