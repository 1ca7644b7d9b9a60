import { network, parseAddress, single, type Family } from './addresses.ts';
import { neighbourhood, type Neighbourhood } from './hardware-address.ts';
import type { IpsetCollection } from './ipset.ts';
import type { Ruleset } from './model.ts';
import { canonical, includes, type Bound, type Ranges } from './ranges.ts';
import { onLinkOf, RouteTables, towards, type Towards } from './routes.ts';

export type Interface = {
  readonly name: string;
  readonly addresses: readonly {
    readonly address: string;
    readonly prefixLength: number;
    readonly broadcast?: string;
  }[];
};

/** A route: `destination` is a CIDR, an address or `default`; `table` is a name or number, absent for the main table. */
export type Route = {
  readonly destination: string;
  readonly interface: string;
  /** The interfaces of its further next hops, where it has several. */
  readonly alsoBy?: readonly string[];
  /** It is a blackhole, unreachable or prohibited: what it covers has no way out. */
  readonly leadsNowhere?: boolean;
  /** Of routes that cover the same, the one with the lowest is taken; 0 where it is not told. */
  readonly metric?: number;
  readonly gateway?: string;
  readonly source?: string;
  readonly table?: string;
};

/** An entry of the neighbour table (`ip neigh`). */
export type Neighbour = { readonly address: string; readonly interface: string; readonly hardwareAddress: string };

/** What is known of the host: its rules, and what the rules and the routing refer to. */
export type Host = {
  readonly rulesets: readonly Ruleset[];
  readonly ipsets?: IpsetCollection;
  readonly interfaces: readonly Interface[];
  readonly routes: readonly Route[];
  /** By their dotted names: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly neighbours?: readonly Neighbour[];
  /** Whom the socket that answers belongs to, by number. */
  readonly listener?: { readonly uid?: number; readonly gid?: number };
};

/** The host as the matches ask for it: addresses parsed, routes sorted by length. */
export class HostView {
  readonly host: Host;
  readonly local: Readonly<Record<Family, Ranges>>;
  readonly broadcast: Ranges;
  readonly #routes: Readonly<Record<Family, RouteTables>>;

  readonly #memory = new Map<string, unknown>();

  constructor(host: Host, loopback = true) {
    this.host = host;
    const local: Record<Family, (readonly [Bound, Bound])[]> = {
      4: loopback ? [network(0x7f000000, 8)] : [],
      6: loopback ? [[1n, 2n]] : [],
    };
    const broadcast: (readonly [Bound, Bound])[] = [
      [0, 1],
      [0xffffffff, 2 ** 32],
    ];
    for (const { address, prefixLength, broadcast: named } of host.interfaces.flatMap((each) => each.addresses)) {
      const family = address.includes(':') ? 6 : 4;
      const value = parseAddress(address, family);
      if (value === undefined) continue;
      local[family].push(single(value) as [Bound, Bound]);
      if (typeof value === 'number' && prefixLength < 31) {
        const told = named === undefined ? undefined : parseAddress(named, 4);
        broadcast.push(single(told ?? (network(value, prefixLength)[1] as number) - 1) as [Bound, Bound]);
      }
    }
    this.local = { 4: canonical(local[4]), 6: canonical(local[6]) };
    this.broadcast = canonical(broadcast);
    this.#routes = { 4: new RouteTables(host.routes, 4), 6: new RouteTables(host.routes, 6) };
  }

  /** What was worked out once for this host. */
  remember<T>(key: string, make: () => T): T {
    if (!this.#memory.has(key)) this.#memory.set(key, make());
    return this.#memory.get(key) as T;
  }

  /** The host as it would be with this interface alone. */
  ofInterface(name: string): HostView {
    return new HostView({ ...this.host, interfaces: this.host.interfaces.filter((each) => each.name === name) }, false);
  }

  isLocal(address: Bound): boolean {
    return includes(this.local[typeof address === 'bigint' ? 6 : 4], address);
  }

  /** The interface that holds the address. */
  interfaceOf(address: Bound): string | undefined {
    const family = typeof address === 'bigint' ? 6 : 4;
    const holds = (each: Interface) => each.addresses.some((own) => parseAddress(own.address, family) === address);
    return this.host.interfaces.find(holds)?.name;
  }

  /** The first address of an interface (of the given family), which REDIRECT translates to. */
  primaryAddress(name: string | undefined, family: Family): Bound | undefined {
    const addresses = this.host.interfaces.find((each) => each.name === name)?.addresses ?? [];
    const first = addresses.find(
      ({ address }) => address.includes(':') === (family === 6) && !address.startsWith('fe80'),
    );
    return first && parseAddress(first.address, family);
  }

  /** The neighbours on the interface's link, parted by whether they have the hardware address (in lower case). */
  neighbours(family: Family, name: string, hardwareAddress: string): Neighbourhood {
    return this.remember(`neighbours ${family} ${name} ${hardwareAddress}`, () => {
      const found = (this.host.neighbours ?? []).flatMap((each) => {
        const address = each.interface === name ? parseAddress(each.address, family) : undefined;
        return address === undefined ? [] : [{ address, hardwareAddress: each.hardwareAddress }];
      });
      return neighbourhood(found, onLinkOf(this.#routes[family].main, name), hardwareAddress);
    });
  }

  /** Whether tables that only `ip rule` leads to hold routes by another interface: then the main table does not tell the way out. */
  mayLeaveElsewhere(name: string | undefined, family: Family): boolean {
    return this.#routes[family].others.some((table) =>
      table.some(({ interfaces }) => interfaces.length !== 1 || interfaces[0] !== name),
    );
  }

  /** Whether any route of the main table is known. */
  knowsRoutes(family: Family): boolean {
    return this.#routes[family].main.length > 0;
  }

  /** How the main table routes the set: its parts by interface; what has no way out has none. */
  towards(family: Family, set: Ranges): readonly Towards[] {
    return towards(this.#routes[family].main, set);
  }

  /** The set by the interfaces that packets from it may come in by: those that routes lead back by, in whichever table. */
  arrivals(family: Family, set: Ranges): readonly Towards[] {
    return this.#routes[family].arrivals(set);
  }
}

const views = new WeakMap<Host, HostView>();

/** The host's view, made once. */
export function viewOf(host: Host): HostView {
  let view = views.get(host);
  if (view === undefined) views.set(host, (view = new HostView(host)));
  return view;
}
