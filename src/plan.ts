import type { Evidence } from './evidence/item.ts';
import { applyPatches } from './evidence/patch.ts';
import type { Finding, Patch, Step } from './finding.ts';
import type { Judgement, JudgeOptions } from './judge.ts';
import { judge } from './judge.ts';
import type { Layer } from './layers.ts';
import { inPathOrder } from './layers.ts';
import type { Plan } from './report.ts';
import { verdictOf } from './report.ts';

/** A judgement as things stand now, everything that blocks behind it, and the plan that opens the path. */
export type Planned = { readonly now: Judgement; readonly blockedAt: readonly Layer[]; readonly plan: Plan };

/**
 * Judges, applies the fix of each blocked layer to the evidence in memory, and judges again, until nothing blocks or no
 * fix is left. A wall that stood behind another one shows in a later round.
 */
export function planOver(evidence: Evidence, options: JudgeOptions = {}): Planned {
  const now = judge(evidence, options);
  const blockedAt = new Set<Layer>();
  const applied = new Set<string>();
  const steps: Step[] = [];
  let judgement = now;
  let current = evidence;
  for (;;) {
    const blocks = judgement.findings.filter((finding) => finding.status === 'block');
    for (const finding of blocks) blockedAt.add(finding.layer);
    const round = firstOfEachLayer(
      blocks.filter((finding) => finding.fix !== undefined && !applied.has(keyOf(finding))),
    );
    const survivor = blocks.find((finding) => applied.has(keyOf(finding)));
    if (survivor !== undefined || round.length === 0) {
      const stuck = survivor ?? blocks[0];
      return { now, blockedAt: inPathOrder(blockedAt), plan: planOf(steps, judgement, stuck) };
    }
    for (const finding of round) {
      applied.add(keyOf(finding));
      for (const step of finding.fix?.steps ?? []) addStep(steps, step);
    }
    current = { ...current, items: applyPatches(current.items, round.flatMap(patchesOf)), simulated: true };
    judgement = judge(current, options);
  }
}

function planOf(steps: readonly Step[], last: Judgement, stuck: Finding | undefined): Plan {
  const opens = verdictOf(last.layers.map((layer) => layer.status)) === 'open';
  return { steps: inOrder(steps), opens, ...(stuck === undefined ? {} : { stuck: stuck.code }) };
}

/** Nothing that needs a restart before the things that do not: one restart then serves all that wait for it. */
function inOrder(steps: readonly Step[]): Step[] {
  const rank = { none: 0, reload: 0, restart: 1 } as const;
  return steps.toSorted((a, b) => rank[a.effect] - rank[b.effect]);
}

function patchesOf(finding: Finding): readonly Patch[] {
  return finding.fix?.patches ?? [];
}

function keyOf(finding: Finding): string {
  return `${finding.code}\n${finding.layer}\n${finding.subject}`;
}

function firstOfEachLayer(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding, index) => findings.findIndex((other) => other.layer === finding.layer) === index);
}

/** A step is carried out once; a restart that several walls wait for comes after the last of what must stand before it. */
function addStep(steps: Step[], step: Step): void {
  const known = steps.findIndex((one) => sameStep(one, step));
  if (known >= 0 && step.effect !== 'restart') return;
  if (known >= 0) steps.splice(known, 1);
  steps.push(step);
}

function sameStep(a: Step, b: Step): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
