import { describe, expect, test } from 'vitest';
import { check } from '../src/check.ts';
import type { Checked } from '../src/check.ts';
import { exitCode } from '../src/exit-code.ts';
import type { Flow } from '../src/flow.ts';
import type { Layer } from '../src/layers.ts';
import { layers } from '../src/layers.ts';
import { evidenceFrom, filesOf } from './support/bundles.ts';

const judged = (bundle: string, flow: Partial<Flow> = {}): Checked => check(evidenceFrom(filesOf(bundle), flow));
const statusOf = (checked: Checked, layer: Layer) => checked.layers.find((one) => one.layer === layer)?.status;
const findingsOf = (checked: Checked, layer: Layer) => checked.findings.filter((finding) => finding.layer === layer);

describe('the legacy host', () => {
  const story = judged('legacy-host');

  test('is blocked at its three walls, and the plan opens it', () => {
    expect(story.verdict).toBe('blocked');
    expect(story.blockedAt).toEqual(['shorewall', 'pg-hba', 'wal-level']);
    expect(story.plan).toMatchObject({ opens: true });
    expect(story.plan.stuck).toBeUndefined();
    expect(story.plan.steps.filter(({ effect }) => effect === 'restart')).toHaveLength(1);
    expect(exitCode(story)).toBe(1);
  });

  test('has every layer in path order, and no unknown among them', () => {
    expect(story.layers.map(({ layer }) => layer)).toEqual([...layers]);
    expect(story.layers.filter(({ status }) => status === 'unknown')).toEqual([]);
  });

  test('shorewall’s deciding rule is named with its line, and the hand-made rule that is shadowed by it', () => {
    const [block] = findingsOf(story, 'shorewall');
    expect(block?.evidence[0]?.text).toMatch(/-A net-fw -j DROP$/);
    expect(block?.summary).toContain('net-fw');
    const [shadowed] = findingsOf(story, 'iptables');
    expect(shadowed).toMatchObject({ code: 'IPT007', status: 'warn' });
    expect(shadowed?.evidence[0]?.text).toMatch(/-A INPUT -s 172\.31\.23\.112\/32 .*-j ACCEPT$/);
    expect(shadowed?.evidence[1]?.text).toBe(block?.evidence[0]?.text);
  });

  test('pg_hba.conf: the line that is missing, and where it must stand', () => {
    const [finding] = findingsOf(story, 'pg-hba');
    expect(finding).toMatchObject({ code: 'HBA003', status: 'block' });
    const edit = finding?.fix?.steps.find((step) => 'edit' in step);
    expect(edit).toMatchObject({
      edit: {
        file: '/etc/postgresql/13/main/pg_hba.conf',
        lines: [expect.stringMatching(/^host +orders +dms +172\.31\.23\.112\/32 +scram-sha-256$/)],
      },
    });
  });

  test('wal_level: a restart, and whom it would hit', () => {
    const [finding] = findingsOf(story, 'wal-level');
    expect(finding?.summary).toContain('1 standby');
    expect(finding?.summary).toContain('3 of billing-worker');
    expect(statusOf(story, 'restart')).toBe('warn');
  });

  test('the host is proved to be the endpoint’s server', () => {
    const proof = findingsOf(story, 'endpoint').find(({ code }) => code === 'END001');
    expect(proof?.status).toBe('pass');
    expect(proof?.detail).toMatch(/system identifier \d+ and start time/);
  });

  test('DMS’s last failure is explained, and agrees', () => {
    const said = findingsOf(story, 'endpoint').find(({ code }) => code === 'END009');
    expect(said?.evidence[0]).toMatchObject({ vantage: 'dms', text: expect.stringContaining('timeout expired') });
    expect(said?.summary).toContain('shorewall blocks');
  });

  test.each([
    ['--port 22', { port: 22 }],
    ['--from an admitted address', { from: ['172.31.36.21'] }],
  ])('with %s shorewall does not block: the verdict is computed', (_, flow) => {
    expect(judged('legacy-host', flow).blockedAt).not.toContain('shorewall');
  });

  test('of two addresses only the one that is not admitted is blocked, and the fix names just that', () => {
    const checked = judged('legacy-host', { from: ['172.31.36.21', '172.31.23.112'] });
    const block = findingsOf(checked, 'shorewall').find(({ status }) => status === 'block');
    expect(block?.subject).toBe('172.31.23.112');
    expect(findingsOf(checked, 'shorewall').find(({ status }) => status === 'pass')?.subject).toBe('172.31.36.21');
    expect(JSON.stringify(block?.fix)).not.toContain('172.31.36.21');
  });
});

test('the fixed host is open, with nothing unknown', () => {
  const fixed = judged('legacy-host-fixed');
  expect(fixed.layers.filter(({ status }) => status === 'unknown' || status === 'block')).toEqual([]);
  expect(fixed.verdict).toBe('open');
  expect(exitCode(fixed)).toBe(0);
  expect(fixed.plan).toEqual({ steps: [], opens: true });
});

test('the closed security group is found too, and the plan opens it with AWS’s own command', () => {
  const closed = judged('closed-security-group');
  expect(closed.blockedAt).toEqual(['security-group', 'shorewall', 'pg-hba', 'wal-level']);
  expect(closed.plan.opens).toBe(true);
  expect(closed.plan.steps[0]).toMatchObject({
    where: 'AWS',
    run: expect.stringContaining('authorize-security-group-ingress'),
  });
});

test.each(['legacy-host', 'legacy-host-fixed', 'closed-security-group'])(
  'every line of evidence in %s is that very line',
  (bundle) => {
    const files = filesOf(bundle);
    const lines = judged(bundle)
      .findings.flatMap(({ evidence }) => evidence)
      .filter(({ line }) => line !== null);
    expect(lines.length).toBeGreaterThan(3);
    for (const { source, line, text } of lines) {
      const file = files.get(source);
      expect(file, source).toBeDefined();
      expect(Buffer.from(file!.bytes).toString().split('\n')[line! - 1], `${source}:${line}`).toBe(text);
    }
  },
);
