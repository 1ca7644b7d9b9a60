import { ALL, parseRange, type Family } from './addresses.ts';
import type { Route } from './host-view.ts';
import { canonical, intersect, NOTHING, subtract, type Bound, type Ranges } from './ranges.ts';

/** A route as the lookups ask for it. `interfaces`: none where it leads nowhere, several where it has several next hops. */
export type ReadRoute = {
  readonly range: readonly [Bound, Bound];
  readonly interfaces: readonly string[];
  readonly onLink: boolean;
  readonly metric: number;
};

/** Addresses, and the interfaces that a route for them leads out by. */
export type Towards = { readonly set: Ranges; readonly interfaces: readonly string[] };

const STANDARD = new Set(['main', 'local', 'default', '254', '255', '253']);

/** The routes of one family by table, each table's longest prefixes first. */
export class RouteTables {
  readonly main: readonly ReadRoute[];
  /** Tables that only an `ip rule` leads to. */
  readonly others: readonly (readonly ReadRoute[])[];

  constructor(routes: readonly Route[], family: Family) {
    const tables = new Map<string, ReadRoute[]>();
    for (const route of routes) {
      const read = readRoute(route, family);
      if (read === undefined) continue;
      const name = route.table === undefined || route.table === '254' ? 'main' : route.table;
      const table = tables.get(name);
      if (table === undefined) tables.set(name, [read]);
      else table.push(read);
    }
    for (const table of tables.values()) table.sort((a, b) => size(a) - size(b) || a.metric - b.metric);
    this.main = tables.get('main') ?? [];
    this.others = [...tables].filter(([name]) => !STANDARD.has(name)).map(([, table]) => table);
  }

  /** Parts the set by the interfaces of the routes that cover it, in whichever table they stand; what none covers has none. */
  arrivals(set: Ranges): readonly Towards[] {
    let parts: readonly Towards[] = [{ set, interfaces: [] }];
    for (const table of [this.main, ...this.others]) {
      parts = parts.flatMap((part) =>
        towards(whateverMetric(table), part.set).map(({ set: inside, interfaces }) => ({
          set: inside,
          interfaces: [...new Set([...part.interfaces, ...interfaces])],
        })),
      );
    }
    return parts;
  }
}

/** Parts the set by the longest route of the table that covers it. */
export function towards(table: readonly ReadRoute[], set: Ranges): readonly Towards[] {
  const parts: Towards[] = [];
  let left = set;
  for (const { range, interfaces } of table) {
    const inside = left.length === 0 ? NOTHING : intersect(left, range);
    if (inside.length === 0) continue;
    parts.push({ set: inside, interfaces });
    left = subtract(left, inside);
  }
  return left.length === 0 ? parts : [...parts, { set: left, interfaces: [] }];
}

/** The routes with those of other metrics that cover the same joined to them: packets may come in by either. */
function whateverMetric(table: readonly ReadRoute[]): readonly ReadRoute[] {
  const alike = new Map<string, string[]>();
  const keyOf = ({ range }: ReadRoute) => range.join('-');
  for (const route of table) {
    const known = alike.get(keyOf(route));
    if (known === undefined) alike.set(keyOf(route), [...route.interfaces]);
    else known.push(...route.interfaces);
  }
  return table.map((route) => ({ ...route, interfaces: [...new Set(alike.get(keyOf(route)))] }));
}

/** What is on the interface's own link, without a gateway between. */
export function onLinkOf(table: readonly ReadRoute[], name: string): Ranges {
  return canonical(
    table.flatMap(({ range, interfaces, onLink }) => (onLink && interfaces.includes(name) ? [range] : [])),
  );
}

const size = ({ range: [start, end] }: ReadRoute) => Number(end) - Number(start);

function readRoute(route: Route, family: Family): ReadRoute | undefined {
  const { destination, gateway, metric = 0 } = route;
  const nowhere = route.leadsNowhere === true;
  const interfaces = nowhere ? [] : [...new Set([route.interface, ...(route.alsoBy ?? [])])];
  const onLink = gateway === undefined && !nowhere && interfaces.length === 1;
  if (destination === 'default') {
    if (gateway !== undefined && gateway.includes(':') !== (family === 6)) return undefined;
    return { range: ALL[family] as [Bound, Bound], interfaces, onLink, metric };
  }
  if (destination.includes(':') !== (family === 6)) return undefined;
  const range = parseRange(destination, family);
  return range && { range, interfaces, onLink, metric };
}
