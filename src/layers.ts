/**
 * The layers between a DMS replication instance and a PostgreSQL source, in the order in which a connection,
 * then a session, then a replication stream meets them.
 */
export const layers = [
  'endpoint',
  'dns',
  'route',
  'security-group',
  'network-acl',
  'iptables',
  'nftables',
  'shorewall',
  'ufw',
  'firewalld',
  'listener',
  'tls',
  'pg-hba',
  'login',
  'database',
  'role',
  'wal-level',
  'slots',
  'senders',
  'plugin',
  'standby',
  'wal-retention',
  'restart',
  'capacity',
  'data',
  'target',
  'task',
] as const;

/** One layer of the path. */
export type Layer = (typeof layers)[number];

/** The host firewalls: the kernel judges them as one, and each finding goes to the front end that owns the deciding rule. */
export const firewallLayers = ['iptables', 'nftables', 'shorewall', 'ufw', 'firewalld'] as const satisfies Layer[];

/** One of the five layers of the host's firewall. */
export type FirewallLayer = (typeof firewallLayers)[number];

/** Names for runs of layers, accepted wherever a layer's name is (`--only`, `--skip`). */
export const groups = {
  aws: between('dns', 'network-acl'),
  host: between('iptables', 'listener'),
  session: between('tls', 'database'),
  replication: between('role', 'wal-retention'),
  readiness: between('restart', 'data'),
} as const satisfies Record<string, readonly Layer[]>;

/** The name of a group of layers. */
export type Group = keyof typeof groups;

/** Puts layers into path order and drops repetitions. */
export function inPathOrder(some: Iterable<Layer>): Layer[] {
  const wanted = new Set(some);
  return layers.filter((layer) => wanted.has(layer));
}

/**
 * Reads names of layers and groups, as `--only` and `--skip` take them.
 *
 * @param names layer or group names, already split at commas
 * @returns the layers meant, in path order, and the names that mean nothing
 */
export function readLayers(names: readonly string[]): { layers: Layer[]; unknown: string[] } {
  const found = new Set<Layer>();
  const unknown: string[] = [];
  for (const name of names) {
    if (isLayer(name)) found.add(name);
    else if (Object.hasOwn(groups, name)) for (const layer of groups[name as Group]) found.add(layer);
    else unknown.push(name);
  }
  return { layers: inPathOrder(found), unknown };
}

/** Whether a word is the name of a layer. */
export function isLayer(word: string): word is Layer {
  return (layers as readonly string[]).includes(word);
}

function between(first: Layer, last: Layer): readonly Layer[] {
  return layers.slice(layers.indexOf(first), layers.indexOf(last) + 1);
}
