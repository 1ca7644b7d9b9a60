import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bundle } from '../../../src/evidence/bundle.ts';
import { isItem } from '../../../src/evidence/item.ts';
import { sessionSource } from '../../../src/evidence/session/source.ts';
import { readTarget } from '../../../src/evidence/session/target.ts';
import { readDestination } from '../../../src/evidence/ssh/destination.ts';
import { sshSource } from '../../../src/evidence/ssh/source.ts';
import type { Source } from '../../../src/evidence/source.ts';
import { check } from '../../../src/check.ts';
import { toEvidence } from '../../../src/evidence/evidence-of.ts';
import { gather } from '../../../src/evidence/gather.ts';
import { emptyFlow } from '../../../src/flow.ts';
import { startServer, type Server } from '../../servers/postgres.ts';
import type { SshLab } from './servers.ts';
import { sh, sshLab } from './servers.ts';

/* A SQL session through the SSH connection, with a real sshd and a real server. */
const never = new AbortController().signal;
let lab: SshLab;
let server: Server;
beforeAll(async () => {
  lab = await sshLab();
  server = await startServer({
    major: 16,
    settings: { ssl: 'on' },
    hba: 'local all all trust\nhost all all 127.0.0.1/32 trust\n',
  });
});
afterAll(async () => {
  await server.stop();
  await lab.close();
});

async function sources(url: string, settings: string[] = [], user = 'ops'): Promise<{ ssh: Source; database: Source }> {
  const { port } = await lab.sshd(settings);
  lab.knownHosts(lab.knownLine(port, lab.hostKey('usual')));
  lab.config(`IdentityFile ${lab.key(`database-${port}`)}\n`);
  const request = {
    port: server.port,
    addresses: [],
    database: undefined,
    user: undefined,
    psql: false,
    askSudoPassword: false,
  };
  const ssh = sshSource(
    'src/evidence/host-facts.sh',
    () => Promise.resolve(request),
    readDestination(`${user}@127.0.0.1:${port}`),
    undefined,
  );
  const target = await readTarget(url, {}, { host: undefined, database: undefined });
  const database = sessionSource(target, {
    material: { against: 'none' },
    because: undefined,
    dmsRole: () => Promise.resolve('dms'),
    tunnel: ssh.tunnel,
    ask: undefined,
    explain: () => Promise.resolve(undefined),
    now: () => new Date().toISOString(),
  });
  return { ssh, database };
}

async function gathered(url: string, settings: string[] = []): Promise<{ host: Bundle; database: Bundle }> {
  const { ssh, database } = await sources(url, settings);
  const [one, other] = await Promise.all([ssh.gather(never), database.gather(never)]);
  ssh.close?.();
  return { host: one, database: other };
}

function read(bundle: Bundle, name: string): Record<string, unknown> {
  const entry = bundle.items.get(name);
  if (!isItem(entry)) throw new Error(`${name}: ${entry?.why}: ${entry?.detail}`);
  const [row = {}] = [JSON.parse(entry.text) as Record<string, unknown> | Record<string, unknown>[]].flat();
  return row;
}

test.each(['localhost', '127.0.0.1', encodeURIComponent('/var/run/postgresql')])(
  'what is local (%s) is meant on the host, over its SSH connection, with TLS to the server’s end',
  async (host) => {
    const { host: facts, database } = await gathered(
      `postgres://postgres@${host}:${server.port}/postgres?sslmode=require`,
    );
    expect(read(database, 'postgres/server.json')).toMatchObject({ port: server.port, ssl: true });
    expect(read(database, 'here/session.json')).toMatchObject({
      way: expect.stringMatching(/through ssh ops@127\.0\.0\.1/),
    });
    expect(read(database, 'here/tls.json')).toMatchObject({ certificate: { subject: 'CN=localhost' } });
    expect(facts.items.size).toBeGreaterThan(10);
  },
);

test('an address that is not reached from here is looked for from the host, and there on the loopback, too', async () => {
  const { database } = await gathered(`postgres://postgres@192.0.2.1:${server.port}/postgres`);
  const session = read(database, 'here/session.json') as { way: string; refusals: { way: string; phase: string }[] };
  expect(session.way).toMatch(/^localhost:\d+ through ssh/);
  expect(session.refusals.map(({ phase, way }) => [phase, way.replace(/:\d+/, '').replace(/ ops@.*/, '')])).toEqual([
    ['connect', '192.0.2.1'],
    ['connect', '192.0.2.1 through ssh'],
  ]);
});

test('a host that forwards nothing: the reason, and the host’s own part is had', async () => {
  const { host, database } = await gathered(`postgres://postgres@localhost:${server.port}/postgres`, [
    'AllowTcpForwarding no',
  ]);
  const entry = database.items.get('postgres/server.json');
  expect(isItem(entry) ? '' : entry?.detail).toMatch(/connecting to localhost:\d+ through ssh .*Channel open failure/);
  expect(host.items.size).toBeGreaterThan(10);
});

test('the host’s own facts and the session through it are shown to be one server; two servers are not', async () => {
  const address = '10.99.7.1';
  sh(`ip address add ${address}/32 dev lo`);
  const listening = { listen_addresses: '*' };
  const [db1, db2] = await Promise.all([
    startServer({ major: 16, settings: listening }),
    startServer({ major: 16, settings: listening }),
  ]);
  const endpointCodes = async (session: Server, host = 'localhost', at = session.port, port = db1.port) => {
    const { ssh, database } = await sources(`postgres://postgres@${host}:${at}/postgres`, [], 'root');
    sh('cat /root/.ssh/*.pub > /root/.ssh/authorized_keys');
    const flow = {
      ...emptyFlow,
      from: ['172.31.23.112'],
      host: address,
      port,
      database: 'postgres',
      user: 'dms',
    };
    const bundle = await gather({
      bundles: [],
      sources: [database, ssh],
      maxAge: undefined,
      signal: never,
      now: () => new Date().toISOString(),
    });
    return check(toEvidence(bundle, flow)).findings.flatMap(({ layer, code, summary, detail, caveats }) =>
      ['endpoint', 'listener'].includes(layer) ? `${code} ${summary} ${detail} ${caveats.join(' ')}` : [],
    );
  };
  try {
    expect(await endpointCodes(db1)).toEqual([expect.stringMatching(/^END001 /), expect.stringMatching(/^LSN001 /)]);
    const apart = await endpointCodes(db2);
    expect(apart[0]).toMatch(
      new RegExp(
        `^END013 the SQL session is on the server localhost:${db2.port}; the endpoint is ${address}:${db1.port}`,
      ),
    );
    expect(apart[1]).toMatch(/^EVD001 /);
    // The endpoint's port is translated, as a container's is: no socket shows it, but a session at it does.
    sh(
      `nft 'add table ip published; add chain ip published out { type nat hook output priority -100; }; add rule ip published out ip daddr ${address} tcp dport 6000 dnat to ${address}:${db1.port}'`,
    );
    const translated = await endpointCodes(db1, address, 6000, 6000);
    expect(translated[0]).toMatch(
      /^END001 .*a session that was opened at 10\.99\.7\.1:6000 .* nothing listens on port 6000/,
    );
    expect(translated[1]).toMatch(/^LSN004 /);
  } finally {
    await Promise.all([db1.stop(), db2.stop()]);
    sh('nft delete table ip published 2>/dev/null || true');
    sh(`ip address del ${address}/32 dev lo`);
  }
});
