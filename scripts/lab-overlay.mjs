/**
 * The lab's overlay: a copy-on-write view of this machine's root under `.cache/lab/`, into which the lab's packages are
 * installed. The machine itself gets no package, no file and no firewall rule.
 *
 *   node scripts/lab-overlay.mjs                 prepares it, if it is not there yet
 *   node scripts/lab-overlay.mjs COMMAND ARG…    prepares it and runs the command inside, with an empty network of its own
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(project, '.cache', 'lab');
const script = join(project, 'scripts', 'lab-overlay.sh');

/** What the lab's tests call, as Debian's packages. */
const packages = [
  'busybox',
  'chromium-headless-shell',
  'dbus',
  'fail2ban',
  'firewalld',
  'fonts-dejavu-core',
  'gawk',
  'iproute2',
  'iptables',
  'ipset',
  'libxml2-utils',
  'nftables',
  'odbc-postgresql',
  'original-awk',
  'openssh-client',
  'openssh-server',
  'pgbouncer',
  'postgresql-client',
  'postgresql-common',
  'procps',
  'python3',
  'shellcheck',
  'shorewall',
  'sudo',
  'ufw',
  'unixodbc',
  'zsh',
];

const dpkgStatus = () => readFileSync('/var/lib/dpkg/status', 'utf8');

/** Everything that the layer is made of: another package list or a change of the machine's packages makes it stale. */
function stamp() {
  const hash = createHash('sha256').update(packages.join(' ')).update(readFileSync(script));
  return hash.update(dpkgStatus()).digest('hex');
}

/** Why the lab cannot be had here, or undefined. */
function obstacle() {
  if (process.env.DMS_DOCTOR_LAB === 'off') return 'DMS_DOCTOR_LAB=off';
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid?.() !== 0) return 'the lab needs root';
  const commands = [
    '/usr/bin/apt-get',
    '/usr/bin/setpriv',
    '/usr/bin/unshare',
    '/usr/bin/nsenter',
    '/usr/sbin/chroot',
    '/var/lib/dpkg/status',
  ];
  const missing = commands.find((path) => !existsSync(path));
  return missing === undefined ? undefined : `the lab needs a Debian-like system: there is no ${missing}`;
}

/** Runs lab-overlay.sh as process 1 of new namespaces; all that it started ends with it, or with this process. */
function inNamespaces(flags, args, options) {
  const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', ...flags];
  const env = { ...process.env, ...options.env, NODE_PREFIX: dirname(dirname(process.execPath)) };
  // However this process ends, unshare ends with it, and by --kill-child all that it started.
  const bound = ['--pdeathsig', 'KILL', '/usr/bin/unshare', ...namespaces, '/bin/sh', script, ...args];
  return spawn('/usr/bin/setpriv', bound, { ...options, env });
}

const ended = (child) =>
  new Promise((done) => {
    child.on('error', (error) => done({ code: 127, detail: error.message }));
    child.on('close', (code, signal) => done({ code: code ?? 1, detail: signal ?? `exit ${code}` }));
  });

/**
 * Makes the overlay ready, once for each state of the machine's packages.
 * @param {(line: string) => void} say receives what is being done
 * @returns {Promise<string | undefined>} why there can be no lab, or undefined when it is ready
 */
export async function prepareLab(say) {
  const reason = obstacle();
  if (reason !== undefined) return reason;
  mkdirSync(cache, { recursive: true });
  const stampFile = join(cache, 'stamp');
  if (existsSync(join(cache, 'layer.tar')) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp())
    return undefined;
  rmSync(stampFile, { force: true });
  say(`Installing into an overlay under .cache/lab (this machine stays as it is): ${packages.join(' ')}`);
  const began = performance.now();
  const before = dpkgStatus();
  const child = inNamespaces([], ['prepare', cache, ...packages], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const { code, detail } = await ended(child);
  const log = Buffer.concat(output).toString();
  writeFileSync(join(cache, 'prepare.log'), log);
  if (dpkgStatus() !== before) throw new Error('installing into the overlay changed the packages of this machine');
  if (code !== 0) return `the overlay could not be made (${detail}): ${log.trim().split('\n').slice(-3).join(' | ')}`;
  writeFileSync(stampFile, stamp());
  say(`The overlay took ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return undefined;
}

/**
 * Runs a command inside the overlay, in the project's folder, with an empty network and a view of no process but its own.
 * @param {string[]} command
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns the child process; its exit code is the command's
 */
export function runInLab(command, options = { stdio: 'inherit' }) {
  return inNamespaces(['--net'], ['run', cache, project, ...command], options);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reason = await prepareLab((line) => console.error(line));
  if (reason !== undefined) {
    console.error(`No lab: ${reason}`);
    process.exitCode = 1;
  } else if (process.argv.length > 2) {
    const { code } = await ended(runInLab(process.argv.slice(2)));
    process.exitCode = code;
  }
}
