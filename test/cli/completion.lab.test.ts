import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-completion-'));
  writeFileSync(path.join(folder, 'facts-of-db1.txt'), '');
  for (const shell of ['bash', 'zsh'])
    writeFileSync(
      path.join(folder, `completion.${shell}`),
      execFileSync(process.execPath, [`${project}bin/dms-doctor.js`, 'completion', shell]),
    );
  // Types into a real interactive shell on a pseudo-terminal, and prints the command line as the shell has it in the end.
  writeFileSync(
    path.join(folder, 'type.py'),
    `import os, pty, re, select, sys, time
shell, lines = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    arguments = ['bash', '--noprofile', '--norc', '-i'] if shell == 'bash' else ['zsh', '-f', '-i']
    os.execvpe(shell, arguments, {**os.environ, 'PS1': '> ', 'TERM': 'dumb'})
def until(pattern):
    text, end = '', time.time() + 60
    while time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            text += os.read(fd, 65536).decode(errors='replace')
        found = re.search(pattern, text)
        if found: return found
    sys.exit('nothing like ' + pattern + ' in ' + repr(text))
os.write(fd, ('cd %s; dms-doctor() { printf "<%%s>" "$@"; echo END; }\\n' % os.getcwd()).encode())
if shell == 'zsh': os.write(fd, b'autoload -Uz compinit && compinit -u -D\\n')
os.write(fd, ('. ./completion.%s; echo LOA""DED\\n' % shell).encode())
until('LOADED')
for line in lines:
    os.write(fd, line.encode() + b'\\t\\n')
    print(until(r'((?:<[^>]*>)+)END').group(1), flush=True)
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = [
  ['dms-doctor che', '<check>'],
  ['dms-doctor check --replication-i', '<check><--replication-instance>'],
  ['dms-doctor check --tls verify-f', '<check><--tls><verify-full>'],
  ['dms-doctor check --tls=verify-f', '<check><--tls=verify-full>'],
  ['dms-doctor check --only firew', '<check><--only><firewalld>'],
  ['dms-doctor check --skip aws,shorew', '<check><--skip><aws,shorewall>'],
  ['dms-doctor check --demote SHW00', '<check><--demote><SHW00>'],
  ['dms-doctor check --bundle facts-', '<check><--bundle><facts-of-db1.txt>'],
  ['dms-doctor explain --format markd', '<explain><--format><markdown>'],
  ['dms-doctor collect --print', '<collect><--print-script>'],
  ['dms-doctor completion z', '<completion><zsh>'],
] as const;

test.each(['bash', 'zsh'])('%s completes what is typed and followed by a tabulator', (shell) => {
  const typed = lines.map(([line]) => line);
  const { status, stdout, stderr } = spawnSync('python3', ['type.py', shell, ...typed], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual(lines.map(([, words]) => words));
});

test('shellcheck and zsh find nothing to say of the scripts', () => {
  const bash = spawnSync('shellcheck', ['--shell=bash', '--exclude=SC2207', 'completion.bash'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(bash.stdout).toBe('');
  expect(spawnSync('zsh', ['-n', 'completion.zsh'], { cwd: folder, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});
