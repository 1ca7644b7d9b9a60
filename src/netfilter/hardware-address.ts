import { single } from './addresses.ts';
import type { HostView } from './host-view.ts';
import type { ReadModule } from './match-reader.ts';
import type { Packet } from './packet.ts';
import type { Doubt, Truth } from './program.ts';
import { includes, intersect, NOTHING, subtract, union, type Ranges } from './ranges.ts';
import { inverted } from './truth.ts';

const NOT_KNOWN: Doubt = { kind: 'unknown', why: "the sender's hardware address" };

/**
 * Whether the packet's sender has the hardware address: known for neighbours on the link it came in by, not for what a gateway
 * sends on, and false where no card stands behind the packet (xt_mac of the kernel).
 */
export function hasHardwareAddress(packet: Packet, set: Ranges, host: HostView, wanted: string): Truth {
  const { inInterface } = packet;
  if (inInterface === 'lo' || packet.hook === 'output') return false;
  if (inInterface === undefined) return NOT_KNOWN;
  const { same, others } = host.neighbours(packet.family, inInterface, wanted.toLowerCase());
  if (packet.varies !== 'source') {
    if (includes(same, packet.address)) return true;
    return includes(others, packet.address) ? false : NOT_KNOWN;
  }
  const yes = intersect(set, same);
  const maybe = subtract(set, union(same, others));
  if (maybe.length === 0) return yes;
  return yes.length === 0 && maybe === set ? NOT_KNOWN : { yes, maybe, doubt: NOT_KNOWN };
}

/** `--mac-source`. */
export const mac: ReadModule = ({ options }) => {
  const wanted = options.find(({ name }) => name === '--mac-source');
  const address = wanted?.args[0];
  if (wanted === undefined || address === undefined || options.length !== 1) return undefined;
  return (packet, set, host) => {
    // A packet without a card's header passes neither the match nor its negation.
    if (packet.inInterface === 'lo' || packet.hook === 'output') return false;
    return inverted((each, of, view) => hasHardwareAddress(each, of, view, address), wanted.not)(packet, set, host);
  };
};

/** Neighbours of one interface: those with the hardware address, and those with another. */
export type Neighbourhood = { readonly same: Ranges; readonly others: Ranges };

/** Sorts the neighbours on an interface's link by whether they have the hardware address. */
export function neighbourhood(
  neighbours: readonly { readonly address: Ranges[0]; readonly hardwareAddress: string }[],
  onLink: Ranges,
  wanted: string,
): Neighbourhood {
  let same: Ranges = NOTHING;
  let others: Ranges = NOTHING;
  for (const { address, hardwareAddress } of neighbours) {
    if (!includes(onLink, address)) continue;
    if (hardwareAddress.toLowerCase() === wanted) same = union(same, single(address));
    else others = union(others, single(address));
  }
  return { same, others };
}
