import { expect, test } from 'vitest';
import type { Finding, Step } from '../../src/finding.ts';
import { noStyle } from '../../src/report/style.ts';
import type { TextOptions } from '../../src/report/text.ts';
import { renderText } from '../../src/report/text.ts';
import type { Report } from '../../src/report.ts';
import { blocked, finding, line, open, skip, statusesOf, undetermined } from './sample.ts';

function rows(report: Report, options: Partial<TextOptions> = {}): string[] {
  return renderText(report, noStyle, { width: 80, verbose: false, quiet: false, ...options }).split('\n');
}

/** The open path with one layer's findings in the place of its own. */
function withFindings(...own: Finding[]): Report {
  const findings = [...own, ...open.findings.filter(({ layer }) => own.every((entry) => entry.layer !== layer))];
  return { ...open, findings, layers: statusesOf(findings) };
}

function between(shown: readonly string[], first: string, next: string): string[] {
  return shown.slice(shown.indexOf(first) + 1, shown.indexOf(next)).filter((row) => row !== '');
}

test('of several findings of a layer all that matter have a row, the worst first', () => {
  const shown = rows(
    withFindings(
      finding('pg-hba', 'HBA001', 'pass', 'line 9 admits the connection'),
      finding('pg-hba', 'HBA007', 'warn', 'line 9 ends in /0'),
      finding('pg-hba', 'HBA003', 'block', 'no line for the other address'),
      finding('pg-hba', 'HBA005', 'unknown', 'line 4 names a role that is not known'),
    ),
  );
  const at = shown.findIndex((row) => row.includes('pg-hba'));
  expect(shown.slice(at, at + 4)).toEqual([
    '  ✗ pg-hba          no line for the other address',
    '  ?                 line 4 names a role that is not known',
    '  !                 line 9 ends in /0',
    '  ✓ login           dms can log in (scram-sha-256)',
  ]);
});

test('wide characters do not break the table', () => {
  const shown = rows(
    withFindings(
      finding(
        'database',
        'DBS001',
        'pass',
        '受注データベース exists 🔒 and accepts connections, as its name says, in every encoding',
      ),
    ),
  );
  const at = shown.findIndex((row) => row.includes('database  '));
  expect(shown.slice(at, at + 2)).toEqual([
    '  ✓ database        受注データベース exists 🔒 and accepts connections, as its',
    '                    name says, in every encoding',
  ]);
});

test('layers that were left out are counted, and have no row', () => {
  const left = finding('dns', 'EVD009', 'skip', 'left out by --only or --skip', { reason: 'left-out' });
  const shown = rows({ ...withFindings(left), scope: ['endpoint', 'route'] });
  expect(shown.some((row) => row.startsWith('  – dns'))).toBe(false);
  expect(shown).toContain('– 1 left out by --only or --skip: dns');
  expect(shown).toContain('  only       endpoint, route');
  expect(shown.at(-2)).toBe('Next: check again without --only and --skip: the other layers were not judged.');
});

test('what was demoted says so, in the table and among the warnings', () => {
  const shown = rows(withFindings(finding('tls', 'TLS003', 'warn', 'the certificate was not seen', { demoted: true })));
  expect(shown).toContain('  ! tls             the certificate was not seen (counted as a warning:');
  expect(shown).toContain('! tls TLS003: the certificate was not seen (counted as a warning: --demote)');
});

test('what several layers wait for is said once', () => {
  const shown = between(rows(undetermined), 'Not known', 'Skipped');
  expect(shown.filter((row) => row.includes('host/iptables-nft-save.txt was not'))).toEqual([
    '? iptables, nftables, shorewall EVD001: host/iptables-nft-save.txt was not',
  ]);
});

test('a wall that only the simulation met has its step in the plan, in full', () => {
  const step: Step = {
    where: 'source host',
    run: 'ufw allow proto tcp from 172.31.23.112 to any port 5432',
    effect: 'none',
    risk: 'None known.',
    undo: '`ufw delete allow proto tcp from 172.31.23.112 to any port 5432`',
    verify: '`ufw status`',
  };
  const shown = rows({
    ...blocked,
    blockedAt: ['shorewall', 'ufw', 'pg-hba', 'wal-level'],
    plan: { steps: [...blocked.plan.steps, step], opens: true },
  });
  expect(shown).toContain('Behind the others, as the simulation shows: ufw.');
  const plan = between(shown, 'Plan', '  In simulation the whole path is open after these 6 steps.');
  expect(plan.slice(-6)).toEqual([
    '  6. On the source host, run:',
    '      ufw allow proto tcp from 172.31.23.112 to any port 5432',
    '    effect  nothing is reloaded or restarted',
    '    risk    None known.',
    '    undo    `ufw delete allow proto tcp from 172.31.23.112 to any port 5432`',
    '    verify  `ufw status`',
  ]);
  expect(plan.filter((row) => row.startsWith('    risk'))).toHaveLength(1);
});

