import type { Family } from './addresses.ts';
import type { Hook } from './model.ts';
import type { Bound } from './ranges.ts';

/** An inclusive range of ports; `[5432, 5432]` for one. */
export type PortRange = readonly [number, number];

/** TCP flags as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
export const FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;

/** How connection tracking sees the packet. */
export type ConntrackState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'UNTRACKED' | 'INVALID';

/** TCP, or the ICMP error that a REJECT sends. */
export type Protocol = 'tcp' | 'icmp' | 'ipv6-icmp';

/**
 * A packet of a TCP connection on its way. One of its two addresses is the set that the walk splits (`varies`), the other is `address`.
 * `undefined` marks are marks that something set which cannot be known from here.
 */
export type Packet = {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly hook: Hook;
  readonly inInterface: string | undefined;
  readonly outInterface: string | undefined;
  readonly varies: 'source' | 'destination';
  readonly address: Bound;
  readonly sourcePorts: PortRange;
  readonly destinationPorts: PortRange;
  readonly flags: number;
  readonly state: ConntrackState;
  readonly direction: 'original' | 'reply';
  /** The connection's first destination, before any DNAT. */
  readonly originalAddress: Bound;
  readonly originalPort: number;
  /** Its destination after DNAT, once the request has arrived. */
  readonly finalAddress: Bound;
  readonly finalPort: number;
  /** Whether connection tracking saw the SYN, and the answer. */
  readonly synTracked: boolean;
  readonly answerTracked: boolean;
  /** Whether connection tracking knew the packet that this one answers. */
  readonly dataTracked: boolean;
  /** Connection tracking took a packet of this host for the connection's first, so that its origin is here. */
  readonly originIsHost: boolean;
  /** The interface that the request came in by. */
  readonly requestInterface: string | undefined;
  readonly destinationTranslated: boolean;
  readonly sourceTranslated: boolean;
  /** What the client's address was translated to, where known. */
  readonly translatedSource: Bound | undefined;
  /** A translation was chosen at this hook; the remaining nat chains are not asked. */
  readonly natDone: boolean;
  readonly mark: number | undefined;
  readonly connectionMark: number | undefined;
  /** Sets whose content earlier rules on this path may have changed. */
  readonly changedSets: string;
};

/** Keeps packets unique, so that two states of the walk can be compared by identity. */
export class Packets {
  readonly #known = new Map<string, Packet>();

  /** The one packet that equals the given one. */
  intern(packet: Packet): Packet {
    const key = JSON.stringify(packet, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, packet);
    return packet;
  }

  /** The packet with some fields changed. */
  alter(packet: Packet, changes: Partial<Packet>): Packet {
    return this.intern({ ...packet, ...changes });
  }
}
