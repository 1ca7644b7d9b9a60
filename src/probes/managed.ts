import { isItem } from '../evidence/item.ts';
import { awsName } from '../evidence/network/topology.ts';
import { addressOfHost, connectionSharpens, sendersIn } from './host-address.ts';
import type { Draft, Reader } from './probe.ts';

/** What shows that the source's host is AWS's own. */
export const managedSharpens = ['aws/describe-network-interfaces.json', ...connectionSharpens] as const;

/** A reader of it. */
export type ManagedReader = Reader<'host/ip-addr.json', (typeof managedSharpens)[number]>;

const rdsName = /\.rds\.amazonaws\.com(?:\.cn)?\.?$/i;

/**
 * RDS and Aurora have no host of ours: no firewall of it, and no socket, can be looked at or changed. Shown by the
 * endpoint's name, or by the interface that has its address; where facts of a host were gathered, that host is judged.
 *
 * @returns the finding of a layer of the host; undefined where the source may be on a host of ours
 */
export function managedHost(e: ManagedReader): Draft | undefined {
  if (e.flow.host === undefined || isItem(e.entry('host/ip-addr.json'))) return undefined;
  const host = e.fact('host').trim();
  if (rdsName.test(host))
    return {
      code: 'EVD011',
      args: { host },
      evidence: [{ source: 'flow', line: null, text: `host ${host}`, vantage: 'configuration' }],
    };
  const list = 'aws/describe-network-interfaces.json';
  if (![...e.names()].some((name) => awsName(name)?.operation === 'describe-network-interfaces')) return undefined;
  const address = addressOfHost(e, {}, sendersIn(e))?.address;
  const found = e
    .maybe(list)
    ?.find(
      (one) =>
        one['PrivateIpAddress'] === address &&
        (one['RequesterId'] === 'amazon-rds' || one['Description'] === 'RDSNetworkInterface'),
    );
  if (address === undefined || found === undefined) return undefined;
  const text = `${String(found['NetworkInterfaceId'])}: ${String(found['Description'])}, ${address}`;
  return { code: 'EVD011', args: { host }, evidence: [e.cite(list, text)] };
}
