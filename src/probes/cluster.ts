import { isAddress, sameAddress } from '../address.ts';
import type { Cluster, Interface } from '../evidence/parse/host.ts';
import type { Socket } from '../evidence/parse/sockets.ts';

/** The addresses that a host has on its interfaces. */
export function addressesOf(interfaces: readonly Interface[]): string[] {
  return interfaces.flatMap((one) => one.addresses.map(({ address }) => address));
}

/** Whether a socket takes connections to an address: a wildcard takes all of its family; undefined: nothing tells. */
function listensOn(socket: Socket, address: string): boolean | undefined {
  const isIpv6 = address.includes(':');
  if (socket.address === '*') return true;
  if (socket.address === '::') return isIpv6 || (socket.perhapsBoth ? undefined : false);
  if (socket.address === '0.0.0.0') return !isIpv6;
  return sameAddress(socket.address, address);
}

/**
 * The sockets that listen on a port, and of them those that take connections to an address, or may do so.
 * `certain`: the first of these does.
 */
export function socketsOn(sockets: readonly Socket[], port: number, address: string) {
  const open = sockets.filter((socket) => socket.port === port);
  if (!isAddress(address)) return { open, reached: open, certain: true };
  const sure = open.filter((socket) => listensOn(socket, address) === true);
  const perhaps = open.filter((socket) => listensOn(socket, address) === undefined);
  return { open, reached: [...sure, ...perhaps], certain: sure.length > 0 };
}

/** The cluster that a socket belongs to: by its process, else (processes hidden without root) by its port. */
export function clusterOf(clusters: readonly Cluster[], socket: Socket): Cluster | undefined {
  if (socket.pids.length > 0) return clusters.find((cluster) => socket.pids.includes(cluster.pid));
  return clusters.find((cluster) => cluster.port === socket.port);
}
