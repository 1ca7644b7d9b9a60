import { ALL, network, parseAddress, parseRange, single, type Family } from './addresses.ts';
import type { IpsetCollection } from './ipset.ts';
import type { Ruleset } from './model.ts';
import { canonical, includes, type Bound, type Ranges } from './ranges.ts';

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
  readonly gateway?: string;
  readonly source?: string;
  readonly table?: string;
};

/** What is known of the host: its rules, and what the rules and the routing refer to. */
export type Host = {
  readonly rulesets: readonly Ruleset[];
  readonly ipsets?: IpsetCollection;
  readonly interfaces: readonly Interface[];
  readonly routes: readonly Route[];
  /** By their dotted names: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
};

type ReadRoute = { readonly range: readonly [Bound, Bound]; readonly interface: string };

/** The host as the matches ask for it: addresses parsed, routes sorted by length. */
export class HostView {
  readonly host: Host;
  readonly local: Readonly<Record<Family, Ranges>>;
  readonly broadcast: Ranges;
  readonly #routes: Readonly<Record<Family, readonly ReadRoute[]>>;

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
    this.#routes = { 4: readRoutes(host.routes, 4), 6: readRoutes(host.routes, 6) };
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

  /** The only interface beside the loopback that has an address, where there is just one. */
  onlyInterface(): string | undefined {
    const others = this.host.interfaces.filter(({ name, addresses }) => name !== 'lo' && addresses.length > 0);
    return others.length === 1 ? others[0]?.name : undefined;
  }

  /** Whether tables that only `ip rule` leads to hold routes by another interface: then the main table does not tell the way out. */
  mayLeaveElsewhere(name: string | undefined): boolean {
    const standard = ['main', 'local', 'default', '254', '255', '253'];
    return this.host.routes.some(
      (route) => route.table !== undefined && !standard.includes(route.table) && route.interface !== name,
    );
  }

  /** The interface that the main table sends packets for the address out by. */
  interfaceTowards(address: Bound): string | undefined {
    return this.#routes[typeof address === 'bigint' ? 6 : 4].find(
      ({ range }) => range[0] <= address && address < range[1],
    )?.interface;
  }

  /**
   * How the main table routes the set: its parts by interface; what no route covers has none. Longest prefix first.
   */
  routes(family: Family): readonly { readonly range: Ranges; readonly interface: string }[] {
    return this.#routes[family].map((route) => ({ range: route.range, interface: route.interface }));
  }
}

function readRoutes(routes: readonly Route[], family: Family): readonly ReadRoute[] {
  const result: ReadRoute[] = [];
  for (const { destination, interface: name, table, gateway } of routes) {
    if (table !== undefined && table !== 'main' && table !== '254') continue;
    if (destination === 'default') {
      if (gateway !== undefined && gateway.includes(':') !== (family === 6)) continue;
      result.push({ range: ALL[family] as [Bound, Bound], interface: name });
      continue;
    }
    if (destination.includes(':') !== (family === 6)) continue;
    const range = parseRange(destination, family);
    if (range !== undefined) result.push({ range, interface: name });
  }
  const size = ({ range: [start, end] }: ReadRoute) => Number(end) - Number(start);
  return result.sort((a, b) => size(a) - size(b));
}

const views = new WeakMap<Host, HostView>();

/** The host's view, made once. */
export function viewOf(host: Host): HostView {
  let view = views.get(host);
  if (view === undefined) views.set(host, (view = new HostView(host)));
  return view;
}
