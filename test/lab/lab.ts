import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, runInLabItself, startHost } from './host.ts';

/** Hosts joined through a router that forwards between their subnets and answers as each subnet's first address. */
export type Lab<Name extends string> = {
  hosts: Record<Name, Host>;
  router: Host;
  /** Ends every host and removes what they wrote. Safe to call twice. */
  close(): Promise<void>;
};

/** How a TCP connection attempt ended. */
export type Reach = 'open' | 'refused' | 'unreachable' | 'timeout';

const directory = '/run/lab/hosts';

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const toHardware = (address: string): string =>
  ['06', '5d', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');

/** The first address of the subnet that an address with a prefix length lies in: in a VPC, the implicit router's. */
function gatewayOf(cidr: string): string {
  const [address = '', length = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  return toAddress(Math.floor(toNumber(address) / size) * size + 1);
}

/**
 * Makes hosts, one network namespace each, joined through a router namespace.
 * @param addresses each host's name, with its IPv4 address and prefix length (`172.31.40.17/20`); the subnets follow from these
 * @throws outside the overlay (scripts/lab-overlay.mjs), or when a namespace cannot be made; nothing is left behind then
 */
export async function createLab<Name extends string>(addresses: Record<Name, string>): Promise<Lab<Name>> {
  const home = mkdtempSync(join(directory, 'lab-'));
  const started: Host[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((host) => host.stop()));
    rmSync(home, { recursive: true, force: true });
  };
  const start = async (name: string, address: string): Promise<Host> => {
    const host = await startHost(join(home, name), name, address);
    started.push(host);
    return host;
  };
  try {
    const names = Object.keys(addresses) as Name[];
    const router = start('router', '127.0.0.1');
    const settled = await Promise.allSettled([
      router,
      ...names.map((name) => start(name, addresses[name].split('/')[0] ?? '')),
    ]);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const hosts = Object.fromEntries(started.map((host) => [host.name, host])) as Record<Name, Host>;
    await joinHosts(
      await router,
      names.map((name) => ({ host: hosts[name], cidr: addresses[name] })),
    );
    return { hosts, router: await router, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One bridge a subnet on the router, one veth pair a host; `eth0` is the host's end. */
async function joinHosts(router: Host, ends: readonly { host: Host; cidr: string }[]): Promise<void> {
  const bridges = new Map<string, string>();
  for (const { cidr } of ends) {
    const gateway = gatewayOf(cidr);
    if (bridges.has(gateway)) continue;
    const bridge = `subnet${bridges.size}`;
    bridges.set(gateway, bridge);
    await router.run(
      [
        `ip link add ${bridge} type bridge`,
        `ip addr add ${gateway}/${cidr.split('/')[1]} dev ${bridge}`,
        `ip link set ${bridge} up`,
      ].join(' && '),
    );
  }
  await router.run('sysctl -q -w net.ipv4.ip_forward=1');
  for (const { host, cidr } of ends) {
    const gateway = gatewayOf(cidr);
    const pair = ['link', 'add', 'eth0', 'netns', String(host.pid), 'type', 'veth', 'peer', 'name', host.name];
    await runInLabItself('ip', [...pair, 'netns', String(router.pid)]);
    await router.run(`ip link set ${host.name} master ${bridges.get(gateway)} up`);
    await host.run(
      [
        `ip link set eth0 address ${toHardware(host.address)} up`,
        `ip addr add ${cidr} broadcast + dev eth0`,
        `ip route add default via ${gateway}`,
      ].join(' && '),
    );
  }
}

/**
 * Tries a TCP connection from one host to another.
 * @param seconds how long to wait before it counts as `timeout`
 */
export async function reach(from: Host, to: Host, port: number, seconds = 2): Promise<Reach> {
  const { code, stderr } = await from.exec(`bash -c 'exec 3<>/dev/tcp/${to.address}/${port}'`, { seconds });
  if (code === 0) return 'open';
  if (code === 124) return 'timeout';
  return stderr.includes('refused') ? 'refused' : 'unreachable';
}

/** Whether a TCP connection from one host to another's port is accepted. */
export const isOpen = async (from: Host, to: Host, port: number): Promise<boolean> =>
  (await reach(from, to, port)) === 'open';
