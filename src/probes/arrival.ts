import { isAddress, isPrivate, sameAddress } from '../address.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Reader } from './probe.ts';

/** One address that the endpoint's name or address stands for where its packets arrive, and what shows it. */
export type Arrival = {
  readonly address: string;
  readonly evidence: readonly EvidenceLine[];
  readonly caveats: readonly string[];
  /** Whether it is certain that packets for the endpoint arrive under it: if the host has it not, it is another host. */
  readonly certain: boolean;
};

/** Of a network interface as EC2 describes it: its private addresses, and what the world calls them. */
type Interface = {
  readonly NetworkInterfaceId?: string;
  readonly PrivateIpAddress?: string;
  readonly PrivateDnsName?: string;
  readonly Association?: Association;
  readonly PrivateIpAddresses?: readonly {
    readonly PrivateIpAddress?: string;
    readonly PrivateDnsName?: string;
    readonly Association?: Association;
  }[];
};
type Association = { readonly PublicIp?: string; readonly PublicDnsName?: string };

type ArrivalReader = Reader<never, 'aws/describe-network-interfaces.json' | 'here/dns.json'>;

/**
 * The addresses under which packets for the endpoint arrive: its own, the private one behind an elastic address, those of
 * the network interface that AWS gave the name to, and those that this machine's resolver says.
 */
export function arrivalsOf(e: ArrivalReader, host: string): Arrival[] {
  const interfaces = (e.maybe('aws/describe-network-interfaces.json') ?? []) as readonly Interface[];
  const behind = (shown: string) => interfaces.flatMap((one) => privateOf(one, shown));
  const cited = ({ id, own }: Behind, shown: string) =>
    e.cite('aws/describe-network-interfaces.json', `${id}: ${own} behind ${shown}`);
  const direct = behind(host).map((one): Arrival => ({
    address: one.own,
    evidence: [cited(one, host)],
    caveats: [],
    certain: true,
  }));
  if (isAddress(host)) {
    const itself = { address: host, evidence: [], caveats: [], certain: direct.length === 0 && isPrivate(host) };
    return [itself, ...direct];
  }
  const names = e.maybe('here/dns.json') ?? new Map<string, readonly string[]>();
  const resolved = [...names].filter(([name]) => name.toLowerCase() === host.toLowerCase()).flatMap(([, all]) => all);
  const caveats = [`${host} was looked up from here; DMS looks it up in its own network.`];
  const looked = resolved.flatMap((address): Arrival[] => {
    const evidence = [e.cite('here/dns.json', `${host} is ${address}`)];
    return [
      { address, evidence, caveats, certain: false },
      ...behind(address).map((one) => ({
        address: one.own,
        evidence: [...evidence, cited(one, address)],
        caveats,
        certain: false,
      })),
    ];
  });
  return [...direct, ...looked];
}

type Behind = { readonly id: string; readonly own: string };

/** The private address of an interface that the world knows under another address or name. */
function privateOf(one: Interface, shown: string): Behind[] {
  const found = [one, ...(one.PrivateIpAddresses ?? [])].find(
    ({ PrivateIpAddress: own, PrivateDnsName: name, Association: association }) =>
      own !== undefined &&
      (sameAddress(association?.PublicIp ?? '', shown) ||
        [name, association?.PublicDnsName].some((known) => known?.toLowerCase() === shown.toLowerCase())),
  );
  const own = found?.PrivateIpAddress;
  return own === undefined ? [] : [{ id: one.NetworkInterfaceId ?? 'an interface', own }];
}