test('a blocker without a fix says so', () => {
  const wall = finding('dns', 'DNS009', 'block', 'does not resolve');
  const shown = rows({
    ...withFindings(wall),
    verdict: 'blocked',
    blockedAt: ['dns'],
    plan: { steps: [], opens: false, stuck: 'DNS009' },
  });
  expect(shown).toContain('  How to mend this is not known here: see `dms-doctor explain DNS009`');
  expect(shown).toContain('  No step is known here that opens dns (DNS009).');
});

test('a command that holds what cannot be shown is not passed off as one to copy', () => {
  const step: Step = {
    where: 'database',
    run: 'DROP ROLE "a\u200bb";',
    effect: 'none',
    risk: '',
    undo: '',
    verify: '',
  };
  const report: Report = { ...blocked, plan: { steps: [step], opens: true } };
  const shown = rows(report);
  expect(shown).toContain('      DROP ROLE "ab";');
  expect(shown).toContain('      This holds characters that cannot be shown here: take it from --format');
  expect(shown.at(-2)).not.toContain('DROP');
});

test('long evidence is cut in its middle, and many lines are counted; verbose shows all, and from where it was seen', () => {
  const rule = `-A net-fw ${'-m comment --comment "nothing of interest" '.repeat(12)}-j DROP`;
  const many = Array.from({ length: 9 }, (_, index) =>
    line('host/iptables-save.txt', index + 1, index === 0 ? rule : `-A net-fw -s 10.0.0.${index} -j DROP`),
  );
  const report = {
    ...withFindings(finding('shorewall', 'SHW002', 'block', 'blocks', { evidence: many })),
    verdict: 'blocked' as const,
  };
  const short = rows(report);
  const at = short.indexOf('    host/iptables-save.txt:1');
  expect(short.slice(at + 1, at + 4)).toEqual([
    '      -A net-fw -m comment --comment "nothing of interest" -m comment --comment',
    '      …',
    '      "nothing of interest" -j DROP',
  ]);
  expect(short).toContain('    … and 3 more lines: --verbose');
  const full = rows(report, { verbose: true, width: 100 });
  expect(full.join('\n')).not.toContain('…');
  expect(full.filter((row) => row.includes('.txt:9'))).toEqual([
    '    host/iptables-save.txt:9 (seen on the source host)  -A net-fw -s 10.0.0.8 -j DROP',
  ]);
});

test('what is not known of the connection is said, not left out', () => {
  const shown = rows({
    ...open,
    flow: {
      ...open.flow,
      from: [],
      host: undefined,
      port: undefined,
      user: undefined,
      tls: undefined,
      migrationType: undefined,
    },
  });
  expect(shown).toContain('  from       orders-dms, address not known');
  expect(shown).toContain('  to         host not known:port not known, database orders, user not known');
  expect(shown).toContain('  endpoint   orders-legacy-source, TLS mode not known');
  expect(shown.find((row) => row.startsWith('  migration'))).toContain('full-load-and-cdc (nothing says which');
});

test('an IPv6 address stands in brackets, and a full load ends at the session', () => {
  const shown = rows({ ...open, flow: { ...open.flow, host: 'fd00::17', migrationType: 'full-load' } });
  expect(shown).toContain('  to         [fd00::17]:5432, database orders, user dms');
  expect(shown).toContain('  session on [fd00::17]:5432');
});

test('a report without any layer still says what is the case', () => {
  const shown = rows({ ...undetermined, layers: [], findings: [] });
  expect(shown).toContain('Undetermined: nothing was judged.');
  expect(shown.at(-2)).toBe('Next: gather evidence of the layers, then check again.');
});

test('a layer without a finding has its row', () => {
  const findings = open.findings.filter(({ layer }) => layer !== 'slots');
  const shown = rows({ ...open, findings, layers: statusesOf(findings) });
  expect(shown).toContain('  ? slots           was not judged');
});

test('skips are counted by their reasons', () => {
  const shown = rows(
    withFindings(
      skip('tls', 'TLS009', 'not-on-path', 'no TLS'),
      skip('iptables', 'IPT006', 'not-installed', 'not found'),
    ),
  );
  expect(between(shown, 'Skipped', 'Next: test the connection in DMS, then start the task.')).toEqual([
    '– 3 not on the path: nftables, tls and restart',
    '– 3 not installed: iptables, ufw and firewalld',
  ]);
});
