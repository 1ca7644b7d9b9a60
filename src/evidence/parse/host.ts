import * as v from 'valibot';
import { NotUnderstood } from '../item.ts';
import { rows } from './json.ts';

/** An interface of the host with its addresses. */
export type Interface = {
  readonly name: string;
  readonly addresses: readonly {
    readonly address: string;
    readonly prefixLength: number;
    readonly broadcast?: string;
  }[];
};

const linkRow = v.looseObject({
  ifname: v.string(),
  addr_info: v.array(
    v.looseObject({
      family: v.optional(v.string()),
      local: v.optional(v.string()),
      prefixlen: v.optional(v.number()),
      broadcast: v.optional(v.string()),
    }),
  ),
});

/** `host/ip-addr.json` (`ip -j addr`) or `host/ip-addr.txt` (`ip addr`). */
export function parseIpAddr(text: string, name: string): Interface[] {
  if (name.endsWith('.txt')) return parseIpAddrText(text);
  const links = rows(v.union([linkRow, v.strictObject({})]))(text).filter((link) => 'ifname' in link);
  if (links.length === 0) throw new NotUnderstood('names no interface');
  return links.map((link) => ({
    name: link.ifname,
    addresses: link.addr_info.flatMap(({ local, prefixlen, broadcast }) =>
      local === undefined || prefixlen === undefined
        ? []
        : [{ address: local, prefixLength: prefixlen, ...(broadcast === undefined ? {} : { broadcast }) }],
    ),
  }));
}

function parseIpAddrText(text: string): Interface[] {
  const links: { name: string; addresses: { address: string; prefixLength: number; broadcast?: string }[] }[] = [];
  for (const line of text.split('\n')) {
    const head = /^\d+: ([^:@ ]+)[@:]/.exec(line);
    if (head?.[1] !== undefined) links.push({ name: head[1], addresses: [] });
    const inet = /^ +inet6? ([0-9a-f.:]+)\/(\d+)(?: brd ([0-9.]+))?/.exec(line);
    if (inet?.[1] !== undefined)
      links.at(-1)?.addresses.push({
        address: inet[1],
        prefixLength: Number(inet[2]),
        ...(inet[3] === undefined ? {} : { broadcast: inet[3] }),
      });
  }
  if (links.length === 0) throw new NotUnderstood('names no interface');
  return links;
}

/** One route of the host. `gateway` is absent for what is on the link. */
export type Route = {
  readonly destination: string;
  readonly interface: string;
  /** The interfaces of its further next hops, where it has several. */
  readonly alsoBy?: readonly string[];
  /** It is a blackhole, unreachable or prohibited. */
  readonly leadsNowhere?: boolean;
  readonly metric?: number;
  readonly gateway?: string;
  readonly source?: string;
  readonly table?: string;
};

const NOWHERE = new Set(['blackhole', 'unreachable', 'prohibit']);

const routeRow = v.looseObject({
  dst: v.string(),
  dev: v.optional(v.string()),
  gateway: v.optional(v.string()),
  prefsrc: v.optional(v.string()),
  table: v.optional(v.union([v.string(), v.number()])),
  type: v.optional(v.string()),
  metric: v.optional(v.number()),
  nexthops: v.optional(v.array(v.looseObject({ dev: v.optional(v.string()), gateway: v.optional(v.string()) }))),
});

/** `host/ip-route.json` (`ip -j route show table all`) or its text. */
export function parseIpRoute(text: string, name: string): Route[] {
  const found = name.endsWith('.txt') ? parseIpRouteText(text) : parseIpRouteJson(text);
  if (found.length === 0) throw new NotUnderstood('names no route');
  return found;
}

function parseIpRouteJson(text: string): Route[] {
  return rows(routeRow)(text).flatMap(({ dst, dev, gateway, prefsrc, table, type, metric, nexthops = [] }) => {
    const hops = [{ dev, gateway }, ...nexthops].filter((hop) => hop.dev !== undefined);
    return route(type, dst, hops, { source: prefsrc, table: table === undefined ? undefined : String(table), metric });
  });
}

const KINDS = new Set(['local', 'broadcast', 'multicast', 'unicast', 'anycast', ...NOWHERE]);

function parseIpRouteText(text: string): Route[] {
  return text.split(/\n(?=\S)/).flatMap((group) => {
    const [head = [], ...nexthops] = group.split(/\bnexthop\b/).map((part) => part.trim().split(/\s+/));
    const type = KINDS.has(head[0] ?? '') ? head[0] : undefined;
    const destination = type === undefined ? head[0] : head[1];
    const hops = [head, ...nexthops]
      .map((words) => ({ dev: after(words, 'dev'), gateway: after(words, 'via') }))
      .filter((hop) => hop.dev !== undefined);
    const metric = after(head, 'metric');
    const more = {
      source: after(head, 'src'),
      table: after(head, 'table'),
      metric: metric === undefined ? undefined : Number(metric),
    };
    return destination === undefined ? [] : route(type, destination, hops, more);
  });
}

function after(words: readonly string[], word: string): string | undefined {
  return words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
}

type Hop = { readonly dev?: string | undefined; readonly gateway?: string | undefined };

