import { expect } from 'vitest';
import { check, type Checked } from '../../../src/check.ts';
import type { Evidence } from '../../../src/evidence/item.ts';
import { applyPatches } from '../../../src/evidence/patch.ts';
import type { Finding, Step } from '../../../src/finding.ts';
import { judge } from '../../../src/judge.ts';
import { firewallLayers } from '../../../src/layers.ts';
import { evidenceFrom } from '../../support/bundles.ts';
import type { Host } from '../host.ts';
import { gatherHost } from '../story/record.ts';
import { attempt, type Attempt, type Source } from './source.ts';

const scope = [...firewallLayers];

/** Runs the script that a live run sends, and makes evidence of what it prints. */
export async function record({ lab, db1 }: Source, { from, to }: Attempt): Promise<Evidence> {
  const gathered = await gatherHost(db1);
  const collectedAt =
    gathered
      .map(({ at }) => at)
      .sort()
      .at(-1) ?? '';
  const flow = {
    from: [lab.hosts[from].address],
    host: to,
    port: 5432,
    database: 'orders',
    user: 'dms',
    tls: 'none',
    migrationType: 'full-load',
  };
  const manifest = Buffer.from(JSON.stringify({ version: 1, collectedAt, flow }));
  const files = gathered.map(({ name, text, at }) => [name, { bytes: text, at }] as const);
  return evidenceFrom(new Map([['bundle.json', { bytes: manifest, at: '' }], ...files]));
}

/** Takes every rule and set out of a host's kernel. */
export async function clear(host: Host): Promise<void> {
  await host.run('nft flush ruleset; ipset destroy');
}

/** What the firewall's layers say of some evidence. */
export function judged(evidence: Evidence): Checked {
  return check(evidence, { scope });
}

/** What the firewall's layers say, each finding as its code and what it is about, without lines and counts. */
function saying(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ status }) => status !== 'skip')
    .map(({ code, status }) => `${code} ${status}`)
    .sort();
}

/** The findings of the evidence after every fix that the plan takes was applied to it in memory. */
function afterPatches(evidence: Evidence): readonly Finding[] {
  let current = evidence;
  for (let round = 0; round < 9; round++) {
    const { findings } = judge(current, { scope });
    const patches = findings.flatMap(({ status, fix }) => (status === 'block' && fix ? fix.patches : []));
    if (patches.length === 0) return findings;
    current = { ...current, items: applyPatches(current.items, patches), simulated: true };
  }
  throw new Error('the fixes never end');
}

/** Carries the steps out, to the letter, as root on the source. */
export async function carryOut(host: Host, plan: readonly Step[]): Promise<void> {
  for (const step of plan) {
    expect(step.where).toBe('source host');
    if ('edit' in step) {
      const text = (await host.run(`cat '${step.edit.file}'`)).split('\n');
      text.splice(step.edit.before - 1, 0, ...step.edit.lines);
      await host.run(`cat > '${step.edit.file}'`, { input: text.join('\n') });
      // Somebody is there, and says yes.
    } else await host.run(step.run, { input: 'y\n' });
  }
}

/** The steps of a plan, each in one line. */
export function steps({ plan }: Checked): string[] {
  return plan.steps.map((step) =>
    'run' in step
      ? step.run
      : `${step.edit.file}:${step.edit.before}: ${step.edit.lines.join(' | ')}`.replaceAll('\t', ' '),
  );
}

/** What came of proving a fix: the judgement before it, and after it was applied for real. */
export type Proof = { evidence: Evidence; before: Checked; after: Checked; blocks: readonly Finding[] };

/**
 * A blocked connection, as the engine and the kernel see it; then every step of the plan really carried out; then open, in
 * the kernel, and in the evidence that is recorded again, which says what the patched evidence said.
 * @throws through `expect` where one of these does not hold
 */
export async function provesItsFix(source: Source, tried: Attempt): Promise<Proof> {
  expect(await attempt(source, tried)).not.toBe('open');
  const evidence = await record(source, tried);
  const before = judged(evidence);
  const blocks = before.findings.filter(({ status }) => status === 'block');
  expect(blocks.map(({ summary }) => summary)).not.toEqual([]);
  expect(before.plan).toMatchObject({ opens: true });
  await carryOut(source.db1, before.plan.steps);
  expect(await attempt(source, tried, 5)).toBe('open');
  const after = judged(await record(source, tried));
  expect(after.verdict).toBe('open');
  expect(saying(after.findings)).toEqual(saying(afterPatches(evidence)));
  return { evidence, before, after, blocks };
}
