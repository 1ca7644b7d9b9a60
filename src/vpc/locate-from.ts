import { locate, ownAddress, placeOf, placesWith } from './end.ts';
import type { End, NotLocated } from './end.ts';
import { hop } from './hop.ts';
import type { Topology } from './topology.ts';
import { Findings } from './verdict.ts';

/**
 * Finds the interface or subnet that an end means by an address. Private addresses repeat across VPCs: the own VPC's
 * ranges come first, else the VPC that the end's routes lead to.
 */
export function locateFrom(topology: Topology, from: End, address: string): End | NotLocated {
  const start = placeOf(from);
  if (start === undefined) return locate(topology, address);
  const found = locate(topology, address, start.vpcId);
  if (found.kind !== 'unknown' || found.missing !== undefined) return found;
  const reached = placesWith(topology, address).filter((end) => {
    const own = end.kind === 'subnet' || ownAddress(end) === address;
    return own && hop(topology, new Findings(), 'forward', start, { address, place: end }).kind === 'delivered';
  });
  const [only, other] = reached;
  return only !== undefined && other === undefined ? only : found;
}