/** A route by its next hops; none for one that names no interface, and leads somewhere all the same. */
function route(
  type: string | undefined,
  destination: string,
  [first, ...others]: readonly Hop[],
  { source, table, metric }: { source: string | undefined; table: string | undefined; metric: number | undefined },
): Route[] {
  const leadsNowhere = type !== undefined && NOWHERE.has(type);
  if (first?.dev === undefined && !leadsNowhere) return [];
  const alsoBy = others.flatMap(({ dev }) => dev ?? []);
  return [
    {
      destination,
      interface: first?.dev ?? '',
      ...(alsoBy.length > 0 && { alsoBy }),
      ...(leadsNowhere && { leadsNowhere }),
      ...(metric === undefined ? {} : { metric }),
      ...(first?.gateway === undefined ? {} : { gateway: first.gateway }),
      ...(source === undefined ? {} : { source }),
      ...(table === undefined ? {} : { table }),
    },
  ];
}

/** `host/sysctl.txt`: `name = value` lines. */
export function parseSysctl(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) found.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  if (found.size === 0) throw new NotUnderstood('holds no "name = value" line');
  return found;
}

const clusterRow = v.looseObject({
  pid: v.number(),
  /** Null where the host was looked at without root. */
  dataDirectory: v.pipe(
    v.nullable(v.string()),
    v.transform((directory) => directory ?? '(data directory not known)'),
  ),
  version: v.nullish(v.string()),
  port: v.nullish(v.number()),
  startTime: v.nullish(v.string()),
  systemIdentifier: v.nullish(v.string()),
  osUser: v.nullish(v.string()),
  hbaFile: v.nullish(v.string()),
  configFile: v.nullish(v.string()),
  exe: v.nullish(v.string()),
  unit: v.nullish(v.string()),
  managedBy: v.nullish(v.string()),
  exeDeleted: v.nullish(v.boolean()),
  plugins: v.nullish(v.record(v.string(), v.nullable(v.string()))),
});
/** A PostgreSQL cluster that runs on the host. */
export type Cluster = v.InferOutput<typeof clusterRow>;

/** `host/clusters.json`: the running clusters that the host script found. */
export const parseClusters = rows(clusterRow);

const poolerRow = v.looseObject({
  pid: v.number(),
  process: v.string(),
  version: v.nullish(v.string()),
  configFile: v.nullish(v.string()),
  configuration: v.nullish(v.string()),
});
/** A pooler or proxy that runs on the host; of PgBouncer its version and the lines that say where it listens and leads. */
export type Pooler = v.InferOutput<typeof poolerRow>;

/** `host/poolers.json`: the poolers and proxies that the host script found. */
export const parsePoolers = rows(poolerRow);

/** `host/df.txt` (`df -P -k`): file systems with their kilobytes. */
export function parseDf(
  text: string,
): { mount: string; kilobytes: number; free: number; line: number; text: string }[] {
  let kilobyteTable = false;
  const found = text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    // The same command prints inodes, too, under a head line of their own.
    if (words[0] === 'Filesystem') kilobyteTable = words[1] === '1024-blocks' || words[1] === '1K-blocks';
    if (!kilobyteTable) return [];
    const [kilobytes, free] = [Number(words[1]), Number(words[3])];
    const mount = words.slice(5).join(' ');
    return mount.startsWith('/') && Number.isFinite(kilobytes) && Number.isFinite(free)
      ? [{ mount, kilobytes, free, line: index + 1, text: line }]
      : [];
  });
  if (found.length === 0) throw new NotUnderstood('holds no file system line of df -P');
  return found;
}

/** `host/load.txt`: load averages, processors and memory. */
export function parseLoad(text: string): {
  loads: readonly [number, number, number];
  processors: number | undefined;
  line: number;
  text: string;
} {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => /(?:^|\s)(\d+\.\d+),?\s+(\d+\.\d+),?\s+(\d+\.\d+)/.test(line));
  const match = /(\d+\.\d+),?\s+(\d+\.\d+),?\s+(\d+\.\d+)/.exec(lines[index] ?? '');
  if (match === null) throw new NotUnderstood('holds no load averages');
  const processors = /^==> processors <==\n(\d+)$/m.exec(text)?.[1];
  return {
    loads: [Number(match[1]), Number(match[2]), Number(match[3])],
    processors: processors === undefined ? undefined : Number(processors),
    line: index + 1,
    text: lines[index] ?? '',
  };
}

/** `host/nstat.txt` (`nstat -az` or what /proc/net tells): the kernel's counters by name. */
export function parseNstat(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, value] = line.trim().split(/\s+/);
    if (name && value !== undefined && /^\d+$/.test(value)) found.set(name, Number(value));
  }
  if (found.size === 0) throw new NotUnderstood('holds no counter');
  return found;
}

/** A program that sees packets before netfilter does. */
export type PacketProgram = { readonly kind: 'XDP' | 'tc'; readonly interface: string; readonly line: number };

/** `host/xdp-tc.txt` (`ip -d link`, `tc qdisc`, `tc filter`): the interfaces with an XDP program or an ingress filter. */
export function parseXdpTc(text: string): PacketProgram[] {
  if (!/^# /m.test(text)) throw new NotUnderstood('has not the head lines of its parts');
  if (/^# tc: not found/m.test(text))
    throw new NotUnderstood(
      'a filter before netfilter may be there (sch_ingress is loaded), and there is no tc to show it',
    );
  const found: PacketProgram[] = [];
  let link = '';
  for (const [index, line] of text.split('\n').entries()) {
    const head = /^\d+: ([^:@ ]+)[@:]/.exec(line)?.[1];
    if (head !== undefined) link = head;
    if (/\bprog\/xdp\b|\bmtu \d+ xdp/.test(line)) found.push({ kind: 'XDP', interface: link, line: index + 1 });
    const ingress = /^qdisc (?:clsact|ingress) \S+ dev (\S+)/.exec(line)?.[1];
    if (ingress !== undefined) found.push({ kind: 'tc', interface: ingress, line: index + 1 });
  }
  return found;
}
