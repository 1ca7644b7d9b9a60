import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogue } from '../../src/findings/index.ts';
import { groups } from '../../src/layers.ts';
import {
  capacityCases,
  dataCases,
  endpointCases,
  managedCases,
  replicationCases,
  restartCases,
  sessionCases,
} from './cases.ts';
import { planCodes } from './plan-codes.ts';

const text = readFileSync(new URL('../../docs/assessments.md', import.meta.url), 'utf8');

/** The keys that the DMS user guide lists for every engine and for PostgreSQL. */
const keys = `
unsupported-data-types-in-source full-lob-not-nullable-at-target table-with-lob-but-without-primary-key-or-unique-constraint
table-with-no-primary-key-or-unique-constraint target-table-has-unique-key-or-primary-key-for-cdc
unsupported-source-pk-type-for-elasticsearch-target all-to-all-validation-with-datamasking-digits-randomize
all-to-all-validation-with-datamasking-hash-mask all-to-all-validation-with-digit-mask
postgres-check-dbversion postgres-check-wallevel postgres-check-maxwalsenders postgres-check-replication-slots-count
postgres-check-walsenderstimeout postgres-check-maxslot-wal-keep-size postgres-check-for-logical-decoding-work-mem
postgres-check-longrunningtxn postgres-check-preparedtxn postgres-check-pglogical postgres-check-ddl-event-trigger
postgres-check-select-object-privileges postgres-check-pk postgres-check-pk-lob postgres-check-table-with-array
postgres-check-similar-table-name postgres-check-postgis-data-type postgres-check-limited-lob-size postgres-check-pk-validity
postgres-check-session-replication-role postgres-check-target-privileges postgres-check-target-secondary-indexes
postgres-check-batch-apply-target-pk-ui-absence postgres-check-batch-apply-target-pk-ui-simultaneously
postgres-batch-apply-lob-mode postgres-datamasking-digits-randomize postgres-datamasking-digits-mask
postgres-datamasking-hash-mask`
  .trim()
  .split(/\s+/);

const rows = text.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim());
  return line.startsWith('| ') && cells[1] !== 'key' && cells[1] !== '---'
    ? [{ key: cells[1] ?? '', codes: cells[2] ?? '', columns: cells.length }]
    : [];
});
const ofSource = rows.filter(({ columns }) => columns === 5);

test('every key stands in docs/assessments.md once, and no other', () => {
  expect(rows.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
  expect(ofSource).toHaveLength(22);
});

const cases = [
  sessionCases,
  managedCases,
  replicationCases,
  restartCases,
  capacityCases,
  dataCases,
  endpointCases,
].flat();
/** Brought about in target-side.test.ts: the cases' endpoint is a source. */
const ofTargets = ['ROL021', 'ROL022', 'ROL023'];
const tried = new Set<string>([...cases.map(({ code }) => code), ...Object.values(planCodes).flat(), ...ofTargets]);

test('every finding of these layers that is no pass is brought about and mended somewhere', () => {
  const layers: readonly string[] = [...groups.replication, ...groups.readiness, 'login', 'database'];
  const faults = Object.entries(catalogue).filter(
    ([, words]) =>
      'layer' in words && layers.includes(words.layer) && words.status !== 'pass' && words.status !== 'skip',
  );
  expect(faults.length).toBeGreaterThan(60);
  expect(faults.map(([code]) => code).filter((code) => !tried.has(code))).toEqual([]);
});

test.each(ofSource)('$key is a finding that real servers bring about and lose again', ({ codes }) => {
  const named = codes.split(' ');
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((code) => !(code in catalogue))).toEqual([]);
  expect(named.filter((code) => !tried.has(code))).toEqual([]);
});

test('what no assessment looks at names codes that exist', () => {
  const named = (text.split('## What no assessment looks at')[1] ?? '').match(/\b[A-Z]{3}\d{3}\b/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((code) => !(code in catalogue))).toEqual([]);
});
