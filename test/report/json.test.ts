import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { layers } from '../../src/layers.ts';
import { renderJson } from '../../src/report/json.ts';
import { blocked, finding, line, open, undetermined } from './sample.ts';
import { samples } from './samples.ts';

const layer = v.picklist(layers);
const status = v.picklist(['pass', 'warn', 'block', 'unknown', 'skip']);
const reason = v.optional(v.picklist(['not-installed', 'not-on-path', 'left-out']));
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
const rest = {
  effect: v.picklist(['none', 'reload', 'restart']),
  risk: v.string(),
  undo: v.string(),
  verify: v.string(),
};
const edit = v.strictObject({ file: v.string(), before: v.number(), lines: v.array(v.string()) });
const steps = v.array(
  v.union([
    v.strictObject({ where: v.string(), run: v.string(), ...rest }),
    v.strictObject({ where: v.string(), edit, ...rest }),
  ]),
);

/** The contract of `--format json`, as the design words it; `notes` is an addition within the version. */
const contract = v.strictObject({
  schema: v.literal('dms-doctor/report/1'),
  tool: v.strictObject({ name: v.string(), version: v.string() }),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  durationMs: v.number(),
  scope: orNull(v.array(layer)),
  flow: v.strictObject({
    from: v.array(v.string()),
    host: orNull(v.string()),
    port: orNull(v.number()),
    database: orNull(v.string()),
    user: orNull(v.string()),
    tls: orNull(v.string()),
    migrationType: orNull(v.string()),
    endpoint: orNull(v.string()),
    replicationInstance: orNull(v.string()),
  }),
  verdict: v.picklist(['open', 'blocked', 'undetermined']),
  blockedAt: v.array(layer),
  layers: v.array(v.strictObject({ layer, status, reason })),
  findings: v.array(
    v.strictObject({
      code: v.string(),
      layer,
      status,
      reason,
      summary: v.string(),
      detail: v.string(),
      demoted: v.optional(v.literal(true)),
      caveats: v.array(v.string()),
      evidence: v.array(
        v.strictObject({ source: v.string(), line: orNull(v.number()), text: v.string(), vantage: v.string() }),
      ),
      fix: v.optional(v.strictObject({ steps })),
      docs: v.string(),
    }),
  ),
  plan: v.strictObject({ steps, opens: v.boolean(), stuck: v.optional(v.string()) }),
  notes: v.array(v.string()),
});

test.each(Object.entries({ blocked, open, undetermined }))('the %s report holds to the contract', (_name, report) => {
  const document = renderJson(report);
  const read = v.parse(contract, JSON.parse(document));
  expect(read.verdict).toBe(report.verdict);
  expect(read.blockedAt).toEqual(report.blockedAt);
  expect(read.layers.map((entry) => entry.layer)).toEqual([...layers]);
  expect(document.endsWith('}\n')).toBe(true);
});

test('keys stand in the order of the contract', () => {
  const read = JSON.parse(renderJson(blocked)) as typeof blocked;
  expect(Object.keys(read)).toEqual(
    'schema tool startedAt durationMs scope flow verdict blockedAt layers findings plan notes'.split(' '),
  );
  expect(Object.keys(read.flow)).toEqual(
    'from host port database user tls migrationType endpoint replicationInstance'.split(' '),
  );
  const wall = read.findings.find(({ code }) => code === 'SHW002');
  expect(Object.keys(wall ?? {})).toEqual('code layer status summary detail caveats evidence fix docs'.split(' '));
  expect(Object.keys(wall?.fix ?? {})).toEqual(['steps']);
  expect(Object.keys(wall?.fix?.steps[0] ?? {})).toEqual('where edit effect risk undo verify'.split(' '));
  expect(Object.keys(read.plan)).toEqual(['steps', 'opens']);
});

test('what is not known of the connection is null, and nothing else is', () => {
  const read = JSON.parse(
    renderJson({ ...open, flow: { ...open.flow, port: undefined, user: undefined, tls: undefined } }),
  ) as { flow: Record<string, unknown> };
  expect(read.flow).toMatchObject({ port: null, user: null, tls: null, host: '172.31.40.17' });
});

test('the plan says where it is stuck, and a finding that it was demoted or why it was skipped', () => {
  const report = {
    ...blocked,
    findings: blocked.findings.map((entry) =>
      entry.code === 'HBA003' ? { ...entry, status: 'warn' as const, demoted: true as const } : entry,
    ),
    plan: { steps: [], opens: false, stuck: 'SHW002' },
  };
  const read = v.parse(contract, JSON.parse(renderJson(report)));
  expect(read.plan.stuck).toBe('SHW002');
  expect(read.findings.find(({ code }) => code === 'HBA003')?.demoted).toBe(true);
  expect(read.findings.find(({ code }) => code === 'UFW006')?.reason).toBe('not-installed');
});

test('evidence stands in the document to the character, and none of its characters can act on a terminal', () => {
  const acting = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\u001b[2J',
      '\u009b',
      '\u007f',
      '\u202e',
      '\u200b',
      '\u2028',
      '\u3164',
      '\u{e0041}',
      '\\',
      '"',
      '\ud800',
    ),
  );
  fc.assert(
    fc.property(fc.array(hostile), (parts) => {
      const text = parts.join('');
      const report = {
        ...open,
        findings: [finding('dns', 'DNS001', 'pass', text, { evidence: [line('x', 1, text)] })],
      };
      const document = renderJson(report);
      expect(document.replaceAll('\n', '')).not.toMatch(acting);
      const read = v.parse(contract, JSON.parse(document));
      expect(read.findings[0]?.evidence[0]?.text).toBe(text);
      expect(read.findings[0]?.summary).toBe(text);
    }),
    samples(500),
  );
});

test('the same report is always the same document', () => {
  expect(renderJson(structuredClone(blocked))).toBe(renderJson(blocked));
});
