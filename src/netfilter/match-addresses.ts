import { addressType } from './address-type.ts';
import { after, parseRange, type Family } from './addresses.ts';
import { intersectMasked, parseIptablesAddress } from './iptables-address.ts';
import type { ReadOption } from './match-reader.ts';
import type { Match } from './program.ts';
import { intersect, type Ranges } from './ranges.ts';
import { always, doubtOf, inverted } from './truth.ts';

/** Whether the packet's source or destination lies in the ranges. */
function addressIs(which: 'source' | 'destination', ranges: Ranges): Match {
  return (packet) => {
    if (packet.varies === which) return ranges;
    return intersect([packet.address, after(packet.address)], ranges).length > 0;
  };
}

/** `-s`/`-d` with any mask. */
export function addressOption(which: 'source' | 'destination', text: string, family: Family): Match | undefined {
  const parsed = parseIptablesAddress(text, family);
  if (parsed === undefined) return undefined;
  if (!('mask' in parsed)) return addressIs(which, parsed);
  return (packet, set) => {
    const subject = packet.varies === which ? set : [packet.address, after(packet.address)];
    const inside = intersectMasked(subject, parsed, family);
    if (inside === undefined) return doubtOf(`the mask in ${text} has too many parts`);
    return packet.varies === which ? inside : inside.length > 0;
  };
}

/** An interface name of `-i`/`-o`; `+` at the end stands for any rest. */
export function interfaceIs(which: 'inInterface' | 'outInterface', name: string): Match {
  const prefix = name.endsWith('+') ? name.slice(0, -1) : undefined;
  if (prefix === '') return always;
  return (packet) => {
    const own = packet[which];
    if (own === undefined) {
      const hasNone =
        which === 'inInterface'
          ? packet.hook === 'output' || packet.hook === 'postrouting'
          : packet.hook === 'prerouting' || packet.hook === 'input';
      return hasNone
        ? false
        : doubtOf(`which interface the packet ${which === 'inInterface' ? 'comes in by' : 'leaves by'} is not known`);
    }
    return prefix === undefined ? own === name : own.startsWith(prefix);
  };
}

/** iprange: `--src-range`, `--dst-range`. */
export const range =
  (which: 'source' | 'destination'): ReadOption =>
  ({ args, not }, family) => {
    const read = parseRange(args[0] ?? '', family);
    return read && inverted(addressIs(which, read), not);
  };

/** addrtype: `--src-type`, `--dst-type`. */
export const typeOption =
  (which: 'source' | 'destination'): ReadOption =>
  ({ args, not }, family) => {
    const types = (args[0] ?? '').split(',');
    return args.length === 1 ? inverted(addressType(which, types, family), not) : undefined;
  };
