import { describe, expect, test } from 'vitest';
import { exitCode } from '../src/exit-code.ts';
import type { FailOn } from '../src/exit-code.ts';
import type { Status } from '../src/finding.ts';
import { worst } from '../src/finding.ts';
import type { Verdict } from '../src/report.ts';
import { verdictOf } from '../src/report.ts';

test.each<[Verdict, Status[], FailOn, number]>([
  ['open', ['pass'], 'unknown', 0],
  ['open', ['pass', 'warn'], 'unknown', 0],
  ['open', ['pass', 'warn'], 'warn', 1],
  ['open', ['pass', 'skip'], 'warn', 0],
  ['blocked', ['block'], 'unknown', 1],
  ['blocked', ['block'], 'block', 1],
  ['blocked', ['block', 'unknown'], 'warn', 1],
  ['undetermined', ['unknown'], 'unknown', 3],
  ['undetermined', ['unknown'], 'block', 0],
  ['undetermined', ['unknown', 'pass'], 'warn', 3],
  ['undetermined', ['unknown', 'warn'], 'warn', 1],
])('%s with %j and --fail-on %s exits %i', (verdict, statuses, failOn, code) => {
  const layers = statuses.map((status) => ({ layer: 'dns' as const, status }));
  expect(exitCode({ verdict, layers }, failOn)).toBe(code);
});

describe('the algebra of statuses', () => {
  test.each<[Status[], Status]>([
    [[], 'skip'],
    [['skip', 'pass'], 'pass'],
    [['pass', 'warn'], 'warn'],
    [['warn', 'unknown'], 'unknown'],
    [['unknown', 'block', 'pass'], 'block'],
  ])('the worst of %j is %s', (statuses, expected) => {
    expect(worst(statuses)).toBe(expected);
  });

  test.each<[Status[], Verdict]>([
    [['pass', 'warn', 'skip'], 'open'],
    [['pass', 'unknown'], 'undetermined'],
    [['unknown', 'block'], 'blocked'],
    [['skip'], 'undetermined'],
    [[], 'undetermined'],
  ])('the verdict over %j is %s', (statuses, expected) => {
    expect(verdictOf(statuses)).toBe(expected);
  });
});
