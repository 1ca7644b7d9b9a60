// Live gathering over a slow network: the wall time of `check` over its longest single chain (SSH: connect and one exec; the
// PostgreSQL session: connect and one batch; AWS: its dependent steps), everything started together. Every connection goes
// through a relay that holds a new one for a round trip and each byte for half of one: what `tc netem` does, without a kernel
// that has it. SSH needs a real sshd, and so the lab: node scripts/lab-overlay.mjs node bench/round-trips.mjs
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { awsSource } from '../dist/lib/evidence/aws/source.js';
import { sessionSource } from '../dist/lib/evidence/session/source.js';
import { readTarget } from '../dist/lib/evidence/session/target.js';
import { readDestination } from '../dist/lib/evidence/ssh/destination.js';
import { sshSource } from '../dist/lib/evidence/ssh/source.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const roundTrip = Number(process.env.DELAY ?? 50);
const runs = Number(process.env.RUNS ?? 7);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The tests' own servers: PostgreSQL for real, and what answers in AWS's place. */
const kept = `${root}.cache/bench`;
mkdirSync(kept, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    'servers/postgres',
    'support/aws-server',
    'support/aws-server-documents',
    'support/bundles',
    'evidence/ssh/servers',
  ].map((name) => `test/${name}.ts`),
  outdir: kept,
  entryNames: '[name]',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
const load = (name) => import(`${kept}/${name}.mjs`);
const [{ startServer }, { startAwsServer }, { documentsOf }, { filesOf }, { sshLab }] = await Promise.all(
  ['postgres', 'aws-server', 'aws-server-documents', 'bundles', 'servers'].map(load),
);

/** A way to a port on which everything takes its time. @returns its own port */
async function slow(port) {
  const held = (from, to) => {
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), roundTrip / 2));
    from.on('end', () => setTimeout(() => to.end(), roundTrip / 2));
    from.on('error', () => to.destroy());
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    setTimeout(() => {
      const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      held(client, upstream);
      held(upstream, client);
      client.resume();
    }, roundTrip);
  });
  await new Promise((resolve) => server.listen(0, '0.0.0.0', resolve));
  return { port: server.address().port, close: () => server.close() };
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const database = await startServer({ major: 16, settings: { ssl: 'on' } });
const documents = documentsOf(filesOf('legacy-host'));
const aws = await startAwsServer(documents);
const [slowDatabase, slowAws] = await Promise.all([slow(database.port), slow(Number(new URL(aws.url).port))]);
const env = {
  PATH: process.env.PATH,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_REGION: 'eu-west-1',
  AWS_ENDPOINT_URL: `http://127.0.0.1:${slowAws.port}`,
  AWS_EC2_METADATA_DISABLED: 'true',
};
Object.assign(process.env, env);

const inLab = existsSync('/run/lab');
// With --ssh a loopback address is the host's: the database gets one that is reached straight.
const address = inLab ? '10.99.0.1' : '127.0.0.1';
if (inLab) execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
const url = `postgres://postgres@${address}:${slowDatabase.port}/postgres?sslmode=require`;
const ssh = inLab ? await startSsh() : undefined;

async function startSsh() {
  const lab = await sshLab();
  const { port } = await lab.sshd();
  const slowSsh = await slow(port);
  lab.knownHosts(lab.knownLine(slowSsh.port, lab.hostKey('usual')));
  lab.config(`IdentityFile ${lab.key('bench')}\n`);
  return { to: `ops@127.0.0.1:${slowSsh.port}`, close: () => (slowSsh.close(), lab.close()) };
}

/** One connection to the host, and the script on it. */
async function onlySsh() {
  const request = { port: 5432, addresses: [], psql: false, askSudoPassword: false };
  const source = sshSource(`${root}dist/host-facts.sh`, async () => request, readDestination(ssh.to), undefined);
  const bundle = await source.gather(new AbortController().signal);
  source.close();
  if (!('text' in bundle.items.get('host/ip-addr.json'))) throw new Error('SSH brought nothing');
}

/** The PostgreSQL session: TLS, log-in, what it may and one batch; its modules are loaded already. */
async function onlyPostgres() {
  const target = await readTarget(url, {}, {});
  const now = () => new Date().toISOString();
  const means = { material: { against: '' }, dmsRole: async () => 'dms', explain: async () => undefined, now };
  const bundle = await sessionSource(target, means).gather(new AbortController().signal);
  if (!('text' in bundle.items.get('postgres/tables.json'))) throw new Error('the session brought nothing');
}

/** AWS in its dependent steps, by the clients that `check` uses, loaded already. */
async function onlyAws() {
  const request = { endpoint: 'orders-legacy-source', replicationInstance: 'orders-dms', addresses: [] };
  await awsSource({ request, region: 'eu-west-1', profiles: [], alone: true }).gather(new AbortController().signal);
}

const words = ['check', '--endpoint', 'orders-legacy-source', '--replication-instance', 'orders-dms'];
const check = (...more) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${root}bin/dms-doctor.js`, ...more], {
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    child.on('error', reject).on('close', resolve);
  });

const chains = { PostgreSQL: onlyPostgres, AWS: onlyAws, ...(ssh === undefined ? {} : { SSH: onlySsh }) };
const measured = { check: [], ...Object.fromEntries(Object.keys(chains).map((name) => [name, []])) };
for (let index = 0; index <= runs; index += 1) {
  for (const [name, work] of Object.entries(chains)) measured[name].push(await timed(work));
  measured.check.push(
    await timed(() => check(...words, '--pg-url', url, ...(ssh === undefined ? [] : ['--ssh', ssh.to]))),
  );
}
const ms = Object.fromEntries(Object.entries(measured).map(([name, values]) => [name, median(values.slice(1))]));
const longest = Math.max(...Object.keys(chains).map((name) => ms[name]));
const alone = Object.keys(chains).map((name) => `${name} alone ${ms[name].toFixed(0)} ms`);
console.log(
  `check with everything at once, ${roundTrip} ms a round trip: ${(ms.check / longest).toFixed(2)} times its longest chain (aim 1.25); ` +
    `check ${ms.check.toFixed(0)} ms, ${alone.join(', ')}, ${runs} runs${inLab ? '' : '; without SSH, which needs the lab'}`,
);
for (const { close } of [slowDatabase, slowAws]) close();
await ssh?.close();
await aws.close();
await database.stop();
process.exit(0);
