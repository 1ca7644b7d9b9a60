import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderGithub } from '../../src/report/github.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';

const command = /^::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)$/;

function commands(text: string) {
  return text
    .split('\n')
    .map((row) => command.exec(row))
    .filter((match) => match !== null)
    .map(([, kind, title = '', message = '']) => ({
      kind,
      title,
      message: message.replaceAll('%0A', '\n').replaceAll('%25', '%'),
    }));
}

test.each(Object.entries({ blocked, open, undetermined }))('the %s report, whole', async (name, report) => {
  await expect(renderGithub(report)).toMatchFileSnapshot(`snapshots/${name}.github.txt`);
});

test('an error for each thing that blocks, a warning for what is not known, a notice for a warning', () => {
  expect(commands(renderGithub(blocked)).map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    'error shorewall SHW002',
    'error pg-hba HBA003',
    'error wal-level WAL002',
    'notice iptables IPT007',
    'notice restart RST002',
  ]);
  expect(commands(renderGithub(undetermined)).map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    'warning iptables%2C nftables%2C shorewall EVD001',
    'warning login EVD007',
    'warning wal-level EVD001',
  ]);
  expect(commands(renderGithub(open))).toEqual([]);
});

test('the command that mends it stands in the message, on a line of its own', () => {
  const [wall] = commands(renderGithub(blocked));
  expect(wall?.message.split('\n')).toContain('shorewall check && shorewall reload');
});

test('the tenth of more than ten says how many there are', () => {
  const findings = Array.from({ length: 14 }, (_, index) => finding('data', 'DAT009', 'block', `table ${index}`));
  const found = commands(renderGithub({ ...blocked, findings }));
  expect(found).toHaveLength(10);
  expect(found[9]?.message).toBe('5 more findings: see the report');
});

test('no text of a finding can become a command of its own, or change one', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n', '\r', '%0A', '::error::x', '##[add-path]/x', '::stop-commands::', ',file=x', '::', '\u2028'),
  );
  fc.assert(
    fc.property(fc.array(hostile), (parts) => {
      const text = parts.join('');
      const own = finding('tls', text, 'block', text, { detail: text, evidence: [line(text, null, text)] });
      const report = {
        ...blocked,
        findings: [own],
        layers: statusesOf([own]),
        plan: {
          steps: [{ where: 'database' as const, run: text, effect: 'none' as const, risk: '', undo: '', verify: '' }],
          opens: true,
        },
      };
      const rows = renderGithub(report).split('\n');
      expect(rows).toHaveLength(4);
      expect(rows[0]).toMatch(command);
      for (const row of rows.slice(1)) {
        expect(row.trimStart()).not.toMatch(/^::/);
        expect(row).not.toContain('##[');
      }
    }),
    samples(500),
  );
});

test('a percent sign stays one', () => {
  const own = finding('capacity', 'CAP004', 'block', '61 % free: 100%0A', { detail: 'x', evidence: [] });
  const [first] = renderGithub({ ...blocked, findings: [own] }).split('\n');
  expect(first).toBe('::error title=capacity CAP004::61 %25 free: 100%250A%0Ax');
});

test('a command that holds what cannot be shown is not printed as one to copy', () => {
  const step = {
    where: 'database' as const,
    run: 'DROP ROLE "a\u200bb";',
    effect: 'none' as const,
    risk: '',
    undo: '',
    verify: '',
  };
  const own = finding('role', 'ROL009', 'block', 'blocks', { fix: { steps: [step], patches: [] } });
  const [found] = commands(renderGithub({ ...blocked, findings: [own] }));
  expect(found?.message).not.toContain('DROP');
  expect(found?.message).toContain('take it from --format json');
});
