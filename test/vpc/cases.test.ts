import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import type { Case } from './cases.ts';
import { address, documents, endOf, judge, patchAll, resolved, topologyOf } from './networks.ts';
import type { Documents } from './networks.ts';

function twins(one: Case): { passing: Documents; blocking: Documents } {
  const [passing, blocking] = [documents(), documents()];
  for (const all of [passing, blocking]) one.setUp?.(all);
  one.wall(blocking);
  return { passing, blocking };
}

function verdictOf(one: Case, all: Documents) {
  const topology = topologyOf(all);
  const from = endOf(topology, one.from ?? address.ri, 'vpc-a');
  const to = endOf(topology, one.to, one.toHint ?? 'vpc-a');
  return { topology, from, to, verdict: judge(one.layer, topology, from, to) };
}

/** The places where two documents differ; a list that is longer or shorter counts as one. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return [path];
  if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return [path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const of = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
  return [...keys].flatMap((key) => differences(of(one, key), of(other, key), `${path}/${key}`));
}

describe('what AWS states', () => {
  it.each(cases)('$layer: $name', (one) => {
    const { passing, blocking } = twins(one);
    const open = verdictOf(one, passing).verdict;
    expect(open.status).toBe(one.twin ?? 'open');
    expect(open.reasons.filter(({ status, what }) => status !== 'open' && what !== 'sight-ends')).toEqual([]);
    const { verdict, topology, from, to } = verdictOf(one, blocking);
    expect(verdict.status).toBe(one.status);
    expect(verdict.reasons.filter((reason) => reason.status !== 'open').map((reason) => reason.what)).toContain(
      one.what,
    );
    expect(verdict.fix !== undefined).toBe(one.fixed === true);
    if (one.fixed === true) expect(judge(one.layer, patchAll(topology, verdict), from, to).status).toBe('open');
    // Groups are stateful: nothing is asked of them for answers.
    const directions = new Set(verdict.reasons.map((reason) => reason.direction));
    if (one.layer === 'security-groups') expect([...directions]).toEqual(['forward']);
    for (const reason of verdict.reasons) {
      expect(reason.text).not.toContain('undefined');
      if (reason.path.length > 0) expect(resolved(blocking, reason)).toBeDefined();
    }
  });

  it('each twin differs from its wall in one place', () => {
    const several = cases
      .map((one) => ({ name: one.name, places: differences(twins(one).passing, twins(one).blocking) }))
      .filter(({ places }) => places.length !== 1);
    expect(several).toEqual([]);
  });

  it('each case has a page of AWS', () => {
    for (const one of cases) expect(one.reference).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/[\w./-]+\.html$/);
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
  });
});
