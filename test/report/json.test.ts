import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { layers } from '../../src/layers.ts';
import { renderJson } from '../../src/report/json.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';
import { readReport, schema } from '../support/schemas.ts';
import { blocked, finding, line, open, undetermined } from './sample.ts';
import { samples } from './samples.ts';

test.each(Object.entries({ blocked, open, undetermined }))('the %s report is what the schema says', (_name, report) => {
  const document = renderJson(report);
  const read = readReport(document);
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
  const read = readReport(renderJson(report));
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
      const read = readReport(document);
      expect(read.findings[0]?.evidence[0]?.text).toBe(text);
      expect(read.findings[0]?.summary).toBe(text);
    }),
    samples(500),
  );
});

test('the same report is always the same document', () => {
  expect(renderJson(structuredClone(blocked))).toBe(renderJson(blocked));
});

test('the schema names the layers, statuses and steps that there are, and no others', () => {
  const { $defs } = schema('report-1') as { $defs: Record<string, { enum: string[] }> };
  expect($defs['layer']?.enum).toEqual([...layers]);
  expect($defs['status']?.enum.toSorted()).toEqual(['block', 'pass', 'skip', 'unknown', 'warn']);
  const { $defs: places } = schema('explain-1') as { $defs: Record<string, { enum: string[] }> };
  expect(places['place']?.enum).toEqual([...layers, 'aws-api', 'iam', 'network']);
});

test('what is not what the schema says is refused: each member is needed, and none is unknown to it', () => {
  const document = JSON.parse(renderJson(blocked)) as Record<string, unknown>;
  for (const member of Object.keys(document)) {
    const { [member]: _left, ...rest } = document;
    expect(() => readReport(JSON.stringify(rest)), member).toThrow('must have required property');
  }
  expect(() => readReport(JSON.stringify({ ...document, more: 1 }))).toThrow('must NOT have additional properties');
  expect(() => readReport(JSON.stringify({ ...document, verdict: 'fine' }))).toThrow('verdict');
  const steps = [{ where: 'AWS', effect: 'none', risk: '', undo: '', verify: '' }];
  expect(() => readReport(JSON.stringify({ ...document, plan: { steps, opens: true } }))).toThrow('plan/steps/0');
});

test('the story, the fixed host and the closed security group make documents that the schema knows', () => {
  for (const bundle of ['legacy-host', 'legacy-host-fixed', 'closed-security-group']) {
    const checked = check(evidenceFrom(filesOf(bundle)));
    const document = renderJson({ ...blocked, ...checked });
    expect(readReport(document).verdict).toBe(checked.verdict);
  }
});
