import { expect, test } from 'vitest';
import { parseSockets } from '../../src/evidence/parse/sockets.ts';
import { judge } from '../../src/judge.ts';
import { edited, evidenceFrom } from '../support/bundles.ts';

const ss = 'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess';
const oldSs = 'State      Recv-Q Send-Q        Local Address:Port          Peer Address:Port ';
const netstat = 'Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ';

/** What is said of the listener of the recorded host (an IPv4 address; PostgreSQL is process 1969) with other sockets. */
function codesWith(...lines: string[]): string[] {
  const evidence = evidenceFrom(edited('legacy-host-fixed', { 'host/ss.txt': `${lines.join('\n')}\n` }));
  const { findings } = judge(evidence, { scope: ['listener'] });
  return findings.filter(({ layer }) => layer === 'listener').map(({ code }) => code);
}

// Recorded: ss of iproute2 6.1 over netlink and told where /proc is (PROC_ROOT), netstat of net-tools 2.10; the old one is
// the form of iproute2 2.6.32, as misc/ss.c there prints it.
test.each([
  [
    'IPv4',
    [ss, 'LISTEN 0 244 0.0.0.0:5432 0.0.0.0:* users:(("postgres",pid=1969,fd=7)) ino:1 sk:72 cgroup:/ <->'],
    'LSN001',
  ],
  [
    'IPv6 alone',
    [ss, 'LISTEN 0 244 [::]:5432 [::]:* users:(("postgres",pid=1969,fd=8)) ino:1 sk:73 v6only:1 <->'],
    'LSN003',
  ],
  ['IPv6 alone, by hand', [ss, 'LISTEN 0 244 [::]:5432 [::]:* users:(("postgres",pid=1969,fd=8))'], 'LSN003'],
  [
    'both at once',
    [ss, 'LISTEN 0 244 *:5432 *:* users:(("postgres",pid=1969,fd=8)) ino:1 sk:73 v6only:0 <->'],
    'LSN001',
  ],
  ['from /proc, of PostgreSQL', [ss, 'LISTEN 0 0 *:5432 *:* users:(("postgres",pid=1969,fd=8)) ino:1 sk:73'], 'LSN003'],
  ['from /proc, whose is not shown', [ss, 'LISTEN 0 0 *:5432 *:* ino:1 sk:73'], 'EVD005'],
  [
    'netstat, of PostgreSQL',
    [netstat, 'tcp6       0      0 :::5432                 :::*                    LISTEN      1969/postgres'],
    'LSN003',
  ],
  [
    'netstat, whose is not shown',
    [netstat, 'tcp6       0      0 :::5432                 :::*                    LISTEN      -'],
    'EVD005',
  ],
  [
    'netstat, two sockets',
    [netstat, 'tcp  0 0 0.0.0.0:5432 0.0.0.0:* LISTEN -', 'tcp6 0 0 :::5432 :::* LISTEN -'],
    'LSN001',
  ],
  [
    'old ss, both',
    [
      oldSs,
      'LISTEN     0      128      :::5432     :::*      users:(("postmaster",1969,4))',
      'LISTEN     0      128       *:5432      *:*      users:(("postmaster",1969,3))',
    ],
    'LSN001',
  ],
  [
    'old ss, IPv6 alone',
    [oldSs, 'LISTEN     0      128      :::5432     :::*      users:(("postmaster",1969,4)) ino:1 sk:ffff88'],
    'LSN003',
  ],
])('%s', (_name, lines, code) => {
  expect(codesWith(...lines)).toEqual([code]);
});

test('the processes of an old ss are known, and its star is IPv4’s', () => {
  const [star, six] = parseSockets(
    [
      oldSs,
      'LISTEN     0      128      *:5432     *:*      users:(("postmaster",1969,3),("x",7,3)) ino:1 sk:ffff',
      'LISTEN     0      128      :::22     :::*      users:(("sshd",12,4))',
    ].join('\n'),
  );
  expect(star).toMatchObject({ address: '0.0.0.0', pids: [1969, 7], process: 'postmaster' });
  expect(six).toMatchObject({ address: '::', perhapsBoth: true, pids: [12] });
});
