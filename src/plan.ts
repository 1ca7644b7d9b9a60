import type { Evidence } from './evidence/item.ts';
import { isItem } from './evidence/item.ts';
import { applyPatches } from './evidence/patch.ts';
import type { Finding, Fix, Step } from './finding.ts';
import type { Judgement, JudgeOptions } from './judge.ts';
import { judge } from './judge.ts';
import type { Layer } from './layers.ts';
import { inPathOrder } from './layers.ts';
import { inOrder } from './plan-order.ts';
import type { Plan } from './report.ts';
import { verdictOf } from './report.ts';

/** A judgement as things stand now, everything that blocks behind it, and the plan that opens the path. */
export type Planned = { readonly now: Judgement; readonly blockedAt: readonly Layer[]; readonly plan: Plan };

type Mended = Finding & { readonly fix: Fix };

/** More walls than this, one behind another in one layer, no plan opens; a fix that brings up ever new ones must end. */
const mostRounds = 100;

/**
 * Judges, applies the fix of each blocked layer to the evidence in memory, and judges again, until nothing blocks or no
 * fix is left. A wall that stood behind another one shows in a later round. One that survives its own fix leaves the plan
 * stuck; the others are opened all the same, so that what stands behind them is seen too.
 */
export function planOver(evidence: Evidence, options: JudgeOptions = {}): Planned {
  const now = judge(evidence, options);
  const blockedAt = new Set<Layer>();
  const applied = new Set<string>();
  const fixes: (readonly Step[])[] = [];
  const doubts: Finding[] = [];
  let judgement = now;
  let current = evidence;
  for (let round = 0; ; round += 1) {
    const blocks = judgement.findings.filter(isBlock);
    for (const finding of blocks) blockedAt.add(finding.layer);
    doubts.push(...judgement.findings.filter(isDoubtOfRestart));
    const mended = firstOfEachLayer(blocks.filter(isMended).filter((finding) => !applied.has(wallOf(finding))));
    if (mended.length === 0 || round === mostRounds) {
      const steps = inOrder(fixes);
      // What speaks against a restart is not over because the simulation is past it.
      const doubt = steps.some(({ effect }) => effect === 'restart') ? doubts : [];
      // What DMS itself met, and nothing here explains, no patch undoes.
      const unexplained = now.findings.some(
        ({ code, status }) => status === 'unknown' && (code === 'END020' || code === 'END022'),
      );
      const stuck = blocks.find((finding) => applied.has(wallOf(finding))) ?? blocks[0] ?? doubt.find(isBlock);
      return {
        now,
        blockedAt: inPathOrder(blockedAt),
        plan: planOf(steps, judgement, stuck, doubt.length === 0 && !unexplained),
      };
    }
    for (const finding of mended) {
      applied.add(wallOf(finding));
      fixes.push(finding.fix.steps.map((step) => placed(step, finding.fix, current)));
    }
    const patches = mended.flatMap(({ fix }) => fix.patches);
    current = { ...current, items: applyPatches(current.items, patches), simulated: true };
    judgement = judge(current, options);
  }
}

/** A step that edits by line number also gets the line before that one, where the file was gathered. */
function placed(step: Step, { patches }: Fix, { items }: Evidence): Step {
  if (!('edit' in step)) return step;
  const { before, lines } = step.edit;
  const patch = patches.findLast((one) => 'before' in one && one.before === before && isSame(one.lines, lines));
  const item = patch && items.get(patch.item);
  const behind = isItem(item) ? item.text.split('\n')[before - 2] : undefined;
  return behind === undefined ? step : { ...step, edit: { ...step.edit, behind } };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function isBlock({ status }: Finding): boolean {
  return status === 'block';
}

/** The server would not come back, or whether it would is not known, and no fix of its own mends that. */
function isDoubtOfRestart({ layer, status, fix }: Finding): boolean {
  return layer === 'restart' && (status === 'unknown' || (status === 'block' && fix === undefined));
}

function planOf(steps: readonly Step[], last: Judgement, stuck: Finding | undefined, undoubted: boolean): Plan {
  const opens = undoubted && verdictOf(last.layers.map((layer) => layer.status)) === 'open';
  return { steps, opens, ...(stuck === undefined ? {} : { stuck: stuck.code }) };
}

/** What blocks, so that it is known again where it survives its own fix. */
function wallOf({ code, layer, subject, fix }: Finding): string {
  return [code, layer, subject, fix?.wall ?? ''].join('\n');
}

function isMended(finding: Finding): finding is Mended {
  return finding.fix !== undefined;
}

function firstOfEachLayer(findings: readonly Mended[]): Mended[] {
  return findings.filter((finding, index) => findings.findIndex((other) => other.layer === finding.layer) === index);
}
