import { find, parts } from './topology.ts';
import type { Found, Topology } from './topology.ts';

/** An Availability Zone by its name, which differs between accounts, and its id, which does not. */
export type Zone = { readonly AvailabilityZone?: string | undefined; readonly AvailabilityZoneId?: string | undefined };

/** `eu-west-1a`, and not `us-west-2-lax-1a`. */
const ordinaryZone = /^[a-z]+(?:-[a-z]+)+-\d+[a-z]$/;

/**
 * The Availability Zone of a subnet.
 * @returns absent, too, for a Local Zone, which is served by way of its parent zone.
 */
export function zoneOfSubnet(topology: Topology, subnetId: string): Found<Zone> {
  const subnet = find(topology, 'subnets', (one) => one.SubnetId === subnetId);
  if (subnet.found === undefined) return subnet;
  const { AvailabilityZone: name, AvailabilityZoneId: id } = subnet.found;
  const isOrdinary = name === undefined ? id !== undefined : ordinaryZone.test(name);
  return isOrdinary ? { found: subnet.found, index: subnet.index } : { absent: parts.subnets.operation };
}

/** Whether two zones are one; undefined where they have nothing in common to tell by. */
export function sameZone(one: Zone, other: Zone): boolean | undefined {
  if (one.AvailabilityZoneId !== undefined && other.AvailabilityZoneId !== undefined)
    return one.AvailabilityZoneId === other.AvailabilityZoneId;
  if (one.AvailabilityZone !== undefined && other.AvailabilityZone !== undefined)
    return one.AvailabilityZone === other.AvailabilityZone;
  return undefined;
}
