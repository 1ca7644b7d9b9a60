import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layers } from '../../src/layers.ts';
import { renderJunit } from '../../src/report/junit.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';
import type { Element } from './xml.ts';
import { readXml } from './xml.ts';

/**
 * What junit-10.xsd of Jenkins's xUnit plugin allows of the elements that are used here: children, required attributes,
 * optional ones.
 */
const schema: Record<string, { children: string[]; required: string[]; optional: string[] }> = {
  testsuites: { children: ['testsuite'], required: [], optional: ['name', 'time', 'tests', 'failures', 'errors'] },
  testsuite: {
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
  },
  properties: { children: ['property'], required: [], optional: [] },
  property: { children: [], required: ['name', 'value'], optional: [] },
  testcase: {
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
    required: ['name'],
    optional: ['time', 'classname', 'group'],
  },
  failure: { children: [], required: [], optional: ['type', 'message'] },
  error: { children: [], required: [], optional: ['type', 'message'] },
  skipped: { children: [], required: [], optional: ['type', 'message'] },
  'system-out': { children: [], required: [], optional: [] },
};

const mixed = ['failure', 'error', 'skipped', 'system-out'];

/** What the schema does not allow in an element and below it. */
function faults({ name, attributes, children, text }: Element): string[] {
  const allowed = schema[name];
  if (allowed === undefined) return [`<${name}>`];
  const names = Object.keys(attributes);
  const known = [...allowed.required, ...allowed.optional];
  return [
    ...allowed.required.filter((key) => !names.includes(key)).map((key) => `<${name}> without ${key}`),
    ...names.filter((key) => !known.includes(key)).map((key) => `<${name} ${key}>`),
    ...(mixed.includes(name) || text.trim() === '' ? [] : [`text in <${name}>`]),
    ...children.flatMap((child) =>
      allowed.children.includes(child.name) ? faults(child) : [`<${child.name}> in <${name}>`],
    ),
  ];
}

function read(report: Report): Element {
  const root = readXml(renderJunit(report));
  expect(root.name).toBe('testsuites');
  expect(faults(root)).toEqual([]);
  return root;
}

/** What became of each case: `pass`, or the names of the elements in it that say otherwise. */
function outcomes(root: Element): Record<string, string> {
  const cases = root.children.flatMap((suite) => suite.children.filter(({ name }) => name === 'testcase'));
  return Object.fromEntries(
    cases.map(({ attributes, children }) => {
      const said = children.map(({ name }) => name).filter((name) => name !== 'system-out');
      return [attributes['name'] ?? '', said.join() || 'pass'];
    }),
  );
}

function numbers({ attributes }: Element) {
  return [attributes['tests'], attributes['failures'], attributes['errors']].map(Number);
}

test.each(Object.entries({ blocked, open, undetermined }))('the %s report, whole', async (name, report) => {
  read(report);
  await expect(renderJunit(report)).toMatchFileSnapshot(`snapshots/${name}.junit.xml`);
});

test('a case a layer, in path order after the verdict, and each status has its outcome', () => {
  const found = outcomes(read(blocked));
  expect(Object.keys(found)).toEqual(['verdict', ...layers]);
  expect(found).toMatchObject({
    verdict: 'failure',
    dns: 'pass',
    iptables: 'pass',
    nftables: 'skipped',
    shorewall: 'failure',
    ufw: 'skipped',
    restart: 'pass',
  });
  expect(outcomes(read(undetermined))).toMatchObject({
    verdict: 'error',
    nftables: 'error',
    login: 'error',
    dns: 'pass',
  });
  expect(outcomes(read(open))['verdict']).toBe('pass');
});

test('counts are the sums of what was counted', () => {
  for (const report of [blocked, open, undetermined]) {
    const root = read(report);
    const sums = root.children.map(numbers).reduce((sum, one) => sum.map((value, index) => value + (one[index] ?? 0)));
    expect(numbers(root)).toEqual(sums);
    expect(sums[0]).toBe(layers.length + 1);
  }
  expect(numbers(read(blocked))).toEqual([28, 4, 0]);
  expect(numbers(read(undetermined))).toEqual([28, 0, 6]);
});

test('a warning passes, with its text beside it', () => {
  const suite = read(blocked).children.find(({ attributes }) => attributes['name'] === 'iptables');
  expect(suite?.attributes).toMatchObject({ failures: '0', errors: '0', skipped: '0' });
  const [said] = suite?.children[0]?.children ?? [];
  expect(said?.name).toBe('system-out');
  expect(said?.text).toContain('host/iptables-nft-save.txt:31');
});

test('a failure holds the evidence and the commands', () => {
  const suite = read(blocked).children.find(({ attributes }) => attributes['name'] === 'shorewall');
  const [failure] = suite?.children[0]?.children ?? [];
  expect(failure?.attributes['type']).toBe('SHW002');
  expect(failure?.attributes['message']).toBe('blocks 172.31.23.112: DROP (policy of net to all) in chain net-fw');
  expect(failure?.text).toContain('shorewall check && shorewall reload\n');
  expect(failure?.text).toContain('host/iptables-nft-save.txt:63');
});

test('a run in which nothing was judged is not green', () => {
  const findings = layers.map((layer) => finding(layer, 'EVD009', 'skip', 'left out', { reason: 'left-out' }));
  const root = read({ ...undetermined, findings, layers: statusesOf(findings), scope: [] });
  expect(numbers(root)).toEqual([28, 0, 1]);
});

test('no text can break the document', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(']]>', '<failure/>', '&lt;', '"/><x a="', '\ufffe', '\uffff', '\u001b[31m', '\u0000', '<!--'),
  );
  fc.assert(
    fc.property(fc.array(hostile), (parts) => {
      const text = parts.join('');
      const own = (['block', 'unknown', 'warn'] as const).map((status) =>
        finding('tls', 'TLS002', status, text, { detail: text, caveats: [text], evidence: [line(text, 1, text)] }),
      );
      const findings = [...blocked.findings.filter(({ layer }) => layer !== 'tls'), ...own];
      const root = read({
        ...blocked,
        findings,
        layers: statusesOf(findings),
        notes: [text],
        flow: { ...blocked.flow, user: text },
      });
      expect(numbers(root)).toEqual([28, 5, 0]);
    }),
    samples(100),
  );
});
