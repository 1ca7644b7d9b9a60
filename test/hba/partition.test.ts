import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, parseBlock } from '../../src/hba/address-set.ts';
import { formatAddress, parseNumericHost } from '../../src/hba/address.ts';
import {
  decide,
  parseHba,
  proposeLine,
  shadowedLines,
  unreachableLines,
  type ConnectionAttempt,
  type HbaDecision,
  type ServerContext,
} from '../../src/hba/index.ts';
import { attempts } from './attempts.ts';
import { validTree } from './grammar.ts';
import { memoryFiles, type FileTree } from './memory-files.ts';

const numRuns = 60 * Number(process.env['SAMPLES'] ?? 1);
const versions = [90424, 90624, 100023, 130023, 140023, 160014, 180004];

/** Some contexts lack what lines may need, so that verdicts are unknown. */
const context = fc.record(
  {
    roles: fc.constant(
      new Map(
        ['dms', 'Dms', 'app', 'all', 'boss', 'orders', 'inner', 'outer', '+inner'].map((name) => [
          name,
          { memberOf: name === 'dms' ? ['inner', 'outer', 'orders'] : [], superuser: name === 'boss' },
        ]),
      ),
    ),
    interfaces: fc.constant([{ address: '127.0.0.1', prefixLength: 8 }]),
  },
  { requiredKeys: [] },
);

const settings = { sslEnabled: true, methodsNotBuiltIn: [] };
const majorOf = (version: number): number => (version < 100000 ? 10 : Math.floor(version / 10000));

/** What a decision says, without the addresses that it says it of. */
const withoutAddresses = (decision: HbaDecision): unknown =>
  JSON.parse(
    JSON.stringify({ ...decision, from: [] }, (key, value: unknown) =>
      typeof value === 'bigint' || key === 'message' ? 0 : value,
    ),
  );

describe.each(versions)('on %i', (version) => {
  const scene = fc.record({
    tree: validTree(majorOf(version)).map(({ tree }) => tree),
    attempt: attempts(true),
    from: fc.uniqueArray(
      fc.constantFrom('127.0.0.0/8', '127.0.0.1', '127.1.0.0/16', '127.1.2.3', '::1', '0.0.0.0/0', '127.16.5.6'),
      { minLength: 1, maxLength: 3 },
    ),
    known: context,
    single: fc.bigInt({ min: 0n, max: 0xffffffn }).map((value) => ({ family: 4 as const, value: 0x7f000000n | value })),
  });
  const parse = (tree: FileTree) => parseHba(memoryFiles('/etc', tree), version, settings);

  test('decisions are a partition, and each says what holds for every address of it', () => {
    fc.assert(
      fc.property(scene, ({ tree, attempt, from, known, single }) => {
        const hba = parse(tree);
        const where: ServerContext = { version, ...known };
        const decisions = decide(hba, { ...attempt, from }, where);
        const covering = (set: readonly string[]): number => set.filter((text) => matches(text, single)).length;
        expect(decisions.reduce((sum, each) => sum + covering(each.from), 0)).toBe(covering(from) > 0 ? 1 : 0);
        const ours = decisions.find((each) => covering(each.from) > 0);
        if (!ours) return;
        const alone = decide(hba, { ...attempt, from: [formatAddress(single)] }, where);
        expect(alone.map(withoutAddresses)).toEqual([withoutAddresses(ours)]);
      }),
      { numRuns },
    );
  });

  test('a proposed line, put where it must stand, decides', () => {
    fc.assert(
      fc.property(
        scene,
        fc.constantFrom('md5' as const, 'password' as const),
        ({ tree, attempt, from, known }, method) => {
          const where: ServerContext = { version, ...known };
          const hba = parse(tree);
          if (hba.problems.length > 0) return;
          const wanted: ConnectionAttempt = { ...attempt, from };
          const edit = proposeLine(hba, wanted, where, method);
          if ('impossible' in edit) throw new Error(edit.impossible);
          const path = edit.file.replace('/etc/', '');
          const lines = tree[path]!.replace(/\n$/, '').split('\n');
          if (tree[path] === '') lines.pop();
          lines.splice(edit.before - 1, 0, ...edit.lines);
          const patched = parse({ ...tree, [path]: `${lines.join('\n')}\n` });
          const decisions = decide(patched, wanted, where);
          expect(decisions.length).toBeGreaterThan(0);
          for (const decision of decisions) {
            expect(decision).toMatchObject({ verdict: 'line', method, line: { file: edit.file } });
            expect(edit.lines).toContain(decision.verdict === 'line' ? decision.line.text : '');
          }
        },
      ),
      { numRuns },
    );
  });

  test('shadowed and unreachable lines are no deciding lines', () => {
    fc.assert(
      fc.property(scene, ({ tree, attempt, from, known }) => {
        const where: ServerContext = { version, ...known };
        const hba = parse(tree);
        const wanted = { ...attempt, from };
        const deciding = decide(hba, wanted, where).flatMap((each) => (each.verdict === 'line' ? [each] : []));
        for (const { line, by, from: parts } of shadowedLines(hba, wanted, where)) {
          expect(hba.lines.indexOf(by)).toBeLessThan(hba.lines.indexOf(line));
          for (const part of parts)
            expect(deciding.some((each) => each.line === line && each.from.includes(part))).toBe(false);
        }
        for (const { line } of unreachableLines(hba)) expect(deciding.some((each) => each.line === line)).toBe(false);
      }),
      { numRuns },
    );
  });
});

function matches(text: string, single: { family: 4; value: bigint }): boolean {
  const [host = '', mask] = text.split('/');
  const set = mask?.includes('.')
    ? { family: 4 as const, value: parseNumericHost(host)!.value, mask: parseNumericHost(mask)!.value }
    : parseBlock(text)!;
  return contains(set, single);
}
