import { expect } from 'vitest';
import { judge, parseIpsetSave, type Ruleset } from '../../src/netfilter/index.ts';
import { hostOf } from './host.ts';

const RESULTS = new Set(['accepted', 'dropped', 'rejected', 'unknown']);

/** Judges an attempt by the ruleset, and holds that there is an answer, whatever it is. */
export function judged(ruleset: Ruleset, ipsets = ''): void {
  const { parts } = judge(hostOf([ruleset], { ipsets: parseIpsetSave('host/ipset-save.txt', ipsets) }), {
    from: ['10.1.2.3', '10.2.0.0/16'],
    to: '172.31.40.17',
    port: 5432,
  });
  expect(parts.length).toBeGreaterThan(0);
  for (const { outcomes } of parts) {
    expect(outcomes.length).toBeGreaterThan(0);
    for (const { result } of outcomes) expect(RESULTS).toContain(result);
  }
}
