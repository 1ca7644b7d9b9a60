import ipaddr from 'ipaddr.js';
import type { Flow } from '../flow.ts';
import { emptyFlow } from '../flow.ts';
import type { Absence, Item } from './item.ts';
import { parsed } from './reader.ts';

/**
 * What a host says of itself, for where nobody said which of its addresses and ports is meant. Weaker than anything that was
 * given, and than DMS's definitions; `notes` are the sentences that then say so.
 */
export type Assumed = {
  readonly flow: Flow;
  readonly notes: Readonly<Partial<Record<'host' | 'port', string>>>;
};

/** A fact, or that there are several to choose from. */
type Guess<T> = { readonly value: T | undefined; readonly note: string };

/** The port of a server that nobody moved. */
const usualPort = 5432;

/** What follows from the items of one host that was looked at live. */
export function assumedFlow(items: ReadonlyMap<string, Item | Absence>): Assumed {
  const host = hostOf(items);
  const port = portOf(items);
  return {
    flow: { ...emptyFlow, host: host?.value, port: port?.value },
    notes: {
      ...(host === undefined ? {} : { host: host.note }),
      ...(port === undefined ? {} : { port: port.note }),
    },
  };
}

function hostOf(items: ReadonlyMap<string, Item | Absence>): Guess<string> | undefined {
  const own = (parsed(items, 'host/ip-addr.json') ?? []).flatMap(({ name, addresses }) =>
    addresses.flatMap(({ address }) => (isGlobal(address) ? [{ name, address }] : [])),
  );
  const family = own.some(({ address }) => !address.includes(':'))
    ? own.filter(({ address }) => !address.includes(':'))
    : own;
  const [first] = family;
  if (first === undefined) return undefined;
  if (family.length === 1)
    return { value: first.address, note: `The source’s address was not given: ${first.address} is the host’s own.` };
  const route = (parsed(items, 'host/ip-route.json') ?? []).find(
    ({ destination, table }) =>
      (destination === 'default' || destination === '0.0.0.0/0') && (table ?? 'main') === 'main',
  );
  const chosen =
    family.find(({ address }) => address === route?.source) ?? family.find(({ name }) => name === route?.interface);
  if (chosen === undefined) {
    const all = family.map(({ name, address }) => `${address} (${name})`).join(', ');
    return {
      value: undefined,
      note: `The source’s address was not given, and the host has several: ${all}. --host names one.`,
    };
  }
  const others = family.filter((one) => one !== chosen).map(({ name, address }) => `${address} (${name})`);
  return {
    value: chosen.address,
    note: `The source’s address was not given: of the host’s own ${chosen.address} is judged, on ${chosen.name}, where its default route leads. It also has ${others.join(', ')}: --host names another.`,
  };
}

function portOf(items: ReadonlyMap<string, Item | Absence>): Guess<number> | undefined {
  const clusters = parsed(items, 'host/clusters.json');
  if (clusters === undefined) return undefined;
  const ports = [...new Set(clusters.flatMap(({ port }) => port ?? []))];
  const note = (port: number, why: string) => ({
    value: port,
    note: `The port was not given: ${port} is judged, ${why}.`,
  });
  if (clusters.length === 0) return note(usualPort, 'PostgreSQL’s own; no server is running here');
  const listed = ports.toSorted((a, b) => a - b).join(', ');
  const [only] = ports;
  if (ports.length === 1 && only !== undefined && clusters.length === 1)
    return note(only, 'that of the only cluster here');
  if (ports.includes(usualPort)) return note(usualPort, `of the clusters here on ${listed}: --port names another`);
  return {
    value: undefined,
    note: `The port was not given, and ${clusters.length} clusters run here, on ${listed || 'ports that were not read'}: --port names one.`,
  };
}

function isGlobal(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  return !['loopback', 'linkLocal', 'unspecified', 'multicast'].includes(ipaddr.process(text).range());
}
