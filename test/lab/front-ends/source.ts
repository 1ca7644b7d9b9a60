import { type Host, outcome } from '../host.ts';
import { createLab, type Lab, type Reach } from '../lab.ts';

/** The replication instance behind the router, the source, and a neighbour on the source's second interface. */
const addresses = { ri: '172.31.23.112/20', db1: '172.31.40.17/20', peer: '10.77.0.5/24' } as const;

/** A source host for front ends to guard: something listens on 5432, at `172.31.40.17` (eth0) and `10.77.0.17` (eth1). */
export type Source = { lab: Lab<keyof typeof addresses>; db1: Host };

/** A connection to try, by the address that it is sent to. */
export type Attempt = { from: 'ri' | 'peer'; to: '172.31.40.17' | '10.77.0.17' };

const listener = `
import socket
server = socket.create_server(('0.0.0.0', 5432), backlog=64)
print('listening', flush=True)
while True:
    server.accept()[0].close()
`;

/**
 * Builds it.
 * @throws when a part does not start; nothing is left running then
 */
export async function buildSource(): Promise<Source> {
  const lab = await createLab(addresses);
  try {
    const { db1 } = lab.hosts;
    const pair = ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'db1b', 'netns', String(lab.router.pid)];
    const { code, stderr } = await db1.inNetwork('ip', pair);
    if (code !== 0) throw new Error(`eth1: ${stderr}`);
    const bridge = 'basename "$(readlink /sys/class/net/peer/master)"';
    await lab.router.run(`ip link set db1b master "$(${bridge})" up`);
    await db1.run('ip addr add 10.77.0.17/24 broadcast + dev eth1 && ip link set eth1 up');
    for (const name of ['all', 'eth0', 'eth1']) await db1.run(`sysctl -q -w net.ipv4.conf.${name}.rp_filter=0`);
    await listen(db1);
    return { lab, db1 };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Has a host accept connections on 5432, or a namespace on it that `within` enters. */
export async function listen(host: Host, within = ''): Promise<void> {
  await host.run('cat > /run/listener.py', { input: listener });
  const child = host.spawn(`exec ${within} python3 /run/listener.py`);
  const ended = outcome(child);
  const started = await Promise.race([
    new Promise<true>((resolve) => child.stdout?.once('data', () => resolve(true))),
    ended,
  ]);
  if (started !== true) throw new Error(`the listener did not start: ${started.stderr}`);
}

/**
 * Tries a TCP connection to the source.
 * @param seconds how long silence counts as being on the way
 */
export async function attempt({ lab }: Source, { from, to }: Attempt, seconds = 1): Promise<Reach> {
  const { code, stderr } = await lab.hosts[from].exec(`bash -c 'exec 3<>/dev/tcp/${to}/5432'`, { seconds });
  if (code === 0) return 'open';
  if (code === 124) return 'timeout';
  return stderr.includes('refused') ? 'refused' : 'unreachable';
}
